// One scenario beside a memoizer, which has to forget everything, and beside no cache at all.
import { add, layers } from '../layers.js'
import { dugout } from '../peers/dugout.js'
import { memoizeeCleared } from '../peers/memoizee.js'
import { cloned, recompute } from '../peers/recompute.js'
import { detail, ratio } from '../race.js'
import type { Measured, Row } from '../row.js'
import { raceWhatIfs } from '../what-if.js'

export const row: Row = {
  id: 'T8',
  what: 'a scenario against memoizee with clear (N = 1e5, k = 100)',
  goals: [{ what: 'memoizee over dugout', unit: 'x', direction: 'at least', goal: 500, moonshot: 1000 }],
}

export async function measure(): Promise<Measured> {
  const makers = {
    dugout,
    'memoizee, clear': memoizeeCleared,
    'structuredClone and recompute': cloned,
    'plain loop': recompute,
  }
  const times = await raceWhatIfs(layers(1e5, 100), add, makers)
  return { figures: [ratio(times, 'memoizee, clear', 'dugout')], detail: detail(times, '', 'us') }
}
