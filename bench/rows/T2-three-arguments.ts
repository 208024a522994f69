// A call with three primitive arguments whose result is there, beside memoizers.
import { createHash } from 'node:crypto'
import { Context, tracked } from 'dugout'
import fastMemoizeModule from 'fast-memoize'
import { LRUCache } from 'lru-cache'
import memoizee from 'memoizee'
import objectHash from 'object-hash'
import { useManyFunctions } from '../peers/dugout.js'
import { type Competitor, detail, race, ratio } from '../race.js'
import { randomNumbers, shuffled } from '../random.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T2',
  what: 'a hit with three primitive arguments (1e3 entries)',
  goals: [
    { what: 'memoizee over dugout', unit: 'x', direction: 'at least', goal: 2.5, moonshot: 3 },
    { what: 'a JSON-keyed memoizer over dugout', unit: 'x', direction: 'at least', goal: 5, moonshot: 6 },
  ],
}

// CommonJS, with its types written for the other kind.
const fastMemoize = fastMemoizeModule as unknown as typeof fastMemoizeModule.default

type Price = (region: string, year: number, product: number) => number

const price: Price = (region, year, product) => region.length + year * 10 + product

const regions = ['EU', 'US', 'CN', 'IN', 'BR', 'ZA', 'JP', 'KR', 'AU', 'CA']

function callsAtRandom(): [string, number, number][] {
  const calls = regions.flatMap((region) =>
    Array.from({ length: 100 }, (_, i): [string, number, number] => [region, 2020 + (i % 10), Math.floor(i / 10)]),
  )
  return shuffled(calls, randomNumbers(1))
}

function keyedBy(key: (args: readonly unknown[]) => string): Price {
  const results = new Map<string, number>()
  return (...args) => {
    const found = key(args)
    let result = results.get(found)
    if (result === undefined) results.set(found, (result = price(...args)))
    return result
  }
}

function trieOfMaps(): Price {
  const regions = new Map<string, Map<number, Map<number, number>>>()
  return (region, year, product) => {
    let years = regions.get(region)
    if (years === undefined) regions.set(region, (years = new Map()))
    let products = years.get(year)
    if (products === undefined) years.set(year, (products = new Map()))
    let result = products.get(product)
    if (result === undefined) products.set(product, (result = price(region, year, product)))
    return result
  }
}

function lruMemo(): Price {
  const cache = new LRUCache<string, number, [string, number, number]>({
    max: 10_000,
    memoMethod: (_key, _stale, { context }) => price(...context),
  })
  return (region, year, product) => cache.memo(`${region}|${year}|${product}`, { context: [region, year, product] })
}

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const calls = callsAtRandom()
  const sum =
    (memoized: Price, order = calls) =>
    () => {
      let sum = 0
      for (let i = 0; i < order.length; i++) {
        const call = order[i] as [string, number, number]
        sum += memoized(call[0], call[1], call[2])
      }
      return sum
    }
  const base = new Context()
  const cell = tracked('price', price)
  const sumOfCells = sum(cell)
  // a `run` guesses that it is asked what the last one was: here it never is
  const otherwise = sum(cell, calls.toReversed())
  const reader = tracked('reader', sum(cell))
  const peers: Record<string, Price> = {
    'trie of Maps': trieOfMaps(),
    memoizee: memoizee(price),
    'memoizee, primitive': memoizee(price, { primitive: true }),
    'lru-cache memo': lruMemo(),
    'fast-memoize': fastMemoize(price),
    'JSON key': keyedBy((args) => JSON.stringify(args)),
  }
  const slowPeers: Record<string, Price> = {
    'object-hash': keyedBy((args) => objectHash(args)),
    sha256: keyedBy((args) => createHash('sha256').update(JSON.stringify(args)).digest('hex')),
  }
  const competitor = ([name, memoized]: [string, Price]): Competitor => ({ name, run: sum(memoized), operations: 1000 })
  const times = await race([
    { name: 'dugout', run: () => base.run(sumOfCells), operations: 1000 },
    {
      name: 'dugout, forwards and backwards in turn',
      run: (turn) => base.run(turn % 2 === 0 ? sumOfCells : otherwise),
      operations: 1000,
    },
    {
      name: 'dugout, in a body that runs again',
      run: () => {
        base.invalidate(reader)
        return base.get(reader)
      },
      operations: 1000,
    },
    ...Object.entries(peers).map(competitor),
  ])
  const slowTimes = await race(Object.entries(slowPeers).map(competitor), { rounds: 3, milliseconds: 20 })
  return {
    figures: [ratio(times, 'memoizee', 'dugout'), ratio(times, 'JSON key', 'dugout')],
    detail: { ...detail(times, ''), ...detail(slowTimes, '') },
  }
}
