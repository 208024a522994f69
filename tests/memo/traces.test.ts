// What a store keeps of histories: steps that several of them share stand there once, and nobody depends on it.
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Context, type Tracked, tracked } from '../../lib/index.js'
import {
  exportStore,
  filesystemStore,
  importStore,
  layeredStore,
  memoryStore,
  openMemo,
  Records,
  type Store,
  type SyncStore,
} from '../../lib/memo/index.js'
import { isTraceRecord, nodeKey, type Trace, type TraceKind, traceFrom } from '../../lib/memo/trace.js'
import { Runs } from '../core/helpers.js'
import { later } from './later.js'

const memo = { version: 1 }

/** Each year reads the one before, and five calls more. */
async function chain(store: Store) {
  const runs = new Runs()
  const rate = tracked('rate', (year: number, part: number) => year / (part + 1), { memo })
  const total: Tracked<(year: number) => number> = tracked(
    'total',
    (year: number) => {
      runs.count('total')
      let sum = year === 0 ? 0 : total(year - 1)
      for (let part = 0; part < 5; part++) sum += rate(year, part)
      return sum
    },
    { memo },
  )
  const pair = tracked('pair', (year: number) => (runs.count('pair'), total(year) - total(year - 1)), { memo })
  const warnings: string[] = []
  const opened = await openMemo({ store, onWarning: (message) => warnings.push(message) })
  opened.registry.addModule({ rate, total, pair }, 'the test')
  const base = new Context()
  opened.attach(base)
  return { base, memo: opened, total, pair, runs, warnings, records: new Records(store) }
}

async function folder(t: Test): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'dugout-traces-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

async function histories(store: Store) {
  const found = []
  for await (const record of store.records()) if (isTraceRecord(record)) found.push(record)
  return found
}

/** The bytes of histories, and how many blobs hold them. */
async function room(years: number): Promise<{ readonly bytes: number; readonly blobs: number }> {
  const store = memoryStore()
  const { base, total } = await chain(store)
  base.get(total.at(years))
  const blobs = new Map<string, number>()
  let bytes = 0
  for (const record of await histories(store)) {
    bytes += record.bytes.length
    for (const blob of record.blobs) blobs.set(blob, store.blobSize(blob) ?? 0)
  }
  return { bytes: [...blobs.values()].reduce((sum, size) => sum + size, bytes), blobs: blobs.size }
}

t.test('a chain of results takes room as it is long, and few blobs', async (t) => {
  const [short, long] = [await room(100), await room(400)]
  t.ok(long.bytes < 4.4 * short.bytes, `${long.bytes} bytes, and ${short.bytes} of a quarter`)
  t.ok(long.bytes < 400 * 6000)
  t.ok(long.blobs > 10)
  t.ok(long.blobs < 400 / 2, `${long.blobs} blobs`)
})

t.test('a found history is the one that was written, with all of its calls', async (t) => {
  const store = memoryStore()
  const first = await chain(store)
  const value = first.base.get(first.pair.at(60))
  const second = await chain(store)
  t.equal(second.base.get(second.pair.at(60)), value)
  const [kept] = await second.records.list({ function: 'pair' })
  const graph = await second.records.graph(kept?.id ?? '')
  t.equal(graph?.nodes.length, 1 + 61 * 6)
  t.ok(graph?.nodes.every((node) => node.memento !== undefined))
  t.strictSame([second.runs.take(), second.warnings], [{}, []])
})

t.test('what was found is named by what is computed on top of it, not written again', async (t) => {
  const store = memoryStore()
  const first = await chain(store)
  first.base.get(first.total.at(100))
  const blobs = new Set((await histories(store)).flatMap((record) => record.blobs))
  const second = await chain(store)
  second.base.get(second.total.at(101))
  t.strictSame(second.runs.take(), { total: 1 })
  t.equal((await histories(store)).length, 102 + 5 * 102)
  const all = new Set((await histories(store)).flatMap((record) => record.blobs))
  t.ok(all.size <= blobs.size + 1, `${blobs.size} blobs, then ${all.size}`)
})

t.test('a history that stands there is not written again under other tweaks', async (t) => {
  const store = memoryStore()
  const x = tracked('x', () => 1)
  const y = tracked('y', () => x() * 2, { memo })
  const open = async (to: SyncStore) => {
    const opened = await openMemo({ store: to })
    opened.registry.addModule({ x, y }, 'the test')
    const base = new Context()
    opened.attach(base)
    return base
  }
  ;(await open(store)).fork().tweak(x, 1).get(y)
  const written: string[] = []
  const writeRecord: SyncStore['writeRecord'] = (record) => (written.push(record.id), store.writeRecord(record))
  const watched = Object.assign(Object.create(store) as SyncStore, { writeRecord })
  for (const name of ['readRecords', 'blobSize', 'readBlob', 'writeBlob', 'records', 'tryLock'] as const)
    Object.assign(watched, { [name]: (store[name] as (...args: unknown[]) => unknown).bind(store) })
  ;(await open(watched)).fork().tweak(x, 2).get(y)
  t.strictSame(
    written.filter((id) => id !== 'code'),
    ['memento'],
  )
})

t.test(
  'whichever part of a history is cut or gone: what needs it is computed again, and then it is healed',
  async (t) => {
    const at = await folder(t)
    const open = () => {
      const damaged: string[] = []
      return { damaged, store: filesystemStore(at, { onWarning: ({ code }) => damaged.push(code) }) }
    }
    const { base, total, pair } = await chain(open().store)
    const values = [base.get(pair.at(40)), base.get(total.at(12))]
    const parts = async (): Promise<string[]> => {
      const [record] = (await histories(open().store)).filter((one) => one.function === 'pair')
      return (record?.blobs ?? []).map((blob) => path.join(at, 'v1/blobs', blob.slice(0, 2), blob.slice(2)))
    }
    t.ok((await parts()).length >= 4)
    for (const harm of ['cut', 'gone']) {
      for (let i = 0; i < (await parts()).length; i++) {
        const file = (await parts())[i] as string
        if (harm === 'cut') await truncate(file, Math.floor((await stat(file)).size / 2))
        else await rm(file)
        const harmed = open()
        const second = await chain(harmed.store)
        t.strictSame([second.base.get(second.pair.at(40)), second.base.get(second.total.at(12))], values)
        if (harm === 'cut') t.ok(harmed.damaged.includes('DUGOUT_STORE_DAMAGED'), 'it was said')
        t.equal(second.runs.take()['pair'], 1, `${harm} ${i}`)
        const third = await chain(open().store)
        t.strictSame([third.base.get(third.pair.at(40)), third.base.get(third.total.at(12))], values)
        t.strictSame(third.runs.take(), {}, 'healed')
      }
    }
    t.ok(
      open()
        .store.verify()
        .damages.every(({ what }) => what === 'missing blob'),
    )
    t.strictSame(open().store.verify().damages, [], 'and put aside')
    const last = await chain(open().store)
    t.equal(last.base.get(last.pair.at(40)), values[0])
  },
)

t.test('a collection takes no part of a history that stays, and all of those that go', async (t) => {
  let now = Date.now()
  const store = memoryStore({ now: () => now })
  const { base, total } = await chain(store)
  const value = base.get(total.at(80))
  const blobs = store.stats().blobs
  now += 1000
  // what is asked for is used: the last year alone
  const second = await chain(store)
  second.base.get(second.total.at(80))
  now += 1000
  t.ok(store.gc({ maxCount: 3, grace: 0 }).removed.length > 100)
  t.equal(store.stats().blobs, blobs, 'the last year reached all of them')
  const third = await chain(store)
  t.equal(third.base.get(third.total.at(80)), value)
  t.strictSame(third.runs.take(), {})
  await third.records.forget('everything')
  now += 1
  store.gc({ grace: 0 })
  t.equal(store.stats().blobs, 0)
})

t.test('what was forgotten and collected under the hands of a process is written anew', async (t) => {
  for (const isAsync of [false, true]) {
    let now = Date.now()
    const warned: string[] = []
    const store = memoryStore({ now: () => now, onWarning: ({ message }) => warned.push(message) })
    const first = await chain(isAsync ? later(store) : store)
    const upTo = async (year: number): Promise<void> => {
      await first.memo.prefetch(first.base, [first.total.at(year)])
      first.base.get(first.total.at(year))
      await first.memo.settled()
    }
    await upTo(50)
    await first.records.forget('everything')
    now += 1
    store.gc({ grace: 0 })
    t.equal(store.stats().blobs, 0)
    for (let year = 51; year <= 56; year++) await upTo(year)
    if (!isAsync) t.strictSame(warned, [])
    t.strictSame(first.warnings, [])
    const second = await chain(store)
    second.base.get(second.total.at(56))
    t.strictSame(second.runs.take(), {}, isAsync ? 'a store that is awaited' : 'one that is not')
    t.strictSame(store.verify().damages, [])
  }
})

t.test('a layer that has less than the one below is given what a new history names', async (t) => {
  const below = memoryStore()
  const first = await chain(below)
  first.base.get(first.total.at(60))
  const warned: string[] = []
  let now = Date.now()
  const above = memoryStore({ now: () => now, onWarning: ({ message }) => warned.push(message) })
  const second = await chain(layeredStore([above, below]))
  second.base.get(second.total.at(60))
  now += 1
  above.gc({ maxCount: 0, grace: 0 })
  t.equal(above.stats().blobs, 0)
  const value = second.base.get(second.total.at(62))
  t.strictSame([second.runs.take(), warned], [{ total: 2 }, []])
  const third = await chain(above)
  t.equal(third.base.get(third.total.at(62)), value)
  t.strictSame(third.runs.take(), {})
})

t.test('a layer that has less than the one above is given a new history whole', async (t) => {
  let now = Date.now()
  const below = memoryStore({ now: () => now, onWarning: () => undefined })
  const first = await chain(layeredStore([memoryStore(), below]))
  first.base.get(first.total.at(60))
  now += 1
  below.gc({ maxCount: 0, grace: 0 })
  t.equal(below.stats().blobs, 0)
  const value = first.base.get(first.total.at(61))
  const second = await chain(below)
  t.equal(second.base.get(second.total.at(61)), value)
  t.strictSame(second.runs.take(), {})
  t.strictSame(below.verify().damages, [])
})

t.test('an export of some functions has the whole of their histories', async (t) => {
  const file = path.join(await folder(t), 'store.dugout')
  const from = memoryStore()
  const first = await chain(from)
  const value = first.base.get(first.pair.at(50))
  await exportStore(from, file, { functions: ['pair'] })
  const to = memoryStore()
  await importStore(to, file)
  const second = await chain(to)
  t.equal(second.base.get(second.pair.at(50)), value)
  t.strictSame(second.runs.take(), {})
})

t.test('rows that are no rows, or of another history, are a miss that heals', async (t) => {
  const store = memoryStore()
  const first = await chain(store)
  first.base.get(first.total.at(60))
  const all = await histories(store)
  const rows = (text: string): Uint8Array => Buffer.from(`DGT1${text}`)
  const [other, last] = [0, 60].map((year) => all.filter((one) => one.function === 'total')[year])
  if (other === undefined || last === undefined) throw new Error('there is no such history')
  for (const harmed of [
    { ...last, bytes: other.bytes },
    { ...last, blobs: [] },
    { ...last, blobs: other.blobs },
    { ...last, blobs: last.blobs.slice(1) },
    ...[rows('{}'), rows('null'), rows('{"functions":[],"outside":[],"rows":[null]}')].flatMap((bytes) => [
      { ...last, bytes },
      { ...last, blobs: [store.writeBlob(bytes) as string, ...last.blobs] },
    ]),
    ...[
      '{"outside":[],"rows":[["call",0,"","",[]]]}',
      '{"functions":[[1,2,3]],"outside":[],"rows":[[0,0,0,0,0,[]]]}',
    ].map((text) => ({ ...last, bytes: rows(text) })),
  ]) {
    const { key, id, function: fn, version, bytes, blobs } = harmed
    store.writeRecord({ key, id, function: fn, version, bytes, blobs })
    for (const ran of [[0, 1], [0]]) {
      const again = await chain(store)
      again.base.get(again.total.at(60))
      t.ok(ran.includes(again.runs.take()['total'] ?? 0))
      t.strictSame(again.warnings, [])
    }
  }
})

t.test('a history as it was written once is a miss that heals', async (t) => {
  const store = memoryStore()
  const first = await chain(store)
  first.base.get(first.total.at(0))
  for (const record of await histories(store)) {
    const blob = store.writeBlob(Buffer.from('{"functions":[],"rows":[]}'))
    const { key, id, function: fn, version } = record
    store.writeRecord({ key, id, function: fn, version, blobs: [blob ?? ''], bytes: Buffer.from(blob ?? '') })
  }
  for (const ran of [{ total: 1 }, {}]) {
    const again = await chain(store)
    again.base.get(again.total.at(0))
    t.strictSame([again.runs.take(), again.warnings], [ran, []])
  }
})

/** Some step of four functions, with what it reads of those before it. */
const drawn = fc.record({
  kind: fc.constantFrom<TraceKind>('call', 'below', 'tweaked', 'what-if', 'input'),
  name: fc.constantFrom('a', 'ab', 'b', 'c'),
  args: fc.constantFrom('', '1', '(1)'),
  reads: fc.array(fc.nat(40), { maxLength: 4 }),
})

t.test('what a trace says of all that it reached is what its steps say, in whatever order it is asked', async (t) => {
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 30 }), fc.array(fc.nat(40)), (steps, order) => {
      const made: Trace[] = []
      for (const { kind, name, args, reads } of steps) {
        const step = { kind, name, args, given: args, isAsync: false, tweaks: '', version: kind === 'call' ? '1' : '' }
        const read = kind === 'input' ? [] : reads.flatMap((i) => made[i % Math.max(made.length, 1)] ?? [])
        made.push(traceFrom(step, read))
      }
      const names = ['a', 'ab', 'b', 'c'].flatMap((name) => [
        name,
        ...['', '1', '(1)'].map((args) => nodeKey(name, args)),
      ])
      for (const i of [...order, ...made.keys()]) {
        const trace = made[i % made.length] as Trace
        const all = trace.steps().map(({ step }) => step)
        for (const name of names) {
          const is = all.some((one) => one.name === name || nodeKey(one.name, one.args) === name)
          if (trace.reaches(name) !== is || trace.nodes.has(name) !== is)
            throw new Error(`${name} of ${JSON.stringify(all)}`)
        }
        const code = all.filter(({ kind }) => kind !== 'input')
        const functions = new Map(
          code.map(({ name }) => [name, code.some((one) => one.name === name && one.version === '1') ? '1' : '']),
        )
        t.match(Object.fromEntries(trace.functions), Object.fromEntries(functions))
        if (trace.functions.size !== functions.size) throw new Error('another number of functions')
        const inputs = trace.steps().filter(({ step }) => step.kind === 'input')
        if (new Set(trace.inputs).size !== inputs.length || !inputs.every((one) => trace.inputs.includes(one)))
          throw new Error('other inputs')
      }
    }),
    { numRuns: 200 },
  )
})

t.test(
  'a call that took another way since, to an equal value, has the new way in the histories of what reads it',
  async (t) => {
    for (const isAttached of [true, false]) {
      let way = 'left'
      const left = tracked('left', () => 1, { memo })
      const right = tracked('right', () => 1, { memo })
      const either = tracked('either', () => (way === 'left' ? left() : right()), { memo })
      const other = tracked('other', () => way.length, { memo })
      const between = tracked('between', () => either(), { memo })
      const top = tracked('top', () => between() + other(), { memo })
      const opened = await openMemo({ store: memoryStore() })
      opened.registry.addModule({ left, right, either, between, other, top }, 'the test')
      const base = new Context()
      const detach = opened.attach(base)
      t.equal(base.get(top), 5)
      if (!isAttached) detach()
      way = 'right'
      base.invalidate(either)
      t.equal(base.get(either), 1)
      base.invalidate(other)
      if (!isAttached) opened.attach(base)
      t.equal(base.get(top), 6)
      const found = opened.memento(base, top.at())
      t.strictSame(
        Object.keys(found?.functions ?? {}).sort(),
        ['between', 'either', 'other', 'right', 'top'],
        `attached: ${isAttached}`,
      )
    }
  },
)

t.test('a context with many tweaks finds what they touch, and what they do not, where each belongs', async (t) => {
  const store = memoryStore()
  for (const round of [1, 2]) {
    const runs = new Runs()
    const quote = tracked('quote', (i: number) => i, { memo })
    const sum = tracked('sum', (from: number) => (runs.count('sum'), quote(from) + quote(from + 1)), { memo })
    const all = tracked('all', () => (runs.count('all'), sum(0) + sum(500)), { memo })
    const opened = await openMemo({ store })
    opened.registry.addModule({ quote, sum, all }, 'the test')
    const base = new Context()
    opened.attach(base)
    t.equal(base.get(all), 1002)
    using child = base.fork({ tweaks: Array.from({ length: 100 }, (_, i) => [quote.at(i), 2 * i] as const) })
    using further = child.fork({ tweaks: [[quote.at(1), 7]] })
    t.strictSame([child.get(all), further.get(all), child.get(sum.at(500))], [1003, 1008, 1001])
    t.strictSame(runs.take(), round === 1 ? { sum: 4, all: 3 } : {})
  }
})
