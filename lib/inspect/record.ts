/** A recording of what happens in a graph. While one is attached, `why` can tell what ran from what was only verified. */
import {
  Context,
  type Graph,
  type GraphEvent,
  keyOfTarget,
  knownVertexFor,
  type Level,
  type Target,
  type Vertex,
} from '../core/rooms.js'

/** What was seen of one node in one context since the recording began. */
export interface Seen {
  /** How the result that stands now came about. */
  readonly made: 'ran' | 'verified' | undefined
  /** It came out equal to the one before, so nothing that reads it had to run. */
  readonly cutoff: boolean
  /** How often it was answered from what was there, since then. */
  readonly hits: number
}

/** How a recording is made. */
export interface RecordOptions {
  /** How many events are kept, the latest. Default 10,000. */
  readonly limit?: number
}

const recordings = new WeakMap<Graph, Set<Recording>>()

/** The events of a graph, from `record` on until it is stopped or disposed. */
export class Recording implements Disposable {
  readonly #graph: Graph
  readonly #limit: number
  readonly #seen = new WeakMap<Vertex, WeakMap<Level, Seen>>()
  #events: GraphEvent[] = []
  #stop: (() => void) | null

  /** Made by `record`. */
  constructor(context: Context, { limit = 10_000 }: RecordOptions = {}) {
    this.#graph = Context.level(context).graph
    this.#limit = limit
    this.#stop = context.observe((event) => this.#note(event))
    const all = recordings.get(this.#graph) ?? new Set()
    recordings.set(this.#graph, all.add(this))
  }

  /** The latest events, oldest first. */
  get events(): readonly GraphEvent[] {
    return this.#events.slice(Math.max(0, this.#events.length - this.#limit))
  }

  /** The events of one node, in every context. */
  of(target: Target<never> | Target): readonly GraphEvent[] {
    const key = keyOfTarget(target)
    const isMeant = (event: GraphEvent): boolean => ('id' in key ? key.equals(event.node) : event.node.function === key)
    return this.events.filter(isMeant)
  }

  /** What was seen of a vertex in a level. */
  seen(vertex: Vertex, level: Level): Seen | undefined {
    return this.#seen.get(vertex)?.get(level)
  }

  stop(): void {
    this.#stop?.()
    this.#stop = null
    recordings.get(this.#graph)?.delete(this)
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #note(event: GraphEvent): void {
    this.#events.push(event)
    // in one go now and then, not one by one
    if (this.#events.length > 2 * this.#limit) this.#events = [...this.events]
    const { type } = event
    if (type !== 'ran' && type !== 'verified' && type !== 'hit' && type !== 'cutoff') return
    const vertex = knownVertexFor(event.node, this.#graph)
    if (vertex === undefined) return
    const levels = this.#seen.get(vertex) ?? new WeakMap<Level, Seen>()
    this.#seen.set(vertex, levels)
    const level = Context.level(event.context)
    const before = levels.get(level)
    if (type === 'hit')
      levels.set(level, { made: before?.made, cutoff: before?.cutoff ?? false, hits: (before?.hits ?? 0) + 1 })
    else if (type === 'cutoff') levels.set(level, { made: before?.made, cutoff: true, hits: before?.hits ?? 0 })
    else levels.set(level, { made: type, cutoff: false, hits: 0 })
  }
}

/**
 * Record what happens in the graph of a context. Costs some time at every evaluation until it is stopped.
 *
 * @example
 * using recording = record(base)
 * base.get(top)
 * recording.of(top).map(({ type }) => type)
 */
export function record(context: Context, options?: RecordOptions): Recording {
  return new Recording(context, options)
}

/** What the recordings that are attached saw of a vertex, if any. */
export function seenOf(vertex: Vertex, level: Level): Seen | undefined {
  for (const recording of recordings.get(level.graph) ?? []) {
    const seen = recording.seen(vertex, level)
    if (seen !== undefined) return seen
  }
  return undefined
}
