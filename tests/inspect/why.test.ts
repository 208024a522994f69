// Why a node shows what it shows: told without evaluating anything.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, Node, record, scale, tracked, why } from '../../lib/index.js'
import { gate, thrown, worked } from '../core/helpers.js'

const first = (context: Context, target: Parameters<typeof why>[1]): string | undefined => why(context, target).lines[0]

void t.test('absent, kept, shared', async (t) => {
  const { runs, top, mid, side } = worked()
  const base = new Context({ name: 'base' })
  t.equal(why(base, top).standing, 'absent')
  t.equal(first(base, top), 'top() was evaluated neither in "base" nor above it.')
  base.get(top)
  runs.take()
  const here = why(base, top)
  t.match(here, {
    standing: 'kept',
    outcome: { kind: 'value', value: 31 },
    home: base,
    against: undefined,
    changes: [],
  })
  t.same(
    here.reads.map(String),
    [mid, side].map((fn) => fn.at().id),
  )
  t.equal(String(here), 'top() is 31 in "base", which keeps it.\nIt read mid() and side().')
  const child = base.fork({ name: 'child' })
  t.match(why(child, top), { standing: 'shared', home: base })
  t.equal(first(child, top), 'top() is 31 in "child", shared with "base", which keeps it.')
  t.same(runs.take(), {}, 'evaluates nothing')
  checkInvariants(base)
})

void t.test('run again because a dependency changed from this to that', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context({ name: 'base' })
  base.get(top)
  base.tweak(x, 5)
  runs.take()
  const doubt = why(base, top)
  t.equal(doubt.standing, 'in doubt')
  t.same(doubt.outcome, { kind: 'value', value: 31 })
  t.match(doubt.changes, [{ before: { value: 1 }, after: { value: 5 } }])
  t.same(doubt.changes[0]?.path.map(String), ['top()', 'mid()', 'x()'])
  t.equal(doubt.lines[1], 'Since then x() changed from 1 to 5 (top() -> mid() -> x()).')
  t.same(runs.take(), {})
  using recording = record(base)
  base.get(top)
  const after = why(base, top)
  t.match(after, { standing: 'kept', isSame: false, seen: { made: 'ran' } })
  t.match(after.against, { what: 'before', outcome: { value: 31 } })
  t.equal(after.lines[1], 'Before, it was 31: it ran again, because mid() changed from 11 to 15.')
  t.equal(first(base, x), 'x() is 5 in "base": tweaked in "base". Its body is not asked.')
  t.same(after.masks[0]?.path.map(String), ['top()', 'mid()', 'x()'])
  t.same(
    recording.of(mid).map(({ type }) => type),
    ['ran', 'hit'],
  )
  base.untweak(x)
  base.get(top)
  t.equal(
    why(base, top).lines[1],
    'Before, it was 35: a result known from before was right again, because mid() changed from 15 to 11.',
  )
})

void t.test('in a child: held against the context above, and masked by a tweak along a path', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context({ name: 'base' })
  base.get(top)
  const child = base.fork({ name: 'child' }).tweak(x, 5)
  const before = why(child, top)
  t.equal(before.standing, 'in doubt')
  t.equal(before.lines[0], 'top() was not read in "child" yet, and may differ there. The next read verifies it first.')
  t.same(before.changes[0]?.path.map(String), ['top()', 'mid()', 'x()'])
  child.get(top)
  t.same(why(child, top).lines, [
    'top() is 35 in "child", which keeps it.',
    'In "base" it is 31, because mid() is 11 there and 15 here.',
    'It reaches the tweak x = 5 in "child": top() -> mid() -> x().',
    'It read mid() and side().',
  ])
  t.match(why(child, mid).masks, [{ context: child }])
})

void t.test('cut off: it came out the same', async (t) => {
  const { x } = worked()
  const sign = tracked('sign', () => Math.sign(x()))
  const label = tracked('label', () => (sign() > 0 ? 'up' : 'down'))
  const base = new Context({ name: 'base' })
  using recording = record(base)
  base.get(label)
  base.tweak(x, 5)
  base.get(label)
  const cut = why(base, sign)
  t.equal(cut.isSame, true)
  t.equal(
    cut.lines[1],
    'Before, it was the same: it ran again, because x() changed from 1 to 5, and gave an equal result, so nothing that reads it had to run (cut off).',
  )
  t.equal(why(base, label).seen?.made, 'verified')
  t.same(recording.of(label).filter(({ type }) => type === 'ran').length, 1)
})

void t.test('adjusted, unloaded, invalidated, failed', async (t) => {
  const { x, mid, side, top } = worked()
  const bad = tracked('bad', (): number => {
    throw new RangeError(`no ${x()}`)
  })
  const base = new Context({ name: 'base' })
  base.get(top)
  const child = base.fork({ name: 'child' }).adjust(mid, scale(2))
  child.get(top)
  t.match(why(child, mid).tweaks, [{ tweak: { kind: 'adjust' }, context: child }])
  t.match(why(child, mid).lines[1], 'Tweaked: mid adjusted by scale(2) in "child".')
  t.same(why(child, top).masks[0]?.path.map(String), ['top()', 'mid()'])
  base.invalidate(side)
  t.equal(why(base, side).standing, 'in doubt')
  base.get(top)
  t.match(why(base, side), { producer: 'invalidated', isSame: true })
  base.unload(side)
  t.equal(why(base, side).standing, 'unloaded')
  thrown(t, () => base.get(bad))
  t.equal(first(base, bad), 'bad() fails with RangeError: no 1 in "base", which keeps it.')
  t.doesNotThrow(() => JSON.stringify(why(base, bad)))
  checkInvariants(base)
})

void t.test('async: running, then kept; what-ifs inside bodies', async (t) => {
  const { x } = worked()
  const slow = tracked('slow', async () => x() * 2)
  const slope = tracked(
    'slope',
    () =>
      Context.current()
        .with([[x, 3]])
        .get(double) - Context.current().get(double),
  )
  const double = tracked('double', () => x() * 2)
  const base = new Context({ name: 'base' })
  const promise = base.get(slow)
  await promise
  t.match(why(base, slow), { standing: 'kept', outcome: { value: 2 } })
  base.get(slope)
  base.tweak(x, 2)
  base.get(slope)
  const { changes } = why(base, slope)
  t.match(changes, [{ under: undefined, before: { value: 2 }, after: { value: 4 } }])
  t.same(
    changes.map(({ node }) => node.id),
    ['double()'],
  )
})

void t.test('a tweak of what was never read; an input that nothing reads', async (t) => {
  const { x, top } = worked()
  const unused = tracked('unused', () => 1)
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' }).tweak(unused, 5)
  t.same(why(child, unused).lines, [
    'unused() was evaluated neither in "child" nor above it.',
    'Tweaked: unused = 5 in "child".',
  ])
  t.match(why(child, unused), { standing: 'absent', tweaks: [{ context: child }] })
  const grandchild = child.fork({ name: 'grandchild' }).adjust(unused, scale(2))
  t.equal(why(grandchild, unused).tweaks.length, 2, 'the adjustment, and what it adjusts')
  t.equal(why(base, unused).tweaks.length, 0)
  base.get(top)
  child.get(unused)
  t.same(why(child, top).masks, [], 'it is no mask of what does not read it')
  t.same(why(base, x).masks, [])
})

void t.test('in doubt for what is known: invalidated, here or further down; other tweaks', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context({ name: 'base' })
  base.get(top)
  base.invalidate(mid)
  t.same(why(base, mid).lines[1], 'Since then it was invalidated.')
  t.match(why(base, mid), { standing: 'in doubt', producer: 'invalidated', changes: [] })
  t.equal(why(base, top).lines[1], 'Since then mid() was invalidated.')
  t.match(why(base, top).changes, [{ cause: 'invalidated', before: { value: 11 }, after: { kind: 'unknown' } }])
  base.get(top)
  base.adjust(mid, scale(2))
  t.equal(why(base, top).lines[1], 'Since then the tweaks of mid() changed.')
  t.equal(why(base, mid).lines.includes('Since then its tweaks changed.'), true)
  base.get(top)
  base.tweak(x, 5)
  base.get(top)
  const { lines, changes } = why(base, mid)
  t.match(changes, [{ isBelow: true, before: { value: 11 }, after: { value: 15 } }])
  t.same(changes[0]?.path.map(String), ['mid()'])
  t.ok(
    lines.includes('Before, it was 22: it was made anew, because mid() below its adjustments changed from 11 to 15.'),
  )
})

void t.test('an error in doubt, and one whose message reads like a sentence', async (t) => {
  const { x } = worked()
  const picky = tracked('picky', (): number => {
    if (x() > 0) throw new Error('this is bad')
    return 1
  })
  const base = new Context({ name: 'base' })
  thrown(t, () => base.get(picky))
  base.tweak(x, 2)
  t.equal(
    first(base, picky),
    'picky() failed with Error: this is bad in "base", and may have changed. The next read verifies it first.',
  )
})

void t.test('running; methods; getters', async (t) => {
  const { x } = worked()
  const held = gate()
  const slow = tracked('slow', async () => {
    await held.opened
    return x()
  })
  const base = new Context({ name: 'base' })
  const promise = base.get(slow)
  t.equal(why(base, slow).standing, 'running')
  t.equal(first(base, slow), 'slow() is being evaluated.')
  held.open()
  await promise
  t.equal(why(base, slow).standing, 'kept')
  base.tweak(x, 2)
  t.equal(why(base, slow).standing, 'in doubt')
  class Position {
    readonly size: number
    constructor(size: number) {
      this.size = size
    }
    @tracked
    value(factor: number): number {
      return x() * this.size * factor
    }
    @tracked
    get double(): number {
      return this.value(2)
    }
  }
  const position = new Position(3)
  base.run(() => position.double)
  const value = Node.of(position, 'value', 2)
  const double = Node.of(position, 'double')
  t.match(why(base, double), { standing: 'kept', outcome: { value: 12 } })
  t.same(why(base, double).reads.map(String), ['[Position].value(2)'])
  t.same(why(base, double).masks[0]?.path.map(String), ['[Position].double()', '[Position].value(2)', 'x()'])
  t.match(why(base, value).outcome, { value: 12 })
  t.equal(why(base, Node.of(new Position(3), 'value', 2)).standing, 'absent', 'another object is another node')
})

void t.test('seen: once, twice', async (t) => {
  const { top } = worked()
  const base = new Context({ name: 'base' })
  using _recording = record(base)
  base.get(top)
  base.get(top)
  t.ok(why(base, top).lines.includes('It was answered once without running since.'))
  base.get(top)
  t.ok(why(base, top).lines.includes('It was answered 2 times without running since.'))
})

void t.test('before is the result before, of however many, and also where it went back', async (t) => {
  const { x, mid } = worked()
  const base = new Context({ name: 'base' })
  base.get(mid)
  const second = (): string | undefined => why(base, mid).lines[1]
  for (const [before, after] of [
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 6],
    [6, 5],
    [5, 6],
    [6, 1],
    [1, 7],
  ] as const) {
    base.tweak(x, after)
    t.equal(second(), `Since then x() changed from ${before} to ${after}.`)
    base.get(mid)
    t.match(second(), `Before, it was ${before + 10}: `)
    t.match(second(), `because x() changed from ${before} to ${after}.`)
  }
})
