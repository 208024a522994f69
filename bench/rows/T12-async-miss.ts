// An asynchronous body that has to run, over the same function untracked. On Node 20 and 22 an AsyncLocalStorage in use
// slows down every await of the process: the plain function is therefore timed before there is one.
import { Context, tracked } from 'dugout'
import { detail, race, time } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T12',
  what: 'an asynchronous miss over the plain async function',
  goals: [{ what: 'a new node', unit: 'us', direction: 'at most', goal: 1, moonshot: 0.5 }],
}

const calls = 1000
const nothing = Promise.resolve()

export async function measure(): Promise<Measured> {
  const plain = async (key: number): Promise<number> => {
    await nothing
    return key + 1
  }
  const slow = tracked('slow', async (key: number): Promise<number> => {
    await nothing
    return key + 1
  })
  const sum = (fn: (key: number) => Promise<number>) => async () => {
    let sum = 0
    for (let key = 0; key < calls; key++) sum += await fn(key)
    return sum
  }
  const sumOfPlain = sum(plain)
  const sumOfSlow = sum(slow)
  const before = await race([
    { name: 'plain, before there is an AsyncLocalStorage', run: sumOfPlain, operations: calls },
  ])

  const kept = new Context()
  const times = await race([
    { name: 'plain', run: sumOfPlain, operations: calls },
    {
      name: 'dugout, new nodes',
      run: async () => {
        const context = new Context()
        const result = await context.run(sumOfSlow)
        context.dispose()
        return result
      },
      operations: calls,
    },
    {
      name: 'dugout, known nodes whose results were unloaded',
      run: () => {
        kept.unload()
        return kept.run(sumOfSlow)
      },
      operations: calls,
    },
  ])
  const plainTime = time(before, 'plain, before there is an AsyncLocalStorage')
  return {
    figures: [(time(times, 'dugout, new nodes') - plainTime) / 1000],
    detail: { ...detail(before, ''), ...detail(times, '') },
  }
}
