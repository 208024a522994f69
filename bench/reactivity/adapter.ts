// dugout as a framework of js-reactivity-benchmark (github.com/milomg/js-reactivity-benchmark). A signal is a node that is
// tweaked in a root context, a computed value another node, an effect a node that is read again when it may have changed.
//
// To run that benchmark with it: in a checkout, put
//     export { dugoutFramework } from '<this repository>/build/bench/reactivity/adapter.js'
// into packages/core/src/frameworks/dugout.ts, and `{ framework: dugoutFramework, testPullCounts: true }` into the list of
// packages/core/src/frameworksList.ts. Build dugout first (`npm run build && npm run transpile`).
import { Context, type Tracked, tracked } from 'dugout'

export interface Computed<T> {
  read(): T
}

export interface Signal<T> extends Computed<T> {
  write(value: T): void
}

/** What that benchmark asks of a framework, in its terms. */
export interface ReactiveFramework {
  name: string
  signal<T>(initialValue: T): Signal<T>
  computed<T>(fn: () => T): Computed<T>
  effect(fn: () => void): void
  withBatch(fn: () => unknown): void
  withBuild<T>(fn: () => T): T
  cleanup(): void
}

let root = new Context()
let stops: (() => void)[] = []
// A body calls what it reads; anybody else asks the context.
let inBody = false

function reader<T>(cell: Tracked<() => T>): () => T {
  return () => (inBody ? cell() : root.get(cell))
}

function body<T>(fn: () => T): Tracked<() => T> {
  return tracked(() => {
    const before = inBody
    inBody = true
    try {
      return fn()
    } finally {
      inBody = before
    }
  })
}

export const dugoutFramework: ReactiveFramework = {
  name: 'dugout',
  signal<T>(initialValue: T) {
    const cell = tracked((): T => initialValue)
    return {
      read: reader(cell),
      write: (value: T) => {
        root.tweak(cell, value as Awaited<T>)
      },
    }
  },
  computed: (fn) => ({ read: reader(body(fn)) }),
  effect(fn) {
    // A body runs only if its result is not known from earlier: going back to old values runs none. An effect is to happen
    // all the same, whenever what it shows is another result than before.
    let happened = false
    const cell = body(() => {
      happened = true
      fn()
      return Symbol('shown')
    })
    let shown = root.get(cell)
    const listener = (): void => {
      happened = false
      const now = root.get(cell)
      if (now !== shown && !happened) fn()
      shown = now
    }
    stops.push(root.watch(cell, listener))
  },
  withBatch: (fn) => root.batch(fn),
  withBuild: (fn) => fn(),
  cleanup() {
    for (const stop of stops) stop()
    stops = []
    root.dispose()
    root = new Context()
  },
}
