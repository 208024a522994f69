// Stores that have to be awaited: asynchronous functions are answered by them, synchronous ones after a prefetch.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, scale, tracked } from '../../lib/index.js'
import {
  file,
  filesystemStore,
  layeredStore,
  memoryStore,
  openMemo,
  redisStore,
  type Store,
} from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'
import { later } from './later.js'
import { isRedisHere, startRedis } from './redis-server.js'

const memo = { memo: { version: 1 } }
const folder = await mkdtemp(path.join(tmpdir(), 'dugout-awaited-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const prices = path.join(folder, 'prices.txt')

/** The model as a new process has it: `report` is asynchronous, what it reads is not. */
async function opened(store: Store, more: object = {}) {
  const runs = new Runs()
  const rate = tracked('rate', () => (runs.count('rate'), 2), memo)
  const total = tracked('total', (times: number) => (runs.count('total'), times * rate()), memo)
  const priced = tracked('priced', () => (runs.count('priced'), Number(file(prices).toString()) * rate()), memo)
  const table = tracked('table', () => (runs.count('table'), { cells: new Float64Array(8192).fill(rate()) }), memo)
  const report = tracked(
    'report',
    async (times: number) => {
      runs.count('report')
      await Promise.resolve()
      return `${total(times)} and ${await (async () => priced())()}`
    },
    memo,
  )
  const chart = tracked('chart', async () => (runs.count('chart'), table()), memo)
  const failing = tracked(
    'failing',
    async () => {
      runs.count('failing')
      await Promise.resolve()
      throw new RangeError('too far')
    },
    { memo: { version: 1, errors: true } },
  )
  const warnings: string[] = []
  const opening = await openMemo({ store, onWarning: (message) => warnings.push(message), ...more })
  opening.registry.addModule({ rate, total, priced, table, report, chart, failing }, 'the test')
  const base = new Context()
  opening.attach(base)
  return { rate, total, priced, table, report, chart, failing, base, runs, warnings, memo: opening }
}

/** What every such store has to give; `open` gives the store as another process has it. */
function answers(name: string, open: () => Promise<Store> | Store): void {
  t.test(`${name}: asynchronous functions are answered`, async (t) => {
    await writeFile(prices, '10')
    const store = await open()
    const first = await opened(store)
    t.equal(await first.base.get(first.report.at(3)), '6 and 20')
    t.equal(await first.base.fork().tweak(first.rate, 3).get(first.report.at(3)), '9 and 30')
    await t.rejects(first.base.get(first.failing), { message: 'too far' })
    t.equal((await first.base.get(first.chart)).cells[8191], 2)
    t.equal(first.memo.counts.hits, 0)
    await first.memo.settled()
    const second = await opened(await open())
    t.equal(await second.base.get(second.report.at(3)), '6 and 20')
    t.equal(await second.base.fork().tweak(second.rate, 3).get(second.report.at(3)), '9 and 30')
    await t.rejects(second.base.get(second.failing), RangeError)
    t.equal((await second.base.get(second.chart)).cells[8191], 2, 'with its large part')
    t.strictSame(second.runs.take(), {})
    t.equal(second.memo.counts.hits, 4)
    checkInvariants(second.base)
    t.equal(await second.base.fork().adjust(second.rate, scale(2)).get(second.report.at(3)), '12 and 40')
    t.strictSame(second.runs.take(), { report: 1, total: 1, priced: 1, rate: 1 })
    checkInvariants(second.base)
    await writeFile(prices, '11')
    const third = await opened(await open())
    t.equal(await third.base.get(third.report.at(3)), '6 and 22', 'the file changed')
    t.strictSame(third.runs.take(), { report: 1, priced: 1, rate: 1, total: 1 })
    await third.memo.settled()
    t.strictSame(
      [first, second, third].flatMap(({ warnings }) => warnings),
      [],
    )
  })

  t.test(`${name}: synchronous functions are answered after a prefetch`, async (t) => {
    const first = await opened(await open())
    t.equal(first.base.get(first.total.at(5)), 10)
    await first.memo.settled()
    const second = await opened(await open())
    t.equal(second.base.get(second.total.at(5)), 10)
    t.strictSame(second.runs.take(), { total: 1, rate: 1 }, 'nothing was fetched')
    const third = await opened(await open())
    const child = third.base.fork().tweak(third.rate, 7)
    await third.memo.prefetch(third.base, [third.total.at(5), third.total.at(6)])
    await third.memo.prefetch(child, [third.total.at(5)])
    t.strictSame([third.base.get(third.total.at(5)), child.get(third.total.at(5))], [10, 35])
    t.strictSame(third.runs.take(), { total: 1 })
    t.equal(third.base.get(third.total.at(6)), 12)
    checkInvariants(child)
    await third.memo.settled()
  })
}

let memories = new Map<string, ReturnType<typeof memoryStore>>()
const sharedMemory = (name: string) => {
  const known = memories.get(name) ?? memoryStore()
  memories = memories.set(name, known)
  return known
}
answers('memory, later', () => later(sharedMemory('one')))
answers('memory over files, later', () =>
  layeredStore([memoryStore(), later(filesystemStore(path.join(folder, 'files')))]),
)

if (isRedisHere()) {
  const server = await startRedis()
  t.teardown(() => server.stop())
  const stores: Store[] = []
  const kept = <S extends Store>(store: S): S => {
    stores.push(store)
    return store
  }
  t.teardown(async () => {
    for (const store of stores) await store.close()
  })
  answers('Redis', async () => kept(await redisStore({ url: server.url, prefix: 'one:' })))
  answers('memory over Redis', async () =>
    kept(layeredStore([memoryStore(), await redisStore({ url: server.url, prefix: 'two:' })])),
  )
} else {
  const why = 'redis-server is not installed: apt-get install redis-server'
  process.stderr.write(`A memo over Redis is NOT tested: ${why}\n`)
  void t.test('Redis', { skip: why }, async () => {})
}

t.test('a prefetch takes nothing from another one of the same call', async (t) => {
  const memory = memoryStore()
  const first = await opened(later(memory))
  first.base.get(first.total.at(5))
  await first.memo.settled()
  const { base, total, runs, memo: opening } = await opened(later(memory))
  const one = opening.prefetch(base, [total.at(5)])
  await setImmediate()
  const other = opening.prefetch(base, [total.at(5)])
  await one
  t.equal(base.get(total.at(5)), 10)
  t.strictSame(runs.take(), {})
  await other
})

t.test('explainMiss tells what a prefetch with history brought', async (t) => {
  await writeFile(prices, '1')
  const memory = memoryStore()
  const first = await opened(later(memory))
  first.base.get(first.priced)
  await first.memo.settled()
  await writeFile(prices, '2')
  const { base, priced, rate, memo: opening } = await opened(later(memory))
  t.equal(opening.explainMiss(base, priced)?.why, 'nothing was fetched of it: await memo.prefetch(...) first')
  await opening.prefetch(base, [priced], { history: true })
  t.match(opening.explainMiss(base, priced)?.why, /^file\(.*\) changed, from [0-9a-f]+ to [0-9a-f]+$/)
  const child = base.fork().tweak(rate, 3)
  await opening.prefetch(child, [priced], { history: true })
  t.match(opening.explainMiss(child, priced)?.why, /under these tweaks: rate=value 3$/)
  await writeFile(prices, '1')
  const again = await opened(later(memory))
  await again.memo.prefetch(again.base, [again.priced])
  t.equal(again.memo.explainMiss(again.base, again.priced), undefined)
})

t.test('a store that fails is said once, and costs no result', async (t) => {
  const broken: Store = { ...later(memoryStore()), readRecords: () => Promise.reject(new Error('away')) }
  const { base, report, warnings, runs } = await opened(broken)
  await writeFile(prices, '10')
  t.equal(await base.get(report.at(1)), '2 and 20')
  t.equal(await base.get(report.at(2)), '4 and 20')
  t.equal(runs.take().report, 2)
  t.strictSame(warnings, ['memory, later does not say what it has of report(1): away'])
})

t.test('what is found is held in a context that has a result of its own by another history', async (t) => {
  const memory = memoryStore()
  const model = async () => {
    const which = tracked('which', () => 2, memo)
    const first = tracked('first', () => 10, memo)
    const second = tracked('second', () => 20, memo)
    const either = tracked('either', async () => (which() > 1 ? first() : second()), memo)
    const opening = await openMemo({ store: later(memory) })
    opening.registry.addModule({ which, first, second, either }, 'the test')
    const base = new Context()
    opening.attach(base)
    return { which, first, either, base, memo: opening, other: base.fork().tweak(which, 0) }
  }
  const before = await model()
  t.strictSame([await before.base.get(before.either), await before.other.get(before.either)], [10, 20])
  await before.memo.settled()
  const { base, first, either, other, memo: opening } = await model()
  t.equal(await base.get(either), 10)
  // its history here did not reach what is tweaked: it belongs to the context above
  const inner = other.fork().tweak(first, 11)
  t.equal(await inner.get(either), 20)
  t.ok(inner.has(either))
  t.strictSame([await inner.get(either), await other.get(either)], [20, 20])
  t.strictSame(opening.counts, { hits: 2, misses: 0 })
  t.equal(opening.memento(inner, either)?.tweaks, 'which=value 0')
  t.equal(opening.memento(other, either)?.id, opening.memento(inner, either)?.id)
  checkInvariants(inner)
})

t.test('R22: who gives up while the store is asked leaves nothing behind', async (t) => {
  const memory = memoryStore()
  const { base, report, runs } = await opened(later(memory))
  const abort = new AbortController()
  const waiting = base.get(report.at(1), { signal: abort.signal })
  abort.abort()
  await t.rejects(waiting, { code: 'DUGOUT_ABORTED' })
  t.equal(await base.get(report.at(1)), '2 and 20')
  t.equal(runs.take().report, 1)
  t.equal(base.stats().inFlight, 0)
  const child = base.fork()
  const lost = child.tweak(report.at(9), 'x').get(report.at(2))
  child.dispose()
  await t.rejects(lost, { code: 'DUGOUT_DISPOSED' })
  checkInvariants(base)
})
