// What is read next is guessed from what was read last time, by a body and by a `run`. A guess may be wrong at any place:
// what a call gives does not depend on it (R1, R3), it keeps nothing (R25, R27), and it knows no context but its own.
import fc from 'fast-check'
import t from 'tap'
import { Context, DisposedError, tracked } from '../../lib/index.js'
import { gcUntil, Runs, throws } from './helpers.js'

/** What it was given; what is left out at the end is undefined (R1). */
function joined(...args: unknown[]): string {
  const last = args.findLastIndex((argument) => argument !== undefined)
  return args
    .slice(0, last + 1)
    .map(String)
    .join()
}

void t.test('R1: whatever was asked last time, a call gives what its own arguments give', async (t) => {
  const argument = fc.constantFrom<unknown>(0, 1, 'a', undefined, null)
  const call = fc.record({ which: fc.constantFrom(0, 1), args: fc.array(argument, { maxLength: 5 }) })
  const round = fc.array(call, { maxLength: 6 })
  // rounds that resemble one another: most guesses are nearly right
  const rounds = fc
    .tuple(
      fc.array(call, { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(8), fc.nat(2), round), { maxLength: 6 }),
    )
    .map(([base, edits]) => [
      base,
      ...edits.flatMap(([at, drop, more]) => [base, base.toSpliced(at, drop, ...more)]),
      base,
    ])
  fc.assert(
    fc.property(rounds, fc.boolean(), (rounds, isBody) => {
      const functions = [tracked('one', joined), tracked('two', (...args: unknown[]) => `2:${joined(...args)}`)]
      const expected = [joined, (...args: unknown[]) => `2:${joined(...args)}`]
      const round = tracked('round', () => 0)
      const reader = tracked('reader', () => ask(rounds[round()] ?? []))
      const ask = (calls: (typeof rounds)[number]) => calls.map(({ which, args }) => functions[which]?.(...args))
      const context = new Context()
      for (const [at, calls] of rounds.entries()) {
        const wanted = calls.map(({ which, args }) => expected[which]?.(...args))
        if (isBody) context.tweak(round, at)
        t.same(isBody ? context.get(reader) : context.run(() => ask(calls)), wanted)
      }
    }),
    { numRuns: 300 },
  )
})

void t.test(
  'R1: calls of four arguments that differ in the last are told apart, in a body that runs again',
  async (t) => {
    const last = tracked('last', () => 4)
    const of = tracked('of', (a: number, b: number, c: number, d: number) => [a, b, c, d].join())
    const reader = tracked('reader', () => [last(), of(1, 2, 3, last())])
    const context = new Context()
    t.same(context.get(reader), [4, '1,2,3,4'])
    context.tweak(last, 5)
    t.same(context.get(reader), [5, '1,2,3,5'])
  },
)

void t.test('R3: what a `run` guesses runs no body', async (t) => {
  const runs = new Runs()
  const price = tracked('price', (at: number) => {
    runs.count(`price(${at})`)
    return at
  })
  const context = new Context()
  context.run(() => [price(1), price(2)])
  t.same(runs.take(), { 'price(1)': 1, 'price(2)': 1 })
  context.clear()
  context.run(() => price(2))
  t.same(runs.take(), { 'price(2)': 1 })
})

void t.test('R6: it guesses which call it is, and asks its own context for what that gives', async (t) => {
  const price = tracked('price', (at: number) => at)
  const base = new Context()
  const child = base.fork()
  child.tweak(price.at(2), 20)
  const ask = (): number[] => [price(1), price(2), price(3)]
  t.same(base.run(ask), [1, 2, 3])
  t.same(child.run(ask), [1, 20, 3])
  t.same(base.run(ask), [1, 2, 3])
  t.same(
    base.run(() => [price(1), ...child.run(ask), price(2), price(3)]),
    [1, 1, 20, 3, 2, 3],
  )
  const other = new Context()
  other.tweak(price, 7)
  t.same(
    base.run(() => [price(1), ...other.run(ask), price(2)]),
    [1, 7, 7, 7, 2],
  )
})

void t.test('whoever observes is told of every hit: nothing is guessed then', async (t) => {
  const price = tracked('price', (at: number) => at)
  const base = new Context()
  const ask = (): number[] => [price(1), price(2)]
  base.run(ask)
  const told: string[] = []
  const stop = base.observe((event) => told.push(`${event.type} ${event.node}`))
  base.run(ask)
  stop()
  t.same(told.splice(0), ['hit price(1)', 'hit price(2)'])
  base.run(() => {
    price(1)
    const stop = base.observe((event) => told.push(`${event.type} ${event.node}`))
    price(2)
    stop()
  })
  t.same(told, ['hit price(2)'])
})

void t.test('R27: a `run` whose context is disposed meanwhile guesses nothing any more', async (t) => {
  const price = tracked('price', (at: number) => at)
  const base = new Context()
  const child = base.fork()
  child.run(() => [price(1), price(2)])
  child.run(() => {
    t.equal(price(1), 1)
    child.dispose()
    throws(t, () => price(2), DisposedError)
  })
  t.same(
    base.run(() => [price(1), price(2)]),
    [1, 2],
  )
  base.run(() => {
    t.equal(price(1), 1)
    base.dispose()
    throws(t, () => price(2), DisposedError)
  })
})

void t.test('R25, R27: what a `run` asked keeps no arguments of nodes that are gone', async (t) => {
  class Portfolio {
    readonly items = [1, 2, 3]
  }
  const size = tracked('size', (one: Portfolio) => one.items.length)
  const base = new Context()
  const ask = (): WeakRef<object> => {
    const one = new Portfolio()
    base.run(() => size(one))
    return new WeakRef(one)
  }
  const cleared = ask()
  base.clear()
  // frames keep what they saw last until they see something else
  const other = tracked('other', () => 0)
  base.get(other)
  t.ok(await gcUntil(() => cleared.deref() === undefined), 'cleared')
  const disposed = ask()
  base.dispose()
  t.ok(await gcUntil(() => disposed.deref() === undefined), 'disposed')
})
