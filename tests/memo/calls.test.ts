// Calls with options, and many calls at once.
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, tracked } from '../../lib/index.js'
import { type BatchProgress, memoryStore, openMemo, type Store, type SyncStore } from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'
import { later } from './later.js'

async function opened(store: Store, more: object = {}) {
  const runs = new Runs()
  const memo = { version: 1 }
  let luck = 1
  const rate = tracked('rate', () => (runs.count('rate'), 2), { memo })
  const total = tracked('total', (times: number) => (runs.count('total'), times * rate() * luck), { memo })
  const later = tracked(
    'later',
    async (times: number) => {
      runs.count('later')
      await Promise.resolve()
      return total(times) + 1
    },
    { memo },
  )
  const failing = tracked(
    'failing',
    (times: number) => {
      runs.count('failing')
      if (times > 1) throw new RangeError('too many')
      return times
    },
    { memo: { version: 1, errors: true } },
  )
  const opening = await openMemo({ store, onWarning: () => undefined, ...more })
  opening.registry.addModule({ rate, total, later, failing }, 'the test')
  const base = new Context()
  opening.attach(base)
  return { rate, total, later, failing, base, runs, memo: opening, lucky: (next: number) => void (luck = next) }
}

const kept = (store: SyncStore, fn: string): number =>
  [...store.records({ function: fn })].filter(({ id }) => id === 'memento').length

t.test('without options it is context.get', async (t) => {
  const { memo, base, total, later, failing } = await opened(memoryStore())
  t.equal(memo.get(base, total.at(3)), 6)
  t.equal(await memo.get(base, later.at(3)), 7)
  t.throws(() => memo.get(base, failing.at(3)), RangeError)
})

t.test('refresh: the body of this call runs again, and what it gives is kept in place of what was', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  t.equal(first.base.get(first.total.at(3)), 6)
  t.equal(await first.base.get(first.later.at(3)), 7)
  const { memo, base, total, later, runs, lucky } = await opened(store)
  // a function that is none of its inputs: what refreshing is for
  lucky(10)
  t.equal(base.get(total.at(3)), 6)
  t.equal(memo.get(base, total.at(3), { refresh: true }), 60)
  t.strictSame(runs.take(), { total: 1 }, 'what it calls is answered')
  t.equal(base.get(total.at(3)), 60)
  t.equal(await base.get(later.at(3)), 61)
  t.equal(await memo.get(base, later.at(3), { refresh: true }), 61)
  t.strictSame(runs.take().total, undefined)
  const third = await opened(store)
  t.equal(third.base.get(third.total.at(3)), 60)
  t.equal(await third.base.get(third.later.at(3)), 61)
  t.strictSame(third.runs.take(), {})
  checkInvariants(base)
})

t.test('readOnly: what is known answers, and nothing is written', async (t) => {
  const store = memoryStore()
  const { memo, base, total, later, runs } = await opened(store)
  t.equal(memo.get(base, total.at(1), { readOnly: true }), 2)
  t.equal(await memo.get(base, later.at(2), { readOnly: true }), 5)
  t.equal(store.stats().records, 0)
  runs.take()
  t.equal(base.get(total.at(1)), 2, 'it stands in the graph')
  t.strictSame(runs.take(), {})
  t.equal(base.stats().contexts, 1, 'and nothing is left of the call')
  base.get(total.at(3))
  t.equal(kept(store, 'total'), 1, 'other calls are kept')
  const second = await opened(store)
  t.equal(second.memo.get(second.base, second.total.at(3), { readOnly: true }), 6)
  t.strictSame(second.runs.take(), {})
})

t.test('offline: what is known answers, and nothing runs', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  first.base.get(first.total.at(1))
  await first.base.get(first.later.at(2))
  const { memo, base, total, later, runs } = await opened(store)
  t.equal(memo.get(base, total.at(1), { offline: true }), 2)
  t.equal(await memo.get(base, later.at(2), { offline: true }), 5)
  t.throws(() => memo.get(base, total.at(7), { offline: true }), { code: 'DUGOUT_OFFLINE' })
  await t.rejects(memo.get(base, later.at(7), { offline: true }), { code: 'DUGOUT_OFFLINE' })
  t.strictSame(runs.take(), {})
  const both = await Promise.allSettled([memo.get(base, later.at(8), { offline: true }), base.get(later.at(8))])
  t.strictSame(
    both.map(({ status }) => status),
    ['rejected', 'fulfilled'],
    'a call beside it is none of it',
  )
  t.equal(base.get(total.at(7)), 14, 'afterwards it runs')
  t.equal(base.stats().contexts, 1)
  checkInvariants(base)
})

t.test('options of a call hold under tweaks, and not inside a body', async (t) => {
  const { memo, base, rate, total } = await opened(memoryStore())
  const child = base.fork().tweak(rate, 5)
  t.equal(memo.get(child, total.at(2), { readOnly: true }), 10)
  t.equal(memo.get(base.with([[rate, 6]]), total.at(2), { readOnly: true }), 12)
  const outer = tracked('outer', () => memo.get(Context.current(), total.at(4), { offline: true }))
  t.throws(() => base.get(outer), { code: 'DUGOUT_TWEAK_INSIDE' })
})

t.test('options of a call leave what was fetched for it where it is found', async (t) => {
  const store = memoryStore()
  const first = await opened(later(store))
  for (const times of [1, 2, 3]) first.base.get(first.total.at(times))
  await first.memo.settled()
  const { memo, base, total, runs } = await opened(later(store))
  for (const options of [{ offline: true }, { readOnly: true }, { forceLocal: true }]) {
    const fresh = new Context()
    memo.attach(fresh)
    t.match(await memo.batch(fresh, [total.at(1), total.at(2)], options), [{ value: 2 }, { value: 4 }])
    await memo.prefetch(fresh, [total.at(3)])
    t.equal(memo.get(fresh, total.at(3), options), 6)
  }
  t.equal(base.get(total.at(5)), 10)
  t.strictSame(runs.take(), { total: 1, rate: 1 })
})

t.test('ignoreResult: the result is kept, and not read; an error is thrown', async (t) => {
  const store = memoryStore()
  const { memo, base, total, later, failing, runs } = await opened(store)
  t.equal(memo.get(base, total.at(1), { ignoreResult: true }), undefined)
  t.equal(await memo.get(base, later.at(1), { ignoreResult: true }), undefined)
  t.throws(() => memo.get(base, failing.at(2), { ignoreResult: true }), RangeError)
  t.equal(kept(store, 'total'), 1)
  runs.take()
  const second = await opened(store)
  t.equal(second.memo.get(second.base, second.total.at(1), { ignoreResult: true }), undefined)
  t.notOk(second.base.has(second.total.at(1)), 'it was not read')
  t.throws(() => second.memo.get(second.base, second.failing.at(2), { ignoreResult: true }), RangeError)
  t.strictSame(second.runs.take(), {})
  t.equal(second.memo.get(second.base, second.total.at(1), { ignoreResult: true, refresh: true }), undefined)
  t.equal(second.runs.take().total, 1)
})

t.test('a batch: each call has its slot, in order, whatever comes of the others', async (t) => {
  const store = memoryStore()
  const { memo, base, total, failing, later, runs } = await opened(store)
  const told: BatchProgress[] = []
  const targets = [failing.at(0), failing.at(1), failing.at(2), failing.at(1)]
  const answers = await memo.batch(base, targets, { onProgress: (progress) => told.push(progress) })
  t.match(answers, [{ value: 0 }, { value: 1 }, { status: 'rejected', reason: RangeError }, { value: 1 }])
  t.strictSame(told.at(-1), { done: 4, failed: 1, total: 4 })
  t.equal(runs.take().failing, 3, 'one of them is asked twice')
  const mixed = await memo.batch(base, [later.at(1), later.at(2)])
  t.strictSame(
    mixed.map((one) => one.status === 'fulfilled' && one.value),
    [3, 5],
  )
  const offline = await memo.batch(base, [total.at(1), total.at(9)], { offline: true })
  t.match(offline, [{ value: 2 }, { status: 'rejected', reason: { code: 'DUGOUT_OFFLINE' } }])
  t.strictSame(await memo.batch(base, []), [])
})

t.test('a batch asks so many asynchronous calls at once, and no more', async (t) => {
  let running = 0
  let most = 0
  const slow = tracked('slow', async (i: number) => {
    most = Math.max(most, ++running)
    await setTimeout(1)
    running--
    return i
  })
  const { memo, base } = await opened(memoryStore())
  const targets = Array.from({ length: 12 }, (_, i) => slow.at(i))
  const answers = await memo.batch(base, targets, { concurrency: 3 })
  t.equal(most, 3)
  t.strictSame(
    answers.map((one) => one.status === 'fulfilled' && one.value),
    Array.from({ length: 12 }, (_, i) => i),
  )
})

t.test('a batch that is aborted ends, and what it found is kept', async (t) => {
  const store = memoryStore()
  const { memo, base, total, runs } = await opened(store)
  const abort = new AbortController()
  const targets = Array.from({ length: 100 }, (_, i) => total.at(i))
  const waiting = memo.batch(base, targets, {
    concurrency: 1,
    signal: abort.signal,
    onProgress: ({ done }) => done < 100 && abort.abort(new Error('enough')),
  })
  await t.rejects(waiting, { code: 'DUGOUT_ABORTED', cause: { message: 'enough' } })
  const { total: ran = 0 } = runs.take()
  t.ok(ran > 0 && ran < 100, `${ran} ran`)
  t.equal(kept(store, 'total'), ran)
})

t.test('a batch of synchronous calls is answered by a store that has to be awaited', async (t) => {
  const store = memoryStore()
  const first = await opened(later(store))
  await first.memo.batch(
    first.base,
    [1, 2, 3].map((i) => first.total.at(i)),
  )
  await first.memo.settled()
  const { memo, base, total, runs } = await opened(later(store))
  const answers = await memo.batch(
    base,
    [1, 2, 3].map((i) => total.at(i)),
  )
  t.match(answers, [{ value: 2 }, { value: 4 }, { value: 6 }])
  t.strictSame(runs.take(), {})
})
