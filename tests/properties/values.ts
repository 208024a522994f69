// Values of the random programs: how they are compared, written down and reckoned with.
import { CycleError, DugoutError, type Node } from '../../lib/index.js'

/** A value in a text that differs exactly where `Object.is`, or the structure of plain data, does. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : `${value}`
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      if (value === null) return 'null'
      return `{ ${Object.entries(value)
        .map(([key, one]) => `${key}: ${textOf(one)}`)
        .join(', ')} }`
    default:
      return String(value)
  }
}

/** A number from whatever a program computes, so that every value can be added. */
export function numberOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return value
    case 'undefined':
      return 1
    case 'boolean':
      return value ? 1 : 0
    case 'string':
      return value.length
    case 'object':
      return value === null ? 2 : numberOf((value as { v: unknown }).v)
    default:
      return 3
  }
}

/** Small, so that branches meet and results come back. */
export function sum(left: unknown, right: unknown): number {
  return (numberOf(left) + numberOf(right)) % 5
}

/** What the bodies throw. */
export class ZeroError extends Error {}

/**
 * The path of a cycle in a text. What lies below a tweak may count as a node of its own or not. Where bodies wait for
 * each other there is no first one: the path then starts anywhere.
 */
export function textOfCycle(path: readonly string[], startsAnywhere: boolean): string {
  const nodes = path.slice(0, -1).filter((one, i) => i === 0 || one !== path[i - 1])
  if (nodes.length > 1 && nodes[0] === nodes.at(-1)) nodes.pop()
  if (!startsAnywhere) return `cycle ${[...nodes, nodes[0]].join(' ')}`
  const first = nodes.indexOf([...nodes].sort()[0] as string)
  return `cycle ${[...nodes.slice(first), ...nodes.slice(0, first), nodes[first]].join(' ')}`
}

/** An error in a text that the oracle can tell, too. */
export function textOfError(error: unknown, nameOf: (node: Node) => string, startsAnywhere: boolean): string {
  if (error instanceof ZeroError) return error.message
  if (error instanceof CycleError) return textOfCycle((error.path as readonly Node[]).map(nameOf), startsAnywhere)
  if (error instanceof DugoutError) return `${error.code}: ${error.message}`
  if (error instanceof Error) return `unexpected ${error.stack ?? error.message}`
  return `thrown ${textOf(error)}`
}

/** Pairs of arguments that are easily taken for one another; a fresh one each time where that is possible. */
export const argumentPairs: readonly (readonly [() => unknown, () => unknown])[] = [
  [() => 0, () => 1],
  [() => 1, () => '1'],
  [() => undefined, () => null],
  [() => 1, () => true],
  [() => ({ k: 1 }), () => ({ k: '1' })],
  [() => [1, 2], () => [2, 1]],
  [() => -0, () => 1n],
  [() => Number.NaN, () => 'NaN'],
  [() => new Map([[1, { a: 1 }]]), () => new Map([[1, { a: 2 }]])],
  [() => ({ a: 1, b: undefined, c: 2 }), () => ({ c: 2, a: 2 })],
]

/** Which of a pair a body was called with. */
export function indexOfArgument(pair: number, argument: unknown): number {
  switch (pair) {
    case 4:
      return (argument as { k: unknown }).k === 1 ? 0 : 1
    case 5:
      return (argument as number[])[0] === 1 ? 0 : 1
    case 6:
      return typeof argument === 'number' ? 0 : 1
    case 7:
      return typeof argument === 'number' ? 0 : 1
    case 8:
      return (argument as Map<number, { a: number }>).get(1)?.a === 1 ? 0 : 1
    case 9:
      return (argument as { a: number }).a === 1 ? 0 : 1
    default:
      return argument === argumentPairs[pair]?.[0]() ? 0 : 1
  }
}
