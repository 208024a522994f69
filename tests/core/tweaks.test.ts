// R11 to R15: values, adjustments, precedence, tweaks inside bodies, sets of tweaks.
import { inspect } from 'node:util'
import { is } from 'immutable'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  add,
  Context,
  clamp,
  DuplicateNameError,
  ForeignContextError,
  FrozenContextError,
  NotSerialisableError,
  PromiseTweakError,
  percent,
  scale,
  TweakInsideError,
  TweakSet,
  tracked,
  UnknownTargetError,
} from '../../lib/index.js'
import { gate, Runs, settle, steps, thrown, throws, tick, worked } from './helpers.js'

/** price = vol * x^2, delta = (price at x + 1 - price at x - 1) / 2, by forks or by `with`. */
function desk(how: 'fork' | 'with') {
  const runs = new Runs()
  const vol = runs.leaf('vol', 2)
  const x = runs.leaf('x', 10)
  const price = tracked('price', () => {
    runs.count('price')
    return vol() * x() ** 2
  })
  const priceAt = (value: number) => {
    if (how === 'with')
      return Context.current()
        .with([[x, value]])
        .get(price)
    using inner = Context.current().fork().tweak(x, value)
    return inner.get(price)
  }
  const delta = tracked('delta', () => {
    runs.count('delta')
    return (priceAt(x() + 1) - priceAt(x() - 1)) / 2
  })
  return { runs, vol, x, price, delta }
}

void t.test('R11: the worked example: neither the body nor its callees run for a tweaked node', async (t) => {
  const { runs, mid, top } = worked()
  const base = new Context()
  const child = base.fork()
  steps(
    base,
    () => child.tweak(mid, 100),
    () => t.equal(child.get(top), 120),
    () => t.same(runs.take(), { y: 1, side: 1, top: 1 }),
  )
})

void t.test('R11: not even to verify', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  const child = base.fork().tweak(x, 5).tweak(mid, 100)
  t.equal(child.get(top), 120)
  t.same(runs.take(), { top: 1 })
  base.tweak(x, 50)
  child.tweak(x, 6)
  t.equal(child.get(top), 120)
  t.equal(child.get(mid), 100)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R11: nothing upstream removes the tweak', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(mid, 100)
  child.get(top)
  runs.take()
  steps(
    base,
    () => base.tweak(x, 50),
    () => t.equal(base.get(mid), 60),
    () => t.equal(child.get(mid), 100),
    () => base.tweak(mid, 7),
    () => t.equal(child.get(top), 120),
    () => base.untweak(mid),
    () => base.invalidate(x),
    () => base.invalidate(mid),
    () => child.invalidate(mid),
    () => child.unload(mid),
    () => child.unload(),
    () => base.clear(),
    () => child.clear(),
    () => t.equal(child.get(mid), 100),
    () => t.equal(child.get(top), 120),
    () => t.equal(child.tweaks.size, 1),
  )
})

void t.test('R11: a tweak in the root context', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context().tweak(x, 3)
  t.equal(base.get(top), 33)
  t.same(runs.take(), { y: 1, mid: 1, side: 1, top: 1 })
  t.equal(base.fork().get(top), 33)
  checkInvariants(base)
})

void t.test('R11: any value will do', async (t) => {
  const runs = new Runs()
  const value = runs.leaf<unknown>('value', 'body')
  const seen = tracked('seen', () => [value()])
  const error = new Error('a value, not thrown')
  for (const tweak of [undefined, null, Number.NaN, -0, 0, false, '', error, () => 5, [1], { a: 1 }, Symbol('s')]) {
    const base = new Context()
    base.get(seen)
    runs.take()
    const child = base.fork().tweak(value, tweak)
    t.ok(Object.is(child.get(value), tweak), inspect(tweak))
    t.ok(Object.is(child.get(seen)[0], tweak), `${inspect(tweak)}, read by another`)
    t.same(runs.take(), {})
    t.equal(base.get(value), 'body')
    child.untweak(value)
    t.strictSame(child.get(seen), ['body'])
    checkInvariants(base)
  }
})

void t.test('R11: one call of a function with arguments', async (t) => {
  const runs = new Runs()
  const volume = tracked('volume', (region: string) => {
    runs.count(region)
    return region.length
  })
  const total = tracked('total', () => volume('EU') + volume('APAC'))
  const base = new Context()
  const child = base.fork().tweak(volume.at('EU'), 1000)
  t.equal(child.get(total), 1004)
  t.same(runs.take(), { APAC: 1 })
  t.equal(base.get(total), 6)
  t.same(runs.take(), { EU: 1 })
  checkInvariants(base)
})

void t.test('R11: a tweaked async function still returns a promise', async (t) => {
  const runs = new Runs()
  const rate = tracked('rate', async (of: string) => {
    runs.count('rate')
    return of.length
  })
  const plain = tracked('plain', () => Promise.resolve(1), { async: true })
  const twice = tracked('twice', async () => (await rate('EUR')) * 2)
  const base = new Context()
  const child = base.fork().tweak(rate, 5).tweak(plain, 6)
  const single = base.fork().tweak(rate.at('EUR'), 7)
  const inRun = child.run(() => rate('EUR'))
  t.ok(inRun instanceof Promise)
  t.equal(await inRun, 5)
  t.ok(child.get(plain) instanceof Promise)
  t.equal(await child.get(plain), 6)
  t.equal(await child.get(twice), 10)
  t.equal(await single.get(twice), 14)
  const adjusted = base.fork().adjust(rate, (previous) => previous * 10)
  t.same(runs.take(), {})
  t.equal(await adjusted.get(twice), 60)
  t.same(runs.take(), { rate: 1 })
  t.equal(await base.get(twice), 6)
  t.same(runs.take(), {})
  const replaced = base.fork().replace(rate, async (of) => of.length + 100)
  t.equal(await replaced.get(twice), 206)
  checkInvariants(base)
})

void t.test('R11: a promise as the value of a synchronous function is refused and changes nothing', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  base.get(top)
  const child = base.fork().tweak(x, 5)
  child.get(top)
  runs.take()
  const value = Promise.resolve(9) as unknown as number
  for (const attempt of [
    () => child.tweak(x, value),
    () => child.tweak(x.at(), value),
    () => base.tweak(x, value),
    () => new Context({ tweaks: [[x, value]] }),
    () => child.with([[x, value]]),
    () => child.fork({ tweaks: [[x, value]] }),
  ]) {
    const error = throws(t, attempt, PromiseTweakError)
    t.equal(error.code, 'DUGOUT_PROMISE_TWEAK')
    t.match(error.message, /\bx\b/)
    t.match(error.message, /await/)
  }
  t.equal(child.get(top), 35)
  t.equal(base.get(top), 31)
  t.equal(base.tweaks.size, 0)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R11: a target that is not tracked is refused and changes nothing', async (t) => {
  const { x, top } = worked()
  const base = new Context().tweak(x, 5)
  t.equal(base.get(top), 35)
  const before = base.stats()
  for (const target of [() => 1, {}, null, undefined, 'x', 5, Symbol('x')]) {
    const bad = target as typeof x
    for (const attempt of [
      () => base.tweak(bad, 1),
      () => base.adjust(bad, (n) => n),
      () => base.replace(bad, () => 1),
      () => base.get(bad),
      () => base.peek(bad),
      () => base.has(bad),
      () => base.isMasked(bad),
      () => base.invalidate(bad),
      () => base.watch(bad, () => {}),
      () => base.dependencies(bad),
      () => base.dependents(bad),
      () => new TweakSet().tweak(bad, 1),
      () => new Context({ tweaks: [[bad, 1]] }),
    ]) {
      const error = throws(t, attempt, UnknownTargetError)
      t.equal(error.code, 'DUGOUT_UNKNOWN_TARGET')
      t.match(error.message, /tracked/)
    }
    if (target !== undefined) {
      throws(t, () => base.untweak(bad), UnknownTargetError)
      throws(t, () => base.unload(bad), UnknownTargetError)
    }
  }
  t.equal(base.tweaks.size, 1)
  t.equal(base.get(top), 35)
  t.same({ ...base.stats(), hits: 0 }, { ...before, hits: 0 })
  checkInvariants(base)
})

void t.test('R12: the worked example: adjustments compose from the outermost inward', async (t) => {
  const { x, mid } = worked()
  const base = new Context()
  const a = base.fork()
  const b = a.fork()
  steps(
    base,
    () => a.adjust(x, (previous) => previous * 10),
    () => b.adjust(x, (previous) => previous + 1),
    () => t.equal(a.get(x), 10),
    () => t.equal(b.get(x), 11),
    () => t.equal(b.get(mid), 21),
    () => base.tweak(x, 2),
    () => t.equal(b.get(x), 21),
    () => t.equal(b.get(mid), 31),
    () => t.equal(a.get(mid), 30),
    () => t.equal(base.get(mid), 12),
  )
})

void t.test('R12: previous is evaluated in the context that reads, so inner tweaks flow through', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context()
  const outer = base.fork().adjust(mid, (previous) => previous * 2)
  const inner = outer.fork().tweak(x, 5)
  steps(
    base,
    () => t.equal(outer.get(mid), 22),
    () => t.equal(inner.get(mid), 30),
    () => t.equal(outer.get(mid), 22),
    () => t.equal(inner.get(top), 50),
    () => inner.tweak(x, 6),
    () => t.equal(inner.get(top), 52),
    () => base.tweak(x, 0),
    () => t.equal(outer.get(top), 40),
    () => t.equal(inner.get(top), 52),
    () => inner.untweak(x),
    () => t.equal(inner.get(top), 40),
  )
})

void t.test('R12: a value below is what previous is, a value above hides the adjustment', async (t) => {
  const { runs, x } = worked()
  let asked = 0
  const base = new Context()
  const a = base.fork().tweak(x, 3)
  const b = a.fork().adjust(x, (previous) => {
    asked++
    return previous * 10
  })
  const c = b.fork().tweak(x, 5)
  const d = c.fork().adjust(x, (previous) => previous + 1)
  t.equal(c.get(x), 5)
  t.equal(d.get(x), 6)
  t.equal(asked, 0, 'no adjustment under a value is asked')
  t.equal(b.get(x), 30)
  t.equal(asked, 1)
  t.same(runs.take(), {}, 'nor is the body')
  b.get(x)
  t.equal(asked, 1, 'an adjusted value is a result, kept like others')
  a.tweak(x, 4)
  t.equal(b.get(x), 40)
  t.equal(c.get(x), 5)
  t.equal(d.get(x), 6)
  t.equal(asked, 2)
  checkInvariants(base)
})

void t.test('R12: the result below an adjustment is kept when the adjustment goes or changes', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  steps(
    base,
    () => base.adjust(mid, (previous) => previous + 1),
    () => t.equal(base.get(top), 32),
    () => t.same(runs.take(), { top: 1 }),
    () => base.adjust(mid, (previous) => previous + 2),
    () => t.equal(base.get(top), 33),
    () => t.same(runs.take(), { top: 1 }),
    () => base.tweak(x, 5),
    () => t.equal(base.get(mid), 17),
    () => t.same(runs.take(), { mid: 1 }),
    () => base.untweak(mid),
    () => t.equal(base.get(mid), 15),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R12: the adjustment of a whole function gets the arguments', async (t) => {
  const calls: unknown[][] = []
  const volume = tracked('volume', (region: string, year: number) => region.length * year)
  const base = new Context()
  const child = base.fork().adjust(volume, (previous, region, year) => {
    calls.push([previous, region, year])
    return region === 'EU' ? previous + year : previous
  })
  t.equal(child.get(volume.at('EU', 3)), 9)
  t.equal(child.get(volume.at('APAC', 3)), 12)
  t.equal(base.get(volume.at('EU', 3)), 6)
  t.same(calls, [
    [6, 'EU', 3],
    [12, 'APAC', 3],
  ])
  checkInvariants(base)
})

void t.test('R12: what an adjustment reads is a dependency', async (t) => {
  const { runs, x, y } = worked()
  const base = new Context()
  const child = base.fork().adjust(x, (previous) => previous + y())
  const reads = tracked('reads', () => {
    runs.count('reads')
    return x()
  })
  t.equal(child.get(reads), 3)
  base.tweak(y, 10)
  t.equal(child.get(reads), 11)
  t.equal(child.fork().tweak(y, 20).get(reads), 21, 'in the context that reads')
  t.equal(base.get(reads), 1)
  checkInvariants(base)
})

void t.test('R12: an adjustment to an equal value stops the change', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  const child = base.fork().adjust(x, (previous) => previous * 1)
  t.equal(child.get(top), 31)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R12: errors below pass an adjustment, errors in it are results', async (t) => {
  const runs = new Runs()
  const boom = new Error('boom')
  const bad = tracked('bad', (): number => {
    runs.count('bad')
    throw boom
  })
  const x = runs.leaf('x', 1)
  let asked = 0
  const base = new Context()
  const child = base.fork().adjust(bad, (previous) => {
    asked++
    return previous
  })
  t.equal(
    thrown(t, () => child.get(bad)),
    boom,
  )
  t.equal(asked, 0)
  const wrong = new Error('wrong')
  child.adjust(x, () => {
    asked++
    throw wrong
  })
  t.equal(
    thrown(t, () => child.get(x)),
    wrong,
  )
  t.equal(
    thrown(t, () => child.get(x)),
    wrong,
  )
  t.equal(asked, 1, 'cached like others')
  t.equal(base.get(x), 1)
  checkInvariants(base)
})

void t.test('R12: replace: another body, of the whole function or of one call', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const f = tracked('f', (n: number) => {
    runs.count('f')
    return n + x()
  })
  const sum = tracked('sum', () => f(1) + f(2))
  const base = new Context()
  t.equal(base.get(sum), 5)
  const child = base.fork().replace(f, (n) => {
    runs.count('replacement')
    return n * 100 + x()
  })
  runs.take()
  t.equal(child.get(sum), 302)
  t.same(runs.take(), { replacement: 2 })
  child.replace(f.at(2), (n) => n * 1000)
  t.equal(child.get(sum), 2101)
  base.tweak(x, 5)
  t.equal(child.get(sum), 2105, 'a replacement reads like a body')
  t.equal(child.fork().tweak(x, 7).get(sum), 2107)
  child.untweak(f.at(2))
  t.equal(child.get(sum), 310)
  child.untweak(f)
  t.equal(child.get(sum), 13)
  t.equal(base.get(sum), 13)
  checkInvariants(base)
})

void t.test('R12: an adjustment over a replacement', async (t) => {
  const { x, mid } = worked()
  const base = new Context()
  const a = base.fork().replace(mid, () => x() * 100)
  const b = a.fork().adjust(mid, (previous) => previous + 1)
  const c = b.fork().tweak(x, 3)
  t.same(
    [base, a, b, c].map((context) => context.get(mid)),
    [11, 100, 101, 301],
  )
  checkInvariants(base)
})

void t.test('R13: an inner context beats an outer one, one call the whole function in one context', async (t) => {
  const f = tracked('f', (n: number) => n)
  const base = new Context()
  const outer = base.fork().tweak(f, 100).tweak(f.at(1), 11)
  const inner = outer.fork().tweak(f, 200)
  const other = base.fork().tweak(f.at(1), 11).tweak(f, 100)
  steps(
    base,
    () =>
      t.same(
        [1, 2].map((n) => outer.get(f.at(n))),
        [11, 100],
      ),
    () =>
      t.same(
        [1, 2].map((n) => other.get(f.at(n))),
        [11, 100],
        'whatever was said last',
      ),
    () =>
      t.same(
        [1, 2].map((n) => inner.get(f.at(n))),
        [200, 200],
        'the inner function beats the outer call',
      ),
    () => inner.tweak(f.at(2), 22),
    () =>
      t.same(
        [1, 2, 3].map((n) => inner.get(f.at(n))),
        [200, 22, 200],
      ),
    () => outer.untweak(f.at(1)),
    () =>
      t.same(
        [1, 2].map((n) => outer.get(f.at(n))),
        [100, 100],
      ),
    () => inner.untweak(f.at(2)),
    () =>
      t.same(
        [1, 2].map((n) => inner.get(f.at(n))),
        [200, 200],
      ),
    () => inner.untweak(f),
    () =>
      t.same(
        [1, 2].map((n) => inner.get(f.at(n))),
        [100, 100],
      ),
    () => outer.untweak(),
    () =>
      t.same(
        [1, 2].map((n) => inner.get(f.at(n))),
        [1, 2],
      ),
    () =>
      t.same(
        [1, 2].map((n) => base.get(f.at(n))),
        [1, 2],
      ),
  )
})

void t.test('R13: an adjustment of the whole function over a value of one call', async (t) => {
  const f = tracked('f', (n: number) => n)
  const base = new Context()
  const outer = base.fork().tweak(f.at(1), 10)
  const inner = outer.fork().adjust(f, (previous) => previous + 1)
  const innermost = inner.fork().adjust(f.at(1), (previous) => previous * 2)
  const read = (context: Context) => [1, 2].map((n) => context.get(f.at(n)))
  t.same([base, outer, inner, innermost].map(read), [
    [1, 2],
    [10, 2],
    [11, 3],
    [22, 3],
  ])
  outer.untweak(f.at(1))
  t.same([base, outer, inner, innermost].map(read), [
    [1, 2],
    [1, 2],
    [2, 3],
    [4, 3],
  ])
  outer.tweak(f, 7)
  t.same([outer, inner, innermost].map(read), [
    [7, 7],
    [8, 8],
    [16, 8],
  ])
  checkInvariants(base)
})

void t.test('R13: the last word about one target counts, whatever kind it is', async (t) => {
  const { x } = worked()
  const base = new Context()
  const child = base.fork()
  t.equal(
    child
      .adjust(x, (n) => n + 1)
      .tweak(x, 5)
      .get(x),
    5,
  )
  t.equal(child.adjust(x, scale(3)).get(x), 3, 'instead of the value, not on top of it')
  t.equal(child.replace(x, () => 9).get(x), 9)
  t.equal(child.tweak(x, 4).get(x), 4)
  t.equal(child.tweaks.size, 1)
  checkInvariants(base)
})

void t.test('R14: tweaking the running context from inside a body throws and changes nothing', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  base.get(top)
  const changes: [string, (context: Context) => unknown][] = [
    ['tweak', (context) => context.tweak(x, 5)],
    ['adjust', (context) => context.adjust(x, (n) => n + 1)],
    ['replace', (context) => context.replace(x, () => 5)],
    ['untweak', (context) => context.untweak(x)],
    ['untweak all', (context) => context.untweak()],
  ]
  const child = base.fork().tweak(x, 3)
  const grandchild = child.fork()
  for (const [name, change] of changes) {
    for (const target of [grandchild, child, base]) {
      let error: unknown
      const body = tracked('body', (label: string) => {
        top()
        try {
          change(target)
        } catch (caught) {
          error = caught
        }
        return label
      })
      grandchild.get(body.at(name))
      t.ok(error instanceof TweakInsideError, `${name}: ${String(error)}`)
      const { code, message } = error as TweakInsideError
      t.equal(code, 'DUGOUT_TWEAK_INSIDE')
      t.ok(message.includes(body.at(name).id), 'names the body')
      t.match(message, /fork|with\(/)
    }
  }
  t.same(
    [base, child, grandchild].map((context) => context.get(top)),
    [31, 33, 33],
  )
  t.same(
    [base, child, grandchild].map((context) => context.tweaks.size),
    [0, 1, 0],
  )
  runs.take()
  checkInvariants(base)
})

void t.test('R14: not caught, it is what the body throws', async (t) => {
  const { x } = worked()
  const base = new Context()
  const body = tracked('body', () => {
    Context.current().tweak(x, 5)
    return 1
  })
  const outer = tracked('outer', () => body())
  const error = throws(t, () => base.get(outer), TweakInsideError)
  t.ok(error.message.includes(outer.at().id), 'with the chain of callers')
  t.equal(base.tweaks.size, 0)
  t.equal(base.get(x), 1)
  checkInvariants(base)
})

void t.test('R14: also after an await', async (t) => {
  const { x } = worked()
  const base = new Context()
  const body = tracked('body', async () => {
    await tick()
    Context.current().tweak(x, 5)
  })
  await t.rejects(base.get(body), { code: 'DUGOUT_TWEAK_INSIDE' })
  t.equal(base.get(x), 1)
  checkInvariants(base)
})

void t.test('R14: a fresh child inside a body is allowed, and a run is not a body', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const body = tracked('body', () => Context.current().fork().tweak(x, 5).get(top))
  t.equal(base.get(body), 35)
  t.equal(base.get(top), 31)
  t.equal(
    base.run(() => {
      base.tweak(x, 7)
      return top()
    }),
    37,
  )
  const child = base.fork()
  t.equal(
    child.run(() => {
      base.tweak(x, 8)
      return top()
    }),
    38,
  )
  checkInvariants(base)
})

for (const how of ['fork', 'with'] as const) {
  void t.test(`R15: the worked example, by ${how}`, async (t) => {
    const { runs, vol, delta } = desk(how)
    const base = new Context()
    steps(
      base,
      () => t.equal(base.get(delta), 40),
      () => t.same(runs.take(), { vol: 1, x: 1, price: 2, delta: 1 }),
      () => t.equal(base.get(delta), 40),
      () => t.same(runs.take(), {}),
      () => base.tweak(vol, 3),
      () => t.equal(base.get(delta), 60),
      () => t.same(runs.take(), { price: 2, delta: 1 }),
    )
  })

  void t.test(`R15: a sensitivity under a scenario and back, by ${how}`, async (t) => {
    const { runs, vol, x, price, delta } = desk(how)
    const base = new Context()
    const child = base.fork().tweak(vol, 3)
    const unrelated = runs.leaf('unrelated', 1)
    base.get(unrelated)
    steps(
      base,
      () => t.equal(base.get(delta), 40),
      () => t.equal(child.get(delta), 60),
      () => t.equal(base.get(delta), 40),
      () => t.equal(child.get(price), 300),
      () => t.equal(base.get(price), 200),
      () => runs.take(),
      () => base.tweak(unrelated, 2),
      () => t.equal(base.get(delta), 40),
      () => t.equal(child.get(delta), 60),
      () => t.same(runs.take(), {}, 'checking it again costs nothing'),
      () => child.tweak(x, 20),
      () => t.equal(child.get(delta), 120),
      () => t.equal(base.get(delta), 40),
      () => t.equal(base.fork().tweak(price, 1).get(delta), 0, 'the tweak of the outer reaches the inner context'),
    )
  })

  void t.test(`R15: leaving the inner context keeps the scenario in the footprint, by ${how}`, async (t) => {
    const { runs, vol, x, delta } = desk(how)
    const base = new Context()
    const child = base.fork().tweak(vol, 3)
    steps(
      base,
      () => t.equal(child.get(delta), 60, 'first in the child'),
      () => runs.take(),
      () => t.equal(base.get(delta), 40, 'and not in the base'),
      () => t.same(runs.take(), { vol: 1, price: 2, delta: 1 }),
    )
    const other = base.fork()
    other.tweak(runs.leaf('nothing', 0), 1)
    t.equal(other.get(delta), 40)
    t.same(runs.take(), {}, 'homed in the base where nothing of the child was used')
    void x
    checkInvariants(base)
  })

  void t.test(`R15: cutoff through the inner context, by ${how}`, async (t) => {
    const { runs, vol, price, delta } = desk(how)
    const scaled = tracked('scaled', () => {
      runs.count('scaled')
      return delta() * 2
    })
    const base = new Context()
    t.equal(base.get(scaled), 80)
    runs.take()
    base.replace(vol, () => 1 + 1)
    t.equal(base.get(scaled), 80)
    t.same(runs.take(), {}, 'vol is equal, so nothing else runs')
    base.adjust(price, (n) => n + 1)
    t.equal(base.get(scaled), 80)
    t.same(runs.take(), { delta: 1 }, 'both prices moved, the difference did not')
    checkInvariants(base)
  })

  void t.test(`R15: a what-if inside a what-if, by ${how}`, async (t) => {
    const { runs, x, delta } = desk(how)
    const gamma = tracked('gamma', () => {
      runs.count('gamma')
      const at = (value: number) => {
        if (how === 'with')
          return Context.current()
            .with([[x, value]])
            .get(delta)
        using inner = Context.current().fork().tweak(x, value)
        return inner.get(delta)
      }
      return (at(x() + 1) - at(x() - 1)) / 2
    })
    const base = new Context()
    t.equal(base.get(gamma), 4)
    const counts = runs.take()
    t.equal(counts['gamma'], 1)
    t.equal(counts['delta'], 2)
    t.equal(base.get(gamma), 4)
    t.same(runs.take(), {})
    t.equal(base.fork().tweak(x, 100).get(gamma), 4)
    checkInvariants(base)
  })
}

void t.test('R15: equal tweak sets over one parent are one context', async (t) => {
  const { runs, x, y, top } = worked()
  const f = tracked('f', (n: number) => n)
  const base = new Context()
  const one = base.with([
    [x, 5],
    [y, 3],
  ])
  t.equal(
    one,
    base.with([
      [y, 3],
      [x, 5],
    ]),
    'in any order',
  )
  t.equal(one, base.with(new TweakSet().tweak(x, 5).tweak(y, 3)))
  t.equal(one, base.with(one.tweaks))
  t.equal(one.get(top), 45)
  runs.take()
  t.equal(
    base
      .with([
        [x, 5],
        [y, 3],
      ])
      .get(top),
    45,
  )
  t.same(runs.take(), {})
  t.not(one, base.with([[x, 5]]))
  t.not(base.with([[x, 5]]), base.with([[x, 6]]))
  t.not(base.with([[x, 5]]), base.fork().with([[x, 5]]), 'another parent')
  t.equal(base.with([[f.at(1), 5]]), base.with([[f.at(1), 5]]), 'nodes are equal where their calls are')
  t.not(base.with([[f.at(1), 5]]), base.with([[f, 5]]))
  t.equal(base.with(new TweakSet().adjust(x, scale(2))), base.with(new TweakSet().adjust(x, scale(2))))
  t.not(base.with(new TweakSet().adjust(x, scale(2))), base.with(new TweakSet().tweak(x, 2)))
  const twice = (n: number) => n * 2
  t.equal(base.with(new TweakSet().adjust(x, twice)), base.with(new TweakSet().adjust(x, twice)))
  t.not(base.with(new TweakSet().adjust(x, twice)), base.with(new TweakSet().replace(x, () => 2)))
  t.equal(one.parent, base)
  t.equal(one.depth, 1)
  t.equal(base.with([]), base.with(new TweakSet()))
  checkInvariants(base)
})

void t.test('R15: a context made by `with` cannot be tweaked further, but forked', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const frozen = base.with([[x, 5]])
  for (const attempt of [
    () => frozen.tweak(x, 6),
    () => frozen.tweak(y, 6),
    () => frozen.adjust(x, scale(2)),
    () => frozen.replace(x, () => 6),
    () => frozen.untweak(x),
    () => frozen.untweak(),
  ]) {
    const error = throws(t, attempt, FrozenContextError)
    t.equal(error.code, 'DUGOUT_FROZEN_CONTEXT')
    t.match(error.message, /fork/)
  }
  t.equal(frozen.get(top), 35)
  t.equal(frozen.tweaks.size, 1)
  t.equal(frozen.fork().tweak(y, 3).get(top), 45)
  t.equal(frozen.with([[y, 3]]).get(top), 45)
  base.tweak(y, 1)
  t.equal(frozen.get(top), 25, 'it follows its parent')
  checkInvariants(base)
})

void t.test("R15: reading a context that is not at or below one's own throws", async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const sibling = base.fork().tweak(x, 5)
  const stranger = new Context()
  let target: Context = base
  const reads = tracked('reads', (label: string) => label.length + target.get(top))
  const child = base.fork().tweak(x, 3)
  const below = child.fork().tweak(x, 4)
  // Depends on what child tweaks, so that it runs for the child.
  const inChild = tracked('inChild', (label: string) => (x() < 0 ? 1 : 0) + reads(label))
  for (const [name, context] of [
    ['parent', base],
    ['sibling', sibling],
    ['stranger', stranger],
  ] as const) {
    target = context
    const error = throws(t, () => child.get(inChild.at(name)), ForeignContextError)
    t.equal(error.code, 'DUGOUT_FOREIGN_CONTEXT')
    t.ok(error.message.includes(reads.at(name).id), 'names the body')
    checkInvariants(base)
  }
  target = child
  t.equal(child.get(inChild.at('own')), 36)
  target = below
  t.equal(child.get(inChild.at('below')), 39)
  t.equal(
    child.run(() => sibling.get(top)),
    35,
    'a run is not a body',
  )
  t.equal(stranger.get(top), 31)
  checkInvariants(base)
  checkInvariants(stranger)
})

void t.test('R15: one fork, tweaked and read in turn inside a body', async (t) => {
  const { runs, vol, x, price } = desk('fork')
  const ladder = tracked('ladder', () => {
    runs.count('ladder')
    const inner = Context.current().fork()
    const values: number[] = []
    for (const value of [1, 2, 1]) values.push(inner.tweak(x, value).get(price))
    values.push(inner.untweak(x).get(price))
    values.push(inner.adjust(x, add(1)).run(() => price()))
    return values
  })
  const base = new Context()
  t.same(base.get(ladder), [2, 8, 2, 200, 242])
  t.same(runs.take(), { vol: 1, x: 1, price: 4, ladder: 1 })
  t.same(base.get(ladder), [2, 8, 2, 200, 242])
  t.same(runs.take(), {})
  checkInvariants(base)
  base.tweak(vol, 3)
  t.same(base.get(ladder), [3, 12, 3, 300, 363])
  t.same(base.fork().tweak(x, 20).get(ladder), [3, 12, 3, 1200, 1323])
  t.same(base.get(ladder), [3, 12, 3, 300, 363])
  checkInvariants(base)
})

void t.test('R15: adjustments in an inner context are relative to the scenario', async (t) => {
  const { vol, x, price } = desk('with')
  const up = new TweakSet().adjust(x, add(1))
  const delta = tracked('delta', () => Context.current().with(up).get(price) - price())
  const base = new Context()
  const child = base.fork().tweak(x, 20)
  const doubled = child.fork().adjust(x, scale(2))
  const every = () => [base, child, doubled].map((context) => context.get(delta))
  t.same(every(), [42, 82, 162])
  base.tweak(vol, 1)
  t.same(every(), [21, 41, 81])
  child.untweak(x)
  t.same(every(), [21, 21, 41])
  checkInvariants(base)
})

void t.test(
  'R26: what is invalidated in the context of a what-if is asked again, also where the base answered',
  (t) => {
    const outside = { value: 1 }
    const other = tracked('other', () => 0)
    const leaf = tracked('leaf', () => outside.value)
    const middle = tracked('middle', () => leaf())
    const asks = tracked('asks', () =>
      Context.current()
        .with([[other, 5]])
        .get(middle),
    )
    const above = tracked('above', () =>
      Context.current()
        .with([[other, 6]])
        .get(asks),
    )
    const base = new Context({ name: 'base' })
    t.equal(base.get(above), 1)
    const child = base.fork({ name: 'child' })
    t.equal(child.get(asks), 1)
    outside.value = 2
    child
      .with([[other, 6]])
      .with([[other, 5]])
      .invalidate(leaf)
    t.equal(child.get(above), 2)
    t.equal(child.get(asks), 1)
    t.equal(base.get(above), 1)
    child.with([[other, 5]]).invalidate(leaf)
    t.equal(child.get(asks), 2)
    t.equal(base.get(asks), 1)
    checkInvariants(base)
    t.end()
  },
)

void t.test('R15: invalidate, unload and clear reach what was asked in inner contexts', async (t) => {
  const { runs, price, delta } = desk('with')
  const base = new Context()
  base.get(delta)
  runs.take()
  base.invalidate(price)
  t.equal(base.get(delta), 40)
  t.same(runs.take(), { price: 2 }, 'cutoff protects delta')
  const child = base.fork()
  child.invalidate(price)
  t.equal(base.get(delta), 40)
  t.same(runs.take(), {}, 'not above')
  t.equal(child.get(delta), 40)
  t.same(runs.take(), { price: 2 })
  checkInvariants(base)
  base.unload()
  t.equal(base.get(delta), 40)
  base.clear()
  t.equal(base.get(delta), 40)
  checkInvariants(base)
})

void t.test('R15, R18: an error of an inner context that was caught, and its recovery', async (t) => {
  const { runs, x } = worked()
  const limit = runs.leaf('limit', 5)
  const checked = tracked('checked', () => {
    if (x() > limit()) throw new Error('too much')
    return x()
  })
  const tries = tracked('tries', () => {
    runs.count('tries')
    try {
      return Context.current()
        .with([[x, 10]])
        .get(checked)
    } catch {
      return -1
    }
  })
  const base = new Context()
  t.equal(base.get(tries), -1)
  t.equal(base.get(tries), -1)
  t.equal(runs.take()['tries'], 1)
  t.equal(base.fork().tweak(limit, 20).get(tries), 10)
  t.equal(base.get(tries), -1)
  base.tweak(limit, 20)
  t.equal(base.get(tries), 10)
  base.tweak(limit, 3)
  t.equal(base.get(tries), -1)
  checkInvariants(base)
})

void t.test('R15: more inner contexts than anybody keeps', async (t) => {
  const { runs, vol, x, price } = desk('with')
  const grid = tracked('grid', () => {
    let sum = 0
    for (let value = 0; value < 1000; value++)
      sum += Context.current()
        .with([[x, value]])
        .get(price)
    return sum
  })
  const base = new Context()
  const squares = (999 * 1000 * 1999) / 6
  t.equal(base.get(grid), 2 * squares)
  t.equal(runs.take()['price'], 1000)
  t.equal(base.get(grid), 2 * squares)
  t.same(runs.take(), {})
  base.tweak(vol, 3)
  t.equal(base.get(grid), 3 * squares)
  t.equal(base.fork().tweak(vol, 1).get(grid), squares)
  t.equal(base.get(grid), 3 * squares)
  const held = Array.from({ length: 1000 }, (_, value) => base.with([[x, value]]))
  t.same(
    held.map((context) => context.get(price)),
    held.map((_, value) => 3 * value ** 2),
  )
  t.ok(held.every((context) => !context.disposed))
  checkInvariants(base)
})

void t.test('R15: an async sensitivity', async (t) => {
  const runs = new Runs()
  const vol = runs.leaf('vol', 2)
  const x = runs.leaf('x', 10)
  const price = tracked('price', async () => {
    runs.count('price')
    await tick()
    return vol() * x() ** 2
  })
  const delta = tracked('delta', async () => {
    runs.count('delta')
    await tick()
    const own = Context.current()
    using up = own.fork().tweak(x, x() + 1)
    const down = own.with([[x, x() - 1]])
    const [high, low] = await Promise.all([up.get(price), down.get(price)])
    return (high - low) / 2
  })
  const base = new Context()
  t.equal(await base.get(delta), 40)
  t.same(runs.take(), { vol: 1, x: 1, price: 2, delta: 1 })
  t.equal(await base.get(delta), 40)
  t.same(runs.take(), {})
  base.tweak(vol, 3)
  t.equal(await base.get(delta), 60)
  t.same(runs.take(), { price: 2, delta: 1 })
  const child = base.fork().tweak(vol, 4)
  t.equal(await child.get(delta), 80)
  t.equal(await base.get(delta), 60)
  t.same(runs.take(), { price: 2, delta: 1 })
  checkInvariants(base)
})

void t.test('R15, R21: a change while an async body waits for an inner context', async (t) => {
  const runs = new Runs()
  const hold = gate()
  const vol = runs.leaf('vol', 2)
  const x = runs.leaf('x', 10)
  const price = tracked('price', async () => {
    runs.count('price')
    const before = vol()
    await hold.opened
    return before * x() ** 2
  })
  const delta = tracked('delta', async () => {
    runs.count('delta')
    const at = (value: number) =>
      Context.current()
        .with([[x, value]])
        .get(price)
    const [high, low] = await Promise.all([at(11), at(9)])
    return (high - low) / 2
  })
  const base = new Context()
  const result = base.get(delta)
  await settle()
  base.tweak(vol, 3)
  hold.open()
  t.equal(await result, 60)
  t.equal(await base.get(delta), 60)
  t.equal(runs.take()['delta'], 1, 'delta had read nothing yet')
  checkInvariants(base)
})

void t.test('R15: the what-ifs of many bodies over one scenario are shared', async (t) => {
  const { runs, x, price } = desk('with')
  const up = tracked(
    'up',
    (label: string) =>
      label.length *
      Context.current()
        .with([[x, 11]])
        .get(price),
  )
  const base = new Context()
  t.equal(base.get(up.at('a')) + base.get(up.at('bc')), 3 * 242)
  t.equal(runs.take()['price'], 1)
  checkInvariants(base)
})

void t.test('TweakSet: immutable, each call gives a new set', async (t) => {
  const { x, y } = worked()
  const empty = new TweakSet()
  const one = empty.tweak(x, 5)
  const two = one.adjust(y, add(1))
  const three = two.replace(x, () => 7)
  t.same(
    [empty, one, two, three].map((set) => set.size),
    [0, 1, 2, 2],
  )
  t.equal(two.untweak(x).size, 1)
  t.equal(two.untweak(x).untweak(y).size, 0)
  t.equal(two.size, 2)
  const base = new Context({ tweaks: two })
  t.same(
    [x, y].map((target) => base.get(target)),
    [5, 3],
  )
  t.equal(base.fork({ tweaks: three }).get(x), 7)
  t.same(new Context({ tweaks: [[x, 6]] }).get(x), 6, 'pairs will do')
  t.equal(
    TweakSet.from([
      [x, 6],
      [y, 7],
    ]).size,
    2,
  )
  base.tweak(x, 9)
  t.equal(two.size, 2)
  t.equal(new Context({ tweaks: two }).get(x), 5, 'a context changes its own set only')
  t.ok(
    is(
      TweakSet.from([
        [x, 6],
        [y, 7],
      ]),
      TweakSet.from([
        [y, 7],
        [x, 6],
      ]),
    ),
    'equal by value',
  )
  t.notOk(is(TweakSet.from([[x, 6]]), TweakSet.from([[x, 7]])))
  checkInvariants(base)
})

void t.test('TweakSet: a context tells its own tweaks, and another context takes them over', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context().tweak(x, 2)
  const child = base.fork().tweak(mid, 100)
  t.equal(child.tweaks.size, 1)
  t.equal(new Context({ tweaks: child.tweaks }).get(top), 120)
  const taken = base.fork({ tweaks: child.tweaks })
  t.equal(taken.get(top), 120)
  taken.untweak()
  t.equal(taken.get(top), 32)
  t.equal(child.get(top), 120)
  checkInvariants(base)
})

void t.test('TweakSet: scale, add, percent and clamp', async (t) => {
  const n = tracked('n', () => 100)
  const base = new Context()
  const by = (adjustment: ReturnType<typeof scale>) => base.fork().adjust(n, adjustment).get(n)
  t.equal(by(scale(1.5)), 150)
  t.equal(by(add(5)), 105)
  t.equal(by(add(-5)), 95)
  t.equal(by(percent(50)), 150)
  t.equal(by(percent(-25)), 75)
  t.equal(by(clamp(0, 50)), 50)
  t.equal(by(clamp(150, 200)), 150)
  t.equal(by(clamp(0, 200)), 100)
  t.ok(is(scale(2), scale(2)), 'they are values')
  t.notOk(is(scale(2), scale(3)))
  t.notOk(is(scale(2), add(2)))
  t.ok(is(clamp(0, 1), clamp(0, 1)))
  t.match(String(scale(1.5)), /scale.*1\.5/, 'and can be printed')
  t.equal(base.fork().adjust(n, scale(2)).fork().adjust(n, add(1)).get(n), 201)
  checkInvariants(base)
})

void t.test('TweakSet: adjustments of async functions and of one call', async (t) => {
  const volume = tracked('volume', async (region: string) => region.length)
  const base = new Context()
  const child = base.fork().adjust(volume.at('EU'), scale(10))
  t.equal(await child.get(volume.at('EU')), 20)
  t.equal(await child.get(volume.at('APAC')), 4)
  checkInvariants(base)
})

void t.test('TweakSet: to JSON and back against a model', async (t) => {
  const price = tracked('price', () => 100)
  const volume = tracked('volume', (region: string) => region.length)
  const model = { price, volume, notTracked: () => 1, constant: 5 }
  const set = new TweakSet().tweak(price, 90).tweak(volume.at('EU'), 1000).adjust(volume, scale(1.1))
  const json = JSON.parse(JSON.stringify(set))
  t.strictSame(
    [...json].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    [
      { target: 'price', value: 90 },
      { target: 'volume', adjust: ['scale', 1.1] },
      { target: { function: 'volume', args: ['EU'] }, value: 1000 },
    ].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  )
  for (const from of [model, [price, volume], new Set([volume, price])]) {
    const back = TweakSet.fromJSON(from, json)
    t.ok(is(back, set))
    const base = new Context()
    t.equal(base.with(back), base.with(set), 'one context')
  }
  t.ok(is(TweakSet.fromJSON(model, []), new TweakSet()))
  for (const adjustment of [scale(2), add(3), percent(10), clamp(1, 2)]) {
    const one = new TweakSet().adjust(price, adjustment)
    t.ok(is(TweakSet.fromJSON(model, JSON.parse(JSON.stringify(one))), one), String(adjustment))
  }
})

void t.test('TweakSet: JSON keeps a value exactly or refuses to write it', async (t) => {
  const value = tracked('value', (): unknown => 0)
  const at = tracked('at', (key: unknown): unknown => typeof key)
  const values = [1, 'a', true, null, { a: [1, 'b'] }, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY]
  for (const one of [...values, 10n, new Date(5), new Map([[1, 2]]), () => 1, Symbol('s'), { a: undefined, b: -0 }]) {
    for (const set of [new TweakSet().tweak(value, one), new TweakSet().tweak(at.at(one), 1)]) {
      let json: string
      try {
        json = JSON.stringify(set.toJSON())
      } catch (error) {
        t.ok(error instanceof NotSerialisableError, `${inspect(one)}: ${String(error)}`)
        continue
      }
      const back = TweakSet.fromJSON([value, at], JSON.parse(json))
      const read = (tweaks: TweakSet, node: typeof value) => new Context({ tweaks }).get(node)
      t.strictSame(read(back, value), read(set, value), inspect(one))
      t.ok(Object.is(read(back, value), read(set, value)) || typeof one === 'object', inspect(one))
      t.equal(new Context({ tweaks: back }).get(at.at(one)), new Context({ tweaks: set }).get(at.at(one)), inspect(one))
    }
  }
  for (const plain of [1, 'a', true, null, { a: [1, 'b'] }]) {
    t.doesNotThrow(() => new TweakSet().tweak(value, plain).toJSON(), 'JSON itself is always written')
  }
})

void t.test('TweakSet: what cannot be written down says so', async (t) => {
  const { x } = worked()
  for (const set of [new TweakSet().adjust(x, (n) => n + 1), new TweakSet().replace(x, () => 1)]) {
    const error = throws(t, () => set.toJSON(), NotSerialisableError)
    t.equal(error.code, 'DUGOUT_NOT_SERIALISABLE')
    t.match(error.message, /\bx\b/)
  }
})

void t.test('TweakSet: JSON that names nothing, or names two, is refused', async (t) => {
  const price = tracked('price', () => 100)
  const also = tracked('price', () => 200)
  const unknown = throws(t, () => TweakSet.fromJSON({ price }, [{ target: 'prize', value: 1 }]), UnknownTargetError)
  t.match(unknown.message, /prize/)
  throws(
    t,
    () => TweakSet.fromJSON({ price }, [{ target: { function: 'prize', args: [] }, value: 1 }]),
    UnknownTargetError,
  )
  const two = throws(t, () => TweakSet.fromJSON({ price, also }, [{ target: 'price', value: 1 }]), DuplicateNameError)
  t.equal(two.code, 'DUGOUT_DUPLICATE_NAME')
  t.match(two.message, /price/)
  t.doesNotThrow(
    () => TweakSet.fromJSON({ price, alias: price }, [{ target: 'price', value: 1 }]),
    'one function twice',
  )
})

void t.test('TweakSet: merge reports conflicts', async (t) => {
  const { x, y, mid } = worked()
  const f = tracked('f', (n: number) => n)
  const left = new TweakSet().tweak(x, 1).tweak(y, 5).adjust(mid, scale(2)).tweak(f.at(1), 1)
  const right = new TweakSet().tweak(x, 9).tweak(y, 5).adjust(mid, scale(2)).tweak(f.at(1), 2).tweak(f.at(2), 3)
  const { tweaks, conflicts } = left.merge(right)
  t.equal(tweaks.size, 5)
  const names = conflicts.map((target) => ('id' in target ? target.id : target.name)).sort()
  t.same(names, [f.at(1).id, 'x'].sort(), 'what both say alike is no conflict')
  const context = new Context({ tweaks })
  t.equal(context.get(x), 9, 'the set that is merged in wins')
  t.equal(context.get(y), 5)
  t.equal(context.get(f.at(1)), 2)
  t.equal(context.get(f.at(2)), 3)
  t.equal(left.size, 4)
  const clean = new TweakSet().tweak(x, 1).merge(new TweakSet().tweak(y, 1))
  t.same(clean.conflicts, [])
  t.equal(clean.tweaks.size, 2)
})

t.test('a set keeps the order in which its tweaks were made, however many, and is equal in any order', async (t) => {
  const fns = Array.from({ length: 40 }, (_, i) => tracked(`f${i}`, () => i))
  const namesOf = (set: TweakSet): number[] => [...set].map(([, { content }]) => content as number)
  const upwards = [...fns.keys()]
  const make = (order: readonly number[]): TweakSet =>
    order.reduce((set, i) => set.tweak(fns[i] as (typeof fns)[number], i), new TweakSet())
  for (const count of [1, 2, 8, 9, 40]) {
    const order = upwards.slice(0, count)
    const one = make(order)
    const other = make(order.toReversed())
    t.same(namesOf(one), order)
    t.same(namesOf(other), order.toReversed())
    t.ok(one.equals(other) && one.hashCode() === other.hashCode(), `${count} are equal in any order`)
    t.equal(new Context().with(one).tweaks.size, count)
    const base = new Context()
    t.equal(base.with(one), base.with(other), 'and make one context')
  }
  const again = make(upwards).tweak(fns[3] as (typeof fns)[number], 99)
  t.equal(namesOf(again)[3], 99, 'what is said anew keeps its place')
  t.notOk(again.equals(make(upwards)))
  const moved = again.untweak(fns[0] as (typeof fns)[number]).tweak(fns[0] as (typeof fns)[number], 0)
  t.equal(namesOf(moved).at(-1), 0, 'what was taken away comes last')
  t.equal(moved.size, 40)
  const merged = make([0, 1]).merge(make([5, 1, 4])).tweaks
  t.same(namesOf(merged), [0, 1, 5, 4])
})

void t.test('TweakSet: what it says of just this target', async (t) => {
  const f = tracked('f', (n: number) => n)
  const { x, y } = worked()
  const set = new TweakSet().tweak(x, 5).adjust(f.at(1), scale(2))
  t.equal(set.has(x), true)
  t.equal(set.get(x)?.content, 5)
  t.equal(String(set.get(f.at(1))), 'adjust scale(2)')
  t.equal(String(set), '{x: 5, f(1): adjust scale(2)}')
  t.equal(String(new TweakSet().replace(x, function other() {} as never)), '{x: replace other}')
  for (const other of [y, f, f.at(2), x.at()]) {
    t.equal(set.has(other), false, 'a function and one call of it are two targets')
    t.equal(set.get(other), undefined)
  }
  throws(t, () => set.get((() => 1) as never), UnknownTargetError)
  throws(t, () => set.has('x' as never), UnknownTargetError)
})

void t.test('TweakSet: JSON that is not one of tweaks is refused', async (t) => {
  const price = tracked('price', () => 100)
  const read = (json: unknown) => () => TweakSet.fromJSON({ price }, json)
  for (const json of [undefined, null, 5, 'price', {}, { target: 'price', value: 1 }])
    t.match(throws(t, read(json), NotSerialisableError).message, /^A tweak set .* list/)
  for (const entry of [null, 5, 'price', {}, { value: 1 }, { target: null, value: 1 }, { target: 5, value: 1 }])
    throws(t, read([entry]), UnknownTargetError)
  t.match(throws(t, read([{ target: 'price' }]), NotSerialisableError).message, /neither a value nor an adjustment/)
  for (const args of [undefined, null, 5, 'EU', {}]) {
    const error = throws(t, read([{ target: { function: 'price', args }, value: 1 }]), NotSerialisableError)
    t.match(error.message, /^The target price .* no list of arguments/)
  }
  for (const adjust of ['replace', 5, null, {}, [], ['replace', 1], ['toString', 1], [['scale'], 1]]) {
    const error = throws(t, read([{ target: 'price', adjust }]), NotSerialisableError)
    t.match(error.message, /none of scale, add, percent, clamp/)
  }
  for (const adjust of [
    'scale',
    ['scale'],
    ['scale', '2'],
    ['scale', null],
    ['add', 1, 2],
    ['clamp', 1],
    ['clamp', 0, null],
  ]) {
    const error = throws(t, read([{ target: 'price', adjust }]), NotSerialisableError)
    t.match(error.message, /it takes (one number|two numbers)/)
  }
})

void t.test('TweakSet: an adjustment by what JSON cannot hold is not written down', async (t) => {
  const free = tracked('free', (): unknown => 100)
  for (const adjustment of [clamp(0, Number.POSITIVE_INFINITY), scale(-0), add(Number.NaN)]) {
    const error = throws(t, () => new TweakSet().adjust(free, adjustment as never).toJSON(), NotSerialisableError)
    t.ok(error.message.includes(`${adjustment} is not JSON`), error.message)
  }
  throws(t, () => new TweakSet().tweak(free, scale(2)).toJSON(), NotSerialisableError)
})

void t.test('R12: adjustments by 0 and by -0 are two, and so are values that are symbols of one name', async (t) => {
  const x = tracked('x', (): unknown => 5)
  const reads = tracked('reads', () => x())
  const base = new Context()
  base.adjust(x, scale(0) as never)
  t.equal(base.get(reads), 0)
  base.adjust(x, scale(-0) as never)
  t.equal(Object.is(base.get(reads), -0), true)
  t.notOk(scale(0).equals(scale(-0)))
  const child = base.fork().adjust(x, (value) => value)
  for (const symbol of [Symbol('s'), Symbol('s'), Symbol.for('s'), Symbol.iterator]) {
    base.tweak(x, symbol)
    t.equal(child.get(reads), symbol)
    t.equal(child.get(x), symbol)
  }
  checkInvariants(base)
})
