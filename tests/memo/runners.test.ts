// Where the bodies of a memo run: the runner of a cluster, in code and by name; forceLocal; and what none of it changes.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, tracked } from '../../lib/index.js'
import { env, memoryStore, openMemo, type Store } from '../../lib/memo/index.js'
import { nullRunner, type Runner, type Task } from '../../lib/run/index.js'
import { Runs, settle } from '../core/helpers.js'
import { later as asynchronous } from './later.js'

/** Runs one body after another, and writes down which. */
function queue(name = 'queue'): Runner & { ran: string[] } {
  let last: Promise<unknown> = Promise.resolve()
  const ran: string[] = []
  return {
    name,
    ran,
    run: (task) => {
      ran.push(`${task.node.id} of ${task.version}`)
      if (!task.isAsync) return task.here()
      const turn = last.then(() => task.here())
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

async function opened(store: Store, runner?: Runner, more: object = {}) {
  const runs = new Runs()
  const memo = { version: 1 }
  const rate = tracked('rate', () => (runs.count('rate'), 2), { memo })
  const total = tracked('total', (times: number) => (runs.count('total'), times * rate()), { memo })
  const later = tracked(
    'later',
    async (times: number) => {
      runs.count('later')
      await settle(1)
      return total(times) + 1
    },
    { memo },
  )
  const opening = await openMemo({ store, ...(runner && { runner }), onWarning: () => undefined, ...more })
  opening.registry.addModule({ rate, total, later }, 'the test')
  const base = new Context()
  const detach = opening.attach(base)
  return { rate, total, later, base, runs, memo: opening, detach }
}

t.test('the runner of a store runs every body, kept or not, and stands in the memento', async (t) => {
  const runner = queue()
  const { memo, base, total, later, runs, detach } = await opened(memoryStore(), runner)
  t.equal(base.get(total.at(3)), 6)
  t.strictSame(runner.ran.splice(0), ['total(3) of v:1', 'rate() of v:1'])
  t.equal(base.get(tracked('plain', () => 1)), 1)
  t.strictSame(runner.ran.splice(0), ['plain() of undefined'])
  t.strictSame(await Promise.all([base.get(later.at(1)), base.get(later.at(2))]), [3, 5])
  t.strictSame(runs.take(), { total: 3, rate: 1, later: 2 })
  for (const node of [total.at(3), later.at(1), total.at(1)]) t.equal(memo.memento(base, node)?.runner, 'queue')
  t.strictSame(
    memo.memento(base, later.at(2))?.invocations.map(({ node }) => node),
    ['total(2)'],
    'with what it called in its turn',
  )
  runner.ran.length = 0
  detach()
  t.equal(base.get(total.at(9)), 18)
  t.strictSame(runner.ran, [], 'no longer attached, it runs nothing')
  checkInvariants(base)
})

t.test('what is kept is found under any runner, and runs nothing: also under the null runner', async (t) => {
  const store = memoryStore()
  const first = await opened(store, queue())
  t.equal(await first.base.get(first.later.at(3)), 7)
  for (const runner of [queue('other'), nullRunner, undefined]) {
    const { memo, base, later, total, runs } = await opened(store, runner)
    t.equal(memo.explainMiss(base, later.at(3)), undefined)
    t.equal(await base.get(later.at(3)), 7)
    t.equal(base.get(total.at(3)), 6)
    t.strictSame(runs.take(), {})
    t.equal(memo.memento(base, later.at(3))?.runner, 'queue', 'who ran it then')
  }
})

t.test('the null runner: what is not kept is a NotRunError, which is not kept', async (t) => {
  const store = memoryStore()
  const { memo, base, total, later, runs } = await opened(store, nullRunner)
  t.throws(() => base.get(total.at(1)), { code: 'DUGOUT_NOT_RUN', message: /^total\(1\) would have to run/ })
  await t.rejects(base.get(later.at(1)), { code: 'DUGOUT_NOT_RUN' })
  t.strictSame(runs.take(), {})
  t.equal(store.stats().records, 0)
  t.equal(memo.get(base, total.at(1), { forceLocal: true }), 2, 'and runs when it is asked to')
  t.equal(base.get(total.at(1)), 2)
  checkInvariants(base)
})

t.test('inputs are looked at by this process', async (t) => {
  const { memo, base } = await opened(memoryStore(), nullRunner)
  const home = tracked('home', () => env('PATH') !== undefined, { memo: { version: 1 } })
  memo.registry.addModule({ home }, 'the test')
  t.type(base.get(env.at('PATH')), 'string')
  t.throws(() => base.get(home), { code: 'DUGOUT_NOT_RUN' })
  t.equal(memo.get(base, home, { forceLocal: true }), true)
})

t.test('forceLocal: all that the call runs, runs here, and nothing beside it', async (t) => {
  const runner = queue()
  const { memo, base, rate, total, later, runs } = await opened(memoryStore(), runner)
  t.equal(memo.get(base, total.at(1), { forceLocal: true }), 2)
  const [forced, beside] = [memo.get(base, later.at(2), { forceLocal: true }), base.get(later.at(3))]
  t.strictSame([await forced, await beside], [5, 7])
  t.strictSame(runner.ran.splice(0), ['later(3) of v:1', 'total(3) of v:1'])
  t.strictSame(
    [total.at(1), later.at(2), total.at(2), later.at(3)].map((node) => memo.memento(base, node)?.runner),
    ['local', 'local', 'local', 'queue'],
  )
  t.strictSame(runs.take(), { rate: 1, total: 3, later: 2 })
  t.equal(memo.get(base.with([[rate, 5]]), total.at(1), { forceLocal: true }), 5, 'under tweaks too')
  t.equal(memo.get(base, total.at(1), { forceLocal: true, refresh: true }), 2, 'and refreshed')
  t.strictSame(runner.ran, [])
  t.strictSame(runs.take(), { total: 2 })
  t.equal(memo.get(base, total.at(1), { forceLocal: false, refresh: true }), 2)
  t.strictSame(runner.ran.splice(0), ['total(1) of v:1'])
  const answers = await memo.batch(base, [total.at(7), total.at(8)], { forceLocal: true })
  t.match(answers, [{ value: 14 }, { value: 16 }])
  t.strictSame(runner.ran, [])
  const outer = tracked('outer', () => memo.get(Context.current(), total.at(4), { forceLocal: true }))
  t.throws(() => base.get(outer), { code: 'DUGOUT_TWEAK_INSIDE', message: /forceLocal/ })
  t.equal(base.stats().contexts, 1 + 1, 'nothing is left of the calls but the context that was asked for')
  checkInvariants(base)
})

t.test('a memo with forceLocal runs all here', async (t) => {
  const runner = queue()
  const { memo, base, later } = await opened(memoryStore(), runner, { forceLocal: true })
  t.equal(await base.get(later.at(1)), 3)
  t.equal(memo.memento(base, later.at(1))?.runner, 'local')
  t.strictSame(runner.ran, [])
})

t.test('forceLocal joins what runs already, and does not run it again', async (t) => {
  const runner = queue()
  const { memo, base, later, runs } = await opened(memoryStore(), runner)
  const asked = base.get(later.at(1))
  t.equal(await memo.get(base, later.at(1), { forceLocal: true }), 3)
  t.equal(await asked, 3)
  t.strictSame(runs.take(), { later: 1, total: 1, rate: 1 })
  t.equal(memo.memento(base, later.at(1))?.runner, 'queue')
})

t.test('what a runner throws is not kept, though errors are', async (t) => {
  const store = memoryStore()
  let isFull = true
  const runner: Runner = {
    name: 'full',
    run: (task: Task) => {
      if (isFull) throw new Error('no room')
      return task.here()
    },
  }
  const { memo, base } = await opened(store, runner)
  const failing = tracked(
    'failing',
    (): number => {
      throw new RangeError('too many')
    },
    { memo: { version: 1, errors: true } },
  )
  memo.registry.addModule({ failing }, 'the test')
  t.throws(() => base.get(failing), { code: 'DUGOUT_RUNNER', cause: { message: 'no room' } })
  t.equal(store.stats().records, 0)
  isFull = false
  t.throws(() => base.get(failing), RangeError)
  t.match(memo.memento(base, failing), { kind: 'error', runner: 'full' })
})

t.test('over a store that has to be awaited', async (t) => {
  const store = memoryStore()
  const runner = queue()
  const first = await opened(asynchronous(store), runner)
  t.equal(await first.base.get(first.later.at(1)), 3)
  await first.memo.settled()
  t.equal(runner.ran.length, 3)
  const second = await opened(asynchronous(store), nullRunner)
  t.equal(await second.base.get(second.later.at(1)), 3)
  await t.rejects(second.base.get(second.later.at(2)), { code: 'DUGOUT_NOT_RUN' })
  t.equal(await second.memo.get(second.base, second.later.at(2), { forceLocal: true }), 5)
})

t.test('of two memos on one graph, the runner of the one that answers', async (t) => {
  const before = queue('before')
  const { base, total } = await opened(memoryStore(), before)
  const after = queue('after')
  const memo = await openMemo({ store: memoryStore(), runner: after, onWarning: () => undefined })
  const stop = memo.attach(base)
  base.get(total.at(1))
  t.strictSame(before.ran, [])
  t.equal(after.ran.length, 2)
  memo.attach(base)
  base.get(total.at(2))
  t.equal(after.ran.length, 3, 'attached twice, once')
  stop()
  base.get(total.at(3))
  t.equal(after.ran.length, 3)
})

t.test('a runner that is none, or a runner or policy beside a configuration, is refused', async (t) => {
  const refused = async (more: object, message: RegExp): Promise<void> =>
    void (await t.rejects(openMemo({ ...more }), { code: 'DUGOUT_CONFIGURATION', message }))
  await refused({ store: memoryStore(), runner: { name: 'no run' } }, /its runner has no name, or no run\(task\)/)
  await refused({ store: memoryStore(), runner: { name: '', run: () => 1 } }, /its runner has no name/)
  const configuration = { file: undefined, environment: { value: 'x', from: '' }, clusters: [] }
  await refused({ configuration, runner: nullRunner }, /it takes a runner with a store/)
  await refused({ configuration, policy: 'all' }, /it takes a policy with a store/)
})
