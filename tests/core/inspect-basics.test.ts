// What a context tells about the graph without evaluating anything.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, type Node, tracked } from '../../lib/index.js'
import { gate, Runs, settle, thrown, worked } from './helpers.js'

const ids = (nodes: readonly Node[]) => nodes.map((node) => node.id)

void t.test('stats: nodes, results, edges, contexts, evaluations, hits', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const { bytes, ...empty } = base.stats()
  t.same(empty, {
    nodes: 0,
    results: 0,
    edges: 0,
    masked: 0,
    contexts: 1,
    inFlight: 0,
    evaluations: 0,
    hits: 0,
  })
  t.ok(Number.isFinite(bytes) && bytes >= 0)
  base.get(top)
  const first = base.stats()
  t.same([first.nodes, first.results, first.edges, first.evaluations, first.contexts], [5, 5, 4, 5, 1])
  t.ok(first.bytes > bytes)
  base.get(top)
  base.get(top)
  t.equal(base.stats().hits, first.hits + 2)
  t.equal(base.stats().evaluations, 5)
  const child = base.fork()
  child.get(top)
  t.equal(base.stats().hits, first.hits + 3)
  t.equal(base.stats().contexts, 2)
  child.tweak(x, 5)
  t.equal(child.stats().masked, 3)
  t.equal(base.stats().masked, 0)
  t.equal(base.stats().evaluations, 5)
  child.get(top)
  t.equal(base.stats().evaluations, 7)
  t.equal(base.stats().nodes, 5)
  t.equal(base.stats().edges, 4)
  t.equal(child.stats().evaluations, 7, 'of the whole graph')
  child.dispose()
  t.equal(base.stats().contexts, 1)
  t.equal(base.stats().results, 5)
  t.equal(new Context().stats().nodes, 0, 'another root is another graph')
  checkInvariants(base)
})

void t.test('stats: in flight', async (t) => {
  const at = gate()
  const slow = tracked('slow', async (n: number) => {
    await at.opened
    return n
  })
  const base = new Context()
  const child = base.fork()
  const all = [base.get(slow.at(1)), base.get(slow.at(1)), child.get(slow.at(2))]
  await settle()
  t.equal(base.stats().inFlight, 2)
  at.open()
  await Promise.all(all)
  t.equal(base.stats().inFlight, 0)
  checkInvariants(base)
})

void t.test('stats: a node that was only named is not in the graph', async (t) => {
  const { top, x } = worked()
  const base = new Context()
  top.at()
  base.has(top)
  base.peek(x)
  base.isMasked(top)
  base.dependencies(top)
  base.dependents(x)
  t.equal(base.stats().evaluations, 0)
  t.equal(base.stats().results, 0)
  t.equal(base.stats().edges, 0)
})

void t.test('dependencies and dependents: of the result that is valid here', async (t) => {
  const { runs, x, y, mid, side, top } = worked()
  const base = new Context()
  t.same(base.dependencies(top), [])
  t.same(base.dependents(x), [])
  base.get(top)
  runs.take()
  t.same(ids(base.dependencies(top)), ids([mid.at(), side.at()]), 'in the order read')
  t.same(ids(base.dependencies(mid)), ids([x.at()]))
  t.same(ids(base.dependencies(x)), [])
  t.same(ids(base.dependents(x)), ids([mid.at()]))
  t.same(ids(base.dependents(mid)), ids([top.at()]))
  t.same(ids(base.dependents(top)), [])
  t.same(ids(base.fork().dependencies(top)), ids([mid.at(), side.at()]))
  const child = base.fork().tweak(mid, 5)
  child.get(top)
  t.same(ids(child.dependencies(mid)), [], 'a tweaked value depends on nothing')
  t.same(ids(child.dependencies(top)), ids([mid.at(), side.at()]))
  t.same(runs.take(), { top: 1 })
  void y
  checkInvariants(base)
})

void t.test('dependencies: a node read twice is listed once, arguments tell nodes apart', async (t) => {
  const f = tracked('f', (n: number) => n)
  const sum = tracked('sum', () => f(2) + f(1) + f(2))
  const base = new Context()
  base.get(sum)
  t.same(ids(base.dependencies(sum)), ids([f.at(2), f.at(1)]))
  t.same(ids(base.dependents(f.at(2))), ids([sum.at()]))
  t.equal(base.stats().edges, 2)
  t.ok(base.dependencies(sum)[0]?.equals(f.at(2)))
  checkInvariants(base)
})

void t.test('dependencies: nested bodies that read the same node each have it', async (t) => {
  const x = tracked('x', () => 1)
  const inner = tracked('inner', () => x())
  const outer = tracked('outer', () => x() + inner() + x())
  const base = new Context()
  base.get(outer)
  t.same(ids(base.dependencies(outer)), ids([x.at(), inner.at()]))
  t.same(ids(base.dependencies(inner)), ids([x.at()]))
  t.same(ids(base.dependents(x)).sort(), ids([inner.at(), outer.at()]).sort())
  t.equal(base.fork().tweak(x, 5).get(outer), 15)
  checkInvariants(base)
})

void t.test('peek and has: never evaluate, and tell only what is known to be right here', async (t) => {
  const { runs, x, y, mid, side, top } = worked()
  const base = new Context()
  const child = base.fork()
  t.equal(base.has(top), false)
  t.equal(base.peek(top), undefined)
  t.same(runs.take(), {})
  base.get(top)
  runs.take()
  t.equal(base.has(top), true)
  t.equal(base.peek(top), 31)
  t.equal(child.has(top), true, 'the result of the parent')
  t.equal(child.peek(mid), 11)
  child.tweak(x.at(), 5)
  t.equal(child.has(top), false, 'it would have to be verified')
  t.equal(child.peek(top), undefined)
  t.equal(child.peek(mid), undefined)
  t.equal(child.peek(side), 20)
  t.equal(child.peek(x), 5)
  t.equal(child.has(x), true)
  t.equal(base.peek(top), 31)
  t.same(runs.take(), {})
  child.get(top)
  t.equal(child.peek(top), 35)
  t.equal(child.has(mid), true)
  base.tweak(y, 7)
  t.equal(base.peek(top), undefined)
  t.equal(child.peek(top), undefined)
  t.equal(child.peek(mid), 15)
  base.get(side)
  runs.take()
  t.equal(base.has(top), false, 'still to be verified')
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('peek and has: undefined, errors, promises', async (t) => {
  const nothing = tracked('nothing', () => undefined)
  const bad = tracked('bad', (): number => {
    throw new Error('bad')
  })
  const slow = tracked('slow', async () => 5)
  const base = new Context()
  base.get(nothing)
  thrown(t, () => base.get(bad))
  t.equal(base.has(nothing), true)
  t.equal(base.peek(nothing), undefined)
  t.equal(base.has(bad), true)
  const running = base.get(slow)
  t.equal(base.has(slow), false, 'in flight is not there')
  t.equal(base.peek(slow), undefined)
  await running
  t.equal(base.has(slow), true)
  t.equal(base.peek(slow), 5, 'what it resolves to')
  checkInvariants(base)
})

void t.test('isMasked: tweaked here or above, or known to reach it', async (t) => {
  const { x, mid, side, top } = worked()
  const base = new Context()
  const child = base.fork()
  base.get(top)
  const masks = (context: Context) => [x, mid, side, top].map((target) => context.isMasked(target))
  t.same(masks(child), [false, false, false, false])
  child.tweak(mid, 5)
  t.same(masks(child), [false, true, false, true])
  child.tweak(x, 3)
  t.same(masks(child), [true, true, false, true])
  child.untweak(mid)
  t.equal(child.get(top), 33)
  t.same(masks(child), [true, true, false, true])
  child.untweak(x)
  t.equal(child.get(top), 31)
  t.same(masks(child), [false, false, false, false])
  checkInvariants(base)
})

void t.test('contexts: name, parent, depth, id', async (t) => {
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' })
  const grandchild = child.fork()
  t.same(
    [base, child].map((context) => context.name),
    ['base', 'child'],
  )
  t.type(grandchild.name, 'string')
  t.same(
    [base, child, grandchild].map((context) => context.depth),
    [0, 1, 2],
  )
  t.equal(base.parent, undefined)
  t.equal(child.parent, base)
  t.equal(grandchild.parent, child)
  t.equal(new Set([base, child, grandchild].map((context) => context.id)).size, 3)
  t.equal(base.tweaks.size, 0)
})

void t.test('tracked: keeps name, options and properties of the call', async (t) => {
  const runs = new Runs()
  const options = { description: 'what it is', unit: '$/t', tags: ['a'] }
  const named = tracked('renamed', (n: number) => n + 1, options)
  t.equal(named.name, 'renamed')
  t.equal(named.options.description, 'what it is')
  t.equal(named.options.unit, '$/t')
  t.same(named.options.tags, ['a'])
  t.equal(tracked((n: number) => n, { name: 'by option' }).name, 'by option')
  const base = new Context()
  t.equal(base.run(named, 1), 2)
  t.equal(base.get(named.at(1)), 2)
  runs.take()
})

void t.test('get: a tracked function is its call without arguments', async (t) => {
  const f = tracked('f', (n = 7) => n * 2)
  const base = new Context()
  t.equal(base.get(f), 14)
  t.equal(base.get(f.at()), 14)
  t.equal(base.get(f.at(1)), 2)
  t.equal(base.stats().nodes, 2)
  checkInvariants(base)
})
