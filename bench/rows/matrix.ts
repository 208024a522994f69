// The what-if workload along its three axes: how much the leaf reaches, how much a node has to do, how large the model is.
// MATRIX=full runs all of it, with the spreadsheet, and takes many minutes.
import { add, layers, nearlyAll, type Work, work45, work320, work3400 } from '../layers.js'
import { alienSignals } from '../peers/alien-signals.js'
import { byHand } from '../peers/by-hand.js'
import { dugout } from '../peers/dugout.js'
import { hyperFormulaSet } from '../peers/hyperformula.js'
import { memoizeeCleared } from '../peers/memoizee.js'
import { mobx } from '../peers/mobx.js'
import { cloned, recompute } from '../peers/recompute.js'
import type { MakeScenario } from '../peers/scenario.js'
import { detail } from '../race.js'
import type { Measured, Row } from '../row.js'
import { raceWhatIfs } from '../what-if.js'

export const row: Row = { id: 'matrix', what: 'the what-if workload, along its axes', goals: [] }

const works: Readonly<Record<string, Work>> = { '2 ns': add, '45 ns': work45, '320 ns': work320, '3.4 us': work3400 }
const reaches = [10, 100, 1000, nearlyAll]
const fast = { dugout, 'by hand': byHand, 'alien-signals': alienSignals, 'plain loop': recompute }
const all = { ...fast, mobx, 'memoizee, clear': memoizeeCleared, 'structuredClone and recompute': cloned }

interface Case {
  readonly size: number
  readonly reach: number
  readonly work: string
  readonly makers: Readonly<Record<string, MakeScenario>>
}

function cases(): Case[] {
  if (process.env['MATRIX'] === 'full') {
    return [1e4, 1e5, 1e6].flatMap((size) =>
      reaches.flatMap((reach) =>
        Object.keys(works).map((work) => {
          const makers = work === '2 ns' && size <= 1e5 ? { ...all, 'HyperFormula, set': hyperFormulaSet } : all
          return { size, reach, work, makers }
        }),
      ),
    )
  }
  return [
    ...reaches.map((reach) => ({ size: 1e5, reach, work: '2 ns', makers: all })),
    ...['45 ns', '320 ns', '3.4 us'].map((work) => ({ size: 1e5, reach: 100, work, makers: fast })),
    { size: 1e4, reach: 100, work: '2 ns', makers: all },
  ]
}

export async function measure(): Promise<Measured> {
  const details: Record<string, number>[] = []
  // The first case would pay for the compiler otherwise.
  await raceWhatIfs(layers(1e4, 100), add, all, { rounds: 2 })
  for (const { size, reach, work, makers } of cases()) {
    const model = layers(size, reach)
    // What takes long varies little.
    const rounds = work === '3.4 us' || reach === nearlyAll ? 1 : 2
    const times = await raceWhatIfs(model, works[work] as Work, makers, { rounds, milliseconds: 15 })
    details.push(detail(times, `, N = ${size}, k = ${model.reached.length}, ${work}`, 'us'))
  }
  return { figures: [], detail: Object.assign({}, ...details) }
}
