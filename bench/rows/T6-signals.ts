// One scenario beside signals that are set and set back.
import { add, layers } from '../layers.js'
import { alienSignals, alienSignalsStale } from '../peers/alien-signals.js'
import { dugout } from '../peers/dugout.js'
import { mobx, mobxStale } from '../peers/mobx.js'
import { detail, geometricMean, ratio } from '../race.js'
import type { Measured, Row } from '../row.js'
import { raceWhatIfs } from '../what-if.js'

export const row: Row = {
  id: 'T6',
  what: 'a scenario against signals set and set back (N = 1e5, geometric mean of k = 10, 100, 1000)',
  goals: [
    { what: 'mobx over dugout', unit: 'x', direction: 'at least', goal: 3, moonshot: 5 },
    { what: 'alien-signals over dugout', unit: 'x', direction: 'at least', goal: 1, moonshot: 1.5 },
  ],
}

export async function measure(): Promise<Measured> {
  const overMobx: number[] = []
  const overAlien: number[] = []
  const details: Record<string, number>[] = []
  for (const reach of [10, 100, 1000]) {
    const makers = {
      dugout,
      'alien-signals': alienSignals,
      'alien-signals, base left stale': alienSignalsStale,
      mobx,
      'mobx, base left stale': mobxStale,
    }
    const times = await raceWhatIfs(layers(1e5, reach), add, makers)
    overMobx.push(ratio(times, 'mobx', 'dugout'))
    overAlien.push(ratio(times, 'alien-signals', 'dugout'))
    details.push(detail(times, `, k = ${reach}`, 'us'))
  }
  return { figures: [geometricMean(overMobx), geometricMean(overAlien)], detail: Object.assign({}, ...details) }
}
