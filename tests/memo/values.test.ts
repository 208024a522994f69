// Registered classes and large parts of results go through the memo: loaded when touched, and never wrong.
import { readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { Context, tracked } from '../../lib/index.js'
import { filesystemStore, memoryStore, openMemo, type SyncStore, Types } from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'

class Money {
  readonly amount: number
  readonly currency: string
  constructor(amount: number, currency: string) {
    this.amount = amount
    this.currency = currency
  }
  twice(): Money {
    return new Money(2 * this.amount, this.currency)
  }
}

class Broke extends Error {}

const types = (): Types => new Types().class('Money', Money).error('Broke', Broke)

async function opened(store: SyncStore, known: Types | undefined = types()) {
  const runs = new Runs()
  const price = tracked('price', (of: Money) => (runs.count('price'), of.twice()), { memo: { version: 1 } })
  const scaled = tracked('scaled', () => (runs.count('scaled'), price(new Money(3, 'EUR')).amount), {
    memo: { version: 1 },
  })
  const fails = tracked(
    'fails',
    () => {
      runs.count('fails')
      throw new Broke('no more')
    },
    { memo: { version: 1, errors: true } },
  )
  const table = tracked(
    'table',
    (size: number) => {
      runs.count('table')
      return { name: 'table', rows: Float64Array.from({ length: size }, (_, i) => i), text: 'x'.repeat(size) }
    },
    { memo: { version: 1 } },
  )
  const bare = tracked('bare', (size: number) => (runs.count('bare'), new Float64Array(size).fill(7)), {
    memo: { version: 1 },
  })
  const summed = tracked('summed', (size: number) => (runs.count('summed'), table(size).rows.length), {
    memo: { version: 1 },
  })
  const warnings: string[] = []
  const onWarning = (message: string) => warnings.push(message)
  const memo = await openMemo({ store, onWarning, ...(known !== undefined && { types: known }) })
  memo.registry.addModule({ price, scaled, fails, table, bare, summed }, 'the test')
  const base = new Context()
  memo.attach(base)
  return { runs, price, scaled, fails, table, bare, summed, memo, base, warnings }
}

function thrown(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

t.test('instances of registered classes, in results, arguments, tweaks and errors', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  t.equal(first.base.get(first.scaled), 6)
  t.ok(thrown(() => first.base.get(first.fails)) instanceof Broke)
  const twelve = first.base.fork().tweak(first.price, new Money(12, 'USD'))
  t.equal(twelve.get(first.scaled), 12)
  t.strictSame(first.warnings, [])
  const second = await opened(store)
  const found = second.base.get(second.price.at(new Money(3, 'EUR')))
  t.ok(found instanceof Money)
  t.strictSame(found.twice(), new Money(12, 'EUR'))
  t.equal(second.base.get(second.scaled), 6)
  t.ok(thrown(() => second.base.get(second.fails)) instanceof Broke)
  t.equal(second.base.fork().tweak(second.price, new Money(12, 'USD')).get(second.scaled), 12)
  t.strictSame(second.runs.take(), {})
  t.equal(second.base.fork().tweak(second.price, new Money(12, 'EUR')).get(second.scaled), 12)
  t.strictSame(second.runs.take(), { scaled: 1 }, 'another currency is another tweak')
})

t.test('without the class nothing is kept, and what is stored is not misread', async (t) => {
  const store = memoryStore()
  const plain = await opened(store, new Types())
  plain.base.get(plain.scaled)
  t.match(plain.warnings.join('\n'), /its class is not registered/)
  const first = await opened(store)
  first.base.get(first.scaled)
  const other = await opened(store, new Types())
  t.equal(other.base.get(other.scaled), 6)
  t.strictSame(other.runs.take(), { price: 1, scaled: 1 })
  t.match(other.warnings.join('\n'), /A stored result of scaled\(\) is not used: A stored value holds a "Money"/)
})

/** A store whose blobs are read by another function. */
function reading(store: SyncStore, readBlob: SyncStore['readBlob']): SyncStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'readBlob') return readBlob
      const held: unknown = Reflect.get(target, name, target)
      return typeof held === 'function' ? (held.bind(target) as unknown) : held
    },
  })
}

/** A store that counts how often blobs are read. */
function counting(store: SyncStore) {
  const reads: string[] = []
  const readBlob = (hash: string) => {
    reads.push(hash)
    return store.readBlob(hash)
  }
  return { store: reading(store, readBlob), reads }
}

t.test('large parts are blobs of their own, loaded when they are touched', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  const made = first.base.get(first.table.at(100_000))
  const memento = first.memo.memento(first.base, first.table.at(100_000))
  t.equal(memento?.size, 900_000 + ((memento?.size ?? 0) % 100_000), 'they count')
  const counted = counting(store)
  const second = await opened(counted.store)
  const found = second.base.get(second.table.at(100_000))
  const before = counted.reads.length
  t.equal(found.name, 'table')
  t.equal(counted.reads.length, before)
  t.strictSame(found.rows, made.rows)
  t.equal(counted.reads.length, before + 1)
  t.equal(found.text, made.text)
  t.equal(found.rows, found.rows, 'and once')
  t.equal(counted.reads.length, before + 2)
  t.strictSame(second.runs.take(), {})
})

async function files(t: Test) {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-values-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const open = (): SyncStore => filesystemStore(folder, { onWarning: () => undefined })
  /** The files of blobs at least this large. */
  const blobs = (): string[] =>
    readdirSync(path.join(folder, 'v1/blobs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
  return { open, blobs }
}

t.test('a part that is gone is a miss', async (t) => {
  const { open, blobs } = await files(t)
  const first = await opened(open())
  first.base.get(first.table.at(50_000))
  first.base.get(first.bare.at(50_000))
  for (const file of blobs()) await rm(file)
  const second = await opened(open())
  t.equal(second.base.get(second.table.at(50_000)).rows[4], 4)
  t.equal(second.base.get(second.bare.at(50_000))[4], 7)
  t.strictSame(second.runs.take(), { table: 1, bare: 1 })
  const third = await opened(open())
  t.equal(third.base.get(third.table.at(50_000)).rows[4], 4)
  t.strictSame(third.runs.take(), {}, 'and was healed')
})

t.test('a part that is damaged before the hit is a miss, or an error that says so; after it an error', async (t) => {
  const { open, blobs } = await files(t)
  const first = await opened(open())
  first.base.get(first.table.at(50_000))
  first.base.get(first.bare.at(50_000))
  const second = await opened(open())
  const found = second.base.get(second.table.at(50_000))
  for (const file of blobs()) if (readdirSync(path.dirname(file)).length > 0) damage(file)
  t.throws(() => found.rows, { code: 'DUGOUT_DAMAGED_VALUE', message: /its part [0-9a-f]{64} is not there/ })
  t.throws(() => found.text, { code: 'DUGOUT_DAMAGED_VALUE' })
  t.equal(found.name, 'table')
  const third = await opened(open())
  t.equal(third.base.get(third.bare.at(50_000))[4], 7)
  t.strictSame(third.runs.take(), { bare: 1 }, 'what is read at once is a miss')
})

/** Another byte in the middle, of the same length. */
function damage(file: string): void {
  writeFileSync(file, Buffer.alloc(400_000, 1))
}

t.test('a store that gives other bytes for a part is found out', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  first.base.get(first.table.at(50_000))
  first.base.get(first.bare.at(50_000))
  let isWrong = false
  const wrong = reading(store, (hash) => (isWrong ? Buffer.alloc(400_000, 1) : store.readBlob(hash)))
  const second = await opened(wrong)
  const found = second.base.get(second.table.at(50_000))
  isWrong = true
  t.throws(() => found.rows, { code: 'DUGOUT_DAMAGED_VALUE' })
})

t.test('a kept result that is made of a loaded one is what it would be without a store', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  first.base.get(first.table.at(40_000))
  const second = await opened(store)
  t.equal(second.base.get(second.summed.at(40_000)), 40_000)
  t.strictSame(second.runs.take(), { summed: 1 })
  second.base.invalidate(second.table.at(40_000))
  t.equal(second.base.get(second.summed.at(40_000)), 40_000)
  t.strictSame(second.runs.take(), { table: 1 }, 'an equal result stops the change, though it was not loaded yet')
})

t.test('a result runs again, though a part of the one before can no longer be read', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  first.base.get(first.table.at(40_000))
  let isGone = false
  const second = await opened(reading(store, (hash) => (isGone ? undefined : store.readBlob(hash))))
  second.base.get(second.table.at(40_000))
  isGone = true
  second.base.invalidate(second.table.at(40_000))
  t.equal(second.base.get(second.table.at(40_000)).rows[39_999], 39_999)
  t.strictSame(second.runs.take(), { table: 1 })
})
