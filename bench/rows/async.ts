// Asynchronous calls: what a hit costs, what a thousand at once cost, and whether a program that uses synchronous functions
// only pays for it. The order matters: an AsyncLocalStorage in use slows down every await of the process on Node 20 and 22.
import { Context, tracked } from 'dugout'
import pMemoize from 'p-memoize'
import { useManyFunctions } from '../peers/dugout.js'
import { detail, race, ratio } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = { id: 'async', what: 'asynchronous hits, a thousand at once, and the tax on await', goals: [] }

const calls = 1000
const nothing = Promise.resolve()

type Call = (key: number) => Promise<number>

const inTurn = (fn: Call) => async () => {
  let sum = 0
  for (let key = 0; key < calls; key++) sum += await fn(key)
  return sum
}

const atOnce = (fn: Call) => async () => {
  const results = await Promise.all(Array.from({ length: calls }, (_, key) => fn(key)))
  return results.reduce((sum, result) => sum + result, 0)
}

export async function measure(): Promise<Measured> {
  const plain = async (key: number): Promise<number> => {
    await nothing
    return key + 1
  }
  const untouched = await race([{ name: 'await, dugout not used', run: inTurn(plain), operations: calls }])
  useManyFunctions()
  const synchronous = await race([{ name: 'await, synchronous functions used', run: inTurn(plain), operations: calls }])

  const slow = tracked('slow', plain)
  const base = new Context()
  await base.run(inTurn(slow))
  const awaits = await race([{ name: 'await, asynchronous functions used', run: inTurn(plain), operations: calls }])

  const map = new Map(Array.from({ length: calls }, (_, key) => [key, key + 1]))
  const memoized = pMemoize(plain)
  const hits = await race([
    { name: 'hit, Map', run: inTurn(((key: number) => map.get(key)) as unknown as Call), operations: calls },
    { name: 'hit, p-memoize', run: inTurn(memoized), operations: calls },
    { name: 'hit, dugout', run: () => base.run(inTurn(slow)), operations: calls },
  ])

  const afresh = async (many: () => Promise<number>): Promise<number> => {
    const context = new Context()
    const sum = await context.run(many)
    context.dispose()
    return sum
  }
  const together = await race([
    { name: 'a thousand at once, plain', run: atOnce(plain), operations: calls },
    { name: 'a thousand at once, p-memoize', run: () => atOnce(pMemoize(plain))(), operations: calls },
    { name: 'a thousand at once, dugout', run: () => afresh(atOnce(slow)), operations: calls },
  ])
  const taxes = { ...untouched, ...synchronous, ...awaits }
  return {
    figures: [],
    detail: {
      ...detail(taxes, ''),
      'await tax, synchronous functions only, x': ratio(
        taxes,
        'await, synchronous functions used',
        'await, dugout not used',
      ),
      'await tax, asynchronous functions, x': ratio(
        taxes,
        'await, asynchronous functions used',
        'await, dugout not used',
      ),
      ...detail(hits, ''),
      ...detail(together, ''),
    },
  }
}
