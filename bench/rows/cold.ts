// The first evaluation: a model of 1e6 nodes from nothing, against the same functions with a Map, and with signals.
import { strictEqual } from 'node:assert'
import { computed, signal } from 'alien-signals'
import { add, type Layers, layers } from '../layers.js'
import { bytesInUse } from '../memory.js'
import { makeModel, useManyFunctions } from '../peers/dugout.js'
import type { Measured, Row } from '../row.js'

export const row: Row = { id: 'cold', what: 'cold evaluation of 1e6 nodes: time and bytes a node', goals: [] }

interface Cold {
  readonly target: number
  readonly alive: unknown
  readonly dispose?: () => void
}

function withMap({ size, sources, inputs, target }: Layers): Cold {
  const results = new Map<number, number>()
  const compute = (index: number): number => {
    const slot = 3 * index
    const first = sources[slot] as number
    if (first < 0) return inputs[index] as number
    return add(cell(first), cell(sources[slot + 1] as number), cell(sources[slot + 2] as number))
  }
  const cell = (index: number): number => {
    let result = results.get(index)
    if (result === undefined) {
      result = compute(index)
      results.set(index, result)
    }
    return result
  }
  for (let index = 0; index < size; index++) cell(index)
  return { target: cell(target), alive: results }
}

function withSignals({ size, sources, inputs, target }: Layers): Cold {
  const cells: (() => number)[] = []
  for (let index = 0; index < size; index++) {
    const slot = 3 * index
    const first = cells[sources[slot] as number]
    const second = cells[sources[slot + 1] as number] as () => number
    const third = cells[sources[slot + 2] as number] as () => number
    if (first === undefined) cells.push(signal(inputs[index] as number))
    else cells.push(computed(() => add(first(), second(), third())))
  }
  for (const cell of cells) cell()
  return { target: (cells[target] as () => number)(), alive: cells }
}

function withDugout(model: Layers): Cold {
  const { base, target } = makeModel(model, add)
  return { target: base.get(target), alive: base, dispose: () => base.dispose() }
}

const ways: Readonly<Record<string, (model: Layers) => Cold>> = {
  'functions with a Map': withMap,
  'alien-signals': withSignals,
  dugout: withDugout,
}

// On its own, so that nothing of it is alive when the next is measured.
async function build(
  make: (model: Layers) => Cold,
  model: Layers,
): Promise<{ target: number; ns: number; bytes: number }> {
  const before = await bytesInUse()
  const start = performance.now()
  const { target, alive, dispose } = make(model)
  const ns = (1e6 * (performance.now() - start)) / model.size
  const bytes = ((await bytesInUse()) - before) / model.size
  dispose?.()
  if (alive === undefined) throw new Error('nothing was kept')
  return { target, ns, bytes }
}

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const detail: Record<string, number> = {}
  const small = layers(1e4, 10)
  const large = layers(1e6, 10)
  let expected: number | undefined
  for (const [name, make] of Object.entries(ways)) {
    await build(make, small)
    const { target, ns, bytes } = await build(make, large)
    expected ??= target
    strictEqual(target, expected)
    detail[`${name}, a node, ns`] = ns
    detail[`${name}, a node, B`] = bytes
  }
  return { figures: [], detail }
}
