// The same change in models of three sizes: a scenario's time is that of its masked nodes.
import { add, layers } from '../layers.js'
import { byHand } from '../peers/by-hand.js'
import { dugout } from '../peers/dugout.js'
import { type Competitor, detail, race, ratio } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T9',
  what: "a scenario's time as the model grows from 1e4 to 1e6 nodes (k = 100)",
  goals: [{ what: 'N = 1e6 over N = 1e4', unit: 'x', direction: 'at most', goal: 2, moonshot: 1.2 }],
}

export async function measure(): Promise<Measured> {
  const competitors: Competitor[] = []
  for (const size of [1e4, 1e5, 1e6]) {
    const model = layers(size, 100)
    for (const [name, make] of Object.entries({ dugout, 'by hand': byHand })) {
      const { whatIf } = make(model, add)
      competitors.push({ name: `${name}, N = ${size}`, run: (turn) => whatIf(1 + (turn % 999) / 64) })
    }
  }
  // Models of different sizes have different results.
  const times = await race(competitors, { compare: false })
  return { figures: [ratio(times, 'dugout, N = 1000000', 'dugout, N = 10000')], detail: detail(times, '', 'us') }
}
