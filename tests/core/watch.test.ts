// watch, batch, and the events of observe: tests assert above all what did not happen.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, type GraphEvent, tracked } from '../../lib/index.js'
import { branch, gate, Runs, settle, thrown, tick, worked } from './helpers.js'

/** The events of the graph of `context` since the last `take`, as 'type node'. */
function recorded(context: Context) {
  let events: GraphEvent[] = []
  const stop = context.observe((event) => events.push(event))
  return {
    stop,
    take(type?: GraphEvent['type']): string[] {
      const taken = events.filter((event) => type === undefined || event.type === type)
      events = []
      return taken.map((event) => `${event.type} ${event.node.function.name}`).sort()
    },
    all: () => events,
  }
}

void t.test('watch: told once after a change that may have changed what was read, and nothing runs', async (t) => {
  const { runs, x, y, top, mid } = worked()
  const base = new Context()
  let told = 0
  const stop = base.watch(top, () => told++)
  base.tweak(x, 2)
  t.equal(told, 0, 'nothing was read yet')
  t.equal(base.get(top), 32)
  t.equal(told, 0, 'a read is no change')
  runs.take()
  base.tweak(y, 3)
  t.equal(told, 1)
  t.same(runs.take(), {})
  t.equal(base.get(top), 42)
  base.tweak(runs.leaf('unrelated', 1), 2)
  t.equal(told, 1)
  base.tweak(mid, 5)
  t.equal(told, 2)
  t.equal(base.get(top), 35)
  base.untweak(mid)
  t.equal(told, 3)
  t.equal(base.get(top), 42)
  stop()
  base.tweak(x, 3)
  t.equal(told, 3)
  t.doesNotThrow(stop, 'twice is fine')
  checkInvariants(base)
})

void t.test('watch: the listener may read, and reads what is new', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const seen: number[] = []
  base.get(top)
  base.watch(top, () => seen.push(base.get(top)))
  base.tweak(x, 2)
  base.tweak(x, 3)
  base.untweak(x)
  t.same(seen, [32, 33, 31])
  checkInvariants(base)
})

void t.test('watch: in a child: told of what changes above it, not of what changes beside and below it', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const sibling = base.fork()
  const grandchild = child.fork()
  let told = 0
  child.get(top)
  base.get(top)
  child.watch(top, () => told++)
  sibling.tweak(y, 9)
  grandchild.tweak(y, 9)
  t.equal(told, 0)
  base.tweak(y, 3)
  t.equal(told, 1)
  t.equal(child.get(top), 45)
  child.tweak(x, 6)
  t.equal(told, 2)
  t.equal(child.get(top), 46)
  checkInvariants(base)
})

void t.test('watch: not told of what a tweak here hides', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  let told = 0
  child.get(top)
  base.get(top)
  child.watch(top, () => told++)
  base.tweak(x, 100)
  t.equal(told, 0, 'the child has its own x')
  child.tweak(mid, 7)
  t.equal(told, 1)
  t.equal(child.get(top), 27)
  child.tweak(x, 6)
  t.equal(told, 1, 'mid is tweaked, so x is not asked for')
  checkInvariants(base)
})

void t.test('watch: told also where the child reads the result of its parent', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const child = base.fork()
  let ofChild = 0
  let ofBase = 0
  child.watch(top, () => ofChild++)
  base.watch(top, () => ofBase++)
  child.get(top)
  base.get(top)
  base.tweak(x, 2)
  t.same([ofChild, ofBase], [1, 1])
  child.get(top)
  base.get(top)
  child.tweak(x, 3)
  t.same([ofChild, ofBase], [2, 1])
  checkInvariants(base)
})

void t.test('watch: control flow: what is no longer read is no reason', async (t) => {
  const { flag, a, b, r } = branch()
  const base = new Context()
  let told = 0
  base.get(r)
  base.watch(r, () => told++)
  base.tweak(b, 20)
  t.equal(told, 0)
  base.tweak(flag, false)
  t.equal(told, 1)
  t.equal(base.get(r), 20)
  base.tweak(a, 10)
  t.equal(told, 1)
  base.tweak(b, 30)
  t.equal(told, 2)
  checkInvariants(base)
})

void t.test('watch: invalidate and clear, and one call of many', async (t) => {
  const f = tracked('f', (n: number) => n)
  const base = new Context()
  let told = 0
  base.get(f.at(1))
  base.get(f.at(2))
  base.watch(f.at(1), () => told++)
  base.invalidate(f.at(2))
  base.tweak(f.at(2), 5)
  t.equal(told, 0)
  base.invalidate(f.at(1))
  t.equal(told, 1)
  base.get(f.at(1))
  base.tweak(f, 9)
  t.equal(told, 2)
  t.equal(base.get(f.at(1)), 9)
  checkInvariants(base)
})

void t.test('watch: several listeners, each stopped by itself', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const told: string[] = []
  const one = () => told.push('one')
  base.get(top)
  const stopFirst = base.watch(top, one)
  base.watch(top, () => told.push('two'))
  base.tweak(x, 2)
  t.same(told.splice(0).sort(), ['one', 'two'])
  base.get(top)
  stopFirst()
  base.tweak(x, 3)
  t.same(told.splice(0), ['two'])
  checkInvariants(base)
})

void t.test('watch: a listener that throws harms neither the change nor the other listeners', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  let told = 0
  base.get(top)
  base.watch(top, () => {
    throw new Error('listener')
  })
  base.watch(top, () => told++)
  try {
    base.tweak(x, 2)
  } catch {
    // It may be thrown on to whoever made the change.
  }
  t.equal(told, 1)
  t.equal(base.get(top), 32)
  checkInvariants(base)
})

void t.test('watch: an async function', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const slow = tracked('slow', async () => {
    runs.count('slow')
    await tick()
    return x()
  })
  const base = new Context()
  let told = 0
  base.watch(slow, () => told++)
  t.equal(await base.get(slow), 1)
  base.tweak(x, 2)
  await settle()
  t.equal(told, 1)
  t.same(runs.take(), { x: 1, slow: 1 }, 'nothing runs by itself')
  t.equal(await base.get(slow), 2)
  checkInvariants(base)
})

void t.test('watch: a disposed context is told nothing more', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  let told = 0
  child.get(top)
  child.watch(top, () => told++)
  child.dispose()
  base.tweak(y, 7)
  t.equal(told, 0)
  checkInvariants(base)
})

void t.test('batch: several tweaks, one wave', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  let told = 0
  base.get(top)
  base.watch(top, () => told++)
  runs.take()
  const result = base.batch(() => {
    base.tweak(x, 2)
    base.batch(() => base.tweak(y, 3))
    t.equal(told, 0, 'an inner batch is part of the outer one')
    base.tweak(x, 4)
    t.equal(told, 0)
    return 'result'
  })
  t.equal(result, 'result')
  t.equal(told, 1)
  t.same(runs.take(), {})
  t.equal(base.get(top), 44)
  t.equal(told, 1)
  checkInvariants(base)
})

void t.test('batch: a read inside sees the changes so far', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const child = base.fork()
  let told = 0
  base.get(top)
  base.watch(top, () => told++)
  child.batch(() => {
    base.tweak(x, 2)
    t.equal(base.get(top), 32)
    child.tweak(y, 0)
    t.equal(child.get(top), 12)
    base.tweak(x, 3)
    t.equal(base.get(top), 33)
  })
  t.equal(told, 1, 'one wave for the whole graph')
  t.equal(child.get(top), 13)
  checkInvariants(base)
})

void t.test('batch: one that throws keeps what was changed, and tells of it', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  let told = 0
  base.get(top)
  base.watch(top, () => told++)
  const boom = new Error('boom')
  t.equal(
    thrown(t, () =>
      base.batch(() => {
        base.tweak(x, 2)
        throw boom
      }),
    ),
    boom,
  )
  t.equal(told, 1)
  t.equal(base.get(top), 32)
  base.tweak(x, 3)
  t.equal(told, 2, 'the batch is over')
  checkInvariants(base)
})

void t.test('batch: a batch without a change tells nobody', async (t) => {
  const { top } = worked()
  const base = new Context()
  let told = 0
  base.get(top)
  base.watch(top, () => told++)
  base.batch(() => base.get(top))
  t.equal(told, 0)
})

void t.test('observe: what ran, and what did not', async (t) => {
  const { x, y, mid, top } = worked()
  const base = new Context()
  const child = base.fork()
  const events = recorded(base)
  base.get(top)
  t.same(events.take('ran'), ['ran mid', 'ran side', 'ran top', 'ran x', 'ran y'])
  base.get(top)
  t.same(events.take(), ['hit top'])
  child.get(top)
  t.same(events.take(), ['hit top'])
  child.tweak(x, 5)
  const masked = events.all().map((event) => [event.type, event.node.function.name, event.context === child])
  t.same(
    masked.filter(([type]) => type !== 'masked'),
    [],
    'a tweak masks and does nothing else',
  )
  t.ok(masked.every(([, , here]) => here === true))
  const names = masked.map(([, name]) => name)
  t.ok(names.includes('mid') && names.includes('top'))
  t.notOk(names.includes('side') || names.includes('y'))
  events.take()
  child.get(top)
  const ran = events.all().filter((event) => event.type === 'ran')
  t.same(ran.map((event) => event.node.function.name).sort(), ['mid', 'top'])
  t.ok(ran.every((event) => event.context === child))
  t.ok(ran.some((event) => event.node.equals(mid.at())))
  events.take()
  base.tweak(y, 2)
  events.take()
  child.get(top)
  base.get(top)
  t.same(events.take('ran'), [])
  checkInvariants(base)
})

void t.test('observe: verified and cut off', async (t) => {
  const x = tracked('x', () => 4)
  const parity = tracked('parity', () => x() % 2)
  const top = tracked('top', () => parity() + 1)
  const base = new Context()
  base.get(top)
  const events = recorded(base)
  base.tweak(x, 6)
  events.take()
  base.get(top)
  const seen = events.take()
  t.ok(seen.includes('ran parity'))
  t.ok(seen.includes('cutoff parity'))
  t.ok(seen.includes('verified top'))
  t.notOk(seen.includes('ran top'))
  t.notOk(seen.includes('ran x'))
  base.tweak(x, 7)
  events.take()
  base.get(top)
  const changed = events.take()
  t.ok(changed.includes('ran top'))
  t.notOk(changed.includes('cutoff parity'))
  t.notOk(changed.includes('verified top'))
  checkInvariants(base)
})

void t.test('observe: unloaded and superseded', async (t) => {
  const { mid, top } = worked()
  const at = gate()
  const x = tracked('x', () => 1)
  let first = true
  const slow = tracked('slow', async () => {
    const before = x()
    if (first) await at.opened
    first = false
    return before
  })
  const base = new Context()
  base.get(top)
  const events = recorded(base)
  base.unload(mid)
  t.same(events.take(), ['unloaded mid'])
  base.unload(mid)
  t.same(events.take(), [])
  const result = base.get(slow)
  await settle()
  t.same(events.take('superseded'), [])
  base.tweak(x, 2)
  at.open()
  t.equal(await result, 2)
  t.same(events.take('superseded'), ['superseded slow'])
  t.equal(await base.get(slow), 2)
  t.same(events.take(), ['hit slow'])
  checkInvariants(base)
})

void t.test('observe: stopped, and from any context of the graph, and of no other', async (t) => {
  const { top } = worked()
  const base = new Context()
  const child = base.fork()
  const ofBase = recorded(base)
  const ofChild = recorded(child)
  const stranger = recorded(new Context())
  base.get(top)
  t.equal(ofChild.take('ran').length, 5)
  t.equal(ofBase.take('ran').length, 5)
  ofChild.stop()
  base.get(top)
  t.same(ofChild.take(), [])
  t.same(ofBase.take(), ['hit top'])
  t.same(stranger.take(), [])
  ofBase.stop()
  base.get(top)
  t.same(ofBase.take(), [])
})

void t.test('watch: what several listeners throw comes as one error with all of them', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  base.get(top)
  const errors = [new Error('one'), new Error('two')]
  let told = 0
  for (const error of errors) {
    base.watch(top, () => {
      told++
      throw error
    })
  }
  const thrownOn = thrown(t, () => base.tweak(x, 2)) as AggregateError
  t.ok(thrownOn instanceof AggregateError)
  t.same(thrownOn.errors, errors)
  t.equal(thrownOn.message, '2 listeners threw')
  t.equal(told, 2)
  t.equal(base.get(top), 32)
  checkInvariants(base)
})
