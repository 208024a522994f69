// Long runs leave nothing behind: fork, tweak, read, dispose, again and again. CYCLES=1000000 for the long one.
import { add, layers } from '../layers.js'
import { bytesInUse, bytesInUseNow } from '../memory.js'
import { makeModel, useManyFunctions } from '../peers/dugout.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'cycles',
  what: 'fork, tweak, read, dispose, many times: what is left in memory',
  goals: [],
}

const reach = 10

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const cycles = Number(process.env['CYCLES'] ?? 1e5)
  const { base, leaf, target } = makeModel(layers(1e4, reach), add)
  let changed = 0
  const run = (count: number): void => {
    for (let cycle = 0; cycle < count; cycle++) {
      const scenario = base.fork()
      scenario.tweak(leaf, 1 + cycle)
      if (scenario.get(target) !== base.get(target)) changed++
      scenario.dispose()
    }
  }
  // A tenth first, for what is there once and for all.
  run(cycles / 10)
  const before = await bytesInUse()
  const statsBefore = base.stats()
  const start = performance.now()
  run(cycles)
  const elapsed = performance.now() - start
  const held = bytesInUseNow() - before
  const left = (await bytesInUse()) - before
  const stats = base.stats()
  if (changed !== cycles + cycles / 10) throw new Error(`only ${changed} scenarios differ from the base`)
  return {
    figures: [],
    detail: {
      cycles,
      'a cycle, us': (1000 * elapsed) / cycles,
      'held until the turn of the event loop ends, a cycle, B': held / cycles,
      'left in memory, a cycle, B': left / cycles,
      'left in memory, B': left,
      'nodes more': stats.nodes - statsBefore.nodes,
      'results more': stats.results - statsBefore.results,
      'edges more': stats.edges - statsBefore.edges,
      'contexts more': stats.contexts - statsBefore.contexts,
    },
  }
}
