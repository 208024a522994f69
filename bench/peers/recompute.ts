// No graph at all: everything is computed again.
import { evaluate, type Layers, type Work } from '../layers.js'
import type { MakeScenario } from './scenario.js'

/** A plain loop over all nodes, into one array of numbers. */
export const recompute: MakeScenario = (layers, work) => {
  const whatIf = (value: number): number => evaluate(layers, work, value)[layers.target] as number
  return { whatIf, base: () => whatIf(layers.inputs[layers.leaf] as number) }
}

interface State {
  values: number[]
}

/** The model's state is copied, changed, and computed. */
export const cloned: MakeScenario = (layers, work) => {
  const state: State = { values: Array.from(evaluate(layers, work, layers.inputs[layers.leaf] as number)) }
  return {
    base: () => state.values[layers.target] as number,
    whatIf(value) {
      const copy = structuredClone(state)
      copy.values[layers.leaf] = value
      computeAll(copy.values, layers, work)
      return copy.values[layers.target] as number
    },
  }
}

function computeAll(values: number[], { size, sources }: Layers, work: Work): void {
  for (let node = 0; node < size; node++) {
    const slot = 3 * node
    const first = sources[slot] as number
    if (first < 0) continue
    values[node] = work(
      values[first] as number,
      values[sources[slot + 1] as number] as number,
      values[sources[slot + 2] as number] as number,
    )
  }
}
