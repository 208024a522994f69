// One scenario over what a programmer could reach by hand: the price of a node that has to be computed again.
import { add, layers } from '../layers.js'
import { byHand, byHandListed, byHandSorted } from '../peers/by-hand.js'
import { dugout } from '../peers/dugout.js'
import { detail, ratio } from '../race.js'
import type { Goal, Measured, Row } from '../row.js'
import { raceWhatIfs } from '../what-if.js'

const limit = { unit: 'x', direction: 'at most', goal: 6, moonshot: 3 } as const satisfies Partial<Goal>

export const row: Row = {
  id: 'T4',
  what: 'a masked node over hand-written objects (N = 1e5, 2 ns of work)',
  goals: [
    { what: 'k = 100', ...limit },
    { what: 'k = 1000', ...limit },
  ],
}

export async function measure(): Promise<Measured> {
  const figures: number[] = []
  const details: Record<string, number>[] = []
  for (const reach of [100, 1000]) {
    const makers = { dugout, 'by hand': byHand, 'by hand, sorted': byHandSorted, 'by hand, one leaf': byHandListed }
    const times = await raceWhatIfs(layers(1e5, reach), add, makers)
    figures.push(ratio(times, 'dugout', 'by hand'))
    details.push(detail(times, `, k = ${reach}`, 'us'))
  }
  return { figures, detail: Object.assign({}, ...details) }
}
