import memoizee from 'memoizee'
import type { MakeScenario } from './scenario.js'

/** A memoizer knows no dependencies: after a change everything is forgotten, and what the target reaches is computed. */
export const memoizeeCleared: MakeScenario = (layers, work) => {
  const { sources, inputs } = layers
  let leafValue = inputs[layers.leaf] as number
  const baseValue = leafValue
  const cell = memoizee(
    (index: number): number => {
      if (index === layers.leaf) return leafValue
      const slot = 3 * index
      const first = sources[slot] as number
      if (first < 0) return inputs[index] as number
      return work(cell(first), cell(sources[slot + 1] as number), cell(sources[slot + 2] as number))
    },
    { primitive: true },
  )
  for (let index = 0; index < layers.size; index++) cell(index)
  const read = (): number => cell(layers.target)
  return {
    base() {
      cell.clear()
      return read()
    },
    whatIf(value) {
      leafValue = value
      cell.clear()
      const result = read()
      leafValue = baseValue
      return result
    },
  }
}
