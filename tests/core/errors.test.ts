// R16 to R18 and R33: cycles, errors as results, depth. Then every error class: its code, what it names,
// what it says to do, and that the bad input left everything as it was.
import { inspect } from 'node:util'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  AbortedError,
  Context,
  CycleError,
  CyclicArgumentError,
  DepthError,
  DisposedError,
  DugoutError,
  DuplicateNameError,
  ForeignContextError,
  FrozenContextError,
  InvalidFunctionError,
  LateDependencyError,
  MissingPackageError,
  NotSerialisableError,
  OutsideContextError,
  PromiseTweakError,
  SupersededError,
  TweakInsideError,
  TweakSet,
  tracked,
  UnknownTargetError,
} from '../../lib/index.js'
import { isError, Runs, rejected, steps, thrown, throws, tick, worked } from './helpers.js'

/** a = b + 1, b = a + 1. */
function circle() {
  const runs = new Runs()
  const a: ReturnType<typeof make> = make('a', () => b() + 1)
  const b = make('b', () => a() + 1)
  function make(name: string, body: () => number) {
    return tracked(name, () => {
      runs.count(name)
      return body()
    })
  }
  return { runs, a, b }
}

/** bad throws a new error while ok is false, else gives 'good'. */
function failing() {
  const runs = new Runs()
  const ok = runs.leaf('ok', false)
  const bad = tracked('bad', () => {
    runs.count('bad')
    if (!ok()) throw new Error('not ok')
    return 'good'
  })
  return { runs, ok, bad }
}

const path = (error: CycleError) => error.path.map((node) => node.id.replace('()', ''))

void t.test('R16: the worked example', async (t) => {
  const { a, b } = circle()
  const base = new Context()
  const child = base.fork()
  steps(
    base,
    () => t.same(path(throws(t, () => base.get(a), CycleError)), ['a', 'b', 'a']),
    () => child.tweak(b, 5),
    () => t.equal(child.get(a), 6),
    () => t.same(path(throws(t, () => base.get(b), CycleError)), ['b', 'a', 'b']),
    () => t.equal(child.get(a), 6),
  )
})

void t.test('R16: a cycle is never cached; a tweak breaks it, and its end brings it back', async (t) => {
  const { runs, a, b } = circle()
  const base = new Context()
  const first = throws(t, () => base.get(a), CycleError)
  t.equal(first.code, 'DUGOUT_CYCLE')
  t.same(runs.take(), { a: 1, b: 1 })
  throws(t, () => base.get(a), CycleError)
  t.same(runs.take(), { a: 1, b: 1 })
  t.equal(base.has(a), false)
  t.equal(base.has(b), false)
  steps(
    base,
    () => base.tweak(b, 5),
    () => t.equal(base.get(a), 6),
    () => base.untweak(b),
    () => throws(t, () => base.get(a), CycleError),
    () => base.tweak(a, 1),
    () => t.equal(base.get(b), 2),
    () => t.equal(base.get(a), 1),
  )
})

void t.test('R16: a function that calls itself, and a cycle entered from outside', async (t) => {
  const self = tracked('self', (): number => self() + 1)
  const { a } = circle()
  const outside = tracked('outside', () => a() + 1)
  const base = new Context()
  t.same(path(throws(t, () => base.run(self), CycleError)), ['self', 'self'])
  const error = throws(t, () => base.get(outside), CycleError)
  t.same(path(error), ['a', 'b', 'a'], 'the path is the circle')
  t.match(error.message, /a\(\).*b\(\).*a\(\)/s)
  t.match(error.message, /tweak/, 'says the way out')
  checkInvariants(base)
})

void t.test('R16: other arguments are another node', async (t) => {
  const runs = new Runs()
  const fibonacci = tracked('fibonacci', (n: number): number => {
    runs.count('fibonacci')
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2)
  })
  const base = new Context()
  t.equal(base.run(fibonacci, 30), 832_040)
  t.same(runs.take(), { fibonacci: 31 })
  checkInvariants(base)
})

void t.test('R16: the same node in a differently tweaked context is recursion', async (t) => {
  const runs = new Runs()
  const left = runs.leaf('left', 3)
  const count = tracked('count', (): number => {
    runs.count('count')
    if (left() === 0) return 0
    return (
      1 +
      Context.current()
        .with([[left, left() - 1]])
        .run(count)
    )
  })
  const base = new Context()
  t.equal(base.run(count), 3)
  t.same(runs.take(), { left: 1, count: 4 })
  t.equal(base.run(count), 3)
  t.equal(base.fork().tweak(left, 5).run(count), 5)
  checkInvariants(base)
})

void t.test('R16: the same node in contexts that differ in nothing, without end, is an error of ours', async (t) => {
  const again = tracked('again', (): number => Context.current().fork().run(again))
  const base = new Context()
  // the stack may end at any step of the core's, so it is met at several heights
  const from = (height: number): number => (height === 0 ? base.run(again) : from(height - 1))
  for (let height = 0; height < 24; height += 2) {
    const error = thrown(t, () => from(height))
    t.ok(error instanceof CycleError || error instanceof DepthError, String(error))
    t.equal(base.has(again), false)
    checkInvariants(base)
  }
})

void t.test('R16: a cycle under a condition', async (t) => {
  const { runs, x } = worked()
  const loop = runs.leaf('loop', true)
  const head: () => number = tracked('head', (): number => x() + (loop() ? tail() : 0))
  const tail = tracked('tail', (): number => head() + 1)
  const base = new Context()
  const child = base.fork().tweak(loop, false)
  throws(t, () => base.run(head), CycleError)
  t.equal(child.run(head), 1)
  t.equal(child.get(tail), 2)
  throws(t, () => base.get(tail), CycleError)
  base.tweak(loop, false)
  t.equal(base.get(tail), 2)
  base.tweak(loop, true)
  throws(t, () => base.get(tail), CycleError)
  t.equal(child.get(tail), 2)
  checkInvariants(base)
})

void t.test('R16: a cycle that a change closes is found though there were results', async (t) => {
  const runs = new Runs()
  const closed = runs.leaf('closed', false)
  const first: () => number = tracked('first', (): number => (closed() ? second() : 1))
  const second = tracked('second', (): number => first() + 1)
  const base = new Context()
  t.equal(base.get(second), 2)
  const child = base.fork().tweak(closed, true)
  throws(t, () => child.get(second), CycleError)
  throws(t, () => child.run(first), CycleError)
  t.equal(base.get(second), 2)
  base.tweak(closed, true)
  throws(t, () => base.get(second), CycleError)
  base.untweak(closed)
  t.equal(base.get(second), 2)
  checkInvariants(base)
})

void t.test('R16, R17: what was computed after catching a cycle is given, not kept', async (t) => {
  const runs = new Runs()
  const careful: () => number = tracked('careful', (): number => {
    runs.count('careful')
    try {
      return other()
    } catch {
      return 1
    }
  })
  const other = tracked('other', (): number => {
    runs.count('other')
    return careful() + 10
  })
  const base = new Context()
  t.equal(base.run(careful), 1)
  t.same(runs.take(), { careful: 1, other: 1 })
  t.equal(base.get(other), 11)
  t.equal(base.run(careful), 1)
  t.equal(base.get(other), 11)
  t.ok(runs.take()['careful'], 'runs again')
  checkInvariants(base)
})

void t.test('R16: nothing hangs on a cycle that was left', async (t) => {
  const { runs, a, b } = circle()
  const base = new Context()
  for (let round = 0; round < 3; round++) {
    throws(t, () => base.get(a), CycleError)
    throws(t, () => base.get(b), CycleError)
  }
  t.equal(base.fork().tweak(a, 1).get(b), 2)
  t.throws(() => Context.current(), { code: 'DUGOUT_OUTSIDE_CONTEXT' }, 'every frame was left')
  runs.take()
  checkInvariants(base)
})

void t.test('R17: the worked example', async (t) => {
  const { runs, ok, bad } = failing()
  const base = new Context()
  const child = base.fork()
  let error: unknown
  steps(
    base,
    () => {
      error = thrown(t, () => base.get(bad))
    },
    () =>
      t.equal(
        thrown(t, () => base.get(bad)),
        error,
      ),
    () => t.same(runs.take(), { ok: 1, bad: 1 }),
    () => child.tweak(ok, true),
    () => t.equal(child.get(bad), 'good'),
    () => t.same(runs.take(), { bad: 1 }),
    () =>
      t.equal(
        thrown(t, () => base.get(bad)),
        error,
      ),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R17: whatever is thrown is thrown again, the same', async (t) => {
  const runs = new Runs()
  for (const what of [new Error('e'), 'text', 0, undefined, null, Number.NaN, { code: 1 }]) {
    const bad = tracked('bad', () => {
      runs.count('bad')
      throw what
    })
    const through = tracked('through', () => bad())
    const base = new Context()
    const caught: unknown[] = []
    for (const target of [bad, through, bad, through]) {
      try {
        base.get(target)
        t.fail('threw nothing')
      } catch (error) {
        caught.push(error)
      }
    }
    try {
      base.fork().run(bad)
    } catch (error) {
      caught.push(error)
    }
    t.equal(caught.length, 5)
    for (const error of caught) t.ok(Object.is(error, what), inspect(what))
    t.same(runs.take(), { bad: 1 })
    checkInvariants(base)
  }
})

void t.test('R17: an error is cleared by a change of a dependency, by unload, by invalidate', async (t) => {
  const { runs, ok, bad } = failing()
  const base = new Context()
  const error = thrown(t, () => base.get(bad))
  runs.take()
  base.unload(bad)
  t.not(
    thrown(t, () => base.get(bad)),
    error,
    'run again',
  )
  t.same(runs.take(), { bad: 1 })
  base.invalidate(bad)
  thrown(t, () => base.get(bad))
  t.same(runs.take(), { bad: 1 })
  thrown(t, () => base.get(bad))
  t.same(runs.take(), {})
  base.tweak(ok, true)
  t.equal(base.get(bad), 'good')
  t.same(runs.take(), { bad: 1 })
  base.tweak(ok, false)
  t.ok(thrown(t, () => base.get(bad)) instanceof Error)
  base.untweak(ok)
  t.ok(thrown(t, () => base.get(bad)) instanceof Error)
  checkInvariants(base)
})

void t.test('R17: an error before the first dependency, and one that hangs on a dependency read before', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 0)
  const inverse = tracked('inverse', () => {
    runs.count('inverse')
    if (x() === 0) throw new RangeError('division by zero')
    return 1 / x()
  })
  const outer = tracked('outer', () => {
    runs.count('outer')
    return inverse() + 1
  })
  const base = new Context()
  thrown(t, () => base.get(outer))
  thrown(t, () => base.get(outer))
  t.same(runs.take(), { x: 1, inverse: 1, outer: 1 })
  const child = base.fork().tweak(x, 2)
  t.equal(child.get(outer), 1.5)
  t.same(runs.take(), { inverse: 1, outer: 1 })
  base.tweak(x, 4)
  t.equal(base.get(outer), 1.25)
  t.equal(child.get(outer), 1.5)
  child.tweak(x, 0)
  t.ok(thrown(t, () => child.get(outer)) instanceof RangeError)
  checkInvariants(base)
})

void t.test('R17: a rejection is an error like others', async (t) => {
  const runs = new Runs()
  const ok = runs.leaf('ok', false)
  const bad = tracked('bad', async () => {
    runs.count('bad')
    await tick()
    if (!ok()) throw new Error('not ok')
    return 'good'
  })
  const base = new Context()
  const error = await rejected(t, base.get(bad))
  t.equal(await rejected(t, base.get(bad)), error)
  t.same(runs.take(), { ok: 1, bad: 1 })
  const child = base.fork().tweak(ok, true)
  t.equal(await child.get(bad), 'good')
  t.equal(await rejected(t, base.get(bad)), error)
  t.same(runs.take(), { bad: 1 })
  const both = await Promise.allSettled([base.fork().get(bad), base.get(bad)])
  t.same(
    both.map((one) => one.status),
    ['rejected', 'rejected'],
  )
  t.same(runs.take(), {})
  base.unload(bad)
  await rejected(t, base.get(bad))
  t.same(runs.take(), { bad: 1 })
  checkInvariants(base)
})

void t.test('R17: `cacheErrors: false`: an error is not kept, a value is', async (t) => {
  const runs = new Runs()
  let up = false
  const flaky = tracked(
    'flaky',
    () => {
      runs.count('flaky')
      if (!up) throw new Error('down')
      return 'up'
    },
    { cacheErrors: false },
  )
  const through = tracked('through', () => flaky())
  const base = new Context()
  thrown(t, () => base.get(flaky))
  thrown(t, () => base.get(flaky))
  thrown(t, () => base.get(through))
  t.same(runs.take(), { flaky: 3 })
  t.equal(base.has(flaky), false)
  up = true
  t.equal(base.get(through), 'up', 'callers are not stuck with it')
  t.equal(base.get(flaky), 'up')
  t.equal(base.get(flaky), 'up')
  t.same(runs.take(), { flaky: 1 })
  checkInvariants(base)
})

void t.test('R17: errors of disposed contexts are never cached', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  let child = base.fork().tweak(x, 5)
  child.dispose()
  const reads = tracked('reads', () => {
    runs.count('reads')
    return child.get(top)
  })
  throws(t, () => base.get(reads), DisposedError)
  child = base.fork().tweak(x, 5)
  t.equal(base.get(reads), 35)
  t.equal(runs.take()['reads'], 2)
  checkInvariants(base)
})

void t.test('R18: when a callee whose error was caught recovers, the catcher runs', async (t) => {
  const { runs, ok, bad } = failing()
  const catcher = tracked('catcher', () => {
    runs.count('catcher')
    try {
      return bad()
    } catch {
      return 'fallback'
    }
  })
  const above = tracked('above', () => catcher().toUpperCase())
  const base = new Context()
  t.equal(base.get(above), 'FALLBACK')
  t.equal(base.get(above), 'FALLBACK')
  t.same(runs.take(), { ok: 1, bad: 1, catcher: 1 })
  t.same(
    base.dependencies(catcher).map((node) => node.id),
    [bad.at().id],
  )
  const child = base.fork().tweak(ok, true)
  steps(
    base,
    () => t.equal(child.get(above), 'GOOD'),
    () => t.same(runs.take(), { bad: 1, catcher: 1 }),
    () => t.equal(base.get(above), 'FALLBACK'),
    () => t.same(runs.take(), {}),
    () => base.tweak(ok, true),
    () => t.equal(base.get(above), 'GOOD'),
    () => base.tweak(ok, false),
    () => t.equal(base.get(above), 'FALLBACK'),
    () => t.equal(base.fork().tweak(bad, 'tweaked').get(above), 'TWEAKED'),
  )
})

void t.test('R18: the same with awaits, and with Promise.allSettled', async (t) => {
  const runs = new Runs()
  const ok = runs.leaf('ok', false)
  const bad = tracked('bad', async () => {
    await tick()
    if (!ok()) throw new Error('not ok')
    return 'good'
  })
  const catcher = tracked('catcher', async () => {
    runs.count('catcher')
    try {
      return await bad()
    } catch {
      return 'fallback'
    }
  })
  const settled = tracked('settled', async () => (await Promise.allSettled([bad(), bad()])).map((one) => one.status))
  const base = new Context()
  t.equal(await base.get(catcher), 'fallback')
  t.same(await base.get(settled), ['rejected', 'rejected'])
  t.equal(await base.get(catcher), 'fallback')
  t.same(runs.take(), { ok: 1, catcher: 1 })
  base.tweak(ok, true)
  t.equal(await base.get(catcher), 'good')
  t.same(await base.get(settled), ['fulfilled', 'fulfilled'])
  t.same(runs.take(), { catcher: 1 })
  checkInvariants(base)
})

/** link(n) = link(n - 1) + 1, link(0) = seed. */
function chain() {
  const seed = tracked('seed', () => 0)
  const link = tracked('link', (n: number): number => (n === 0 ? seed() : link(n - 1) + 1))
  return { seed, link }
}

void t.test('R33: ten thousand nested calls work, or say how deep they are and the way out', async (t) => {
  const { link } = chain()
  const base = new Context()
  try {
    t.equal(base.run(link, 10_000), 10_000)
  } catch (error) {
    const { message, code } = isError(t, error, DepthError)
    t.equal(code, 'DUGOUT_DEPTH')
    t.ok(message.includes(link.at(10_000).id), message)
    t.match(message, /stack/i)
  }
  checkInvariants(base)
  t.equal(base.run(link, 100), 100)
})

void t.test('R33: a thousand nested calls work', async (t) => {
  const { link } = chain()
  const base = new Context()
  t.equal(base.run(link, 1000), 1000)
  checkInvariants(base)
})

// Far beyond any default stack, whatever a level costs.
const deep = 60_000

void t.test('R33: beyond the stack: both ends, the length and the ways out; nothing cached wrongly', async (t) => {
  const { seed, link } = chain()
  const outer = tracked('outer', (n: number) => link(n) * 2)
  const base = new Context()
  const error = throws(t, () => base.get(outer.at(deep)), DepthError)
  t.equal(error.code, 'DUGOUT_DEPTH')
  t.ok(error.message.includes(outer.at(deep).id), `where the chain began: ${error.message}`)
  const deepest = Math.min(...[...error.message.matchAll(/link\((\d+)\)/g)].map((match) => Number(match[1])))
  t.ok(deepest > 0 && deepest < deep, 'where it ended')
  const numbers = [...error.message.matchAll(/\d[\d_,]*/g)].map((match) => Number(match[0].replace(/[_,]/g, '')))
  const length = deep - deepest + 2
  t.ok(
    numbers.some((n) => Math.abs(n - length) <= 3),
    `the length, about ${length}`,
  )
  t.match(error.message, /stack/i)
  t.match(error.message, /beginning|start/i)
  t.match(error.message, /worker/i)
  checkInvariants(base)
  for (let n = 0; n <= deep; n += 500) t.equal(base.run(link, n), n)
  t.equal(base.get(outer.at(deep)), deep * 2, 'read from its beginning it works')
  checkInvariants(base)

  // The same on the way of verification: all of it masked, read from the far end first.
  const child = base.fork().tweak(seed, 5)
  try {
    t.equal(child.run(link, deep), deep + 5)
  } catch (error) {
    isError(t, error, DepthError)
  }
  for (let n = 0; n <= deep; n += 500) t.equal(child.run(link, n), n + 5)
  t.equal(child.get(outer.at(deep)), (deep + 5) * 2)
  t.equal(base.get(outer.at(deep)), deep * 2)
  checkInvariants(base)
})

void t.test('R33: a body that catches the overflow does not fix a wrong value', async (t) => {
  const careful = tracked('careful', (n: number): number => {
    if (n === 0) return 0
    try {
      return careful(n - 1) + 1
    } catch {
      return -1_000_000_000
    }
  })
  const base = new Context()
  base.run(careful, deep)
  for (let n = 0; n <= deep; n += 250) t.equal(base.run(careful, n), n)
  checkInvariants(base)
})

void t.test('R33: the stack is as it was after an overflow', async (t) => {
  const { link } = chain()
  const base = new Context()
  const other = worked()
  throws(t, () => base.run(link, deep), DepthError)
  throws(t, () => Context.current(), OutsideContextError)
  t.equal(base.get(other.top), 31)
  t.equal(base.run(link, 500), 500)
  checkInvariants(base)
})

void t.test('errors: every class is a DugoutError with a code of its own, and keeps its name', async (t) => {
  const codes = new Map<unknown, string>([
    [OutsideContextError, 'DUGOUT_OUTSIDE_CONTEXT'],
    [CycleError, 'DUGOUT_CYCLE'],
    [DepthError, 'DUGOUT_DEPTH'],
    [SupersededError, 'DUGOUT_SUPERSEDED'],
    [LateDependencyError, 'DUGOUT_LATE_DEPENDENCY'],
    [AbortedError, 'DUGOUT_ABORTED'],
    [DisposedError, 'DUGOUT_DISPOSED'],
    [TweakInsideError, 'DUGOUT_TWEAK_INSIDE'],
    [FrozenContextError, 'DUGOUT_FROZEN_CONTEXT'],
    [ForeignContextError, 'DUGOUT_FOREIGN_CONTEXT'],
    [CyclicArgumentError, 'DUGOUT_CYCLIC_ARGUMENT'],
    [PromiseTweakError, 'DUGOUT_PROMISE_TWEAK'],
    [UnknownTargetError, 'DUGOUT_UNKNOWN_TARGET'],
    [InvalidFunctionError, 'DUGOUT_INVALID_FUNCTION'],
    [DuplicateNameError, 'DUGOUT_DUPLICATE_NAME'],
    [NotSerialisableError, 'DUGOUT_NOT_SERIALISABLE'],
  ])
  t.equal(new Set(codes.values()).size, 16)
  const { x } = worked()
  const frozen = new Context().with([])
  const disposed = new Context()
  disposed.dispose()
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  const any = tracked('any', (key: unknown) => typeof key)
  for (const fails of [
    () => x(),
    () => Context.current(),
    () => frozen.tweak(x, 1),
    () => disposed.get(x),
    () => any.at(cyclic),
    () => tracked(5 as never),
    () => new Context().get({} as never),
    () => new TweakSet().replace(x, () => 1).toJSON(),
  ]) {
    const error = thrown(t, fails) as DugoutError
    t.ok(error instanceof DugoutError && error instanceof Error)
    t.equal(error.code, codes.get(error.constructor))
    t.equal(error.name, error.constructor.name)
    t.ok(error.message.length > 20)
    t.match(error.stack, error.name)
  }
  for (const type of codes.keys()) t.ok((type as typeof DugoutError).prototype instanceof DugoutError)
})

void t.test('errors: outside a context: names the call and says to run or bind', async (t) => {
  const { runs, top } = worked()
  const volume = tracked('volume', (region: string) => region.length)
  const error = throws(t, () => volume('EU'), OutsideContextError)
  t.match(error.message, /volume\("EU"\)/)
  t.match(error.message, /run/)
  t.match(error.message, /bind/)
  throws(t, () => top(), OutsideContextError)
  t.same(runs.take(), {})
})

void t.test('errors: not a function, or a generator function', async (t) => {
  for (const bad of [
    undefined,
    null,
    5,
    'name',
    {},
    Symbol('s'),
    function* generates() {
      yield 1
    },
    async function* generates() {
      yield 1
    },
  ]) {
    const error = throws(t, () => tracked('named', bad as never), InvalidFunctionError)
    t.equal(error.code, 'DUGOUT_INVALID_FUNCTION')
    // An object by itself is the options of a decorator, a string by itself a name without a function.
    if (bad?.constructor !== Object) throws(t, () => tracked(bad as never), InvalidFunctionError)
  }
  const named = throws(
    t,
    () =>
      tracked(function* generates() {
        yield 1
      } as never),
    InvalidFunctionError,
  )
  t.match(named.message, /generates/)
})

void t.test('errors: adjustments, replacements and listeners that are no functions change nothing', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  t.equal(base.get(top), 31)
  for (const bad of [undefined, null, 5, 'scale', {}]) {
    t.ok(thrown(t, () => base.adjust(x, bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.replace(x, bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.watch(x, bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.observe(bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.run(bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.bind(bad as never)) instanceof Error)
    t.ok(thrown(t, () => base.batch(bad as never)) instanceof Error)
  }
  t.equal(base.tweaks.size, 0)
  t.equal(base.get(top), 31)
  base.tweak(x, 5)
  t.equal(base.get(top), 35)
  checkInvariants(base)
})

void t.test('errors: a list of tweaks with one bad entry sets none of them', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  t.equal(base.get(top), 31)
  const contexts = base.stats().contexts
  const bad = [
    [x, 5],
    [y, Promise.resolve(1)],
  ] as never
  throws(t, () => base.fork({ tweaks: bad }), PromiseTweakError)
  throws(t, () => base.with(bad), PromiseTweakError)
  throws(
    t,
    () =>
      base.fork({
        tweaks: [
          [x, 5],
          [() => 1, 2],
        ] as never,
      }),
    UnknownTargetError,
  )
  t.equal(base.get(top), 31)
  t.equal(base.stats().contexts, contexts)
  t.equal(base.stats().masked, 0)
  checkInvariants(base)
})

void t.test('errors: the message has the chain of callers', async (t) => {
  const { x } = worked()
  const inner = tracked('inner', (n: number) => {
    Context.current().tweak(x, n)
    return n
  })
  const middle = tracked('middle', (region: string) => inner(region.length))
  const outer = tracked('outer', () => middle('EU'))
  const base = new Context()
  const error = throws(t, () => base.get(outer), TweakInsideError)
  for (const node of [inner.at(2), middle.at('EU'), outer.at()]) t.ok(error.message.includes(node.id), node.id)
  t.ok(error.message.includes('x'), 'and the target')
  checkInvariants(base)
})

void t.test('errors: a disposed context says which it is', async (t) => {
  const { x } = worked()
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'cheaper' })
  child.dispose()
  const error = throws(t, () => child.get(x), DisposedError)
  t.equal(error.code, 'DUGOUT_DISPOSED')
  t.match(error.message, /cheaper/)
  t.equal(base.get(x), 1)
})

void t.test('errors: in the middle of an evaluation nothing is half changed', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  let fail = true
  const left = tracked('left', () => {
    runs.count('left')
    return x() + 1
  })
  const right = tracked('right', () => {
    runs.count('right')
    if (fail) throw new Error('external')
    return x() + 2
  })
  const sum = tracked('sum', () => {
    runs.count('sum')
    return left() + right()
  })
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  thrown(t, () => child.get(sum))
  checkInvariants(base)
  thrown(t, () => base.get(sum))
  checkInvariants(base)
  t.equal(child.get(left), 6)
  t.equal(base.get(left), 2)
  t.same(runs.take(), { x: 1, left: 2, right: 1, sum: 2 }, 'right failed before it read anything: one result for both')
  fail = false
  base.invalidate(right)
  t.equal(base.get(sum), 5)
  t.equal(child.get(sum), 13)
  t.same(runs.take(), { right: 2, sum: 2 })
  checkInvariants(base)
})

void t.test(
  'errors: one of another copy of dugout is a DugoutError, too; of a class of this copy it is none',
  async (t) => {
    const brand = Symbol.for('dugout.error')
    const foreign = Object.assign(new Error('from elsewhere'), { [brand]: true })
    t.ok(foreign instanceof DugoutError)
    t.notOk(foreign instanceof CycleError)
    for (const own of [new CyclicArgumentError('f()'), new DisposedError('f()')]) {
      t.ok(own instanceof DugoutError)
      t.equal(Reflect.get(own, brand), true)
      t.same(Object.keys(own).sort(), ['code', 'name'])
    }
    for (const other of [new Error('e'), { code: 'DUGOUT_CYCLE' }, null, undefined, 'DUGOUT_CYCLE'])
      t.notOk((other as unknown) instanceof DugoutError)
  },
)

void t.test('errors: a package that is missing is named, with what to type', async (t) => {
  const error = new MissingPackageError('The store', ['one', 'two'], { cause: 'absent' })
  t.equal(error.code, 'DUGOUT_MISSING_PACKAGE')
  t.equal(error.message, 'The store needs one and two, not installed here: npm install one two')
  t.equal(error.cause, 'absent')
})

void t.test('errors: what is tracked already is not tracked again', async (t) => {
  const price = tracked('price', () => 1)
  for (const again of [() => tracked(price), () => tracked('other', price), () => tracked(price, { volatile: true })]) {
    const error = throws(t, again, InvalidFunctionError)
    t.match(error.message, /tracked already/)
  }
  t.equal(new Context().get(price), 1)
})
