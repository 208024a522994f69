// What the rule tests share: counters of body runs, the model of the worked examples, errors caught,
// gates that hold an async body, and a garbage collector that can be asked.
import v8 from 'node:v8'
import vm from 'node:vm'
import type { Test } from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, DugoutError, type Tracked, tracked } from '../../lib/index.js'

/** How often each body ran since the last `take`. */
export class Runs {
  #counts = new Map<string, number>()

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** The counts since the last `take`; bodies that did not run are absent. */
  take(): Record<string, number> {
    const counts = Object.fromEntries(this.#counts)
    this.#counts.clear()
    return counts
  }

  /** A tracked function without arguments that gives `value`. */
  leaf<T>(name: string, value: T) {
    return tracked(name, () => {
      this.count(name)
      return value
    })
  }
}

/** x = 1, y = 2, mid = x + 10, side = y * 10, top = mid + side. */
export function worked() {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const y = runs.leaf('y', 2)
  const mid = tracked('mid', () => {
    runs.count('mid')
    return x() + 10
  })
  const side = tracked('side', () => {
    runs.count('side')
    return y() * 10
  })
  const top = tracked('top', () => {
    runs.count('top')
    return mid() + side()
  })
  return { runs, x, y, mid, side, top }
}

/** delta: how far `top` moves where `x` is 9, asked by its body as a what-if (R15). */
export function moved(x: Tracked<() => number>, top: Tracked<() => number>) {
  return tracked(
    'delta',
    () =>
      Context.current()
        .with([[x, 9]])
        .get(top) - top(),
  )
}

/** r = flag ? a : b, with flag = true, a = 1, b = 2. */
export function branch() {
  const runs = new Runs()
  const flag = runs.leaf('flag', true)
  const a = runs.leaf('a', 1)
  const b = runs.leaf('b', 2)
  const r = tracked('r', () => {
    runs.count('r')
    return flag() ? a() : b()
  })
  return { runs, flag, a, b, r }
}

/** Runs the steps one by one and checks the whole graph of `context` after each of them. */
export function steps(context: Context, ...all: (() => unknown)[]): void {
  for (const step of all) {
    step()
    checkInvariants(context)
  }
}

/** What `fn` throws. */
export function thrown(t: Test, fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  t.fail('threw nothing')
  return undefined
}

/** What the promise, or the call that should give one, rejects with. */
export async function rejected(t: Test, promise: unknown): Promise<unknown> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    return error
  }
  t.fail('did not reject')
  return undefined
}

type ErrorClass<E> = abstract new (...args: never[]) => E

/** Asserts that `error` is of the class, which is a DugoutError, and gives it typed. */
export function isError<E extends Error>(t: Test, error: unknown, type: ErrorClass<E>): E {
  t.ok(error instanceof type, `${type.name}, not ${String(error)}`)
  t.ok(error instanceof DugoutError, 'a DugoutError')
  return error as E
}

/** Asserts that `fn` throws an error of the class and gives the error. */
export function throws<E extends Error>(t: Test, fn: () => unknown, type: ErrorClass<E>): E {
  return isError(t, thrown(t, fn), type)
}

/** Asserts that the promise rejects with an error of the class and gives the error. */
export async function rejects<E extends Error>(t: Test, promise: unknown, type: ErrorClass<E>): Promise<E> {
  return isError(t, await rejected(t, promise), type)
}

/** A promise that the test resolves. */
export function gate<T = void>() {
  let open!: (value: T) => void
  let fail!: (reason: unknown) => void
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}

/** Gates by number of the run: the n-th run of a body waits at the n-th gate. */
export function gates() {
  const all: ReturnType<typeof gate<void>>[] = []
  const at = (index: number) => {
    while (all.length <= index) all.push(gate())
    return all[index] as ReturnType<typeof gate<void>>
  }
  return at
}

/** Says itself what it is equal to: a ValueObject of Immutable. */
export class Money {
  readonly amount: number
  readonly currency: string
  constructor(amount: number, currency: string) {
    this.amount = amount
    this.currency = currency
  }
  equals(other: unknown): boolean {
    return other instanceof Money && other.amount === this.amount && other.currency === this.currency
  }
  hashCode(): number {
    return this.amount
  }
}

/** One microtask. */
export const tick = (): Promise<void> => Promise.resolve()

/** Lets everything that can go on go on: microtasks, timers that are due, immediates. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

v8.setFlagsFromString('--expose-gc')
/** Collects at once. */
export const collect = vm.runInNewContext('gc') as () => void

/** Forces collections, with turns of the event loop around them: what a `deref` gave lives until its turn ends. */
export async function gc(rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await settle(1)
    collect()
    await settle(1)
  }
}

/** Collects until `done` or until it is clear that it will not come true. */
export async function gcUntil(done: () => boolean): Promise<boolean> {
  for (let round = 0; round < 40 && !done(); round++) await gc(1)
  return done()
}
