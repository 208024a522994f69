// A partition: parts that are stored and read one by one, alone and over another partition.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Context, tracked } from '../../lib/index.js'
import {
  exportStore,
  filesystemStore,
  importStore,
  memoryStore,
  openMemo,
  type Partition,
  partition,
  type SyncStore,
  sqliteStore,
  Types,
} from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'
import { later } from './later.js'

const kept = { memo: { version: 1 } } as const

class Money {
  readonly amount: number
  constructor(amount: number) {
    this.amount = amount
  }
}

/** A model over a store, as another process would have it. */
async function opened(store: SyncStore) {
  const runs = new Runs()
  const base = tracked(
    'base',
    () => {
      runs.count('base')
      const rows = new Float64Array(10_000).fill(1)
      return partition<unknown>({ b: { name: 'b', rows }, a: 'x'.repeat(1000), c: [1, -0, undefined] })
    },
    kept,
  )
  const overlay = tracked(
    'overlay',
    (n: number) => (
      runs.count('overlay'), partition({ a: n, d: new Map([[n, 'own']]) }, { over: base(), hide: ['c'] })
    ),
    kept,
  )
  const first = tracked('first', () => (runs.count('first'), String(base().get('a')).length), kept)
  const warnings: string[] = []
  const types = new Types().class('Money', Money)
  const memo = await openMemo({ store, types, onWarning: (message) => warnings.push(message) })
  memo.registry.addModule({ base, overlay, first }, 'the test')
  const context = new Context()
  memo.attach(context)
  return { runs, base, overlay, first, memo, context, warnings }
}

/** A store that does some things its own way. */
function changed(store: SyncStore, ways: Partial<SyncStore>): SyncStore {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(ways, name)) return ways[name as keyof SyncStore]
      const held: unknown = Reflect.get(target, name, target)
      return typeof held === 'function' ? (held.bind(target) as unknown) : held
    },
  })
}

/** A store that counts how often blobs are read and written. */
function counting(store: SyncStore) {
  const counts = { reads: 0, writes: 0 }
  const counted = changed(store, {
    readBlob: (hash) => (counts.reads++, store.readBlob(hash)),
    writeBlob: (bytes) => (counts.writes++, store.writeBlob(bytes)),
  })
  return { store: counted, counts }
}

/** What a piece of work made go up. */
function during(counts: { reads: number; writes: number }, work: () => void): { reads: number; writes: number } {
  const before = { ...counts }
  work()
  return { reads: counts.reads - before.reads, writes: counts.writes - before.writes }
}

async function stores(t: Test): Promise<Record<string, SyncStore>> {
  const at = await mkdtemp(path.join(tmpdir(), 'dugout-partitions-'))
  const sqlite = await sqliteStore(path.join(at, 'store.sqlite'))
  t.teardown(async () => {
    sqlite.close()
    await rm(at, { recursive: true, force: true })
  })
  return { memory: memoryStore(), filesystem: filesystemStore(path.join(at, 'files')), sqlite }
}

t.test('parts by name, in the order of their names', (t) => {
  const value = partition<unknown>({ z: 1, a: undefined, ['__proto__']: 2 })
  t.strictSame([...value.keys()], ['__proto__', 'a', 'z'])
  t.strictSame([value.get('z'), value.get('a'), value.get('__proto__')], [1, undefined, 2])
  t.strictSame([value.has('a'), value.has('toString'), value.get('toString'), value.size], [true, false, undefined, 3])
  t.end()
})

t.test('an overlay has its own parts, those of what it lies over, and not those that it hides', (t) => {
  const below = partition({ a: 1, b: 2, c: 3 })
  const above = partition({ b: 20, d: 40 }, { over: below, hide: ['c', 'none'] })
  t.strictSame(
    [...above.keys()].map((name) => [name, above.get(name)]),
    [
      ['a', 1],
      ['b', 20],
      ['d', 40],
    ],
  )
  t.strictSame([...below.keys()], ['a', 'b', 'c'])
  t.equal(partition({ c: 4 }, { over: below, hide: ['c'] }).get('c'), 4, 'its own are not hidden')
  t.equal(partition({ a: 9 }, { over: above }).get('d'), 40, 'three deep')
  t.end()
})

t.test('a found partition reads no part until it is touched, and each once', async (t) => {
  for (const [name, store] of Object.entries(await stores(t))) {
    const before = await opened(store)
    before.context.get(before.base)
    t.strictSame(before.warnings, [])
    const { store: counted, counts } = counting(store)
    const { context, base, runs } = await opened(counted)
    let found = partition<unknown>({})
    const ask = during(counts, () => (found = context.get(base)))
    t.strictSame(ask, { reads: 0, writes: 0 }, `${name}: nothing`)
    t.strictSame([...found.keys(), found.has('a'), found.size], ['a', 'b', 'c', true, 3])
    t.equal(during(counts, () => t.equal(found.get('a'), 'x'.repeat(1000))).reads, 1)
    t.equal(during(counts, () => t.strictSame(found.get('c'), [1, -0, undefined])).reads, 1)
    const part = () => found.get('b') as { name: string; rows: Float64Array }
    t.equal(during(counts, () => t.equal(part().name, 'b')).reads, 1)
    t.equal(during(counts, () => t.equal(part().rows[9_999], 1)).reads, 1, 'its large parts when they are touched')
    t.equal(during(counts, () => [part().rows, found.get('a'), found.get('c')]).reads, 0)
    t.strictSame(runs.take(), {})
  }
})

t.test('an overlay stores its own parts alone, and reads none of what it lies over', async (t) => {
  for (const [name, store] of Object.entries(await stores(t))) {
    const before = await opened(store)
    before.context.get(before.base)
    const blobs = store.stats().blobs
    const { store: counted, counts } = counting(store)
    const { context, base, overlay, runs, warnings } = await opened(counted)
    context.get(base)
    t.strictSame(
      during(counts, () => context.get(overlay.at(7))),
      { reads: 0, writes: 2 },
      `${name}: two parts`,
    )
    t.equal(store.stats().blobs, blobs + 2)
    t.strictSame([runs.take(), warnings], [{ overlay: 1 }, []])
    // over one that was made in this process
    before.context.get(before.overlay.at(8))
    t.equal(store.stats().blobs, blobs + 4)
    const after = await opened(store)
    for (const n of [7, 8]) {
      const found = after.context.get(after.overlay.at(n))
      t.strictSame([...found.keys()], ['a', 'b', 'd'])
      t.strictSame([found.get('a'), found.get('d')], [n, new Map([[n, 'own']])])
      t.equal((found.get('b') as { rows: Float64Array }).rows[5], 1)
    }
    t.strictSame(after.runs.take(), {})
  }
})

t.test('an overlay keeps the parts that it shows when what it lies over is forgotten and collected', async (t) => {
  for (const [name, store] of Object.entries(await stores(t))) {
    const before = await opened(store)
    before.context.get(before.overlay.at(7))
    await before.memo.records.forget({ function: 'base' })
    await setTimeout(2)
    t.ok(store.gc({ grace: 0 }).blobs >= 1, `${name}: what it hides is gone`)
    const after = await opened(store)
    const found = after.context.get(after.overlay.at(7))
    t.equal((found.get('b') as { rows: Float64Array }).rows[5], 1)
    t.strictSame(after.runs.take(), {})
  }
})

t.test(
  'what the store lost of the parts below is written again with an overlay, or the overlay is not kept',
  async (t) => {
    for (const isChanged of [false, true]) {
      const store = memoryStore()
      const before = await opened(store)
      const below = before.context.get(before.base)
      await before.memo.records.forget({ function: 'base' })
      await setTimeout(2)
      t.ok(store.gc({ grace: 0 }).blobs >= 4)
      if (isChanged) Object.assign(below.get('b') as object, { name: 'another' })
      before.context.get(before.overlay.at(7))
      const after = await opened(store)
      const found = after.context.get(after.overlay.at(7))
      t.equal((found.get('b') as { rows: Float64Array }).rows[5], 1)
      if (isChanged) t.match(before.warnings, [/its part [0-9a-f]{64} was changed after it was written/])
      else t.strictSame([before.warnings, after.runs.take()], [[], {}])
    }
  },
)

t.test('a store that has to be awaited gives all parts at once, and takes overlays', async (t) => {
  const store = later(memoryStore())
  const runs = new Runs()
  const below = tracked(
    'below',
    async () => (runs.count('below'), partition<unknown>({ a: 1, b: { rows: new Uint8Array(50_000).fill(7) } })),
    kept,
  )
  const above = tracked('above', async () => (runs.count('above'), partition({ a: 2 }, { over: await below() })), kept)
  for (const round of ['made', 'found']) {
    const memo = await openMemo({ store })
    memo.registry.addModule({ below, above }, 'the test')
    const context = new Context()
    memo.attach(context)
    if (round === 'made') await context.get(below)
    const value = await context.get(above)
    t.strictSame([value.get('a'), (value.get('b') as { rows: Uint8Array }).rows[49_999]], [2, 7], round)
    await memo.settled()
  }
  t.strictSame(runs.take(), { below: 1, above: 1 })
})

t.test('an overlay takes its parts along into another store', async (t) => {
  const [one, other] = [memoryStore(), memoryStore()]
  const before = await opened(one)
  before.context.get(before.base)
  const first = await opened(one)
  const over = first.context.get(first.base)
  const alone = tracked('alone', () => partition({ z: 1 }, { over }), kept)
  for (const round of ['written', 'found']) {
    const memo = await openMemo({ store: other, types: new Types().class('Money', Money) })
    memo.registry.addModule({ alone }, 'the test')
    const context = new Context()
    memo.attach(context)
    const value = context.get(alone)
    t.strictSame([[...value.keys()], String(value.get('a')).length], [['a', 'b', 'c', 'z'], 1000], round)
    t.strictSame(memo.counts, round === 'found' ? { hits: 1, misses: 0 } : { hits: 0, misses: 1 })
  }
})

t.test('partitions are equal by their parts, and an equal one stops a change', async (t) => {
  t.ok(partition({ a: [1], b: 2 }).equals(partition({ b: 2 }, { over: partition({ a: [1], b: 3 }) })))
  t.notOk(partition({ a: [1] }).equals(partition({ a: [2] })))
  t.notOk(partition({ a: [1] }).equals(partition({ b: [1] })))
  t.notOk(partition({ a: [1] }).equals({ a: [1] }))
  const store = memoryStore()
  const before = await opened(store)
  t.equal(before.context.get(before.first), 1000)
  before.context.invalidate(before.base)
  t.equal(before.context.get(before.first), 1000)
  t.strictSame(before.runs.take(), { base: 2, first: 1 })
  const { context, base, first, runs } = await opened(store)
  context.get(base)
  context.get(first)
  context.invalidate(base)
  t.equal(context.get(first), 1000)
  t.strictSame(runs.take(), { base: 1 }, 'held against one that was not read yet')
})

t.test('two found partitions are compared by their hashes: no part is read', async (t) => {
  const store = memoryStore()
  const before = await opened(store)
  before.context.get(before.base)
  const { store: counted, counts } = counting(store)
  const types = new Types()
  const found = async (): Promise<Partition> => {
    const memo = await openMemo({ store: counted, types })
    const { base } = before
    memo.registry.addModule({ base }, 'the test')
    const context = new Context()
    memo.attach(context)
    return context.get(base)
  }
  const [a, b] = [await found(), await found()]
  t.equal(during(counts, () => t.ok(a !== b && a.equals(b))).reads, 0)
  // written with other classes, the same bytes might be another value: the parts themselves are compared
  const other = await opened(counted)
  t.ok(during(counts, () => t.ok(other.context.get(other.base).equals(a))).reads > 3)
})

t.test('a partition is a tweak and an argument by its content', async (t) => {
  const store = memoryStore()
  const size = tracked('size', (of: Partition) => of.size, kept)
  const ask = async (text: string, money: number) => {
    const { context, base, first, runs, memo, warnings } = await opened(store)
    memo.registry.addModule({ size }, 'the test')
    const value = partition<unknown>({ b: new Money(money), a: text })
    const told = [context.fork().tweak(base, value).get(first), context.get(size.at(value))]
    t.strictSame(warnings, [])
    return [told, runs.take(), memo.counts.hits]
  }
  t.strictSame(await ask('abc', 1), [[3, 2], { first: 1 }, 0])
  t.strictSame(await ask('abc', 1), [[3, 2], {}, 2])
  t.strictSame(await ask('abcd', 1), [[4, 2], { first: 1 }, 0])
  t.strictSame(await ask('abc', 2), [[3, 2], { first: 1 }, 0])
})

t.test('a found partition is the same tweak as the one that was stored', async (t) => {
  const store = memoryStore()
  const ask = async () => {
    const { context, base, first, runs } = await opened(store)
    const value = context.get(base)
    const told = context.fork().tweak(base, value).get(first)
    return [told, runs.take()]
  }
  t.strictSame(await ask(), [1000, { base: 1, first: 1 }])
  t.strictSame(await ask(), [1000, {}])
})

t.test(
  'a part that is gone is a miss; one that goes after the hit is an error, and a miss in the next process',
  async (t) => {
    const store = memoryStore()
    const before = await opened(store)
    before.context.get(before.base)
    let isGone = false
    const isOfA = (bytes: Uint8Array | undefined): boolean => Buffer.from(bytes ?? []).includes('"xxxx')
    const readBlob = (hash: string): Uint8Array | undefined => {
      const bytes = store.readBlob(hash)
      return isGone && isOfA(bytes) ? undefined : bytes
    }
    const losing = changed(store, { readBlob, blobSize: (hash) => readBlob(hash)?.length })
    const second = await opened(losing)
    const found = second.context.get(second.base)
    isGone = true
    t.throws(() => found.get('a'), { code: 'DUGOUT_DAMAGED_VALUE', message: /its part [0-9a-f]{64} is not there/ })
    t.equal((found.get('b') as { name: string }).name, 'b', 'the others are read')
    const third = await opened(losing)
    t.equal(String(third.context.get(third.base).get('a')).length, 1000)
    t.strictSame([second.runs.take(), third.runs.take()], [{}, { base: 1 }])
  },
)

t.test('a part that was changed in the store is an error when it is touched', async (t) => {
  const store = memoryStore()
  const before = await opened(store)
  before.context.get(before.base)
  let isWrong = false
  const wrong = changed(store, {
    readBlob: (hash) => {
      const bytes = store.readBlob(hash)
      return isWrong && bytes !== undefined ? Uint8Array.from(bytes).fill(0x20, 10, 12) : bytes
    },
  })
  const second = await opened(wrong)
  const found = second.context.get(second.base)
  isWrong = true
  t.throws(() => found.get('a'), { code: 'DUGOUT_DAMAGED_VALUE', message: /was changed/ })
  isWrong = false
  t.equal(String(found.get('a')).length, 1000, 'it is read again')
})

t.test('a part that cannot be stored: the result is returned, and a warning names the part', async (t) => {
  const store = memoryStore()
  const holder: { itself?: unknown } = {}
  const cyclic = partition({ holder })
  holder.itself = cyclic
  const calls = tracked('calls', () => partition<unknown>({ ok: 1, no: { deep: () => 2 } }), kept)
  const itself = tracked('itself', () => cyclic, kept)
  const { memo, context, warnings } = await opened(store)
  memo.registry.addModule({ calls, itself }, 'the test')
  t.equal(context.get(calls).get('ok'), 1)
  t.equal(context.get(itself).size, 1)
  t.match(warnings[0], /the result of calls\(\)\.get\("no"\)\.deep cannot be stored/)
  t.match(warnings[1], /\.get\("holder"\)\.itself cannot be stored: it is a partition that contains itself/)
  t.strictSame(await memo.records.list(), [])
})

t.test('partitions within values and within partitions, and classes within parts', async (t) => {
  const store = memoryStore()
  const inner = partition<unknown>({ money: new Money(3), rows: new Uint8Array(50_000).fill(7) })
  const nested = tracked('nested', () => ({ one: inner, list: [inner], outer: partition({ inner, n: 1n }) }), kept)
  for (const hits of [0, 1]) {
    const { memo, context, warnings } = await opened(store)
    memo.registry.addModule({ nested }, 'the test')
    const value = context.get(nested)
    t.equal(value.one, value.list[0], 'met twice, and one')
    const within = value.outer.get('inner') as Partition
    t.ok(within.get('money') instanceof Money)
    t.equal((within.get('rows') as Uint8Array)[49_999], 7)
    t.equal(value.outer.get('n'), 1n)
    t.strictSame([memo.counts.hits, warnings], [hits, []])
  }
})

t.test('an exported store holds the parts', async (t) => {
  const at = await mkdtemp(path.join(tmpdir(), 'dugout-partitions-'))
  t.teardown(() => rm(at, { recursive: true, force: true }))
  const [from, to] = [memoryStore(), memoryStore()]
  const before = await opened(from)
  before.context.get(before.overlay.at(7))
  await exportStore(from, path.join(at, 'all.dgx'))
  await importStore(to, path.join(at, 'all.dgx'))
  const after = await opened(to)
  const found = after.context.get(after.overlay.at(7))
  t.equal((found.get('b') as { rows: Float64Array }).rows[5], 1)
  t.strictSame([found.get('a'), after.runs.take()], [7, {}])
})
