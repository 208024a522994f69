import { computed, configure, type IComputedValue, type IObservableValue, observable } from 'mobx'
import type { MakeScenario } from './scenario.js'

configure({ enforceActions: 'never' })

type Cell = IObservableValue<number> | IComputedValue<number>

function make(readsBaseAgain: boolean): MakeScenario {
  return (layers, work) => {
    const { sources, inputs } = layers
    const cells: Cell[] = []
    for (let index = 0; index < layers.size; index++) {
      const slot = 3 * index
      const first = cells[sources[slot] as number]
      const second = cells[sources[slot + 1] as number]
      const third = cells[sources[slot + 2] as number]
      if (first === undefined || second === undefined || third === undefined) {
        cells.push(observable.box(inputs[index] as number, { deep: false }))
      } else {
        cells.push(computed(() => work(first.get(), second.get(), third.get()), { keepAlive: true }))
      }
    }
    for (const cell of cells) cell.get()
    const leaf = cells[layers.leaf] as IObservableValue<number>
    const target = cells[layers.target] as Cell
    const baseValue = leaf.get()
    return {
      base: () => target.get(),
      whatIf(value) {
        leaf.set(value)
        const result = target.get()
        leaf.set(baseValue)
        if (readsBaseAgain) target.get()
        return result
      },
    }
  }
}

/** Set, read, set back, and read, so that the base is there again, as it is for the others. */
export const mobx: MakeScenario = make(true)

/** Set, read, set back: the base is left stale, and whoever reads it next pays. */
export const mobxStale: MakeScenario = make(false)
