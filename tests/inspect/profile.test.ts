// Where the time goes, what happens, what failed.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, failure, type GraphEvent, profile, record, scale, trace, tracked } from '../../lib/index.js'
import { gate, rejected, settle, thrown, worked } from '../core/helpers.js'

/** A clock that bodies move. */
function clock() {
  let time = 1000
  return { now: () => time, spend: (milliseconds: number) => void (time += milliseconds) }
}

void t.test('profile: self and total, a node and a function', async (t) => {
  const { now, spend } = clock()
  const leaf = tracked('leaf', (n: number) => {
    spend(4)
    return n
  })
  const chain = tracked('chain', (n: number): number => {
    spend(2)
    return n === 0 ? leaf(0) : chain(n - 1) + leaf(n)
  })
  const base = new Context()
  const profiler = profile(base, { now })
  base.get(chain.at(2))
  base.get(chain.at(2))
  const { functions, nodes, elapsed } = profiler.report()
  profiler.stop()
  t.match(functions, [
    { name: 'leaf', nodes: 3, runs: 3, self: 12, total: 12 },
    { name: 'chain', nodes: 3, runs: 3, hits: 1, self: 6, total: 18 },
  ])
  t.match(
    nodes.find(({ node }) => node.id === 'chain(2)'),
    { runs: 1, self: 2, total: 18 },
  )
  t.equal(elapsed, 18)
  t.doesNotThrow(() => JSON.stringify(profiler.report()))
  base.get(chain.at(4))
  t.equal(profiler.report().functions.find(({ name }) => name === 'leaf')?.runs, 3, 'stopped')
  t.equal(base.get(chain.at(4)), 10)
  checkInvariants(base)
})

void t.test('profile: asynchronous bodies, side by side; adjustments; errors', async (t) => {
  const { now, spend } = clock()
  const at = gate()
  const wait = tracked('wait', async (n: number) => {
    await at.opened
    return n
  })
  const both = tracked('both', async () => {
    const [a, b] = await Promise.all([wait(1), wait(2)])
    spend(5)
    return a + b
  })
  const bad = tracked('bad', (): number => {
    throw new Error('no')
  })
  const base = new Context()
  using profiler = profile(base, { now })
  const promise = base.get(both)
  await settle()
  spend(20)
  at.open()
  t.equal(await promise, 3)
  thrown(t, () => base.get(bad))
  t.match(profiler.report().functions, [
    { name: 'wait', nodes: 2, runs: 2, total: 20 },
    { name: 'both', self: 5, total: 25 },
    { name: 'bad', runs: 1 },
  ])
  const child = base.fork().adjust(wait, scale(2))
  t.equal(await child.get(both), 6)
  t.equal(profiler.report().functions.filter(({ name }) => name === 'wait').length, 1)
})

void t.test('record: the latest events, of a node or of all', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context()
  const recording = record(base, { limit: 3 })
  base.get(top)
  t.equal(recording.events.length, 3)
  t.same(
    recording.events.map(({ type, node }) => `${type} ${node.id}`),
    ['ran y()', 'ran side()', 'ran top()'],
  )
  recording.stop()
  base.tweak(x, 3)
  base.get(top)
  t.equal(recording.of(mid).length, 0)
})

void t.test('trace: diagnostics channels', async (t) => {
  const { top } = worked()
  const base = new Context()
  const stop = trace(base)
  const seen: string[] = []
  const listener = (event: unknown) => seen.push((event as GraphEvent).node.id)
  subscribe('dugout:ran', listener)
  base.get(top)
  unsubscribe('dugout:ran', listener)
  base.invalidate(top)
  base.get(top)
  stop()
  t.same(seen, ['x()', 'mid()', 'y()', 'side()', 'top()'])
})

void t.test('failure: the nodes that an error went through', async (t) => {
  const { x } = worked()
  const root = tracked('root', (n: number): number => {
    if (x() < 2) throw new RangeError(`no root of ${n}`)
    return n
  })
  const sum = tracked('sum', () => root(4) + root(9))
  const wrapped = tracked('wrapped', async () => {
    try {
      return sum()
    } catch (cause) {
      throw new Error('no sum', { cause })
    }
  })
  const whatIf = tracked('whatIf', () =>
    Context.current()
      .with([[x, 1.5]])
      .get(sum),
  )
  const base = new Context()
  t.equal(failure(base, sum), undefined)
  const error = thrown(t, () => base.get(sum))
  t.same(failure(base, sum)?.path.map(String), ['sum()', 'root(4)'])
  t.equal(failure(base, sum)?.error, error)
  await rejected(t, base.get(wrapped))
  t.same(failure(base, wrapped)?.path.map(String), ['wrapped()', 'sum()', 'root(4)'])
  thrown(t, () => base.get(whatIf))
  t.same(failure(base, whatIf)?.path.map(String), ['whatIf()', 'sum()', 'root(4)'])
  base.tweak(x, 3)
  t.equal(base.get(sum), 13)
  t.equal(failure(base, sum), undefined)
})

/** By function: runs, hits, time of its own and in all. */
function found(profiler: ReturnType<typeof profile>): Record<string, string> {
  return Object.fromEntries(
    profiler
      .report()
      .functions.map(({ name, runs, self, total }) => [name, `${runs} runs, self ${self}, total ${total}`]),
  )
}

void t.test('profile: what a tweak puts in place of a body, and on top of it', async (t) => {
  const { now, spend } = clock()
  const inner = tracked('inner', () => {
    spend(4)
    return 1
  })
  const outer = tracked('outer', () => {
    spend(2)
    return inner()
  })
  const base = new Context()
  using first = profile(base, { now })
  const replaced = base.fork().replace(inner, () => {
    spend(8)
    return 2
  })
  t.equal(replaced.get(outer), 2)
  replaced.dispose()
  const adjusted = base.fork().adjust(inner, (before) => {
    spend(16)
    return before + 2
  })
  t.same(found(first), { inner: '1 runs, self 8, total 8', outer: '1 runs, self 2, total 10' })
  using second = profile(base, { now })
  t.equal(adjusted.get(outer), 3)
  t.same(found(second), { inner: '1 runs, self 20, total 20', outer: '1 runs, self 2, total 22' })
  t.equal(second.report().nodes.find(({ node }) => node.id === 'inner()')?.total, 20)
  t.same(found(first), { inner: '2 runs, self 28, total 28', outer: '2 runs, self 4, total 32' })
  // also those of nodes that are gone with their context
  const { evaluations } = base.stats()
  t.equal(
    first.report().functions.reduce((sum, { runs }) => sum + runs, 0),
    evaluations,
  )
})

void t.test('profile: two graphs of one model, stopped in any order', async (t) => {
  const { now, spend } = clock()
  const body = tracked('body', (n: number) => {
    spend(1)
    return n
  })
  const one = new Context()
  const two = new Context()
  const first = profile(one, { now })
  const second = profile(two, { now })
  one.get(body.at(1))
  first.stop()
  one.get(body.at(2))
  two.get(body.at(1))
  two.get(body.at(2))
  t.same(found(first), { body: '1 runs, self 1, total 1' })
  t.same(found(second), { body: '2 runs, self 2, total 2' }, 'the other one goes on')
  second.stop()
  first.stop()
  two.get(body.at(3))
  t.same(found(second), { body: '2 runs, self 2, total 2' })
  using third = profile(two, { now })
  two.get(body.at(4))
  t.same(found(third), { body: '1 runs, self 1, total 1' }, 'nothing is left behind')
})

void t.test('profile: a function that turns out to be asynchronous; an error; a what-if of itself', async (t) => {
  const { now, spend } = clock()
  const later = tracked('later', () => {
    spend(3)
    return Promise.resolve(1)
  })
  const bad = tracked('bad', (): number => {
    spend(2)
    throw new Error('no')
  })
  const depth = tracked('depth', () => 0)
  const deep = tracked('deep', (): number => {
    spend(1)
    if (depth() >= 2) return 0
    return (
      1 +
      Context.current()
        .with([[depth, depth() + 1]])
        .get(deep)
    )
  })
  const base = new Context()
  using profiler = profile(base, { now })
  t.equal(await base.get(later), 1)
  thrown(t, () => base.get(bad))
  t.equal(base.get(deep), 2)
  const report = found(profiler)
  t.match(report.later, /^1 runs/)
  t.equal(report.bad, '1 runs, self 2, total 2')
  t.equal(report.deep, '3 runs, self 3, total 3', 'in all once, though it is open in itself')
  t.equal(profiler.report().nodes.find(({ node }) => node.id === 'deep()')?.total, 3)
})

void t.test('trace: every kind of event by its channel', async (t) => {
  const { x, mid, top } = worked()
  const sign = tracked('sign', () => Math.sign(top()))
  const last = tracked('last', () => sign())
  const base = new Context({ name: 'base' })
  const stop = trace(base)
  const seen: string[] = []
  const types = ['ran', 'verified', 'hit', 'cutoff', 'masked', 'unloaded', 'superseded'] as const
  const listeners = types.map((type) => {
    const listener = (event: unknown): void => {
      const { node, context, type: told } = event as GraphEvent
      t.equal(told, type)
      seen.push(`${type} ${node.id} ${context.name}`)
    }
    subscribe(`dugout:${type}`, listener)
    return listener
  })
  base.get(last)
  base.tweak(x, 2)
  base.get(last)
  base.get(last)
  base.unload(mid)
  base.fork({ name: 'child' }).tweak(x, 3)
  const held = gate()
  const slow = tracked('slow', async () => {
    const value = x()
    await held.opened
    return value
  })
  const promise = base.get(slow)
  base.tweak(x, 4)
  held.open()
  t.equal(await promise, 4)
  stop()
  base.get(last)
  for (const [i, type] of types.entries()) unsubscribe(`dugout:${type}`, listeners[i] as (event: unknown) => void)
  for (const event of [
    'ran last() base',
    'cutoff sign() base',
    'verified last() base',
    'hit last() base',
    'unloaded mid() base',
    'masked top() child',
    'superseded slow() base',
  ])
    t.ok(seen.includes(event), event)
  t.equal(seen.filter((event) => event === 'verified last() base').length, 1, 'and none after it was stopped')
})

void t.test('record: none of the events; failure: what was thrown may be undefined', async (t) => {
  const { top } = worked()
  const nothing = tracked('nothing', (): number => {
    // oxlint-disable-next-line no-throw-literal
    throw undefined
  })
  const outer = tracked('outer', () => nothing())
  const base = new Context()
  using recording = record(base, { limit: 0 })
  base.get(top)
  t.same(recording.events, [])
  try {
    base.get(outer)
  } catch (error) {
    t.equal(error, undefined)
  }
  t.same(failure(base, outer)?.path.map(String), ['outer()', 'nothing()'])
  t.ok('error' in (failure(base, outer) ?? {}))
})
