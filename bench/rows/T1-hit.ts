// A call of a tracked function whose result is there, in a body that records it as a dependency, over a bare Map.get.
import { Context, tracked } from 'dugout'
import { useManyFunctions } from '../peers/dugout.js'
import { detail, race, ratio } from '../race.js'
import { randomNumbers, shuffled } from '../random.js'
import type { Goal, Measured, Row } from '../row.js'

const limit = { unit: 'x', direction: 'at most', goal: 2.5, moonshot: 2 } as const satisfies Partial<Goal>

export const row: Row = {
  id: 'T1',
  what: 'a hit with its edge recorded, one integer argument, over Map.get (1e3 nodes)',
  goals: [
    { what: 'keys in order', ...limit },
    { what: 'keys at random', ...limit },
  ],
}

const size = 1000

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const inOrder = Array.from({ length: size }, (_, key) => key)
  const atRandom = shuffled(inOrder, randomNumbers(1))
  const map = new Map(inOrder.map((key) => [key, 2 * key]))
  const cell = tracked(function cell(key: number) {
    return 2 * key
  })
  const turns = tracked('turns', (): number => 0)
  const base = new Context()

  const sumOfMap = (keys: readonly number[]) => () => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += map.get(keys[i] as number) as number
    return sum
  }
  const sumOfCells = (keys: readonly number[]) => () => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += cell(keys[i] as number)
    return sum
  }
  // Run again, a body compares what it reads with what it read last time.
  const again = (keys: readonly number[]) => {
    const sum = sumOfCells(keys)
    const reader = tracked('reader', () => Math.min(turns(), 0) + sum())
    let turn = 0
    return () => {
      base.tweak(turns, ++turn)
      return base.get(reader)
    }
  }
  const sumWithoutBody = sumOfCells(atRandom)
  const times = await race([
    { name: 'Map.get, in order', run: sumOfMap(inOrder), operations: size },
    { name: 'dugout, in order', run: again(inOrder), operations: size },
    { name: 'Map.get, at random', run: sumOfMap(atRandom), operations: size },
    { name: 'dugout, at random', run: again(atRandom), operations: size },
    { name: 'dugout, at random, outside a body', run: () => base.run(sumWithoutBody), operations: size },
  ])

  // Run for the first time, it has nothing to compare with: every edge is new, and stays.
  const sumInBody = sumOfCells(atRandom)
  const first = tracked(function first(_reader: number) {
    return sumInBody()
  })
  const firstTimes = await race(
    [{ name: 'dugout, at random, first run of the body', run: (turn) => base.get(first.at(turn)), operations: size }],
    { rounds: 4, milliseconds: 8 },
  )
  return {
    figures: [
      ratio(times, 'dugout, in order', 'Map.get, in order'),
      ratio(times, 'dugout, at random', 'Map.get, at random'),
    ],
    detail: { ...detail(times, ''), ...detail(firstTimes, '') },
  }
}
