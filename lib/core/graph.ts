/**
 * A graph: a root context, the contexts below it, and everything that was ever evaluated in them. Graphs share nothing
 * but the tracked functions.
 */

import { contextOf } from './context.js'
import type { GraphEvent } from './events.js'
import { stack } from './frame.js'
import { Level } from './level.js'
import type { Definition, Table, Vertex } from './node.js'
import { nodeOf } from './node.js'
import type { Producer } from './producer.js'
import { makeShape } from './result.js'
import type { ResultHook } from './results.js'
import { Runs } from './runs.js'
import type { Watcher } from './watch.js'

/** Calls `make`, and gives what it gives. It may do so again; for an asynchronous body also later, while its run goes on. */
export type Around = (vertex: Vertex, level: Level, producer: Producer, make: () => unknown) => unknown

export class Graph {
  readonly root: Level
  readonly tables = new Map<Definition, Table>()
  /** How many vertices the tables hold. */
  nodes = 0
  /** How many bodies ran; how many reads were recorded or answered. */
  evaluations = 0
  reads = 0
  /** Counts changes: tweaks and invalidations. */
  serial = 0
  readonly runs = new Runs()
  /** How many wait for runs: they hold vertices. */
  waiting = 0
  watchers: Map<Vertex, Watcher[]> | null = null
  /** Watchers to be told when the batch is over. */
  told: Map<Watcher, unknown> | null = null
  batches = 0
  observers: Set<(event: GraphEvent) => void> | null = null
  /** All that was put around what makes values, as one. */
  around: Around | null = null
  readonly #arounds = new Set<Around>()
  /** The interned levels in which something was invalidated, and those of them that are above (R26). */
  doubted: Set<Level> | null = null
  /** The levels that have more interned children than are kept unless results rest on them (twin.ts). */
  crowded: Set<Level> | null = null
  /** Whoever keeps results that outlive the process. */
  results: ResultHook | null = null
  /** Vertices of volatile functions that were evaluated since the last read from outside. */
  volatile: Set<Vertex> | null = null
  /** What the last `run` asked outside all bodies, in order: most likely what the next one asks. Empty once a vertex goes. */
  readonly asked = makeShape([], 'asked')
  /** Vertices that may be of no use any more, to be looked at when nothing runs. */
  idle: Vertex[] = []

  constructor(name: string, isolate: boolean) {
    this.root = new Level(this, null, name, isolate, false)
  }

  /** Nothing runs, here or around it: nobody but users holds a vertex or a level. */
  get isAtRest(): boolean {
    return stack.depth === 0 && this.runs.size === 0 && this.waiting === 0
  }

  /**
   * Put something around what makes a value: the body or its replacement, or adjustments on top of one. What was put first
   * is outermost. Gives what takes it away.
   */
  wrap(around: Around): () => void {
    this.#arounds.add(around)
    this.around = composed([...this.#arounds])
    return () => {
      this.#arounds.delete(around)
      this.around = composed([...this.#arounds])
    }
  }

  emit(type: GraphEvent['type'], vertex: Vertex, level: Level): void {
    if (this.observers === null || level.disposed) return
    const event: GraphEvent = { type, node: nodeOf(vertex), context: contextOf(level) }
    for (const observer of this.observers) {
      try {
        observer(event)
      } catch (error) {
        // the bodies that run know nothing of it: it goes where errors go that nobody catches
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

function composed([first, ...others]: readonly Around[]): Around | null {
  if (first === undefined) return null
  const inner = composed(others)
  if (inner === null) return first
  return (vertex, level, producer, make) => first(vertex, level, producer, () => inner(vertex, level, producer, make))
}
