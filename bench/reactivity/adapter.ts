// dugout as a framework of js-reactivity-benchmark (github.com/milomg/js-reactivity-benchmark). A signal is a node that is
// tweaked in a root context, a computed value another node, an effect a node that is read again when it may have changed.
// published.ts runs that benchmark with it.
import { Context, tracked } from 'dugout'

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
let bodies: (() => unknown)[] = []
// A body calls what it reads; anybody else asks the context.
let inBody = false

// A signal, a computed value or an effect is a node of one function.
const cell = tracked('cell', (id: number): unknown => {
  const before = inBody
  inBody = true
  try {
    return (bodies[id] as () => unknown)()
  } finally {
    inBody = before
  }
})

type Cell = ReturnType<typeof cell.at>

function read(id: number, node: Cell): unknown {
  return inBody ? cell(id) : root.get(node)
}

export const dugoutFramework: ReactiveFramework = {
  name: 'dugout',
  signal<T>(initialValue: T) {
    const id = bodies.push(() => initialValue) - 1
    const node = cell.at(id)
    return {
      read: () => read(id, node) as T,
      write: (value: T) => {
        root.tweak(node, value)
      },
    }
  },
  computed<T>(fn: () => T) {
    const id = bodies.push(fn) - 1
    const node = cell.at(id)
    return { read: () => read(id, node) as T }
  },
  effect(fn) {
    // A body runs only if its result is not known from earlier: going back to old values runs none. An effect is to happen
    // all the same, whenever what it shows is another result than before.
    let happened = false
    const id =
      bodies.push(() => {
        happened = true
        fn()
        return Symbol('shown')
      }) - 1
    const node = cell.at(id)
    let shown = root.get(node)
    const listener = (): void => {
      happened = false
      const now = root.get(node)
      if (now !== shown && !happened) fn()
      shown = now
    }
    stops.push(root.watch(node, listener))
  },
  withBatch: (fn) => root.batch(fn),
  withBuild: (fn) => fn(),
  cleanup() {
    for (const stop of stops) stop()
    stops = []
    bodies = []
    root.dispose()
    root = new Context()
  },
}
