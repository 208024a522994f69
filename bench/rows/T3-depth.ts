// What is not masked costs the same in a context under twenty others as in the root.
import { Context, tracked } from 'dugout'
import { useManyFunctions } from '../peers/dugout.js'
import { detail, race, ratio } from '../race.js'
import { randomNumbers, shuffled } from '../random.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T3',
  what: 'an unmasked hit at depth 20 over depth 0 (1e3 nodes)',
  goals: [{ what: 'depth 20 over depth 0', unit: 'x', direction: 'at most', goal: 1.2, moonshot: 1.05 }],
}

const size = 1000
const depth = 20

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const keys = shuffled(Array(size).keys(), randomNumbers(1))
  const cell = tracked(function cell(key: number) {
    return 2 * key
  })
  const assumption = tracked(function assumption(level: number) {
    return level
  })
  const conclusion = tracked(function conclusion() {
    let sum = 0
    for (let level = 0; level < depth; level++) sum += assumption(level)
    return sum
  })
  const sum = () => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += cell(keys[i] as number)
    return sum
  }
  const base = new Context()
  base.run(sum)
  base.get(conclusion)
  // Each level has a tweak, and a result of its own.
  let deep = base
  for (let level = 0; level < depth; level++) {
    deep = deep.fork()
    deep.tweak(assumption.at(level), 100)
    deep.get(conclusion)
  }
  const times = await race([
    { name: 'depth 0', run: () => base.run(sum), operations: size },
    { name: 'depth 20', run: () => deep.run(sum), operations: size },
  ])
  return { figures: [ratio(times, 'depth 20', 'depth 0')], detail: detail(times, '') }
}
