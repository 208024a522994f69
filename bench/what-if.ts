// A race of ways to answer the same what-if.
import type { Layers, Work } from './layers.js'
import type { MakeScenario } from './peers/scenario.js'
import { type Competitor, compareResults, type RaceOptions, race, type Times } from './race.js'

/** Nanoseconds a scenario: change the leaf, read the target, be back at the base. Values and bases are compared. */
export async function raceWhatIfs(
  layers: Layers,
  work: Work,
  makers: Readonly<Record<string, MakeScenario>>,
  options?: RaceOptions,
): Promise<Times> {
  const scenarios = Object.entries(makers).map(([name, make]) => ({ name, ...make(layers, work) }))
  const whatIfs = scenarios.map(
    ({ name, whatIf }): Competitor => ({ name, run: (turn) => whatIf(1 + (turn % 999) / 64) }),
  )
  const bases = scenarios.map(({ name, base }): Competitor => ({ name, run: base }))
  await compareResults(bases, 0)
  const times = await race(whatIfs, options)
  await compareResults(bases, 0)
  return times
}
