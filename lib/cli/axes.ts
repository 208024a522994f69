/** Ranges of values as they are written on the line. */
import {
  type AnyTarget,
  type Axis,
  type Distributions,
  type Inputs,
  linear,
  logarithmic,
  percentages,
  TweakSet,
} from '../index.js'
import type { Asked } from './asked.js'
import { parseDistribution } from './distributions.js'
import { UsageError } from './errors.js'
import { equalsIn, parseAssignment, parseList } from './text.js'

const RANGES: Readonly<Record<string, (...operands: never[]) => unknown[]>> = {
  __proto__: null as never,
  linear,
  logarithmic,
  percentages,
}

/** `price=80, 90`, `price=linear(80, 120, 5)`, `scenarios`. */
export function axisOf(asked: Asked, text: string): Axis {
  if (text === 'scenarios') return scenarioAxis(asked)
  const { target, value } = parseAssignment(text, '--axis')
  return [asked.model.target(target), valuesOf(value, target)]
}

function valuesOf(text: string, target: string): unknown[] {
  const range = /^(\w+)\((.*)\)$/s.exec(text)
  const make = range === null ? undefined : RANGES[range[1] as string]
  if (range === null) return parseList(text, `--axis ${target}`)
  if (make === undefined) throw new UsageError(`${text} is no range; it is one of ${Object.keys(RANGES).join(', ')}.`)
  const operands = parseList(range[2] as string, text)
  if (operands.every((operand) => typeof operand === 'number')) return make(...(operands as never[]))
  throw new UsageError(`The operands of ${text} are not all numbers.`)
}

/** The base and every scenario of the book, with all that it extends. */
function scenarioAxis({ book, model, base }: Asked): Axis {
  const all = new Map([['base', new TweakSet()]])
  for (const name of book.names) {
    let tweaks = new TweakSet()
    const chain = []
    for (let at = book.fork(base, model, name); at !== base && at.parent !== undefined; at = at.parent)
      chain.unshift(at.tweaks)
    for (const one of chain) ({ tweaks } = tweaks.merge(one))
    all.set(name, tweaks)
  }
  return { scenarios: Object.fromEntries(all) }
}

/** `1,10`. */
export function bounds(text: string, option: string): readonly [number, number] {
  const [low, high, ...more] = parseList(text, option)
  if (typeof low === 'number' && typeof high === 'number' && more.length === 0) return [low, high]
  throw new UsageError(`${option} ${text} is not two numbers. Write ${option} low,high.`)
}

/** `price=50,150`: an input with its bounds. */
export function boundsOf({ model }: Asked, text: string, option: string): readonly [AnyTarget, number, number] {
  const { target, value } = parseAssignment(text, option)
  return [model.target(target), ...bounds(value, `${option} ${target}`)]
}

/** Inputs of a sensitivity: those named, with their ranges; else the leaves, with a tag where one is given. */
export function inputsOf(asked: Asked, texts: readonly string[], tag: string | undefined): Inputs {
  if (texts.length === 0) return (leaf) => tag === undefined || leaf.function.options.tags?.includes(tag) === true
  return texts.map((text) => {
    if (equalsIn(text) === undefined) return asked.model.target(text)
    const [target, low, high] = boundsOf(asked, text, '--input')
    return { target, low, high }
  })
}

/** What is uncertain: on the line, else in the book. */
export function distributionsOf({ model, distributions }: Asked, texts: readonly string[]): Distributions {
  const written =
    texts.length === 0
      ? Object.entries(distributions)
      : texts.map((text) => {
          const { target, value } = parseAssignment(text, '--vary')
          return [target, value] as const
        })
  if (written.length === 0) throw new UsageError("Nothing varies. Say what does: --vary 'price=normal(100, 10)'.")
  return written.map(([target, text]) => [model.target(target), parseDistribution(text)] as const)
}
