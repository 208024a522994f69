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
