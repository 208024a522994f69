// Bytes of a node and of a masked entry. The values are small integers, which take no memory beside their field: what is
// counted is the graph's own.
import { addIntegers, layers, nearlyAll } from '../layers.js'
import { bytesInUse, bytesOf } from '../memory.js'
import { alienSignals } from '../peers/alien-signals.js'
import { byHand } from '../peers/by-hand.js'
import { makeModel, useManyFunctions } from '../peers/dugout.js'
import { mobx } from '../peers/mobx.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T11',
  what: 'memory (N = 1e5, one argument and three dependencies a node)',
  goals: [
    { what: 'a node', unit: 'B', direction: 'at most', goal: 350, moonshot: 250 },
    { what: 'a masked entry, evaluated', unit: 'B', direction: 'at most', goal: 100, moonshot: 64 },
  ],
}

const size = 1e5

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const model = layers(size, nearlyAll)
  const peers: Record<string, number> = {}
  for (const [name, make] of Object.entries({ 'by hand': byHand, 'alien-signals': alienSignals, mobx })) {
    make(layers(1000, 10), addIntegers)
    const { bytes } = await bytesOf(() => make(model, addIntegers))
    peers[`${name}, a node, B`] = bytes / size
  }
  makeModel(layers(1000, 10), addIntegers).base.dispose()

  const { bytes: nodes, made } = await bytesOf(() => makeModel(model, addIntegers))
  const estimated = made.base.stats().bytes
  const scenario = made.base.fork()
  const { bytes: flagged } = await bytesOf(() => scenario.tweak(made.leaf, 12345))
  const { bytes: evaluated } = await bytesOf(() => scenario.get(made.target))
  const before = await bytesInUse()
  scenario.dispose()
  const entries = model.reached.length
  const figures = [nodes / size, (flagged + evaluated) / entries]
  const disposed = (await bytesInUse()) - before + flagged + evaluated
  made.base.dispose()
  return {
    figures,
    detail: {
      'masked, not evaluated, an entry, B': flagged / entries,
      'left when the context is disposed of, an entry, B': disposed / entries,
      'a node as estimated by stats(), B': estimated / size,
      ...peers,
    },
  }
}
