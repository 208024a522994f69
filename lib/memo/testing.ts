/**
 * What every store has to hold, as tests that run under any test runner: tap, node:test, vitest. A store of your own that
 * passes them can stand wherever one of dugout's can.
 */
import { randomUUID } from 'node:crypto'
import { sha256 } from './codec/hash.js'
import type { MaybePromise, NewRecord, RecordFilter, Store, StoredRecord, StoreOptions } from './store.js'

/** What a test needs: tap's `t` has it, and so has `{ ok: assert.ok, equal: assert.strictEqual }`. */
export interface Assertions {
  ok(value: unknown, message: string): unknown
  equal(actual: unknown, expected: unknown, message: string): unknown
}

/** Declares a test: `(name, body) => t.test(name, body)` in tap, `(name, body) => test(name, () => body(...))` elsewhere. */
export type DeclareTest = (name: string, body: (t: Assertions) => Promise<void>) => unknown

export interface Fixture {
  readonly store: Store
  /** Another instance over the same place, as another process would open it. Left out where there is none: memory. */
  readonly another?: () => MaybePromise<Store>
  /** After the test, when the stores were closed. */
  readonly remove?: () => MaybePromise<void>
}

export interface ConformanceOptions {
  /** It keeps nothing, and is to hold only what such a store can: the null store. */
  readonly keepsNothing?: boolean
}

/** An empty store, with the options that it is to be opened with. */
export type MakeFixture = (options: StoreOptions) => MaybePromise<Fixture>

const HOUR = 3_600_000

/** Declares the tests. `make` is called for each of them. */
export function storeConformance(test: DeclareTest, make: MakeFixture, options: ConformanceOptions = {}): void {
  const rules = options.keepsNothing === true ? anywhere : [...anywhere, ...kept]
  for (const [name, body] of rules) {
    test(name, async (t) => {
      const clock = { now: Date.now() }
      const fixture = await make({ now: () => clock.now, onWarning: () => undefined })
      const opened = [fixture.store]
      const open = async (): Promise<Store | undefined> => {
        const other = await fixture.another?.()
        if (other !== undefined) opened.push(other)
        return other
      }
      try {
        await body(t, { store: fixture.store, open, clock })
      } finally {
        for (const store of opened) await store.close()
        await fixture.remove?.()
      }
    })
  }
}

interface Given {
  readonly store: Store
  readonly open: () => Promise<Store | undefined>
  readonly clock: { now: number }
}

type Rule = readonly [name: string, body: (t: Assertions, given: Given) => Promise<void>]

const key = (text: string): string => sha256(Buffer.from(text))

function record(of: string, more: Partial<NewRecord> = {}): NewRecord {
  const bytes = Buffer.from(`the bytes of ${of}`)
  return {
    key: key(of),
    id: randomUUID(),
    function: 'price',
    version: 'v1',
    blobs: [],
    ...more,
    bytes: more.bytes ?? bytes,
  }
}

async function variants(store: Store, of: string): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for await (const one of await store.readRecords(key(of))) found.push(one)
  return found
}

/** Also by a store that writes some of it later: counting waits for it. */
async function writtenNow(store: Store, one: NewRecord): Promise<void> {
  await store.writeRecord(one)
  await store.stats()
}

async function all(store: Store, filter?: RecordFilter): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for await (const one of store.records(filter)) found.push(one)
  return found
}

const ids = (records: readonly { readonly id: string }[]): string =>
  records
    .map(({ id }) => id)
    .sort()
    .join(' ')

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')

const anyBytes = Uint8Array.from({ length: 256 }, (_, i) => i)

async function codeThrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}

/** What a store holds that keeps nothing. */
const anywhere: readonly Rule[] = [
  [
    'names that are none are refused before anything is done with them',
    async (t, { store }) => {
      const good = record('a')
      for (const bad of ['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`, '__proto__']) {
        const refused = async (what: string, act: () => unknown): Promise<void> => {
          t.equal(await codeThrownBy(act), 'DUGOUT_INVALID_NAME', `${what} ${JSON.stringify(bad)}`)
        }
        await refused('read', async () => {
          for await (const one of await store.readRecords(bad)) t.ok(false, one.id)
        })
        await refused('write', () => store.writeRecord({ ...good, key: bad }))
        await refused('delete', () => store.deleteRecord(bad, good.id))
        await refused('blob', () => store.readBlob(bad))
        await refused('blob size', () => store.blobSize(bad))
        await refused('lock', () => store.tryLock(bad))
      }
      for (const bad of ['', '.', '..', 'a/b', 'A', 'a'.repeat(65), 'a b', 'a\\b', 'ä']) {
        t.equal(await codeThrownBy(() => store.writeRecord({ ...good, id: bad })), 'DUGOUT_INVALID_NAME', `id ${bad}`)
        t.equal(await codeThrownBy(() => store.deleteRecord(good.key, bad)), 'DUGOUT_INVALID_NAME', `id ${bad}`)
      }
    },
  ],
  [
    'what was never written is not there',
    async (t, { store }) => {
      t.equal((await variants(store, 'a')).length, 0, 'records')
      t.equal((await all(store)).length, 0, 'all records')
      t.equal(await store.readBlob(key('a')), undefined, 'a blob')
      t.equal(await store.blobSize(key('a')), undefined, 'its size')
      t.equal(await store.deleteRecord(key('a'), 'a'), false, 'nothing was deleted')
      t.equal((await store.verify()).damages.length, 0, 'no damage')
      t.equal((await store.gc({ maxBytes: 0 })).removed.length, 0, 'nothing to collect')
    },
  ],
  [
    'a synchronous store gives no promises',
    async (t, { store }) => {
      const given = [
        store.readRecords(key('a')),
        store.writeRecord(record('a')),
        store.deleteRecord(key('a'), 'a'),
        store.readBlob(key('a')),
        store.writeBlob(anyBytes),
        store.blobSize(key('a')),
        store.tryLock(key('a')),
        store.verify(),
        store.gc(),
        store.stats(),
      ]
      if (store.isSync) t.equal(given.filter((one) => one instanceof Promise).length, 0, 'promises')
      for (const one of given) await one
    },
  ],
  [
    'closing twice is fine',
    async (t, { store }) => {
      await store.close()
      await store.close()
      await store[Symbol.asyncDispose]()
      t.ok(true, 'closed')
    },
  ],
]

const kept: readonly Rule[] = [
  [
    'a record comes back as it was written, also through another instance',
    async (t, { store, open, clock }) => {
      const blob = (await store.writeBlob(anyBytes)) ?? ''
      const written = [
        record('a', { bytes: anyBytes, function: 'préis "\n', version: '' }),
        record('b', { bytes: new Uint8Array() }),
        record('c', { bytes: new Uint8Array(300_000).fill(7), blobs: [blob] }),
      ]
      for (const one of written) t.equal(await store.writeRecord(one), true, 'acknowledged')
      for (const reader of [store, await open()]) {
        if (reader === undefined) continue
        for (const [i, one] of written.entries()) {
          const found = await variants(reader, 'abc'.charAt(i))
          t.equal(found.length, 1, 'one variant')
          const [read] = found
          for (const label of ['key', 'id', 'function', 'version'] as const) t.equal(read?.[label], one[label], label)
          t.equal(text(read?.bytes), text(one.bytes), 'bytes')
          t.equal(read?.blobs.join(), one.blobs.join(), 'blobs')
          t.equal(Math.round(read?.writtenAt ?? 0), clock.now, 'when it was written')
        }
      }
    },
  ],
  [
    'what is kept belongs to nobody else',
    async (t, { store }) => {
      const bytes = Uint8Array.from(anyBytes)
      const blob = Uint8Array.from(anyBytes)
      const writing = store.writeRecord(record('a', { bytes }))
      const writingBlob = store.writeBlob(blob)
      bytes.fill(0)
      blob.fill(0)
      await writing
      const hash = (await writingBlob) ?? ''
      t.equal(hash, sha256(anyBytes), 'the hash of what was given')
      for (let i = 0; i < 2; i++) {
        const [read] = await variants(store, 'a')
        t.equal(text(read?.bytes), text(anyBytes), 'bytes')
        read?.bytes.fill(1)
        const readBlob = await store.readBlob(hash)
        t.equal(text(readBlob), text(anyBytes), 'blob')
        readBlob?.fill(1)
      }
    },
  ],
  [
    'all variants of a key are there, and of no other key',
    async (t, { store }) => {
      const written = Array.from({ length: 5 }, () => record('a'))
      for (const one of written) await store.writeRecord(one)
      await store.writeRecord(record('b'))
      t.equal(ids(await variants(store, 'a')), ids(written), 'variants')
      t.equal((await variants(store, 'b')).length, 1, 'the other key')
    },
  ],
  [
    'the same id again takes the place of the one before',
    async (t, { store }) => {
      const one = record('a')
      const other = record('a')
      await store.writeRecord(one)
      await store.writeRecord(other)
      await store.writeRecord({ ...one, bytes: anyBytes, version: 'v2' })
      const found = await variants(store, 'a')
      t.equal(ids(found), ids([one, other]), 'both')
      const again = found.find(({ id }) => id === one.id)
      t.equal(text(again?.bytes), text(anyBytes), 'the new bytes')
      t.equal(again?.version, 'v2', 'the new version')
      t.equal((await store.stats()).records, 2, 'counted once')
    },
  ],
  [
    'what was deleted does not come back, and nothing else goes',
    async (t, { store, open }) => {
      const written = Array.from({ length: 4 }, () => record('a'))
      for (const one of written) await store.writeRecord(one)
      const other = (await open()) ?? store
      while (written.length > 0) {
        t.equal(ids(await variants(other, 'a')), ids(written), 'those that are left')
        const gone = written.splice(written.length >> 1, 1)[0]
        t.equal(await store.deleteRecord(key('a'), gone?.id ?? ''), true, 'it was there')
        t.equal(await store.deleteRecord(key('a'), gone?.id ?? ''), false, 'it is gone')
      }
      t.equal((await variants(other, 'a')).length, 0, 'none')
      t.equal((await all(other)).length, 0, 'none listed')
    },
  ],
  [
    'all records are listed, or those of one function, or those whose keys begin so',
    async (t, { store }) => {
      const written = ['a', 'b', 'c', 'd'].map((of, i) => record(of, { function: i % 2 === 0 ? 'even' : 'odd' }))
      for (const one of written) await store.writeRecord(one)
      t.equal(ids(await all(store)), ids(written), 'all')
      t.equal(ids(await all(store, { function: 'odd' })), ids(written.filter((_, i) => i % 2 === 1)), 'of one function')
      t.equal((await all(store, { function: 'none' })).length, 0, 'of a function that has none')
      for (const length of [0, 1, 2, 3, 10, 64]) {
        const start = (written[1] as NewRecord).key.slice(0, length)
        const begun = written.filter((one) => one.key.startsWith(start))
        t.equal(ids(await all(store, { key: start })), ids(begun), `of ${start}`)
        const odd = begun.filter((one) => one.function === 'odd')
        t.equal(ids(await all(store, { key: start, function: 'odd' })), ids(odd), `of one function and ${start}`)
      }
      t.equal((await all(store, { key: key('none').slice(0, 20) })).length, 0, 'of a key that is not there')
    },
  ],
  [
    'blobs are kept once, under their hash',
    async (t, { store, open }) => {
      const blobs = [new Uint8Array(), anyBytes, new Uint8Array(3_000_000).fill(3)]
      for (const blob of blobs) t.equal(await store.writeBlob(blob), sha256(blob), 'its hash')
      await store.writeBlob(anyBytes)
      for (const reader of [store, await open()]) {
        for (const blob of reader === undefined ? [] : blobs) {
          t.equal(await reader?.blobSize(sha256(blob)), blob.length, 'its size')
          t.equal(sha256((await reader?.readBlob(sha256(blob))) ?? anyBytes), sha256(blob), 'its bytes')
        }
      }
      t.equal((await store.stats()).blobs, 3, 'blobs')
    },
  ],
  [
    'a record is not acknowledged without its blobs',
    async (t, { store }) => {
      const blob = (await store.writeBlob(anyBytes)) ?? ''
      t.equal(await store.writeRecord(record('a', { blobs: [blob, key('missing')] })), false, 'refused')
      t.equal((await variants(store, 'a')).length, 0, 'not there')
      t.equal(await store.writeRecord(record('a', { blobs: [blob] })), true, 'acknowledged')
    },
  ],
  [
    'a lock has one holder, until it is given back',
    async (t, { store, open }) => {
      const other = (await open()) ?? store
      const held = await store.tryLock(key('a'))
      t.ok(held !== undefined, 'held')
      t.equal(await other.tryLock(key('a')), undefined, 'not by another one')
      const free = await other.tryLock(key('b'))
      t.ok(free !== undefined, 'another key is free')
      await free?.release()
      await held?.release()
      const next = await other.tryLock(key('a'))
      t.ok(next !== undefined, 'given back')
      await held?.release()
      t.equal(await store.tryLock(key('a')), undefined, 'giving back twice takes it from nobody')
      await next?.release()
    },
  ],
  [
    'writers of one key at once lose nothing',
    async (t, { store, open }) => {
      const writers = [store, (await open()) ?? store, (await open()) ?? store]
      const written = Array.from({ length: 60 }, () => record('a'))
      const acknowledged = await Promise.all(
        written.map(async (one, i) => (writers[i % writers.length] ?? store).writeRecord(one)),
      )
      t.ok(
        acknowledged.every((one) => one),
        'all acknowledged',
      )
      t.equal(ids(await variants(store, 'a')), ids(written), 'all there')
    },
  ],
  [
    'collection by count and age removes the least recently used',
    async (t, { store, clock }) => {
      const written = ['a', 'b', 'c', 'd'].map((of) => record(of))
      for (const one of written) {
        await writtenNow(store, one)
        clock.now += 2 * HOUR
      }
      await variants(store, 'a')
      const planned = await store.gc({ maxCount: 2, dryRun: true })
      t.equal(ids(planned.removed), ids(written.slice(1, 3)), 'planned')
      t.equal((await all(store)).length, 4, 'a dry run removes nothing')
      const done = await store.gc({ maxCount: 2 })
      t.equal(ids(done.removed), ids(written.slice(1, 3)), 'removed')
      t.equal(done.keptRecords, 2, 'kept')
      t.ok(done.bytes > 0, 'bytes given back')
      t.equal((await variants(store, 'b')).length, 0, 'gone')
      t.equal((await variants(store, 'a')).length, 1, 'used lately')
      clock.now += 10 * HOUR
      await variants(store, 'd')
      t.equal((await store.gc({ maxAge: 5 * HOUR })).removed.length, 1, 'by age')
      t.equal((await variants(store, 'd')).length, 1, 'used a moment ago')
    },
  ],
  [
    'collection by bytes takes old code versions first',
    async (t, { store, clock }) => {
      const bytes = new Uint8Array(20_000)
      const old = record('old', { bytes, version: 'v0' })
      const early = record('early', { bytes })
      const late = record('late', { bytes })
      for (const one of [early, late, old]) {
        await writtenNow(store, one)
        clock.now += 2 * HOUR
      }
      const isOutdated = ({ version }: { version: string }): boolean => version === 'v0'
      t.equal(ids((await store.gc({ maxBytes: 50_000, isOutdated })).removed), old.id, 'the old version')
      t.equal(ids((await store.gc({ maxBytes: 30_000, isOutdated })).removed), early.id, 'then the least recently used')
      await store.writeRecord(old)
      t.equal((await store.gc({ isOutdated })).removed.length, 0, 'nothing without a limit')
      t.equal(ids((await store.gc({ isOutdated, removeOutdated: true })).removed), old.id, 'every old version')
    },
  ],
  [
    'a blob goes after the last record that names it, and not before its grace period',
    async (t, { store, clock }) => {
      const blob = (await store.writeBlob(anyBytes)) ?? ''
      const [one, other] = [record('a', { blobs: [blob] }), record('b', { blobs: [blob] })]
      await store.writeRecord(one)
      await store.writeRecord(other)
      await store.deleteRecord(one.key, one.id)
      clock.now += 2 * HOUR
      t.equal((await store.gc()).blobs, 0, 'still named')
      await store.deleteRecord(other.key, other.id)
      t.equal((await store.gc({ grace: 5 * HOUR })).blobs, 0, 'in its grace period')
      await store.writeBlob(anyBytes)
      t.equal((await store.gc()).blobs, 0, 'written again a moment ago')
      clock.now += 2 * HOUR
      t.equal((await store.gc({ dryRun: true })).blobs, 1, 'planned')
      t.equal(await store.blobSize(blob), 256, 'a dry run removes nothing')
      t.equal((await store.gc()).blobs, 1, 'removed')
      t.equal(await store.blobSize(blob), undefined, 'gone')
    },
  ],
  [
    'a sound store is found sound, and counted',
    async (t, { store }) => {
      const blob = (await store.writeBlob(anyBytes)) ?? ''
      for (const of of ['a', 'a', 'b']) await store.writeRecord(record(of, { blobs: [blob] }))
      const { records, blobs, damages } = await store.verify()
      t.equal([records, blobs, damages.length].join(), '3,1,0', 'verified')
      const stats = await store.stats()
      t.equal([stats.records, stats.blobs, stats.damaged].join(), '3,1,0', 'counted')
      t.ok(stats.bytes > 256, 'bytes')
    },
  ],
]
