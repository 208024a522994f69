// What operations cost, counted: bodies run, slots made, shapes made, edges held, bytes held. The bounds on bytes are
// generous, and nothing knows a clock, so they hold on any machine; the benchmarks measure the rest. That they would tell
// is shown by waste that is seeded in the core.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { allVertices } from '../../lib/core/change.js'
import { seeded, wastes } from '../../lib/core/seeded.js'
import { serving } from '../../lib/core/slots.js'
import { turns } from '../../lib/core/turns.js'
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

/** What was counted, and what it has to be. */
type Counts = Record<string, readonly [count: number, due: number]>

/** How many results of a context have a list of reads of their own, though they read what the root's result read. */
function shapesMade(context: Context): number {
  const level = Context.level(context)
  return allVertices(level).filter((vertex) => serving(vertex, level).shape !== vertex.shape).length
}

function evaluated(context: Context, work: () => void): number {
  const before = context.stats().evaluations
  work()
  return context.stats().evaluations - before
}

function turned(work: () => void): number {
  const before = turns.count
  work()
  return turns.count - before
}

/** A model is evaluated, and asked again. */
function modelCounts(): Counts {
  const { base, size, all } = layered()
  const ask = () => evaluated(base, () => all(base))
  return {
    'bodies run for a model': [ask(), size],
    'edges of a model, one a dependency': [base.stats().edges, 3 * (size - WIDTH)],
    'bodies run when it is asked again': [ask(), 0],
  }
}

/** A scenario touches what its tweak reaches, and no edge; and gives all of it back. */
function scenarioCounts(): Counts {
  const { base, cell, all } = layered()
  all(base)
  const { edges, results } = base.stats()
  const scenario = base.fork()
  const counts: Counts = {
    'slots made by a tweak': [turned(() => scenario.tweak(cell.at(0), -1)), reached()],
    'masked by a tweak': [scenario.stats().masked, reached()],
    'bodies run in a scenario': [evaluated(scenario, () => all(scenario)), reached() - 1],
    // the tweaked node is one that reads nothing
    'shapes made in a scenario': [shapesMade(scenario) - 1, 0],
    'edges more in a scenario': [base.stats().edges - edges, 0],
  }
  scenario.dispose()
  return {
    ...counts,
    'results left by a scenario': [base.stats().results - results, 0],
    'bodies run in the base after it': [evaluated(base, () => all(base)), 0],
  }
}

/** A change of the base runs what it reaches; going back runs nothing. */
function changeCounts(): Counts {
  const { base, cell, all } = layered()
  base.tweak(cell.at(0), 1)
  all(base)
  const { edges } = base.stats()
  const change = (value: number) => turned(() => base.tweak(cell.at(0), value))
  const ask = () => evaluated(base, () => all(base))
  return {
    'slots turned by a change': [change(2), reached() - 1],
    'bodies run for a change': [ask(), reached() - 1],
    'slots turned by going back': [change(1), reached() - 1],
    'bodies run for going back': [ask(), 0],
    'edges more after changes': [base.stats().edges - edges, 0],
  }
}

/** A fork of a fork of a large model makes no slot and runs nothing. */
function depthCounts(): Counts {
  const { base, all } = layered()
  all(base)
  let context = base
  for (let depth = 0; depth < 20; depth++) context = context.fork()
  let run = 0
  const made = turned(() => {
    run = evaluated(context, () => all(context))
  })
  return { 'bodies run 20 contexts deep': [run, 0], 'slots made 20 contexts deep': [made, 0] }
}

const groups = { model: modelCounts, scenario: scenarioCounts, change: changeCounts, depth: depthCounts }

for (const [name, counts] of Object.entries(groups)) {
  void t.test(`work, counted: ${name}`, async (t) => {
    for (const [what, [count, due]] of Object.entries(counts())) t.equal(count, due, what)
  })
}

async function bytesHeld(): Promise<number> {
  await gc()
  await gc()
  return process.memoryUsage().heapUsed
}

/** Bytes, and how many there may be at most. */
async function bytes(): Promise<Counts> {
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
  const masked = 20 * reached(width)
  const forked = await bytesHeld()
  for (const scenario of scenarios) scenario.dispose()
  scenarios.length = 0
  const disposed = await bytesHeld()
  return {
    'bytes a node': [(full - empty) / size, 450],
    'bytes a masked node': [(forked - full) / masked, 200],
    'bytes a masked node that are left': [(disposed - full) / masked, 50],
  }
}

void t.test('a node takes at most 450 bytes, a masked one 200, and a disposed scenario next to none', async (t) => {
  for (const [what, [count, most]] of Object.entries(await bytes())) t.ok(count < most, `${count} ${what}`)
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
  const bytesNow = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = bytesNow()
  const count = 10_000
  scenarios(count)
  const held = (bytesNow() - before) / count
  t.ok(held < 100, `${held} bytes a scenario are left`)
})

function worst(counts: Counts): [string, Counts[string]] {
  const [first, ...others] = Object.entries(counts) as [[string, Counts[string]], ...[string, Counts[string]][]]
  const share = ([, [count, most]]: [string, Counts[string]]): number => count / most
  return others.reduce((worst, one) => (share(one) > share(worst) ? one : worst), first)
}

void t.test('seeded waste is noticed', async (t) => {
  const folder = path.join(import.meta.dirname, '../../lib/core')
  const code = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== 'seeded.js')
  const text = code.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n')
  for (const waste of wastes) {
    t.ok(text.includes(waste), `${waste} is in the code`)
    seeded.bug = waste
    try {
      const counted = Object.values(groups).flatMap((counts) => Object.entries(counts()))
      const wasted = counted.find(([, [count, due]]) => count > due)
      const [what, [count, due]] = wasted ?? worst(await bytes())
      t.ok(count > due, `${waste}: ${what}: ${count} for ${due}`)
    } finally {
      seeded.bug = null
    }
  }
})
