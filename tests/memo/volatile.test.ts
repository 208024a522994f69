// What gives another value each time is not kept, and neither is what was made with it; and that is said, once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { Context, type Tracked, tracked } from '../../lib/index.js'
import { memoryStore, now, openMemo, type SyncStore } from '../../lib/memo/index.js'

const memo = { memo: { version: 1 } }

async function opened(store: SyncStore) {
  let counter = 0
  let sums = 0
  const tick = tracked('tick', () => counter++, { ...memo, volatile: true })
  const sum = tracked('sum', () => (sums++, tick() + 1), memo)
  const above = tracked('above', () => sum() * 10, memo)
  const age = tracked('age', () => (sums++, now() - 1000), memo)
  const warnings: string[] = []
  const opening = await openMemo({ store, onWarning: (message) => warnings.push(message) })
  opening.registry.addModule({ tick, sum, above, age }, 'the test')
  const base = new Context()
  opening.attach(base)
  return { tick, sum, above, age, base, memo: opening, warnings, runs: () => sums }
}

t.test('a volatile function is not kept, nor is what read it, and one warning each says so', async (t) => {
  const store = memoryStore()
  const { base, above, tick, sum, memo: opening, warnings } = await opened(store)
  t.equal(base.get(above), 10)
  t.equal(base.get(above), 20)
  t.strictSame(warnings.toSorted(), [
    'above() is not kept: tick() is volatile: it gives another value each time.',
    'sum() is not kept: tick() is volatile: it gives another value each time.',
    'tick() is not kept: tick() is volatile: it gives another value each time.',
  ])
  t.equal(store.stats().records, 0)
  t.equal(opening.memento(base, sum), undefined)
  t.equal(opening.explainMiss(base, tick)?.why, 'it is volatile: it gives another value each time')
})

t.test('where it is tweaked it is as good as any value', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  t.equal(first.base.with([[first.tick, 5]]).get(first.above), 60)
  const second = await opened(store)
  t.equal(second.base.with([[second.tick, 5]]).get(second.above), 60)
  t.equal(second.runs(), 0)
})

t.test('what was kept before a function was declared volatile does not answer', async (t) => {
  const store = memoryStore()
  const open = async (value: number, volatile: boolean) => {
    const tick = tracked('tick', () => value, { ...memo, volatile })
    const reader = tracked('reader', () => tick(), memo)
    const opening = await openMemo({ store, onWarning: () => undefined })
    opening.registry.addModule({ tick, reader }, 'the test')
    const base = new Context()
    opening.attach(base)
    return base.get(reader)
  }
  t.equal(await open(1, false), 1)
  t.equal(await open(2, false), 1, 'kept')
  t.equal(await open(2, true), 2)
})

t.test('the clock as a node: what reads it is kept under a time that was given', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  t.ok(first.base.get(first.age) > 1_600_000_000_000)
  t.match(first.warnings[0], /^age\(\) is not kept: now\(\) is volatile/)
  t.equal(first.base.with([[now, 5000]]).get(first.age), 4000)
  const second = await opened(store)
  t.equal(second.base.with([[now, 5000]]).get(second.age), 4000)
  t.equal(second.runs(), 0)
})

const CLOCKS = `
import { randomUUID } from 'node:crypto'
import { tracked } from 'dugout'
import { stamped, Clock } from './helpers.ts'
export const dated = tracked('dated', () => new Date().getFullYear())
export const parsed = tracked('parsed', (text) => new Date(text).getTime())
export const drawn = tracked('drawn', () => Math.random())
export const rounded = tracked('rounded', () => Math.round(1.5))
export const helped = tracked('helped', () => stamped())
export const classed = tracked('classed', () => new Clock().at())
export const named = tracked('named', () => randomUUID())
export const timed = tracked('timed', () => performance.now(), { volatile: false })
export const versioned = tracked('versioned', () => performance.now(), { memo: { version: 1 } })
export const reading = tracked('reading', () => drawn() + 1)
`
const HELPERS = `
export function stamped() { return Date.now() }
export class Clock { at() { return process.hrtime() } }
`

t.test('code that reads a clock or draws a number is told from code that does not', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-volatile-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(path.join(folder, 'model.ts'), CLOCKS)
  await writeFile(path.join(folder, 'helpers.ts'), HELPERS)
  const body = () => 1
  const model = Object.fromEntries(
    ['dated', 'parsed', 'drawn', 'rounded', 'helped', 'classed', 'named'].map((name) => [name, tracked(name, body)]),
  )
  const drawn = model.drawn as Tracked<() => number>
  const exports = {
    ...model,
    timed: tracked('timed', body, { volatile: false }),
    versioned: tracked('versioned', body, memo),
    reading: tracked('reading', () => drawn()),
  }
  const warnings: string[] = []
  const opening = await openMemo({
    store: memoryStore(),
    modules: [{ url: pathToFileURL(path.join(folder, 'model.ts')), exports }],
    policy: 'all',
    onWarning: (message) => warnings.push(message),
  })
  const base = new Context()
  opening.attach(base)
  for (const one of Object.values(exports)) base.get(one)
  const found = Object.fromEntries(warnings.map((one) => [one.split('(')[0], /reads (.*), which/.exec(one)?.[1]]))
  t.strictSame(found, {
    dated: 'new Date()',
    drawn: 'Math.random',
    helped: 'Date.now',
    classed: 'process.hrtime',
    named: 'randomUUID',
    reading: 'Math.random',
  })
})
