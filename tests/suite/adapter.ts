// dugout as a framework of the npm package reactive-framework-test-suite, through the public API alone.
//
// A signal is a tracked function whose value is a tweak of a root context; a computed is a tracked function. An effect is
// not: it is there for what it does, and a result that is known would spare it. It watches what it reads, and runs again
// where one of these, read again after a batch of changes, is not what it was.
//
// dugout has no reads that are no dependencies. `untracked` matters inside a computed only, and passes the graph by there:
// a signal is peeked at, of another computed the plain function is called.
import { Context, type Tracked, tracked } from 'dugout'
import type { ReactiveFramework } from './suite.js'

type Cell = Tracked<() => unknown>

/** What reading a cell gave: a value, or an error as it was thrown. */
interface Outcome {
  readonly failed: boolean
  readonly value: unknown
}

function same(one: Outcome, other: Outcome): boolean {
  return one.failed === other.failed && Object.is(one.value, other.value)
}

/** One run of an effect: what it read, and the effects that it made. */
interface Running {
  readonly reads: Map<Cell, Outcome>
  readonly inner: (() => void)[]
  readonly watch: (cell: Cell) => void
}

/** A framework with a graph of its own. */
export function framework(): ReactiveFramework {
  const root = new Context({ name: 'suite' })
  let isInBody = false
  let isUntracked = false
  let running: Running | null = null

  /** Run something as a part of a body, of an effect, or of neither; then everything is as it was. */
  function as<T>(inBody: boolean, untracked: boolean, effect: Running | null, fn: () => T): T {
    const before = [isInBody, isUntracked, running] as const
    isInBody = inBody
    isUntracked = untracked
    running = effect
    try {
      return fn()
    } finally {
      ;[isInBody, isUntracked, running] = before
    }
  }

  function ask(cell: Cell): Outcome {
    try {
      return { failed: false, value: as(false, false, null, () => root.get(cell)) }
    } catch (value) {
      return { failed: true, value }
    }
  }

  function reader<T>(cell: Tracked<() => T>, untrackedly: () => T): () => T {
    return () => {
      if (isInBody) return isUntracked ? untrackedly() : cell()
      const outcome = ask(cell)
      if (running !== null && !isUntracked && !running.reads.has(cell)) {
        running.reads.set(cell, outcome)
        running.watch(cell)
      }
      if (outcome.failed) throw outcome.value
      return outcome.value as T
    }
  }

  function effect(fn: () => void | (() => void)): () => void {
    const watched = new Map<Cell, () => void>()
    let last: Running | null = null
    let cleanup: (() => void) | null = null
    let isStopped = false

    function cleanUp(): void {
      const clean = cleanup
      cleanup = null
      for (const dispose of last?.inner.splice(0) ?? []) dispose()
      if (clean !== null) as(isInBody, true, null, clean)
    }

    function watch(cell: Cell): void {
      if (!watched.has(cell) && !isStopped) watched.set(cell, root.watch(cell, again))
    }

    function run(): void {
      cleanUp()
      if (isStopped) return
      const now: Running = { reads: new Map(), inner: [], watch }
      last = now
      // what an effect writes is one change
      root.batch(() => {
        try {
          cleanup = as(false, false, now, fn) ?? null
        } finally {
          for (const [cell, stop] of watched) if (!now.reads.has(cell) && watched.delete(cell)) stop()
          if (isStopped) cleanUp()
        }
      })
    }

    function again(): void {
      for (const [cell, before] of last?.reads ?? []) {
        if (same(ask(cell), before)) continue
        run()
        return
      }
    }

    const dispose = (): void => {
      if (isStopped) return
      isStopped = true
      for (const stop of watched.values()) stop()
      cleanUp()
    }
    running?.inner.push(dispose)
    run()
    return dispose
  }

  return {
    name: 'dugout',

    signal<T>(initialValue: T) {
      const cell = tracked('signal', (): T => initialValue)
      return {
        read: reader(cell, () => (root.has(cell) ? (root.peek(cell) as T) : initialValue)),
        write: (value: T) => {
          root.tweak(cell, value as Awaited<T>)
        },
      }
    },

    computed<T>(fn: () => T) {
      const cell = tracked('computed', () => as(true, false, null, fn))
      return { read: reader(cell, fn) }
    },

    effect,
    batch: (fn) => root.batch(fn),
    untracked: (fn) => as(isInBody, true, running, fn),
    run: (fn) => fn(),
  }
}
