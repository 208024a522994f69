import { Context, type Node, type Tracked, tracked } from 'dugout'
import type { Layers, Work } from '../layers.js'
import type { MakeScenario } from './scenario.js'

/** A layered model as users write it: one function of one integer argument, its base evaluated. */
export interface Model {
  readonly base: Context
  readonly cell: Tracked<(index: number) => number>
  readonly leaf: Node<(index: number) => number>
  readonly target: Node<(index: number) => number>
}

export function makeModel(layers: Layers, work: Work): Model {
  const { sources, inputs } = layers
  // An arrow: in a function expression named `cell`, cell(first) would call that function, untracked.
  const cell: Model['cell'] = tracked('cell', (index: number): number => {
    const slot = 3 * index
    const first = sources[slot] as number
    if (first < 0) return inputs[index] as number
    return work(cell(first), cell(sources[slot + 1] as number), cell(sources[slot + 2] as number))
  })
  const base = new Context({ name: 'base' })
  base.run(() => {
    for (let index = 0; index < layers.size; index++) cell(index)
  })
  return { base, cell, leaf: cell.at(layers.leaf), target: cell.at(layers.target) }
}

export const dugout: MakeScenario = (layers, work) => {
  useManyFunctions()
  const { base, leaf, target } = makeModel(layers, work)
  return {
    base: () => base.get(target),
    whatIf(value) {
      const scenario = base.fork()
      scenario.tweak(leaf, value)
      const result = scenario.get(target)
      scenario.dispose()
      return result
    },
  }
}

/**
 * Calls functions of several shapes, as any program does, so that the machine code which a benchmark sees is not made for
 * one function alone.
 */
export function useManyFunctions(): void {
  const none = tracked(function none() {
    return 1
  })
  const one = tracked(function one(name: string) {
    return none() + name.length
  })
  const two = tracked(function two(name: string, year: number) {
    return { name, value: one(name) + year }
  })
  const three = tracked(function three(name: string, year: number, sure: boolean) {
    return sure ? two(name, year).value : none()
  })
  const list = tracked(function list(names: readonly string[]) {
    return names.map((name) => one(name))
  })
  const context = new Context()
  for (let turn = 0; turn < 200; turn++) {
    const child = context.fork()
    child.tweak(none, turn)
    child.run(() => [three('name', turn % 7, true), three(`name ${turn % 5}`, 1, false), list(['a', `b${turn % 3}`])])
    child.dispose()
  }
  context.dispose()
}
