// What explains that a node differs between two contexts.
import t from 'tap'
import * as dice from '../../examples/climate/model.js'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, diff, NotEvaluatedError, scale, tracked, UnrelatedContextsError } from '../../lib/index.js'
import { branch, throws, worked } from '../core/helpers.js'

void t.test('only what differs, down to the tweaks', async (t) => {
  const { runs, x, y, mid, side, top } = worked()
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' }).tweak(x, 5)
  base.get(top)
  child.get(top)
  runs.take()
  const difference = diff(base, child, top)
  t.match(difference, { isDifferent: true, before: { value: 31 }, after: { value: 35 }, divergence: undefined })
  t.same(
    difference.nodes.map(({ node }) => node.id),
    ['top()', 'mid()', 'x()'],
  )
  t.equal(difference.causes.length, 1)
  t.match(difference.causes[0], {
    before: { value: 1 },
    after: { value: 5 },
    tweaks: { before: [], after: [{ context: child }] },
  })
  t.equal(
    String(difference),
    `top() is 31 in "base" and 35 in "child".
Because of x(): 1 -> 5, tweaked: x = 5 in "child".
    top() 31 -> 35
    mid() 11 -> 15
    x() 1 -> 5
3 nodes differ on the way: top, mid, x.`,
  )
  t.same(runs.take(), {}, 'evaluates nothing')
  t.match(diff(base, child, side), { isDifferent: false, nodes: [], causes: [] })
  child.tweak(y, 1)
  t.equal(child.get(top), 25)
  t.equal(diff(base, child, top).causes.length, 2)
  void mid
  checkInvariants(base)
})

void t.test('control flow: the first point where it differs', async (t) => {
  const { flag, r, a, b } = branch()
  const outer = tracked('outer', () => r() * 10)
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' }).tweak(flag, false)
  t.equal(base.get(outer), 10)
  t.equal(child.get(outer), 20)
  const { divergence, causes, lines } = diff(base, child, outer)
  t.equal(divergence?.node.id, 'r()')
  t.equal(divergence?.at, 1)
  t.same([divergence?.before, divergence?.after].map(String), [a.at().id, b.at().id])
  t.same(
    causes.map(({ node }) => node.id),
    ['flag()'],
  )
  t.ok(lines.includes('Control flow first differs in r(): it read a() in "base", and b() in "child".'))
})

void t.test('adjustments, nested contexts, both sides tweaked', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context({ name: 'base' })
  const a = base.fork({ name: 'a' }).adjust(mid, scale(2))
  const b = base.fork({ name: 'b' }).tweak(x, 2)
  const c = b.fork({ name: 'c' }).adjust(mid, scale(2))
  for (const context of [base, a, b, c]) context.get(top)
  const one = diff(a, c, top)
  t.same(
    one.causes.map(({ node, tweaks }) => [node.id, tweaks?.before.length, tweaks?.after.length]),
    [['x()', 0, 1]],
    'the same adjustment on both sides explains nothing',
  )
  const two = diff(base, c, top)
  t.same(
    two.causes.map(({ node }) => node.id),
    ['mid()', 'x()'],
  )
  t.doesNotThrow(() => JSON.stringify(two))
})

void t.test('no result, no common root, errors as results', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const other = new Context()
  throws(t, () => diff(base, base, top), NotEvaluatedError)
  base.get(top)
  throws(t, () => diff(base, base.fork().tweak(x, 2), top), NotEvaluatedError)
  other.get(top)
  throws(t, () => diff(base, other, top), UnrelatedContextsError)
  const root = tracked('root', () => {
    if (x() < 0) throw new RangeError('negative')
    return Math.sqrt(x())
  })
  const child = base.fork({ name: 'child' }).tweak(x, -1)
  base.get(root)
  t.throws(() => child.get(root))
  t.match(diff(base, child, root), { after: { kind: 'error' } })
})

void t.test('what-ifs inside bodies: the social cost of carbon', async (t) => {
  const base = new Context({ name: 'base' })
  const stern = base.fork({
    name: 'Stern',
    tweaks: [
      [dice.elasmu, 1],
      [dice.prstp, 0.001],
    ],
  })
  const cost = dice.socialCostOfCarbon.at(1)
  base.get(cost)
  stern.get(cost)
  const { causes, nodes } = diff(base, stern, cost)
  t.same(causes.map(({ node }) => node.id).sort(), ['elasmu()', 'prstp()'])
  t.ok(nodes.some(({ under }) => under !== undefined))
  t.same(
    new Set(nodes.map(({ node }) => node.function.name)),
    new Set(['socialCostOfCarbon', 'welfare', 'discountedUtility', 'utility', 'discountFactor', 'elasmu', 'prstp']),
  )
})
