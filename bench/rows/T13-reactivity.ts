// Shapes by which reactive libraries are compared, against the fastest of them. The published benchmark itself is run by
// bench/reactivity/published.ts.

import { compareResults, detail, geometricMean, race, ratio } from '../race.js'
import { dugoutFramework, type ReactiveFramework } from '../reactivity/adapter.js'
import { alienFramework } from '../reactivity/alien-signals.js'
import { groups, type Workload } from '../reactivity/workloads.js'
import type { Goal, Measured, Row } from '../row.js'

const limit = { unit: 'x', direction: 'at most', goal: 1.5, moonshot: 1 } as const satisfies Partial<Goal>

export const row: Row = {
  id: 'T13',
  what: 'reactive graphs, over alien-signals, geometric mean of a group',
  goals: Object.keys(groups).map((what) => ({ what, ...limit })),
}

const frameworks = [dugoutFramework, alienFramework]

function turns(framework: ReactiveFramework, workload: Workload): number[] {
  const turn = workload(framework)
  const results = [turn(), turn(), turn(), turn(), turn()]
  framework.cleanup()
  return results
}

export async function measure(): Promise<Measured> {
  const figures: number[] = []
  const details: Record<string, number> = {}
  for (const workloads of Object.values(groups)) {
    const ratios: number[] = []
    for (const [name, workload] of Object.entries(workloads)) {
      await compareResults(
        frameworks.map((framework) => ({ name: framework.name, run: () => turns(framework, workload) })),
        0,
      )
      // In the race each has taken another number of turns, and checks its results by itself.
      const times = await race(
        frameworks.map((framework) => ({ name: framework.name, run: workload(framework) })),
        { rounds: 4, milliseconds: 20, compare: false },
      )
      for (const framework of frameworks) framework.cleanup()
      ratios.push(ratio(times, 'dugout', 'alien-signals'))
      Object.assign(
        details,
        { [`${name}, x`]: ratio(times, 'dugout', 'alien-signals') },
        detail(times, `, ${name}`, 'us'),
      )
    }
    figures.push(geometricMean(ratios))
  }
  return { figures, detail: details }
}
