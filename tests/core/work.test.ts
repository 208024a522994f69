// What operations cost, counted: bodies run, slots made, edges touched, bytes held. The bounds are generous and know no
// clock, so they hold on any machine; the benchmarks measure the rest.
import t from 'tap'
import { Context, tracked } from '../../lib/index.js'
import { gc } from './helpers.js'

const WIDTH = 50
const LAYERS = 20

/** Layers of fan-in 3; the leaf, node 0, reaches three more nodes of each layer than of the one below. */
function layered(width = WIDTH) {
  const cell = tracked('cell', (index: number): number => {
    if (index < width) return index
    const place = index % width
    const below = index - place - width
    let sum = 0
    for (let i = 0; i < 3; i++) sum += cell(below + ((place + i) % width))
    return sum % 1_000_003
  })
  const size = width * LAYERS
  const base = new Context()
  const all = (context: Context) =>
    context.run(() => {
      for (let index = 0; index < size; index++) cell(index)
    })
  return { base, cell, size, all }
}

/** How many nodes node 0 reaches, itself included, up to the whole width of a layer. */
function reached(width = WIDTH): number {
  let count = 0
  for (let layer = 0; layer < LAYERS; layer++) count += Math.min(width, 1 + 2 * layer)
  return count
}

function evaluated(context: Context, work: () => void): number {
  const before = context.stats().evaluations
  work()
  return context.stats().evaluations - before
}

void t.test('a model is evaluated once a node, with one edge a dependency', async (t) => {
  const { base, size, all } = layered()
  t.equal(
    evaluated(base, () => all(base)),
    size,
  )
  t.equal(base.stats().edges, 3 * (size - WIDTH))
  t.equal(
    evaluated(base, () => all(base)),
    0,
  )
})

void t.test('a scenario makes a slot and runs a body for what its tweak reaches, and touches no edge', async (t) => {
  const { base, cell, all } = layered()
  all(base)
  const { edges, results } = base.stats()
  for (let turn = 1; turn <= 20; turn++) {
    const scenario = base.fork()
    scenario.tweak(cell.at(0), turn)
    t.equal(scenario.stats().masked, reached())
    t.equal(
      evaluated(scenario, () => all(scenario)),
      reached() - 1,
    )
    t.equal(base.stats().edges, edges)
    scenario.dispose()
    t.equal(base.stats().results, results, 'all is given back')
  }
  t.equal(
    evaluated(base, () => all(base)),
    0,
    'the base has lost nothing',
  )
})

void t.test('a change of the base runs what it reaches; going back runs nothing', async (t) => {
  const { base, cell, all } = layered()
  base.tweak(cell.at(0), 1)
  all(base)
  const { edges } = base.stats()
  base.tweak(cell.at(0), 2)
  t.equal(
    evaluated(base, () => all(base)),
    reached() - 1,
  )
  base.tweak(cell.at(0), 1)
  t.equal(
    evaluated(base, () => all(base)),
    0,
  )
  t.equal(base.stats().edges, edges)
})

void t.test('a fork of a fork of a large model makes no slot and runs nothing', async (t) => {
  const { base, all } = layered()
  all(base)
  let context = base
  for (let depth = 0; depth < 20; depth++) context = context.fork()
  t.equal(
    evaluated(context, () => all(context)),
    0,
  )
  t.equal(context.stats().masked, 0)
})

async function bytesHeld(): Promise<number> {
  await gc()
  await gc()
  return process.memoryUsage().heapUsed
}

void t.test('a node takes at most 500 bytes, a masked one 200, and a disposed scenario next to none', async (t) => {
  const width = 1000
  const { base, cell, size, all } = layered(width)
  // functions are compiled, and counted, before
  const warm = layered(100)
  warm.all(warm.base)
  const empty = await bytesHeld()
  all(base)
  const full = await bytesHeld()
  const scenarios = Array.from({ length: 20 }, (_, turn) => base.fork().tweak(cell.at(50 * turn), -1))
  for (const scenario of scenarios) all(scenario)
  const masked = scenarios.reduce((sum, scenario) => sum + scenario.stats().masked, 0)
  const forked = await bytesHeld()
  for (const scenario of scenarios) scenario.dispose()
  scenarios.length = 0
  const disposed = await bytesHeld()
  t.equal(masked, 20 * reached(width))
  t.ok((full - empty) / size < 500, `${(full - empty) / size} bytes a node`)
  t.ok((forked - full) / masked < 200, `${(forked - full) / masked} bytes a masked node`)
  t.ok((disposed - full) / masked < 50, `${(disposed - full) / masked} bytes a masked node are left`)
})

void t.test('scenarios that are disposed leave nothing behind, in the turn that made them either', async (t) => {
  const { base, cell, all } = layered()
  all(base)
  const scenarios = (count: number): void => {
    for (let turn = 0; turn < count; turn++) {
      const scenario = base.fork().tweak(cell.at(0), turn)
      scenario.fork().dispose()
      scenario.get(cell.at(WIDTH))
      scenario.dispose()
    }
  }
  scenarios(2000)
  // no end of a turn until it is counted: what a WeakRef was made for lives as long
  const bytes = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = bytes()
  const count = 10_000
  scenarios(count)
  const held = (bytes() - before) / count
  t.ok(held < 100, `${held} bytes a scenario are left`)
})
