import { computed, signal } from 'alien-signals'
import type { MakeScenario } from './scenario.js'

function make(readsBaseAgain: boolean): MakeScenario {
  return (layers, work) => {
    const { sources, inputs } = layers
    const leaf = signal(inputs[layers.leaf] as number)
    const cells: (() => number)[] = []
    for (let index = 0; index < layers.size; index++) {
      const slot = 3 * index
      const first = cells[sources[slot] as number]
      const second = cells[sources[slot + 1] as number]
      const third = cells[sources[slot + 2] as number]
      if (index === layers.leaf) cells.push(leaf)
      else if (first === undefined || second === undefined || third === undefined)
        cells.push(signal(inputs[index] as number))
      else cells.push(computed(() => work(first(), second(), third())))
    }
    for (const cell of cells) cell()
    const target = cells[layers.target] as () => number
    const baseValue = leaf()
    return {
      base: target,
      whatIf(value) {
        leaf(value)
        const result = target()
        leaf(baseValue)
        if (readsBaseAgain) target()
        return result
      },
    }
  }
}

/** Set, read, set back, and read, so that the base is there again, as it is for the others. */
export const alienSignals: MakeScenario = make(true)

/** Set, read, set back: the base is left stale, and whoever reads it next pays. */
export const alienSignalsStale: MakeScenario = make(false)
