/** The axes of a data table, and ranges of values for them. */
import { Adjustment, type Context, percent, TweakSet, type TweakSetLike } from '../core/index.js'
import { InvalidQuestionError } from './errors.js'
import { exactly } from './format.js'
import { type AnyTarget, checkTarget, labelOf, unitOf } from './target.js'

/** A target with the values that it takes in turn; adjustments such as `percent(10)` are values too. */
export interface ValueAxis {
  readonly target: AnyTarget
  readonly values: readonly unknown[]
  /** Default: the target's. */
  readonly name?: string
}

/** Sets of tweaks under names, taken in turn. */
export interface ScenarioAxis {
  readonly scenarios: Readonly<Record<string, TweakSetLike>>
  /** Default: `scenario`. */
  readonly name?: string
}

export type Axis = ValueAxis | ScenarioAxis | readonly [target: AnyTarget, values: readonly unknown[]]

/** An axis, checked. */
export interface Axed {
  readonly name: string
  readonly unit: string
  readonly isNumeric: boolean
  readonly steps: readonly AxisStep[]
}

export interface AxisStep {
  /** What stands in the table: the value, the adjustment as text, the name of the scenario. */
  readonly label: unknown
  readonly tweaks: TweakSet
}

/** So many values at equal distances, both ends included. */
export function linear(from: number, to: number, count: number): number[] {
  checkRange('linear', from, to, count)
  if (count === 1) return [from]
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + ((to - from) * i) / (count - 1)))
}

/** So many values at equal ratios, both ends included; both of one sign. */
export function logarithmic(from: number, to: number, count: number): number[] {
  checkRange('logarithmic', from, to, count)
  if (!(to / from > 0)) {
    throw new InvalidQuestionError('logarithmic', `from ${from} to ${to} there are no equal ratios.`)
  }
  if (count === 1) return [from]
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from * (to / from) ** (i / (count - 1))))
}

/** Changes of the value in the given context by so many percent. */
export function percentages(...points: number[]): Adjustment[] {
  return points.map((point) => percent(point))
}

function checkRange(name: string, from: number, to: number, count: number): void {
  const isRight = Number.isFinite(from) && Number.isFinite(to) && Number.isInteger(count) && count >= 1
  if (!isRight) throw new InvalidQuestionError(name, `${count} values from ${from} to ${to} is no range.`)
}

export function axed(tool: string, context: Context, axis: Axis): Axed {
  if ('scenarios' in axis) {
    const steps = Object.entries(axis.scenarios).map(([label, tweaks]) => ({ label, tweaks: TweakSet.from(tweaks) }))
    return checkSteps(tool, { name: axis.name ?? 'scenario', unit: '', isNumeric: false, steps })
  }
  const { target, values, name } = 'target' in axis ? axis : { target: axis[0], values: axis[1], name: undefined }
  checkTarget(context, target)
  const steps = values.map((value) => ({ label: labelOfValue(value), tweaks: TweakSet.from([[target, value]]) }))
  const isNumeric = values.every((value) => typeof value === 'number')
  return checkSteps(tool, { name: name ?? labelOf(target), unit: unitOf(target), isNumeric, steps })
}

function checkSteps(tool: string, axis: Axed): Axed {
  if (axis.steps.length === 0) throw new InvalidQuestionError(tool, `the axis ${axis.name} has no values.`)
  return axis
}

/** A value as it stands in a table: adjustments as people write them. */
export function labelOfValue(value: unknown): unknown {
  if (value instanceof Adjustment) {
    const [a = 0] = value.operands
    const signed = a < 0 ? String(a) : `+${a}`
    if (value.kind === 'percent') return `${signed} %`
    if (value.kind === 'add') return signed
    if (value.kind === 'scale') return `×${a}`
    return String(value)
  }
  return typeof value === 'object' && value !== null ? exactly(value) : value
}
