// What arguments cost: hits and misses of calls with one to four primitives, a small object, an array of a hundred numbers
// and an Immutable list. Arguments are made afresh for each call; making them is timed too, as a peer.
import { strictEqual } from 'node:assert'
import { Context, type Tracked, tracked } from 'dugout'
import { List } from 'immutable'
import { useManyFunctions } from '../peers/dugout.js'
import { detail, race } from '../race.js'
import { randomNumbers, shuffled } from '../random.js'
import type { Measured, Row } from '../row.js'

export const row: Row = { id: 'keys', what: 'argument keys: hits and misses', goals: [] }

type Fn = (...args: never[]) => number

/** One kind of call: the i-th of many. */
interface Kind {
  readonly name: string
  readonly most: number
  readonly fn: Fn
  readonly call: (fn: never, index: number) => number
  /** The same for a memoizer with a string for a key. */
  readonly key: (index: number) => string
}

function kind<F extends Fn>(
  name: string,
  fn: F,
  call: (fn: F, index: number) => number,
  args: (index: number) => unknown,
  most = 1e5,
): Kind {
  return { name, fn, call, key: (index) => JSON.stringify(args(index)), most }
}

const region = (index: number): string => `region ${index % 10}`
const order = (index: number) => ({ product: index, region: region(index), urgent: index % 2 === 0 })
const manyNumbers = Array.from({ length: 1100 }, (_, position) => position)
const numbers = (index: number): number[] => manyNumbers.slice(index, index + 100)

const kinds: readonly Kind[] = [
  kind(
    '1 number',
    (a: number) => a,
    (fn, i) => fn(i),
    (i) => [i],
  ),
  kind(
    '1 string',
    (a: string) => a.length,
    (fn, i) => fn(`product ${i}`),
    (i) => [`product ${i}`],
  ),
  kind(
    '2 primitives',
    (_a: string, b: number) => b,
    (fn, i) => fn(region(i), i),
    (i) => [region(i), i],
  ),
  kind(
    '3 primitives',
    (_a: string, b: number, _c: boolean) => b,
    (fn, i) => fn(region(i), i, true),
    (i) => [region(i), i, true],
  ),
  kind(
    '4 primitives',
    (_a: string, b: number, _c: boolean, _d: number) => b,
    (fn, i) => fn(region(i), i, true, i % 7),
    (i) => [region(i), i, true, i % 7],
  ),
  kind(
    'a small object',
    (a: ReturnType<typeof order>) => a.product,
    (fn, i) => fn(order(i)),
    (i) => [order(i)],
  ),
  kind(
    'an array of 100 numbers',
    (a: readonly number[]) => a[0] as number,
    (fn, i) => fn(numbers(i)),
    (i) => [numbers(i)],
    1e3,
  ),
  kind(
    'an Immutable list of 100 numbers',
    (a: List<number>) => a.first() as number,
    (fn, i) => fn(List(numbers(i))),
    (i) => [List(numbers(i))],
    1e3,
  ),
]

const sample = 1000

function misses({ fn, call }: Kind, entries: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < Math.min(10, 2e4 / entries); turn++) {
    const cell = tracked('cell', fn)
    const context = new Context()
    const start = performance.now()
    context.run(() => {
      for (let index = 0; index < entries; index++) call(cell as never, index)
    })
    best = Math.min(best, (1e6 * (performance.now() - start)) / entries)
    context.dispose()
  }
  return best
}

async function hits({ fn, call, key }: Kind, entries: number): Promise<Record<string, number>> {
  const indices = shuffled(Array(entries).keys(), randomNumbers(1)).slice(0, sample)
  while (indices.length < sample) indices.push(...indices.slice(0, sample - indices.length))
  const cell: Tracked<Fn> = tracked('cell', fn)
  const context = new Context()
  const results = new Map<string, number>()
  context.run(() => {
    for (let index = 0; index < entries; index++) results.set(key(index), call(cell as never, index))
  })
  const sumOf = (one: (index: number) => number) => () => {
    let sum = 0
    for (let i = 0; i < sample; i++) sum += one(indices[i] as number)
    return sum
  }
  const sumOfCells = sumOf((index) => call(cell as never, index))
  const competitors = [
    { name: 'the untracked function', run: sumOf((index) => call(fn as never, index)), operations: sample },
    { name: 'dugout', run: () => context.run(sumOfCells), operations: sample },
    { name: 'JSON key', run: sumOf((index) => results.get(key(index)) as number), operations: sample },
  ]
  const { evaluations } = context.stats()
  const times = await race(competitors, { rounds: 3, milliseconds: 10 })
  strictEqual(context.stats().evaluations, evaluations, 'a hit was none')
  context.dispose()
  return times
}

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const details: Record<string, number> = {}
  for (const kind of kinds) {
    for (const entries of [1e1, 1e3, 1e5].filter((entries) => entries <= kind.most)) {
      const name = `, ${kind.name}, ${entries} entries`
      Object.assign(details, detail(await hits(kind, entries), ` hit${name}`))
      details[`dugout miss${name}, ns`] = misses(kind, entries)
    }
  }
  return { figures: [], detail: details }
}
