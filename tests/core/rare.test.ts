// Rare circumstances, each under the rule that holds in it: contexts that leave the body that made them, graphs within
// graphs, many siblings, bodies that are no functions of their inputs, observers that ask while they are told.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { EMPTY, Context as Inner, Node, servingAsIs } from '../../lib/core/rooms.js'
import {
  Context,
  DepthError,
  DisposedError,
  ForeignContextError,
  type GraphEvent,
  OutsideContextError,
  PromiseTweakError,
  TweakInsideError,
  tracked,
} from '../../lib/index.js'
import { branch, gate, gc, Runs, rejects, thrown, throws, worked } from './helpers.js'

void t.test('R15: a context forked in a body is a context like any other once it has left it', async (t) => {
  const { x, top } = worked()
  const left: Context[] = []
  const body = tracked('body', () => {
    const fork = Context.current().fork({ name: 'left' }).tweak(x, 5)
    const bare = Context.current().fork().tweak(x, 7).untweak(x).tweak(x, 8).untweak()
    left.push(fork, bare)
    t.equal(bare.tweaks.size, 0, 'all tweaks are taken back')
    t.equal(bare.name, '')
    t.equal(fork.depth, 1)
    t.equal(fork.disposed, false)
    return fork.get(top)
  })
  const base = new Context()
  t.equal(base.get(body), 35)
  const [fork, bare] = left as [Context, Context]
  t.equal(fork.depth, 1)
  t.equal(fork.get(top), 35)
  t.equal(fork.tweaks.size, 1)
  fork.tweak(x, 6)
  t.equal(fork.get(top), 36)
  t.equal(fork.fork().get(top), 36, 'and has contexts below it')
  t.equal(base.get(top), 31)
  checkInvariants(base)
  bare.dispose()
  t.match(throws(t, () => bare.get(top), DisposedError).message, /without a name/)
  base.dispose()
  t.equal(fork.disposed, true)
})

void t.test('R15: a draft goes with the context that it was forked from', (t) => {
  const outer = new Context()
  const child = outer.fork()
  const other = new Context()
  const body = tracked('body', () => {
    const draft = child.fork()
    t.equal(draft.disposed, false)
    child.dispose()
    return draft.disposed
  })
  t.equal(other.get(body), true)
  t.end()
})

void t.test('R15: a draft of a foreign graph is foreign', (t) => {
  const { x } = worked()
  const foreign = new Context()
  const body = tracked('body', () => foreign.fork().tweak(x, 2).get(x))
  throws(t, () => new Context().get(body), ForeignContextError)
  t.end()
})

void t.test('R13: a function that compares results may not change the context that it is asked in', (t) => {
  const { x } = worked()
  const base = new Context()
  const pair = tracked('pair', () => ({ x: x() }), {
    equals: () => {
      base.tweak(x, 5)
      return false
    },
  })
  base.get(pair)
  base.tweak(x, 2)
  throws(t, () => base.get(pair), TweakInsideError)
  t.equal(base.get(x), 2)
  checkInvariants(base)
  t.end()
})

void t.test('R4: a body that disposes another graph keeps what it has read', (t) => {
  const { runs, x, y } = worked()
  const body = tracked('body', () => {
    runs.count('body')
    const before = x()
    new Context().dispose()
    return before + y()
  })
  const base = new Context()
  t.equal(base.get(body), 3)
  t.same(
    base.dependencies(body).map((node) => node.id),
    ['x()', 'y()'],
  )
  base.tweak(x, 10)
  t.equal(base.get(body), 12)
  base.tweak(y, 20)
  t.equal(base.get(body), 30)
  checkInvariants(base)
  t.end()
})

void t.test('Context.signal: outside it is an error, in a synchronous body one that never fires', (t) => {
  throws(t, () => Context.signal(), OutsideContextError)
  const body = tracked('body', () => Context.signal().aborted)
  t.equal(new Context().get(body), false)
  t.equal(Object.prototype.toString.call(new Context()), '[object Context]')
  t.end()
})

void t.test('Context.tweaks: a whole function stands among them', (t) => {
  const square = tracked('square', (n: number) => n * n)
  const base = new Context()
  const child = base.fork().tweak(square, 3).tweak(square.at(2), 5)
  t.equal(child.tweaks.size, 2)
  t.equal(child.tweaks.has(square), true)
  t.equal(base.with(child.tweaks).get(square.at(9)), 3)
  t.equal(base.with(child.tweaks).get(square.at(2)), 5)
  t.end()
})

void t.test(
  'dependencies and dependents: what lies below an adjustment, and what-ifs, are the nodes that they stand for',
  (t) => {
    const { x, y, mid } = worked()
    const asker = tracked(
      'asker',
      () =>
        Context.current()
          .with([[x, 3]])
          .get(mid) +
        Context.current()
          .with([[x, 4]])
          .get(mid) +
        mid(),
    )
    const base = new Context()
    const child = base.fork().adjust(mid, (previous) => previous + y())
    t.equal(child.get(asker), 15 + 16 + 13)
    const ids = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id).sort()
    t.same(ids(child.dependencies(asker)), ['mid()'], 'once, though under three sets of tweaks')
    t.same(ids(child.dependencies(mid)), ['x()', 'y()'])
    t.same(ids(child.dependents(x)), ['mid()'])
    t.same(ids(child.dependents(mid)), ['asker()'])
    t.same(ids(base.dependents(mid)), [], 'nobody asked in the base')
    t.end()
  },
)

void t.test('R7: with a signal, what is still right is given at once', async (t) => {
  const { x } = worked()
  const runs = new Runs()
  const later = tracked('later', async () => {
    runs.count('later')
    return x() * 2
  })
  const base = new Context()
  t.equal(await base.get(later), 2)
  base.tweak(x, 5).untweak(x)
  runs.take()
  const { signal } = new AbortController()
  t.equal(await base.get(later, { signal }), 2)
  t.same(runs.take(), {})
})

void t.test('R24: a function that was seen to be synchronous may not give a promise', (t) => {
  let isLate = false
  const fickle = tracked('fickle', (n: number): unknown => (isLate ? Promise.resolve(n) : n))
  const base = new Context()
  t.equal(base.get(fickle.at(1)), 1)
  isLate = true
  throws(t, () => base.get(fickle.at(2)), PromiseTweakError)
  checkInvariants(base)
  t.end()
})

void t.test('R17, R33: a body that overflows the stack by itself is no result', (t) => {
  const runs = new Runs()
  const endless = (n: number): number => endless(n + 1) + 1
  const body = tracked('body', () => {
    runs.count('body')
    return endless(0)
  })
  const base = new Context()
  for (let i = 0; i < 2; i++) t.ok(thrown(t, () => base.get(body)) instanceof RangeError)
  t.same(runs.take(), { body: 2 }, 'asked again, for more may be free the next time')
  checkInvariants(base)
  t.end()
})

void t.test('R25: in one of many siblings a value is unloaded, and the others keep it', (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const siblings = Array.from({ length: 12 }, (_, i) => base.fork().tweak(x, 10 + (i % 3)))
  for (const one of siblings) one.get(top)
  runs.take()
  const [first, second] = siblings as [Context, Context]
  t.equal(first.unload(mid), 1)
  checkInvariants(base)
  t.equal(first.peek(mid), undefined)
  t.equal(second.peek(mid), 21)
  t.equal(first.get(top), 40, 'who read it is right as it is')
  t.same(runs.take(), {})
  t.equal(first.get(mid), 20)
  t.same(runs.take(), {}, 'found in the sibling that reads the same')
  // and where it is looked at again before, or after
  second.unload(mid)
  second.tweak(x, 30)
  checkInvariants(base)
  t.equal(second.get(top), 60)
  const third = siblings[2] as Context
  third.tweak(x, 31)
  third.unload(mid)
  checkInvariants(base)
  t.equal(third.get(top), 61)
  t.equal(third.get(mid), 41)
  checkInvariants(base)
  t.end()
})

void t.test('R10: a value and the same value thrown are two results, in many siblings', (t) => {
  const { runs, x } = worked()
  const what = new Error('what')
  const thrower = tracked('thrower', () => {
    if (x() % 2 === 0) throw what
    return what
  })
  const reader = tracked('reader', () => {
    runs.count('reader')
    try {
      thrower()
      return 'given'
    } catch {
      return 'thrown'
    }
  })
  const base = new Context()
  for (let i = 0; i < 24; i++) {
    const sibling = base.fork().tweak(x, i)
    t.equal(sibling.get(reader), i % 2 === 0 ? 'thrown' : 'given')
    checkInvariants(base)
  }
  t.same(runs.take(), { reader: 2 }, 'each seen once')
  t.end()
})

void t.test('R30: bodies that are no functions of what they read share nothing wrong among many siblings', (t) => {
  const { x, y } = worked()
  let mood = 0
  const side = tracked('side', () => y() * 100)
  const moody = tracked('moody', () => {
    // the same first read, and then another one, or none
    const first = x()
    if (mood === 0) return first
    return first + (mood === 1 ? y() : side())
  })
  const reader = tracked('reader', () => moody() + 1)
  for (const moods of [
    [1, 2],
    [0, 1],
    [2, 0],
  ]) {
    const base = new Context()
    for (let i = 0; i < 24; i++) {
      mood = moods[Math.trunc(i / 12)] as number
      const sibling = base.fork().tweak(y, 2 + i)
      const seen = sibling.get(reader) - 1
      t.ok([1, 3 + i, 1 + 100 * (2 + i)].includes(seen), `a result of this sibling: ${seen}`)
      checkInvariants(base)
    }
  }
  t.end()
})

void t.test('R8, R9: many nodes that are masked and no longer masked, over and over', (t) => {
  const a = tracked('a', () => 1)
  const part = tracked('part', (n: number) => a() + n)
  const sum = tracked('sum', () => {
    let total = 0
    for (let n = 0; n < 200; n++) total += part(n)
    return total
  })
  const base = new Context()
  const child = base.fork()
  const all = 200 + (199 * 200) / 2
  t.equal(base.get(sum), all)
  for (let round = 0; round < 3; round++) {
    child.tweak(a, 2)
    t.equal(child.get(sum), all + 200)
    t.equal(child.stats().masked, 202)
    child.untweak(a)
    t.equal(child.get(sum), all)
    t.equal(child.stats().masked, 0)
    checkInvariants(base)
  }
  child.dispose()
  checkInvariants(base)
  t.end()
})

void t.test('R4: a node that many read loses its readers one by one', (t) => {
  const { x, y } = worked()
  const flag = tracked('flag', () => true)
  const reader = tracked('reader', (_n: number) => (flag() ? x() + x() : y()))
  const base = new Context()
  for (let n = 0; n < 50; n++) base.get(reader.at(n))
  t.equal(base.dependents(x).length, 50)
  base.tweak(flag, false)
  for (let n = 0; n < 50; n++) {
    t.equal(base.get(reader.at(n)), 2)
    checkInvariants(base)
  }
  base.clear()
  checkInvariants(base)
  t.equal(base.dependents(x).length, 0)
  base.untweak(flag)
  t.equal(base.get(reader.at(3)), 2)
  t.equal(base.dependents(x).length, 1)
  t.end()
})

void t.test('R3: a body that reads much, repeats itself, and goes on, has each dependency once', async (t) => {
  const runs = new Runs()
  const part = tracked('part', (n: number) => n)
  const sum = tracked('sum', () => {
    runs.count('sum')
    let total = 0
    for (let n = 0; n < 20; n++) total += part(n)
    total += part(3) + part(19)
    for (let n = 20; n < 40; n++) total += part(n)
    total += part(30) + part(0)
    return total
  })
  const base = new Context()
  const expected = (39 * 40) / 2 + 3 + 19 + 30
  t.equal(base.get(sum), expected)
  for (const n of [35, 3, 19, 0, 20]) {
    base.tweak(part.at(n), 1000)
    t.ok(base.get(sum) > expected, `${n} is seen`)
    t.equal(base.dependencies(sum).length, 40)
    checkInvariants(base)
    base.untweak(part.at(n))
    t.equal(base.get(sum), expected)
  }

  const later = tracked('later', async (n: number) => n)
  const together = tracked('together', async () => {
    const asked = Array.from({ length: 25 }, (_, n) => later(n))
    return (await Promise.all([...asked, later(3), later(24)])).reduce((total, n) => total + n, 0)
  })
  t.equal(await base.get(together), 300 + 27)
  t.equal(base.dependencies(together).length, 25)
  base.tweak(later.at(24), 100)
  t.equal(await base.get(together), 300 + 3 + 176)
  checkInvariants(base)
})

void t.test(
  'R3, R15: a body that asks hundreds of what-ifs is found to be right, and only what changed runs again',
  (t) => {
    const { runs, x, y, mid } = worked()
    const asker = tracked('asker', () => {
      runs.count('asker')
      let total = 0
      for (let i = 0; i < 400; i++) total += Context.current().fork().tweak(x, i).get(mid)
      return total + y()
    })
    const base = new Context()
    const total = 400 * 10 + (399 * 400) / 2
    t.equal(base.get(asker), total + 2)
    t.same(runs.take(), { asker: 1, mid: 400, y: 1 })
    t.equal(base.get(asker), total + 2)
    t.same(runs.take(), {})
    base.tweak(y, 5)
    t.equal(base.get(asker), total + 5)
    t.same(runs.take(), { asker: 1 })
    base.tweak(x, 7)
    t.equal(base.get(asker), total + 5)
    t.same(runs.take(), {}, 'it asked for x under tweaks only')
    checkInvariants(base)
    t.end()
  },
)

void t.test('R15: what-ifs that no result rests on any more come back empty', (t) => {
  const { x, mid } = worked()
  const step = tracked('step', () => 1)
  const asker = tracked('asker', () => {
    let total = 0
    for (let i = 0; i < 100; i++)
      total += Context.current()
        .fork()
        .tweak(x, i * step())
        .get(mid)
    return total
  })
  const base = new Context()
  let most = 0
  for (let n = 2; n < 40; n++) {
    base.tweak(step, n)
    t.equal(base.get(asker), 1000 + n * 4950)
    most = Math.max(most, base.stats().contexts)
  }
  checkInvariants(base)
  t.ok(most < 1200, `${most} contexts at most, of 3,800 that were made`)
  t.end()
})

void t.test('R15, R19: a what-if that is being answered is not dropped for others', async (t) => {
  const { x } = worked()
  const { opened, open } = gate()
  const slow = tracked('slow', async () => {
    await opened
    return x() * 2
  })
  const quick = tracked('quick', async (n: number) => x() + n)
  const asker = tracked('asker', async () => {
    const first = Context.current().fork().tweak(x, 5).get(slow)
    let total = 0
    for (let i = 0; i < 300; i++)
      total += await Context.current()
        .fork()
        .tweak(x, 100 + i)
        .get(quick.at(i))
    open()
    return total + (await first)
  })
  const base = new Context()
  t.equal(await base.get(asker), 10 + 300 * 100 + 299 * 300)
  checkInvariants(base)
  const { evaluations } = base.stats()
  t.equal(await base.get(asker), 10 + 300 * 100 + 299 * 300)
  t.equal(base.stats().evaluations, evaluations, 'and is found to be right')
})

void t.test('observe: a listener may ask and change while it is told', async (t) => {
  const { x, y, mid, top } = worked()
  const base = new Context()
  const child = base.fork()
  const other = base.fork()
  base.get(top)
  const seen: GraphEvent['type'][] = []
  let isBusy = false
  const stop = base.observe(({ type, context }) => {
    seen.push(type)
    if (isBusy || type !== 'masked') return
    isBusy = true
    other.tweak(y, seen.length)
    t.equal(typeof context.name, 'string')
    isBusy = false
  })
  child.tweak(x, 5)
  checkInvariants(base)
  t.equal(child.get(top), 35)
  t.equal(other.get(mid), 11)
  t.ok(seen.includes('masked'))
  const named = base.with([[x, 9]])
  stop()
  t.match(named.name, /9/, 'a shared context has the name of its tweaks, also where a listener saw it first')
  checkInvariants(base)
})

void t.test('R22: nothing is told of a context that is gone', async (t) => {
  const { opened, open } = gate()
  const slow = tracked('slow', async () => {
    await opened
    return 1
  })
  const base = new Context()
  const child = base.fork({ isolate: true })
  const seen: GraphEvent[] = []
  base.observe((event) => seen.push(event))
  const asked = child.get(slow)
  child.dispose()
  await rejects(t, asked, DisposedError)
  const count = seen.length
  open()
  await new Promise(setImmediate)
  t.equal(seen.length, count)
  checkInvariants(base)
})

void t.test('R31: volatile, and asynchronous', async (t) => {
  let now = 0
  const clock = tracked('clock', async () => ++now, { volatile: true })
  const reader = tracked('reader', async () => (await clock()) * 10)
  const base = new Context()
  t.equal(await base.get(reader), 10)
  t.equal(await base.get(reader), 20)
  checkInvariants(base)
})

void t.test(
  'R24: declared asynchronous, a body may give a value, a thenable, or throw before its first promise',
  async (t) => {
    const given = tracked(
      'given',
      (how: string): unknown => {
        if (how === 'throws') throw new RangeError('at once')
        // biome-ignore lint/suspicious/noThenProperty: what is not a Promise and can be awaited is the case in hand
        return how === 'value' ? 5 : { then: (resolve: (value: number) => void) => resolve(6) }
      },
      { async: true },
    )
    const base = new Context()
    t.equal(await base.get(given.at('value')), 5)
    t.equal(await base.get(given.at('thenable')), 6)
    await t.rejects(base.get(given.at('throws')) as Promise<unknown>, new RangeError('at once'))
    checkInvariants(base)
  },
)

void t.test('R10: an error of `equals` goes to the caller, asynchronous or not', async (t) => {
  const what = new TypeError('not comparable')
  const equals = () => {
    throw what
  }
  const { x } = worked()
  const now = tracked('now', () => ({ x: x() }), { equals })
  const later = tracked('later', async () => ({ x: x() }), { equals })
  const base = new Context()
  base.get(now)
  await base.get(later)
  base.tweak(x, 2)
  t.equal(
    thrown(t, () => base.get(now)),
    what,
  )
  await t.rejects(base.get(later), what)
  checkInvariants(base)
  base.untweak(x)
  t.same(base.get(now), { x: 1 })
  t.same(await base.get(later), { x: 1 })
})

void t.test('R29: an asynchronous method of an object that is gone is asked for nothing', async (t) => {
  const { runs, x } = worked()
  class Curve {
    @tracked
    async rate(): Promise<number> {
      runs.count('rate')
      return x() * 3
    }
  }
  let curve: Curve | null = new Curve()
  const user = tracked('user', async () => (curve === null ? 0 : (await curve.rate()) + 1))
  const base = new Context()
  t.equal(await base.get(user), 4)
  t.same(runs.take(), { x: 1, rate: 1 })
  curve = null
  await gc()
  base.tweak(x, 2)
  t.equal(await base.get(user), 0, 'who read it runs again')
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R21: a change at whatever moment of an evaluation', async (t) => {
  const changes = ['tweak', 'invalidate', 'dispose'] as const
  for (const [change, isAgain] of changes.flatMap((one) => [[one, false] as const, [one, true] as const])) {
    for (let turns = 0; turns < 24; turns++) {
      let extra = 0
      let { opened, open } = gate()
      const x = tracked('x', () => 1)
      const slow = tracked('slow', async () => {
        await opened
        return x() * 10 + extra
      })
      const middle = tracked('middle', async () => (await slow()) + 1)
      const top = tracked('top', async () => (await middle()) + (await slow()))
      const base = new Context()
      const child = base.fork().tweak(x, 2)
      base.get(x)
      if (isAgain) {
        // then it is not run at once: what is known is held against the world first
        open()
        await child.get(top)
        ;({ opened, open } = gate())
        child.invalidate(slow)
        extra = 1
      }
      const due = (x: number) => [10 * x + extra, 2 * (10 * x + extra) + 1]
      const asked = [child.get(top), child.get(top), child.get(slow), child.fork().get(top)].map((one) =>
        one.then(String, (error: Error) => error.constructor.name),
      )
      open()
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      if (change === 'tweak') child.tweak(x, 3)
      else if (change === 'invalidate') child.invalidate(slow)
      else child.dispose()
      for (const given of await Promise.all(asked)) {
        const all = [
          ...due(2),
          ...(change === 'tweak' ? due(3) : []),
          ...(change === 'dispose' ? ['DisposedError'] : []),
        ]
        t.ok(all.map(String).includes(given), `${change} after ${turns} turns: ${given}`)
      }
      checkInvariants(base)
      t.equal(await base.get(top), due(1)[1])
      if (change !== 'dispose') t.equal(await child.get(top), due(change === 'tweak' ? 3 : 2)[1])
      t.equal(base.stats().inFlight, 0)
      checkInvariants(base)
    }
  }
})

void t.test('R27: a body that is asked for what another context knows may dispose that context', (t) => {
  for (const isLate of [false, true]) {
    const { x } = worked()
    const base = new Context()
    const child = base.fork()
    let disposes = false
    const part = tracked('part', () => {
      if (disposes) child.dispose()
      return 1
    })
    const sum = tracked('sum', () => part() + x())
    const user = tracked('user', () => sum() * 2)
    // what was known before is known no more than what is: what agrees with the base is the latest, or the one before it
    if (isLate) t.equal(child.tweak(x, 2).get(user), 6)
    t.equal(child.tweak(x, 1).get(user), 4)
    if (isLate) t.equal(child.tweak(x, 3).get(user), 8)
    disposes = true
    base.invalidate(part)
    t.equal(base.get(user), 4)
    t.equal(child.disposed, true)
    checkInvariants(base)
    base.tweak(x, 5)
    t.equal(base.get(user), 12)
    checkInvariants(base)
  }
  t.end()
})

void t.test('R24, R30: synchronous bodies that rest on a run under way, in many siblings', async (t) => {
  const { x } = worked()
  let { opened, open } = gate()
  open()
  const later = tracked('later', async () => {
    await opened
    return 1
  })
  const starter = tracked('starter', () => {
    void later()
    return x() * 2
  })
  const base = new Context()
  const siblings = Array.from({ length: 12 }, (_, i) => base.fork().tweak(x, i % 3))
  await base.get(later)
  siblings.forEach((one, i) => void t.equal(one.get(starter), 2 * (i % 3)))
  checkInvariants(base)
  ;({ opened, open } = gate())
  base.invalidate(later)
  siblings.forEach((one, i) => void t.equal(one.get(starter), 2 * (i % 3)))
  checkInvariants(base)
  open()
  await base.get(later)
  siblings.forEach((one, i) => void t.equal(one.get(starter), 2 * (i % 3)))
  checkInvariants(base)
})

void t.test('R15, R27: clear leaves a what-if that is being answered its context', async (t) => {
  const { x } = worked()
  const { opened, open } = gate()
  const slow = tracked('slow', async () => {
    await opened
    return x() * 2
  })
  const asker = tracked('asker', async () => Context.current().fork().tweak(x, 5).get(slow))
  const base = new Context()
  const asked = base.get(asker)
  base.clear()
  checkInvariants(base)
  open()
  t.equal(await asked, 10)
  checkInvariants(base)
})

void t.test('R15: shared contexts that nobody holds any more come back empty', async (t) => {
  const { x, mid } = worked()
  const base = new Context()
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 150; i++) t.equal(base.with([[x, 1000 * round + i]]).get(mid), 1000 * round + i + 10)
    await gc()
  }
  const held = base.with([[x, -1]])
  t.equal(held.get(mid), 9)
  t.ok(base.stats().contexts < 400, `${base.stats().contexts} contexts are left of 601`)
  t.equal(base.with([[x, -1]]), held)
  checkInvariants(base)
})

void t.test('branch: the worked example of what changes its dependencies, in many siblings', (t) => {
  const { runs, flag, b, r } = branch()
  const base = new Context()
  t.equal(base.get(r), 1)
  runs.take()
  for (let i = 0; i < 20; i++)
    t.equal(
      base
        .fork()
        .tweak(flag, false)
        .tweak(b, i % 4)
        .get(r),
      i % 4,
    )
  t.same(runs.take(), { r: 4 })
  checkInvariants(base)
  t.end()
})

void t.test('R7: going back is free in each of several contexts, whatever the others tried', (t) => {
  const { runs, x, mid } = worked()
  const base = new Context()
  const children = Array.from({ length: 4 }, () => base.fork())
  const values = (n: number) => [10 * n, 10 * n + 1, 10 * n + 2]
  for (const turn of [0, 1, 2]) {
    children.forEach((child, n) => {
      child.tweak(x, values(n)[turn] as number)
      t.equal(child.get(mid), (values(n)[turn] as number) + 10)
    })
  }
  t.same(runs.take(), { mid: 12 })
  for (const turn of [0, 1, 2]) {
    children.forEach((child, n) => {
      child.tweak(x, values(n)[turn] as number)
      t.equal(child.get(mid), (values(n)[turn] as number) + 10)
    })
  }
  t.same(runs.take(), {})
  checkInvariants(base)
  t.end()
})

void t.test('R26: an invalidation in a shared context, of what another graph asks under tweaks', (t) => {
  const { runs, x, mid } = worked()
  const asker = tracked('asker', () =>
    Context.current()
      .with([[x, 3]])
      .get(mid),
  )
  t.equal(new Context().get(asker), 13)
  const base = new Context()
  const shared = base.with([[x, 3]])
  t.equal(shared.get(mid), 13)
  runs.take()
  shared.invalidate(mid)
  t.equal(shared.get(mid), 13)
  t.same(runs.take(), { mid: 1 })
  checkInvariants(base)
  t.end()
})

void t.test('R10: equal objects of value tweaks that are gone, in several contexts', (t) => {
  const { runs, x } = worked()
  const curve = tracked('curve', () => ({ rate: x() }))
  const reader = tracked('reader', () => {
    runs.count('reader')
    return curve().rate
  })
  const base = new Context()
  const children = [base.fork(), base.fork(), base.fork()]
  for (let round = 0; round < 3; round++) {
    for (const child of children) {
      t.equal(child.tweak(curve, { rate: 7 }).get(reader), 7)
      t.equal(child.tweak(curve, { rate: 8 + round }).get(reader), 8 + round)
      checkInvariants(base)
    }
  }
  t.same(runs.take(), { reader: 4 }, 'one for each rate')
  t.end()
})

void t.test('R15: who only looks at a shared context makes nothing there that was put off', (t) => {
  const { x, mid } = worked()
  const asker = tracked('asker', () =>
    Context.current()
      .with([[x, 3]])
      .get(mid),
  )
  const base = new Context()
  t.equal(base.get(asker), 13)
  const shared = base.with([[x, 9]])
  const level = Inner.level(shared)
  const vertex = Node.vertex(asker.at(), level.graph)
  t.equal(level.deferred?.size, 1)
  t.equal(servingAsIs(vertex, level).state, EMPTY, 'not known here yet')
  t.equal(servingAsIs(vertex, Inner.level(base)).stamp, 13)
  t.equal(level.deferred?.size, 1)
  t.equal(shared.get(asker), 13)
  t.equal(level.deferred, null)
  checkInvariants(base)
  t.end()
})

void t.test('R10: what cannot be read any more equals nothing, and harms nobody', (t) => {
  const { runs, x } = worked()
  let isGone = false
  const part = tracked('part', () => {
    x()
    return {
      get rows() {
        if (isGone) throw new RangeError('gone')
        return 1
      },
    }
  })
  const reader = tracked('reader', () => {
    runs.count('reader')
    return typeof part()
  })
  const base = new Context()
  for (let i = 0; i < 20; i++) {
    isGone = i >= 10
    t.equal(base.fork().tweak(x, i).get(reader), 'object')
    checkInvariants(base)
  }
  t.same(runs.take(), { reader: 11 }, 'once while it could be read, and for each that could not')
  t.end()
})

void t.test('R33: asynchronous chains are as long as one likes, and endless ones an error', async (t) => {
  const { runs, x } = worked()
  const chain = tracked('chain', async (n: number): Promise<number> => {
    runs.count('chain')
    return n === 0 ? x() : (await chain(n - 1)) + 1
  })
  const length = 3000
  const base = new Context()
  t.equal(await base.get(chain.at(length)), length + 1)
  t.same(runs.take(), { x: 1, chain: length + 1 })
  base.invalidate(chain.at(0))
  t.equal(await base.get(chain.at(length)), length + 1)
  t.same(runs.take(), { chain: 1 }, 'the others are found to be right')
  const child = base.fork().tweak(x, 5)
  t.equal(await child.get(chain.at(length)), length + 5)
  t.same(runs.take(), { chain: length + 1 })
  t.equal(await base.get(chain.at(length)), length + 1)
  t.same(runs.take(), {})

  const upwards = tracked('upwards', async (n: number): Promise<number> => upwards(n + 1))
  const { message, depth } = await rejects(t, base.get(upwards.at(0)), DepthError)
  t.match(message, /from upwards\(0\) to upwards\(100000\).*no end/)
  t.equal(depth, 100_000)
  const inwards = tracked('inwards', async (): Promise<number> => await Context.current().with([]).get(inwards))
  await rejects(t, base.get(inwards), DepthError)
  t.equal(base.stats().inFlight, 0)
})

void t.test('R7, R25: what a context tried stays its own, whatever is unloaded above it', (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const child = base.fork()
  const grandchild = child.fork()
  child.tweak(x, 5)
  t.equal(child.get(top), 35)
  child.untweak(x)
  t.equal(child.get(top), 31)
  base.unload(top)
  runs.take()
  t.equal(grandchild.tweak(mid, 15).get(top), 35)
  t.same(runs.take(), {}, 'found before, by the child')
  checkInvariants(base)
  child.dispose()
  checkInvariants(base)
  t.equal(base.fork().tweak(mid, 15).get(top), 35)
  t.same(runs.take(), { top: 1 }, 'gone with the child')
  checkInvariants(base)
  t.end()
})

void t.test('R29: as many contexts below one as memory has room for', (t) => {
  const { x } = worked()
  const base = new Context()
  t.equal(base.get(x), 1)
  const children = Array.from({ length: 150_000 }, () => base.fork())
  t.equal(base.stats().contexts, 150_001)
  const last = children.at(-1) as Context
  t.equal(last.tweak(x, 5).get(x), 5)
  base.tweak(x, 2)
  t.equal(last.get(x), 5)
  t.equal(children[0]?.get(x), 2)
  base.dispose()
  t.equal(last.disposed, true)
  t.end()
})
