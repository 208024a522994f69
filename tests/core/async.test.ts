// R19 to R24 and R31: async bodies, changes in flight, aborts, late calls, lost async contexts.
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  AbortedError,
  Context,
  CycleError,
  DisposedError,
  type GraphEvent,
  LateDependencyError,
  OutsideContextError,
  SupersededError,
  scale,
  type Tracked,
  tracked,
} from '../../lib/index.js'
import { gate, gates, isError, Runs, rejected, rejects, settle, thrown, throws, tick } from './helpers.js'

// A promise that nobody settles must fail its own test and no other: the process is kept alive, and a test ends in time.
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))
const test = (name: string, body: (t: Test) => Promise<void>) => t.test(name, { timeout: 10_000 }, body)

/** s waits at a gate a run, then reads x and gives x + 1. */
function waiting() {
  const runs = new Runs()
  const at = gates()
  let started = 0
  const x = runs.leaf('x', 1)
  const s = tracked('s', async () => {
    runs.count('s')
    await at(started++).opened
    return x() + 1
  })
  return { runs, at, x, s, started: () => started }
}

/** pair reads x, waits at a gate a run, then reads y and gives [x, y]. */
function halves() {
  const runs = new Runs()
  const at = gates()
  let started = 0
  const x = runs.leaf('x', 1)
  const y = runs.leaf('y', 1)
  const pair = tracked('pair', async () => {
    runs.count('pair')
    const first = x()
    await at(started++).opened
    return [first, y()]
  })
  return { runs, at, x, y, pair, started: () => started }
}

void test('R19: the worked example', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const s = tracked('s', async () => {
    runs.count('s')
    await sleep(1)
    return x() + 1
  })
  const sum = tracked('t', async () => {
    runs.count('t')
    const [a, b] = await Promise.all([s(), s()])
    return a + b
  })
  const base = new Context()
  t.same(await Promise.all([base.get(sum), base.get(sum)]), [4, 4])
  t.same(runs.take(), { x: 1, s: 1, t: 1 })
  checkInvariants(base)
  base.tweak(x, 10)
  t.equal(await base.get(sum), 22)
  t.same(runs.take(), { s: 1, t: 1 })
  t.equal(await base.get(sum), 22)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R19: later callers join the run in flight, from wherever they ask', async (t) => {
  const { runs, at, s } = waiting()
  const one = tracked('one', async () => (await s()) * 10)
  const two = tracked('two', async () => (await s()) * 100)
  const base = new Context()
  const child = base.fork()
  const all = [base.get(s), base.get(one), child.get(two), child.get(s), base.run(() => s()), base.fork().get(s.at())]
  await settle()
  t.equal(base.stats().inFlight >= 1, true)
  checkInvariants(base)
  const late = base.get(s)
  at(0).open()
  t.same(await Promise.all(all), [2, 20, 200, 2, 2, 2])
  t.equal(await late, 2)
  t.same(runs.take(), { s: 1, x: 1 })
  t.equal(base.stats().inFlight, 0)
  t.equal(await child.get(s), 2)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R19: a dependency counts wherever in the body it is read', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const emitter = new EventEmitter()
  const bodies: Record<string, () => Promise<number>> = {
    'before any await': async () => x(),
    'after an await': async () => {
      await tick()
      return x()
    },
    'after many awaits': async () => {
      for (let i = 0; i < 10; i++) await sleep(i === 5 ? 1 : 0)
      return x()
    },
    'in Promise.all': async () => {
      const [a] = await Promise.all([sleep(1).then(() => x()), sleep(2)])
      return a
    },
    'in a then': () => sleep(1).then(() => x()),
    'in a timer that is awaited': () => new Promise((resolve) => setTimeout(() => resolve(x()), 1)),
    'in an immediate that is awaited': () => new Promise((resolve) => setImmediate(() => resolve(x()))),
    'in a microtask': () => new Promise((resolve) => queueMicrotask(() => resolve(x()))),
    'in process.nextTick': () => new Promise((resolve) => process.nextTick(() => resolve(x()))),
    'in a finally': async () => {
      let value = 0
      try {
        await sleep(1)
      } finally {
        value = x()
      }
      return value
    },
    'after a rejection': async () => {
      try {
        await Promise.reject(new Error('expected'))
      } catch {
        await sleep(1)
      }
      return x()
    },
    'in an async generator that is consumed': async () => {
      async function* values() {
        await sleep(1)
        yield x()
      }
      for await (const value of values()) return value
      return 0
    },
    'after an event': async () => {
      setTimeout(() => emitter.emit('go'), 1)
      await once(emitter, 'go')
      return x()
    },
    'in a helper that awaits': async () => {
      const helper = async () => {
        await sleep(1)
        return x()
      }
      return helper()
    },
  }
  for (const [name, body] of Object.entries(bodies)) {
    const f = tracked(
      'f',
      () => {
        runs.count('f')
        return body()
      },
      { async: true },
    )
    const base = new Context()
    const child = base.fork().tweak(x, 5)
    t.equal(await base.get(f), 1, name)
    t.equal(await base.get(f), 1, name)
    t.equal(await child.get(f), 5, name)
    t.same(runs.take(), { x: 1, f: 2 }, name)
    base.tweak(x, 2)
    t.equal(await base.get(f), 2, name)
    t.equal(await child.get(f), 5, name)
    t.same(runs.take(), { f: 1 }, name)
    t.same(
      base.dependencies(f).map((node) => node.id),
      [x.at().id],
      name,
    )
    checkInvariants(base)
  }
})

void test('R19: a plain function that turns out to return a promise', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const f = tracked('f', () => sleep(1).then(() => x() + 1))
  const g = tracked('g', () => f().then((value) => value * 10))
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  t.equal(await base.get(g), 20)
  t.equal(await child.get(g), 60)
  base.tweak(x, 2)
  t.equal(await base.get(g), 30)
  t.equal(await child.get(g), 60)
  checkInvariants(base)
})

void test('R19: a run that two wait for ends for both when it fails, and nothing stays in flight', async (t) => {
  const at = gate()
  let count = 0
  const bad = tracked('bad', async () => {
    count++
    await at.opened
    throw new Error('bad')
  })
  const base = new Context()
  const both = Promise.allSettled([base.get(bad), base.fork().get(bad)])
  await settle()
  at.open()
  const [one, two] = await both
  t.equal(one?.status, 'rejected')
  t.equal((one as PromiseRejectedResult).reason, (two as PromiseRejectedResult).reason)
  t.equal(count, 1)
  t.equal(base.stats().inFlight, 0)
  base.invalidate(bad)
  await rejected(t, base.get(bad))
  t.equal(count, 2)
  t.equal(base.stats().inFlight, 0)
  checkInvariants(base)
})

void test('R19: sync bodies inside async bodies inside contexts that interleave', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const double = tracked('double', () => x() * 2)
  const slow = tracked('slow', async (n: number) => {
    await sleep(n % 3)
    const value = double()
    await sleep((n + 1) % 2)
    return value + x() * 100 + n * 1000
  })
  const base = new Context()
  const contexts = [1, 2, 3, 4, 5].map((n) => base.fork().tweak(x, n))
  const values = await Promise.all(contexts.flatMap((context) => [0, 1, 2].map((n) => context.get(slow.at(n)))))
  t.same(
    values,
    [1, 2, 3, 4, 5].flatMap((value) => [0, 1, 2].map((n) => value * 102 + n * 1000)),
  )
  checkInvariants(base)
})

void test('R20: runs of a node in contexts where it is masked never mix', async (t) => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    const { runs, at, x, y, pair, started } = halves()
    const base = new Context()
    at(0).open()
    await base.get(pair)
    const one = base.fork().tweak(x, 10)
    const two = base.fork().tweak(x, 20).tweak(y, 2)
    const three = two.fork().tweak(y, 3)
    runs.take()
    const all = [one, two, three].map((context) => context.get(pair))
    await settle()
    t.equal(started(), 4)
    for (const index of order) {
      at(1 + index).open()
      await settle()
      checkInvariants(base)
    }
    t.same(await Promise.all(all), [
      [10, 1],
      [20, 2],
      [20, 3],
    ])
    t.same(runs.take(), { pair: 3 })
    t.same(await base.get(pair), [1, 1])
    t.same(runs.take(), {})
    checkInvariants(base)
  }
})

void test('R20: a run joined before anybody knew that it reaches a tweak', async (t) => {
  const { at, x, s } = waiting()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const sibling = base.fork()
  const all = [base.get(s), child.get(s), sibling.get(s), child.fork().get(s)]
  for (let index = 0; index < 4; index++) at(index).open()
  t.same(await Promise.all(all), [2, 6, 2, 6])
  t.equal(await child.get(s), 6)
  t.equal(await base.get(s), 2)
  checkInvariants(base)
})

void test('R20: the same where the child asks first', async (t) => {
  const { at, x, s } = waiting()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const all = [child.get(s), base.get(s)]
  await settle()
  for (let index = 0; index < 4; index++) at(index).open()
  t.same(await Promise.all(all), [6, 2])
  checkInvariants(base)
})

void test('R20: what an async body finds without tweaks serves everybody', async (t) => {
  const { runs, at, s } = waiting()
  const other = runs.leaf('other', 1)
  const base = new Context()
  const child = base.fork().tweak(other, 2)
  at(0).open()
  t.equal(await child.get(s), 2)
  t.same(runs.take(), { s: 1, x: 1 })
  t.equal(await base.get(s), 2)
  t.equal(await base.fork().tweak(other, 3).get(s), 2)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R21: waiters get the value after the change, never an old half and a new half', async (t) => {
  const { runs, at, x, y, pair } = halves()
  const base = new Context()
  const events: string[] = []
  base.observe((event: GraphEvent) => {
    if (event.type === 'superseded') events.push(event.node.id)
  })
  const first = base.get(pair)
  const second = base.get(pair)
  await settle()
  base.tweak(x, 2)
  base.tweak(y, 2)
  const third = base.get(pair)
  checkInvariants(base)
  at(0).open()
  at(1).open()
  t.same(await Promise.all([first, second, third]), [
    [2, 2],
    [2, 2],
    [2, 2],
  ])
  t.same(runs.take(), { x: 1, pair: 2 })
  t.same(events, [pair.at().id])
  t.same(await base.get(pair), [2, 2])
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R21: a change to what the run reads only later does not disturb it', async (t) => {
  const { runs, at, y, pair } = halves()
  const base = new Context()
  const result = base.get(pair)
  await settle()
  base.tweak(y, 2)
  at(0).open()
  t.same(await result, [1, 2])
  t.same(runs.take(), { x: 1, pair: 1 })
  checkInvariants(base)
})

void test('R21: runs that the change does not touch go on undisturbed', async (t) => {
  const { runs, at, x, pair } = halves()
  const unrelated = runs.leaf('unrelated', 1)
  const base = new Context()
  base.get(unrelated)
  const warm = base.get(pair)
  at(0).open()
  await warm
  const child = base.fork().tweak(x, 10)
  const grandchild = child.fork()
  base.invalidate(pair)
  runs.take()
  const all = [base.get(pair), child.get(pair), grandchild.get(pair)]
  await settle()
  base.tweak(unrelated, 2)
  grandchild.tweak(x, 30)
  base.fork().tweak(x, 40)
  for (let index = 1; index < 8; index++) at(index).open()
  t.same((await Promise.all(all)).slice(0, 2), [
    [1, 1],
    [10, 1],
  ])
  t.same(await all[2], [30, 1])
  t.equal(runs.take()['pair'], 3, 'one in the base, one in the child, one in the grandchild')
  checkInvariants(base)
})

void test('R21: a change of the base that the child hides', async (t) => {
  const { runs, at, x, pair } = halves()
  const base = new Context()
  const child = base.fork().tweak(x, 10)
  const result = child.get(pair)
  await settle()
  base.tweak(x, 2)
  at(0).open()
  t.same(await result, [10, 1])
  t.same(runs.take(), { pair: 1, y: 1 })
  checkInvariants(base)
})

void test('R21: a change to an equal value is none', async (t) => {
  const runs = new Runs()
  const at = gates()
  let started = 0
  const x = runs.leaf('x', 4)
  const parity = tracked('parity', () => x() % 2)
  const slow = tracked('slow', async () => {
    runs.count('slow')
    const before = parity()
    await at(started++).opened
    return before
  })
  const base = new Context()
  const result = base.get(slow)
  await settle()
  base.tweak(x, 6)
  at(0).open()
  at(1).open()
  t.equal(await result, 0)
  t.same(runs.take(), { x: 1, slow: 1 })
  checkInvariants(base)
})

void test('R21: one node read before and after a change and back is not a mix', async (t) => {
  const runs = new Runs()
  const at = gates()
  const x = runs.leaf('x', 1)
  let started = 0
  const twice = tracked('twice', async () => {
    runs.count('twice')
    const run = started++
    const first = x()
    await at(run * 2).opened
    const second = x()
    await at(run * 2 + 1).opened
    return [first, second]
  })
  const base = new Context()
  const result = base.get(twice)
  await settle()
  base.tweak(x, 2)
  at(0).open()
  await settle()
  base.untweak(x)
  for (let index = 1; index < 8; index++) at(index).open()
  t.same(await result, [1, 1])
  t.same(await base.get(twice), [1, 1])
  checkInvariants(base)
})

void test('R21: two changes that cross are not a mix', async (t) => {
  const { at, x, y, pair } = halves()
  const base = new Context().tweak(x, 'old x' as never).tweak(y, 'old y' as never)
  const result = base.get(pair)
  await settle()
  base.batch(() => base.tweak(x, 'new x' as never).tweak(y, 'new y' as never))
  at(0).open()
  await settle()
  base.batch(() => base.tweak(x, 'newest x' as never).tweak(y, 'newest y' as never))
  at(1).open()
  at(2).open()
  t.same(await result, ['newest x', 'newest y'])
  checkInvariants(base)
})

void test('R21: a caller gets the newer value of a callee that changed under both', async (t) => {
  const { runs, at, x, pair } = halves()
  const outer = tracked('outer', async () => {
    runs.count('outer')
    const [a, b] = (await pair()) as [number, number]
    return a * 100 + b
  })
  const base = new Context()
  const result = base.get(outer)
  await settle()
  base.tweak(x, 2)
  at(0).open()
  at(1).open()
  t.equal(await result, 201)
  t.same(runs.take(), { x: 1, y: 1, pair: 2, outer: 1 }, 'outer had read nothing yet')
  t.equal(await base.get(outer), 201)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R21: a caller that has read the callee already runs again too', async (t) => {
  const runs = new Runs()
  const at = gates()
  let started = 0
  const x = runs.leaf('x', 1)
  const inner = tracked('inner', async () => {
    runs.count('inner')
    await tick()
    return x() * 10
  })
  const outer = tracked('outer', async () => {
    runs.count('outer')
    const before = await inner()
    await at(started++).opened
    return [before, x()]
  })
  const base = new Context()
  const result = base.get(outer)
  await settle()
  base.tweak(x, 2)
  at(0).open()
  at(1).open()
  t.same(await result, [20, 2])
  t.same(runs.take(), { x: 1, inner: 2, outer: 2 })
  checkInvariants(base)
})

void test('R21: after five more runs the waiters get a SupersededError, and the next one starts afresh', async (t) => {
  const { runs, at, x, pair, started } = halves()
  const base = new Context()
  const result = rejected(t, base.get(pair))
  const joined = rejected(t, base.get(pair))
  let changes = 0
  for (let turn = 0; turn < 20; turn++) {
    await settle()
    if (started() === changes) break
    base.tweak(x, 100 + changes)
    at(changes++).open()
  }
  const error = isError(t, await result, SupersededError)
  t.equal(error.code, 'DUGOUT_SUPERSEDED')
  t.ok(error.message.includes(pair.at().id))
  isError(t, await joined, SupersededError)
  t.equal(runs.take()['pair'], 6, 'the run and five more')
  t.equal(base.has(pair), false)
  t.equal(base.stats().inFlight, 0)
  at(changes).open()
  t.same(await base.get(pair), [100 + changes - 1, 1])
  t.same(runs.take(), { pair: 1 })
  checkInvariants(base)
})

void test('R21: an older run never overwrites a newer result', async (t) => {
  const { at, x, pair } = halves()
  const base = new Context()
  const old = base.get(pair)
  await settle()
  base.tweak(x, 2)
  const fresh = base.get(pair)
  at(1).open()
  at(2).open()
  await settle()
  at(0).open()
  await settle()
  t.same(await old, [2, 1])
  t.same(await fresh, [2, 1])
  t.same(await base.get(pair), [2, 1])
  t.same(base.peek(pair), [2, 1])
  checkInvariants(base)
})

void test('R21: an untweak in flight', async (t) => {
  const { at, x, pair } = halves()
  const base = new Context()
  const child = base.fork().tweak(x, 7)
  const result = child.get(pair)
  await settle()
  child.untweak(x)
  for (let index = 0; index < 4; index++) at(index).open()
  t.same(await result, [1, 1])
  t.same(await base.get(pair), [1, 1])
  t.equal(child.isMasked(pair), false)
  checkInvariants(base)
})

void test('R21: a node that is tweaked while it runs', async (t) => {
  const { at, pair } = halves()
  const length = tracked('length', async () => (await pair()).length)
  const base = new Context()
  const result = base.get(length)
  await settle()
  base.tweak(pair, [1, 2, 3])
  for (let index = 0; index < 4; index++) at(index).open()
  t.equal(await result, 3)
  t.same(await base.get(pair), [1, 2, 3])
  base.untweak(pair)
  t.same(await base.get(pair), [1, 1])
  t.equal(await base.get(length), 2)
  checkInvariants(base)
})

/** waits for its gate, tells its signal, counts. */
function abortable() {
  const runs = new Runs()
  const signals: AbortSignal[] = []
  const at = gates()
  let started = 0
  const inner = tracked('inner', async () => {
    runs.count('inner')
    signals.push(Context.signal())
    await at(started++).opened
    return 'done'
  })
  const outer = tracked('outer', async () => {
    runs.count('outer')
    return `outer ${await inner()}`
  })
  return { runs, signals, at, inner, outer }
}

void test('R22: the last waiter aborts: the signal fires, nothing is cached', async (t) => {
  const { runs, signals, at, inner } = abortable()
  const base = new Context()
  const controller = new AbortController()
  const result = base.get(inner, { signal: controller.signal })
  await settle()
  t.equal(signals[0]?.aborted, false)
  const reason = new Error('no longer needed')
  controller.abort(reason)
  const error = await rejects(t, result, AbortedError)
  t.equal(error.code, 'DUGOUT_ABORTED')
  t.equal(error.cause, reason)
  t.ok(error.message.includes(inner.at().id))
  t.equal(signals[0]?.aborted, true)
  t.equal(base.has(inner), false)
  t.equal(base.stats().inFlight, 0)
  checkInvariants(base)
  at(0).open()
  await settle()
  t.equal(base.has(inner), false, 'also when the body ends after all')
  at(1).open()
  t.equal(await base.get(inner), 'done')
  t.same(runs.take(), { inner: 2 })
  checkInvariants(base)
})

void test('R22: one of two waiters aborts: the other gets the value', async (t) => {
  const { runs, signals, at, inner, outer } = abortable()
  const base = new Context()
  const controller = new AbortController()
  const leaves = base.get(inner, { signal: controller.signal })
  const stays = base.get(outer)
  await settle()
  controller.abort()
  await rejects(t, leaves, AbortedError)
  t.equal(signals[0]?.aborted, false)
  at(0).open()
  t.equal(await stays, 'outer done')
  t.same(runs.take(), { inner: 1, outer: 1 })
  t.equal(await base.get(inner), 'done')
  t.same(runs.take(), {})
  t.equal(signals[0]?.aborted, false, 'nor afterwards')
  checkInvariants(base)
})

void test('R22: an abort reaches what only the aborted run waited for', async (t) => {
  const { runs, signals, at, inner, outer } = abortable()
  const base = new Context()
  const controller = new AbortController()
  const result = base.get(outer, { signal: controller.signal })
  await settle()
  controller.abort()
  await rejects(t, result, AbortedError)
  t.equal(signals[0]?.aborted, true)
  t.equal(base.has(outer), false)
  t.equal(base.has(inner), false)
  t.equal(base.stats().inFlight, 0)
  at(0).open()
  at(1).open()
  t.equal(await base.get(outer), 'outer done')
  t.same(runs.take(), { outer: 2, inner: 2 })
  checkInvariants(base)
})

void test('R22: aborted before it starts, and after it ended', async (t) => {
  const { runs, at, inner } = abortable()
  const base = new Context()
  await rejects(t, () => base.get(inner, { signal: AbortSignal.abort('early') }), AbortedError)
  t.same(runs.take(), {})
  at(0).open()
  const controller = new AbortController()
  t.equal(await base.get(inner, { signal: controller.signal }), 'done')
  controller.abort()
  await settle()
  t.equal(await base.get(inner), 'done')
  t.same(runs.take(), { inner: 1 })
  checkInvariants(base)
})

void test('R22: a context is disposed: its runs end, nobody hangs', async (t) => {
  const runs = new Runs()
  const at = gate()
  const signals: AbortSignal[] = []
  const x = runs.leaf('x', 1)
  const slow = tracked('slow', async () => {
    runs.count('slow')
    signals.push(Context.signal())
    const value = x()
    await at.opened
    return value
  })
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const result = rejected(t, child.get(slow))
  const ofGrandchild = rejected(t, child.fork().get(slow))
  await settle()
  child.dispose()
  for (const error of [await result, await ofGrandchild]) {
    t.ok(error instanceof DisposedError || error instanceof AbortedError, String(error))
  }
  t.equal(signals[0]?.aborted, true)
  t.equal(base.stats().inFlight, 0)
  checkInvariants(base)
  at.open()
  t.equal(await base.get(slow), 1)
  checkInvariants(base)
})

void test('R22: whoever waits in another context still gets the value', async (t) => {
  const { at, s } = waiting()
  const base = new Context()
  const child = base.fork()
  const gone = Promise.allSettled([child.get(s)])
  const stays = base.get(s)
  await settle()
  child.dispose()
  for (let index = 0; index < 4; index++) at(index).open()
  t.equal(await stays, 2)
  await gone
  t.equal(await base.get(s), 2)
  checkInvariants(base)
})

void test('R22, R17: what was computed after catching an abort is not kept', async (t) => {
  const { runs, at, inner } = abortable()
  const controller = new AbortController()
  const careful = tracked('careful', async () => {
    runs.count('careful')
    try {
      return await Context.current().get(inner, { signal: controller.signal })
    } catch {
      return 'fallback'
    }
  })
  const base = new Context()
  const result = base.get(careful)
  await settle()
  controller.abort()
  t.equal(await result, 'fallback')
  t.equal(base.has(careful), false)
  checkInvariants(base)
  t.equal(await base.get(careful), 'fallback')
  t.equal(runs.take()['careful'], 2)
  at(0).open()
})

void test('R22: a superseded run that nobody waits for is not run again', async (t) => {
  const { runs, at, x, pair } = halves()
  const base = new Context()
  const controller = new AbortController()
  const result = base.get(pair, { signal: controller.signal })
  await settle()
  base.tweak(x, 2)
  controller.abort()
  await rejects(t, result, AbortedError)
  at(0).open()
  await settle()
  t.same(runs.take(), { x: 1, pair: 1 })
  checkInvariants(base)
})

void test('R23: a call by an async body whose result is out is late', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const release = gate()
  let late: unknown
  let after: Promise<void> | undefined
  const leaks = tracked('leaks', async (label: string) => {
    after = release.opened.then(() => {
      try {
        x()
      } catch (error) {
        late = error
      }
    })
    await tick()
    return label
  })
  const base = new Context()
  t.equal(await base.get(leaks.at('a')), 'a')
  release.open()
  await after
  const error = isError(t, late, LateDependencyError)
  t.equal(error.code, 'DUGOUT_LATE_DEPENDENCY')
  t.ok(error.message.includes(leaks.at('a').id), 'names the caller')
  t.ok(error.message.includes(x.at().id), 'and the call')
  t.match(error.message, /await/i)
  t.equal(await base.get(leaks.at('a')), 'a')
  t.same(base.dependencies(leaks.at('a')), [])
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R23: a timer that a body leaves behind: late from an async one, outside from a sync one', async (t) => {
  const x = tracked('x', () => 1)
  const errors: Record<string, unknown> = {}
  const fired = [gate(), gate()]
  const call = (name: string, index: number) => () => {
    try {
      x()
    } catch (error) {
      errors[name] = error
    }
    fired[index]?.open()
  }
  const asynchronous = tracked('asynchronous', async () => {
    setTimeout(call('async', 0), 5)
    return 1
  })
  const synchronous = tracked('synchronous', () => {
    setTimeout(call('sync', 1), 5)
    return 1
  })
  const base = new Context()
  t.equal(await base.get(asynchronous), 1)
  t.equal(base.get(synchronous), 1)
  await Promise.all(fired.map((one) => one.opened))
  isError(t, errors['async'], LateDependencyError)
  isError(t, errors['sync'], OutsideContextError)
  checkInvariants(base)
})

void test('R23: a sync body inside an async one leaves a timer behind', async (t) => {
  const x = tracked('x', () => 1)
  const fired = gate<unknown>()
  const synchronous = tracked('synchronous', () => {
    setTimeout(() => {
      try {
        x()
        fired.open('nothing')
      } catch (error) {
        fired.open(error)
      }
    }, 5)
    return 1
  })
  const asynchronous = tracked('asynchronous', async () => {
    await tick()
    return synchronous() + 1
  })
  const base = new Context()
  t.equal(await base.get(asynchronous), 2)
  const error = await fired.opened
  t.ok(error instanceof LateDependencyError || error instanceof OutsideContextError, String(error))
  checkInvariants(base)
})

void test('R23: errors of late calls are not cached', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const through = tracked('through', () => x())
  let late: unknown
  const release = gate()
  const leaks = tracked('leaks', async () => {
    void release.opened.then(() => {
      try {
        through()
      } catch (error) {
        late = error
      }
    })
  })
  const base = new Context()
  await base.get(leaks)
  release.open()
  await settle()
  isError(t, late, LateDependencyError)
  t.equal(base.get(through), 1)
  checkInvariants(base)
})

void test('R24: what an async body starts is a dependency, and the result waits for it', async (t) => {
  const { runs, at, x, s } = waiting()
  const starts = tracked('starts', async () => {
    runs.count('starts')
    void s()
    return 'started'
  })
  const base = new Context()
  let done = false
  const result = base.get(starts).then((value) => {
    done = true
    return value
  })
  await settle()
  t.equal(done, false)
  at(0).open()
  t.equal(await result, 'started')
  t.same(runs.take(), { starts: 1, s: 1, x: 1 })
  t.same(
    base.dependencies(starts).map((node) => node.id),
    [s.at().id],
  )
  base.tweak(x, 5)
  at(1).open()
  t.equal(await base.get(starts), 'started')
  t.same(runs.take(), { starts: 1, s: 1 })
  t.equal(await base.get(starts), 'started')
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R24: a sync body that calls an async function depends on its run and does not wait', async (t) => {
  const { runs, at, x, s } = waiting()
  const promises: Promise<number>[] = []
  const holder = tracked('holder', () => {
    runs.count('holder')
    promises.push(s())
    return promises.length
  })
  const base = new Context()
  t.equal(base.get(holder), 1)
  t.ok(promises[0] instanceof Promise)
  t.same(
    base.dependencies(holder).map((node) => node.id),
    [s.at().id],
  )
  at(0).open()
  t.equal(await promises[0], 2)
  checkInvariants(base)
  t.equal(base.get(holder), 1)
  t.same(runs.take(), { holder: 1, s: 1, x: 1 })
  base.tweak(x, 5)
  at(1).open()
  t.equal(base.get(holder), 2)
  t.equal(await promises[1], 6)
  const child = base.fork().tweak(x, 7)
  at(2).open()
  t.equal(child.get(holder), 3)
  t.equal(await promises[2], 8)
  t.equal(await promises[1], 6)
  runs.take()
  t.equal(await base.get(s), 6)
  t.equal(await child.get(s), 8)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void test('R16: async functions that await each other fail instead of hanging', async (t) => {
  for (const ticks of [0, 1, 3]) {
    const wait = async () => {
      for (let n = 0; n < ticks; n++) await tick()
    }
    const a = tracked('a', async (): Promise<number> => {
      await wait()
      return (await b()) + 1
    })
    const b = tracked('b', async (): Promise<number> => {
      await wait()
      return (await a()) + 1
    })
    const base = new Context()
    const child = base.fork().tweak(b, 5)
    const { path } = await rejects(t, base.get(a), CycleError)
    t.equal(path.length, 3)
    t.equal(path[0]?.id, path[2]?.id, 'from one of the two back to it')
    t.same(
      path
        .slice(1)
        .map((node) => node.id)
        .sort(),
      [a.at().id, b.at().id],
    )
    const both = await Promise.allSettled([base.get(a), base.get(b), child.get(a)])
    t.same(
      both.slice(0, 2).map((one) => one.status),
      ['rejected', 'rejected'],
    )
    for (const one of both.slice(0, 2)) isError(t, (one as PromiseRejectedResult).reason, CycleError)
    t.strictSame(both[2], { status: 'fulfilled', value: 6 })
    t.equal(base.has(a), false)
    t.equal(base.has(b), false)
    t.equal(base.stats().inFlight, 0)
    t.equal(await child.get(a), 6)
    base.tweak(a, 1)
    t.equal(await base.get(b), 2)
    base.untweak(a)
    await rejects(t, base.get(b), CycleError)
    checkInvariants(base)
  }
})

void test('R16: a circle of three that starts at all three, one of them with Promise.all', async (t) => {
  const leaf = tracked('leaf', async () => 1)
  const a = tracked('a', async (): Promise<number> => {
    await tick()
    return (await b()) + 1
  })
  const b = tracked('b', async (): Promise<number> => {
    const [one, two] = await Promise.all([leaf(), c()])
    return one + two
  })
  const c = tracked('c', async (): Promise<number> => {
    await sleep(1)
    return (await a()) + 1
  })
  const base = new Context()
  for (const one of await Promise.allSettled([base.get(a), base.get(b), base.get(c)])) {
    t.equal(one.status, 'rejected')
    isError(t, (one as PromiseRejectedResult).reason, CycleError)
  }
  t.equal(base.stats().inFlight, 0)
  t.equal(await base.get(leaf), 1)
  t.equal(await base.fork().tweak(c, 10).get(a), 12)
  checkInvariants(base)
})

void test('R16: an async function that awaits itself, and one through a sync function', async (t) => {
  const self = tracked('self', async (): Promise<number> => {
    await tick()
    return (await self()) + 1
  })
  const outer = tracked('outer', async (): Promise<number> => {
    await tick()
    return (await between()) + 1
  })
  const between = tracked('between', (): Promise<number> => outer(), { async: true })
  const base = new Context()
  await rejects(t, base.get(self), CycleError)
  await rejects(t, base.get(outer), CycleError)
  checkInvariants(base)
})

void test('R16: a diamond in flight is not a cycle', async (t) => {
  const { at, s } = waiting()
  const left = tracked('left', async () => {
    await tick()
    return (await s()) + 1
  })
  const right = tracked('right', async () => (await s()) + 2)
  const top = tracked('top', async () => {
    const l = left()
    const r = right()
    return (await r) + (await l) + (await s())
  })
  const base = new Context()
  const result = Promise.all([base.get(top), base.get(left), base.get(right), base.get(s)])
  await settle()
  at(0).open()
  t.same(await result, [9, 3, 4, 2])
  checkInvariants(base)
})

void test('R16: async recursion into a differently tweaked context', async (t) => {
  const left = tracked('left', () => 3)
  const count = tracked('count', async (): Promise<number> => {
    await tick()
    if (left() === 0) return 0
    return (
      1 +
      (await Context.current()
        .with([[left, left() - 1]])
        .get(count))
    )
  })
  const base = new Context()
  t.equal(await base.get(count), 3)
  t.same(await Promise.all([base.get(count), base.fork().tweak(left, 5).get(count)]), [3, 5])
  checkInvariants(base)
})

void test('R31: outside every run a tracked call throws', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const s = tracked('s', async () => x())
  const base = new Context()
  throws(t, () => x(), OutsideContextError)
  throws(t, () => Context.current(), OutsideContextError)
  throws(t, () => s(), OutsideContextError)
  base.get(x)
  throws(t, () => x(), OutsideContextError)
  base.run(() => x())
  throws(t, () => x(), OutsideContextError)
  thrown(t, () =>
    base.run(() => {
      throw new Error('left by a throw')
    }),
  )
  throws(t, () => x(), OutsideContextError)
  await base.run(async () => {
    await tick()
    x()
  })
  throws(t, () => x(), OutsideContextError)
  await tick()
  throws(t, () => x(), OutsideContextError)
  t.same(runs.take(), { x: 1 })
})

void test('R31: run: arguments, result, nesting, awaits', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  t.equal(
    base.run((a: number, b: string) => `${a}${b}${x()}`, 7, 'b'),
    '7b1',
  )
  t.same(
    base.run(() => [x(), child.run(() => [x(), base.run(() => x()), x()]), x()]),
    [1, [5, 1, 5], 1],
  )
  base.run(() => {
    thrown(t, () =>
      child.run(() => {
        throw new Error('inner')
      }),
    )
    t.equal(x(), 1)
    t.equal(Context.current(), base)
  })
  const across = async (context: Context) => {
    const seen = [x()]
    await tick()
    seen.push(x())
    await sleep(2)
    const [value] = await Promise.all([sleep(1).then(() => x()), sleep(2)])
    seen.push(x(), value)
    t.equal(Context.current(), context)
    return seen
  }
  t.same(await Promise.all([base.run(across, base), child.run(across, child), base.run(across, base)]), [
    [1, 1, 1, 1],
    [5, 5, 5, 5],
    [1, 1, 1, 1],
  ])
  checkInvariants(base)
})

void test('R31: Context.current() in bodies is the context that reads', async (t) => {
  const x = tracked('x', () => 1)
  const who = tracked('who', () => [Context.current().depth, x()])
  const whoAsync = tracked('whoAsync', async () => {
    await tick()
    return [Context.current().depth, x()]
  })
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  t.same(base.get(who), [0, 1])
  t.same(child.get(who), [1, 5])
  t.same(await base.get(whoAsync), [0, 1])
  t.same(await child.get(whoAsync), [1, 5])
})

void test('R31: a queue drained elsewhere loses the context, bind keeps it', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const queue: (() => unknown)[] = []
  const outcomes: unknown[] = []
  const drained = gate()
  const worker = setInterval(() => {
    if (queue.length === 0) return
    for (const job of queue.splice(0)) {
      try {
        outcomes.push(job())
      } catch (error) {
        outcomes.push(error)
      }
    }
    clearInterval(worker)
    drained.open()
  }, 1)
  child.run(() => {
    queue.push(() => x())
    queue.push(child.bind(() => x()))
    queue.push(base.bind(() => x()))
    queue.push(() => Context.current())
  })
  await drained.opened
  isError(t, outcomes[0], OutsideContextError)
  t.same(outcomes.slice(1, 3), [5, 1])
  isError(t, outcomes[3], OutsideContextError)
  checkInvariants(base)
})

void test('R31: an emitter fired from outside loses the context, bind keeps it', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const emitter = new EventEmitter()
  const seen: unknown[] = []
  child.run(() => {
    emitter.on('plain', () => x())
    emitter.on(
      'bound',
      child.bind((value: number) => seen.push(x() + value)),
    )
  })
  throws(t, () => emitter.emit('plain'), OutsideContextError)
  emitter.emit('bound', 100)
  t.same(seen, [105])
  checkInvariants(base)
})

void test('R31: a generator advanced from outside loses the context, bind keeps it', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  function* values(): Generator<number> {
    yield x()
    yield x()
  }
  const generator = child.run(() => {
    const made = values()
    t.equal(made.next().value, 5)
    return made
  })
  throws(t, () => generator.next(), OutsideContextError)
  const bound = child.run(values)
  const next = child.bind(() => bound.next())
  t.same(
    [next(), next(), next()].map((step) => step.value),
    [5, 5, undefined],
  )
  async function* later(): AsyncGenerator<number> {
    yield x()
    await tick()
    yield x()
  }
  const stream = child.run(later)
  await rejects(t, stream.next(), OutsideContextError)
  const read: number[] = []
  await child.run(async () => {
    for await (const value of later()) read.push(value)
  })
  t.same(read, [5, 5])
  checkInvariants(base)
})

void test('R31: a timer set outside, and one that is bound', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const lost = gate<unknown>()
  const kept = gate<unknown>()
  setTimeout(() => {
    try {
      lost.open(x())
    } catch (error) {
      lost.open(error)
    }
  }, 1)
  setTimeout(
    child.bind(() => kept.open(x())),
    1,
  )
  isError(t, await lost.opened, OutsideContextError)
  t.equal(await kept.opened, 5)
  checkInvariants(base)
})

void test('R31: bind keeps arguments, result, this, errors, and awaits', async (t) => {
  const x = tracked('x', () => 1)
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const sum = child.bind((a: number, b: number) => a + b + x())
  t.equal(sum(10, 20), 35)
  const object = {
    own: 100,
    read: child.bind(function (this: { own: number }) {
      return this.own + x()
    }),
  }
  t.equal(object.read(), 105)
  const boom = new Error('boom')
  t.equal(
    thrown(
      t,
      child.bind(() => {
        throw boom
      }),
    ),
    boom,
  )
  throws(t, () => x(), OutsideContextError)
  t.equal(
    await child.bind(async () => {
      await sleep(1)
      return x()
    })(),
    5,
  )
  t.equal(
    base.run(() => sum(0, 0) + x()),
    6,
    'also inside another run',
  )
  child.dispose()
  throws(t, () => sum(1, 2), DisposedError)
})

void test('R31: a run inside an async body comes back to it', async (t) => {
  const x = tracked('x', () => 1)
  const y = tracked('y', () => 2)
  const body = tracked('body', async () => {
    await tick()
    const own = Context.current()
    const inner = own.with([[x, 5]]).run(() => x())
    await tick()
    return [inner, x(), y(), Context.current() === own]
  })
  const base = new Context()
  t.same(await base.get(body), [5, 1, 2, true])
  base.tweak(y, 3)
  t.same(await base.get(body), [5, 1, 3, true])
  checkInvariants(base)
})

void test('R19, R24: a function that turns out to be asynchronous asks for the very node that is verified', async (t) => {
  let runs = 0
  let atOnce = 0
  let most = 0
  const inner: Tracked<() => number | Promise<number>> = tracked('inner', () => outer())
  const outer = tracked('outer', async (): Promise<number> => {
    runs++
    most = Math.max(most, ++atOnce)
    try {
      return await inner()
    } catch {
      return -1
    } finally {
      atOnce--
    }
  })
  const base = new Context().tweak(inner, 5)
  t.equal(await base.get(outer), 5)
  base.untweak(inner)
  t.equal(await base.get(outer), -1)
  t.equal(most, 1)
  t.equal(runs, 2)
  checkInvariants(base)
})

void test('R12, R24: a function that turns out to be asynchronous below an adjustment leaves no run behind', async (t) => {
  const held = gate<number>()
  const slow = tracked('slow', () => held.opened)
  const base = new Context()
  const child = base.fork().adjust(slow, scale(2))
  const controller = new AbortController()
  const read = child.get(slow, { signal: controller.signal })
  await settle()
  controller.abort()
  await rejects(t, read, AbortedError)
  await settle()
  t.equal(base.stats().inFlight, 0)
  held.open(1)
  t.equal(await child.get(slow), 2)
  checkInvariants(base)
})

void test('R22: a signal of one call in a body that waits for two gives up that one only', async (t) => {
  const { runs, signals, at, inner } = abortable()
  const other = tracked('other', async () => {
    await at(1).opened
    return 'other'
  })
  const controller = new AbortController()
  const both = tracked('both', async () => {
    const here = Context.current()
    const found = await Promise.allSettled([here.get(inner, { signal: controller.signal }), here.get(other)])
    return found.map((one) => one.status).join(' ')
  })
  const base = new Context()
  const result = base.get(both)
  await settle()
  controller.abort()
  await settle()
  t.equal(signals[0]?.aborted, true, 'nobody waits for it any more')
  at(1).open()
  t.equal(await result, 'rejected fulfilled')
  t.equal(base.has(other), true)
  t.equal(base.has(both), false)
  at(0).open()
  await settle()
  runs.take()
  checkInvariants(base)
})

void test('R22: a signal that fires when its call has answered changes nothing', async (t) => {
  const { runs, signals, at, inner } = abortable()
  const controller = new AbortController()
  const reader = tracked('reader', async () => Context.current().get(inner, { signal: controller.signal }))
  const base = new Context()
  const result = base.get(reader)
  await settle()
  at(0).open()
  t.equal(await result, 'done')
  runs.take()
  controller.abort()
  t.equal(signals[0]?.aborted, false)
  t.equal(await base.get(reader), 'done')
  t.same(runs.take(), {}, 'it is known')
  checkInvariants(base)
})
