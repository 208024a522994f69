/** Calls, values and changes as people write them on a command line. Values are JSON: nothing is ever evaluated. */
import { type Adjustment, add, clamp, percent, scale } from '../index.js'
import { UsageError } from './errors.js'

export interface Call {
  readonly name: string
  /** Undefined where there are no parentheses. */
  readonly args: readonly unknown[] | undefined
  /** `f(1..5)`. */
  readonly range: readonly [number, number] | undefined
}

/** `price`, `volume("EU")`, `temperature(1..18)`. */
export function parseCall(text: string): Call {
  const trimmed = text.trim()
  const open = trimmed.indexOf('(')
  if (open < 0) return { name: named(trimmed, text), args: undefined, range: undefined }
  if (!trimmed.endsWith(')')) throw new UsageError(`${text} has no closing parenthesis.`)
  const name = named(trimmed.slice(0, open).trim(), text)
  const inner = trimmed.slice(open + 1, -1)
  const range = /^\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*$/.exec(inner)
  if (range !== null) return { name, args: undefined, range: [Number(range[1]), Number(range[2])] }
  return { name, args: parseList(inner, text), range: undefined }
}

function named(name: string, text: string): string {
  if (name === '') throw new UsageError(`${JSON.stringify(text)} is no call.`)
  return name
}

/** `2, "EU", [1, 2]`: JSON without its brackets. */
export function parseList(inner: string, text: string): unknown[] {
  try {
    return JSON.parse(`[${inner}]`) as unknown[]
  } catch {
    throw new UsageError(
      `The arguments of ${text} are not JSON: ${inner}. Strings stand in double quotes: 'volume("EU")'.`,
    )
  }
}

/** `target=value`, cut at the first = that is neither in parentheses nor in quotes. */
export function parseAssignment(text: string, option: string): { readonly target: string; readonly value: string } {
  const at = equalsIn(text)
  if (at === undefined) throw new UsageError(`${option} ${text} has no =. Write ${option} 'target=...'.`)
  return { target: text.slice(0, at).trim(), value: text.slice(at + 1).trim() }
}

/** Where an assignment is cut; undefined where it is none. */
export function equalsIn(text: string): number | undefined {
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const at = text[i]
    if (at === '\\' && isQuoted) i++
    else if (at === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (at === '(') depth++
    else if (at === ')') depth--
    else if (at === '=' && depth === 0) return i
  }
  return undefined
}

export function parseValue(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(
      `The value of ${what} is not JSON: ${text}. A string stands in double quotes: '${what}="${text.replaceAll('"', '')}"'.`,
    )
  }
}

const NUMBER = '([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)'
const changes: readonly [RegExp, (a: number, b: number) => Adjustment][] = [
  [new RegExp(`^${NUMBER}\\s*%$`, 'i'), (a) => percent(a)],
  [new RegExp(`^%\\s*${NUMBER}$`, 'i'), (a) => percent(a)],
  [new RegExp(`^\\*\\s*${NUMBER}$`, 'i'), (a) => scale(a)],
  [new RegExp(`^/\\s*${NUMBER}$`, 'i'), (a) => scale(1 / a)],
  [new RegExp(`^\\+\\s*${NUMBER}$`, 'i'), (a) => add(a)],
  [new RegExp(`^-\\s*${NUMBER}$`, 'i'), (a) => add(-a)],
  [new RegExp(`^clamp\\(\\s*${NUMBER}\\s*,\\s*${NUMBER}\\s*\\)$`, 'i'), clamp],
]

/** `*1.1`, `/2`, `+5`, `-5`, `+10%`, `clamp(0, 1)`. */
export function parseChange(text: string, what: string): Adjustment {
  for (const [pattern, make] of changes) {
    const found = pattern.exec(text.trim())
    if (found === null) continue
    const change = make(Number(found[1]), Number(found[2]))
    const [low = 0, high = low] = change.operands
    if (change.operands.every(Number.isFinite) && low <= high) return change
  }
  throw new UsageError(`The change of ${what} is ${text}; it is one of *1.1, /2, +5, -5, +10%, clamp(0, 1).`)
}
