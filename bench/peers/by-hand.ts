// What a careful programmer writes for one model alone: objects that know what they read and who reads them.
import { evaluate, type Layers, type Work } from '../layers.js'
import type { MakeScenario } from './scenario.js'

interface Cell {
  readonly index: number
  readonly base: number
  value: number
  stale: boolean
  readonly first: Cell | undefined
  readonly second: Cell | undefined
  readonly third: Cell | undefined
  readonly dependents: Cell[]
}

function makeCells(layers: Layers, work: Work): Cell[] {
  const values = evaluate(layers, work, layers.inputs[layers.leaf] as number)
  const cells: Cell[] = []
  const at = (slot: number): Cell | undefined => cells[layers.sources[slot] as number]
  for (let index = 0; index < layers.size; index++) {
    const base = values[index] as number
    const slot = 3 * index
    const [first, second, third] = [at(slot), at(slot + 1), at(slot + 2)]
    const cell: Cell = { index, base, value: base, stale: false, first, second, third, dependents: [] }
    for (const source of new Set([first, second, third])) source?.dependents.push(cell)
    cells.push(cell)
  }
  return cells
}

function compute({ first, second, third }: Cell, work: Work): number {
  return work((first as Cell).value, (second as Cell).value, (third as Cell).value)
}

function flag(leaf: Cell, stale: Cell[]): void {
  stale.length = 0
  stale.push(leaf)
  for (let next = 0; next < stale.length; next++) {
    const { dependents } = stale[next] as Cell
    for (let i = 0; i < dependents.length; i++) {
      const dependent = dependents[i] as Cell
      if (dependent.stale) continue
      dependent.stale = true
      stale.push(dependent)
    }
  }
}

function putBack(cells: readonly Cell[]): void {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as Cell
    cell.value = cell.base
    cell.stale = false
  }
}

/**
 * The hand-written object limit: flags what the changed cell reaches, computes what is flagged when it is asked for, and
 * puts the old values back. It serves a change of any cell.
 */
export const byHand: MakeScenario = (layers, work) => {
  const cells = makeCells(layers, work)
  const leaf = cells[layers.leaf] as Cell
  const target = cells[layers.target] as Cell
  const stale: Cell[] = []
  const pull = (cell: Cell): number => {
    if (cell.stale) {
      cell.stale = false
      cell.value = work(pull(cell.first as Cell), pull(cell.second as Cell), pull(cell.third as Cell))
    }
    return cell.value
  }
  return {
    base: () => target.value,
    whatIf(value) {
      flag(leaf, stale)
      leaf.value = value
      const result = pull(target)
      putBack(stale)
      return result
    },
  }
}

/** The same, with a sort in the place of recursion. */
export const byHandSorted: MakeScenario = (layers, work) => {
  const cells = makeCells(layers, work)
  const leaf = cells[layers.leaf] as Cell
  const target = cells[layers.target] as Cell
  const stale: Cell[] = []
  return {
    base: () => target.value,
    whatIf(value) {
      flag(leaf, stale)
      stale.sort((one, other) => one.index - other.index)
      leaf.value = value
      for (let i = 1; i < stale.length; i++) {
        const cell = stale[i] as Cell
        cell.value = compute(cell, work)
      }
      const result = target.value
      putBack(stale)
      return result
    },
  }
}

/** The same, with the order known beforehand: nothing is found out, and only this one leaf is served. */
export const byHandListed: MakeScenario = (layers, work) => {
  const cells = makeCells(layers, work)
  const leaf = cells[layers.leaf] as Cell
  const target = cells[layers.target] as Cell
  const order = layers.reached.map((index) => cells[index] as Cell)
  return {
    base: () => target.value,
    whatIf(value) {
      leaf.value = value
      for (let i = 0; i < order.length; i++) {
        const cell = order[i] as Cell
        cell.value = compute(cell, work)
      }
      const result = target.value
      leaf.value = leaf.base
      putBack(order)
      return result
    },
  }
}
