// One scenario beside a spreadsheet engine. It is asked for half of a scenario only: setting the cell back is not counted.
import { add, layers } from '../layers.js'
import { dugout } from '../peers/dugout.js'
import { hyperFormula, hyperFormulaSet } from '../peers/hyperformula.js'
import { detail, ratio } from '../race.js'
import type { Measured, Row } from '../row.js'
import { raceWhatIfs } from '../what-if.js'

export const row: Row = {
  id: 'T7',
  what: 'a scenario against HyperFormula (N = 1e5, k = 1000)',
  goals: [
    { what: 'HyperFormula, cell set once, over dugout', unit: 'x', direction: 'at least', goal: 10, moonshot: 20 },
  ],
}

export async function measure(): Promise<Measured> {
  const makers = { dugout, 'HyperFormula, set': hyperFormulaSet, 'HyperFormula, set and set back': hyperFormula }
  const times = await raceWhatIfs(layers(1e5, 1000), add, makers)
  return { figures: [ratio(times, 'HyperFormula, set', 'dugout')], detail: detail(times, '', 'us') }
}
