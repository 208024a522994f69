/**
 * Where the time goes. While a profile is attached, the bodies of the graph are timed; what is read from the event log
 * (runs, verifications, hits) and what is measured stand side by side, for each node and for each function.
 *
 * An asynchronous body counts from its start to its end; while something that it waits for runs, that is that one's time.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  Context,
  type Definition,
  definitionOf,
  type Graph,
  type GraphEvent,
  knownVertexFor,
  type Node,
  nodeOf,
  type Vertex,
} from '../core/rooms.js'

export interface ProfileOptions {
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** Counts, and times in milliseconds. */
export interface Timing {
  /** How often the body ran. */
  readonly runs: number
  /** How often a read was answered by a result that had to be verified first. */
  readonly verified: number
  /** How often a read was answered at once. */
  readonly hits: number
  /** How often a run gave what was there before. */
  readonly cutoffs: number
  /** Time in the body itself. */
  readonly self: number
  /** Time in the body and in all that it read. For a function: while at least one of its calls was open. */
  readonly total: number
}

export interface NodeTiming extends Timing {
  readonly node: Node
}

export interface FunctionTiming extends Timing {
  readonly name: string
  /** How many of its nodes were seen. */
  readonly nodes: number
}

/** What a profile found, those with the most time of their own first. */
export interface ProfileReport {
  /** Milliseconds since the profile was attached. */
  readonly elapsed: number
  readonly nodes: readonly NodeTiming[]
  readonly functions: readonly FunctionTiming[]
  toJSON(): unknown
}

interface Counts {
  runs: number
  verified: number
  hits: number
  cutoffs: number
  self: number
  total: number
}

/** Also of a node that the graph drops meanwhile. */
interface Kept extends Counts {
  readonly definition: Definition
}

/** One run of a body that is open. */
interface Entry {
  readonly shown: Vertex
  readonly start: number
  /** The time of what it called; how many of those are open, and since when. */
  inner: number
  open: number
  since: number
}

interface Whole {
  total: number
  open: number
  since: number
}

/** Attached by `profile`, until it is stopped or disposed. */
export class Profile implements Disposable {
  readonly #graph: Graph
  readonly #now: () => number
  readonly #started: number
  readonly #counts = new Map<Vertex, Kept>()
  readonly #wholes = new Map<Definition, Whole>()
  readonly #storage = new AsyncLocalStorage<Entry>()
  #current: Entry | null = null
  #stopped: number | undefined
  readonly #unobserve: () => void
  readonly #unwrap: () => void

  /** Made by `profile`. */
  constructor(context: Context, { now = () => performance.now() }: ProfileOptions = {}) {
    this.#now = now
    this.#started = now()
    this.#graph = Context.level(context).graph
    this.#unobserve = context.observe((event) => this.#note(event))
    this.#unwrap = this.#graph.wrap((vertex, _, { adjustments }, make) =>
      this.#time(vertex, adjustments.length === 0, make),
    )
  }

  /** What was found until now. */
  report(): ProfileReport {
    const byFunction = new Map<Definition, Counts & { nodes: number }>()
    const nodes: NodeTiming[] = []
    for (const [vertex, { definition, ...counts }] of this.#counts) {
      const sum = byFunction.get(definition) ?? { ...none(), nodes: 0 }
      byFunction.set(definition, sum)
      sum.nodes++
      for (const key of COUNTED) sum[key] += counts[key]
      // one that the graph has dropped since is no node any more
      if (vertex.table !== null) nodes.push({ node: nodeOf(vertex), ...counts })
    }
    const functions = [...byFunction].map(([definition, sum]): FunctionTiming => {
      const { nodes: count, ...counts } = sum
      return { name: definition.name, nodes: count, ...counts, total: this.#wholes.get(definition)?.total ?? sum.total }
    })
    const elapsed = (this.#stopped ?? this.#now()) - this.#started
    nodes.sort((a, b) => b.self - a.self)
    functions.sort((a, b) => b.self - a.self)
    return {
      elapsed,
      nodes,
      functions,
      toJSON: () => ({ elapsed, functions, nodes: nodes.map(({ node, ...rest }) => ({ node: node.id, ...rest })) }),
    }
  }

  /** Take the clocks out again. What was found stays. */
  stop(): void {
    if (this.#stopped !== undefined) return
    this.#stopped = this.#now()
    this.#unobserve()
    this.#unwrap()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #time(vertex: Vertex, isRun: boolean, make: () => unknown): unknown {
    const { isAsync } = definitionOf(vertex)
    const shown = shownAs(vertex)
    const outer = this.#current
    const parent = outer ?? this.#storage.getStore() ?? null
    const whole = this.#wholeOf(shown)
    const start = this.#now()
    const entry: Entry = { shown, start, inner: 0, open: 0, since: 0 }
    if (parent !== null && parent.open++ === 0) parent.since = start
    if (whole.open++ === 0) whole.since = start
    const end = (isCounted: boolean): void => {
      const now = this.#now()
      if (parent !== null && --parent.open === 0) parent.inner += now - parent.since
      if (--whole.open === 0) whole.total += now - whole.since
      const counts = this.#countsOf(shown)
      // the adjustments on top of a body are no run; its time in all is theirs already
      if (isCounted) counts.runs++
      if (parent?.shown !== shown) counts.total += now - start
      counts.self += now - start - entry.inner
    }
    this.#current = entry
    try {
      const value = isAsync ? this.#storage.run(entry, make) : make()
      if (value instanceof Promise && isAsync) {
        value.then(
          () => end(isRun),
          () => end(isRun),
        )
      } else {
        // a promise where none was expected: the body is run once more, as what it is
        end(isRun && !(value instanceof Promise))
      }
      return value
    } catch (error) {
      end(isRun)
      throw error
    } finally {
      this.#current = outer
    }
  }

  #note({ type, node }: GraphEvent): void {
    // runs are counted where they are timed
    if (type !== 'verified' && type !== 'hit' && type !== 'cutoff') return
    const vertex = knownVertexFor(node, this.#graph)
    if (vertex === undefined) return
    const counts = this.#countsOf(vertex)
    if (type === 'verified') counts.verified++
    else if (type === 'hit') counts.hits++
    else counts.cutoffs++
  }

  #wholeOf(vertex: Vertex): Whole {
    const definition = definitionOf(vertex)
    const whole = this.#wholes.get(definition) ?? { total: 0, open: 0, since: 0 }
    this.#wholes.set(definition, whole)
    return whole
  }

  #countsOf(vertex: Vertex): Kept {
    const known = this.#counts.get(vertex)
    if (known !== undefined) return known
    const counts = { definition: definitionOf(vertex), ...none() }
    this.#counts.set(vertex, counts)
    return counts
  }
}

/** The body below an adjustment is the node's. */
function shownAs(vertex: Vertex): Vertex {
  return vertex.extra?.above ?? vertex
}

const COUNTED = ['runs', 'verified', 'hits', 'cutoffs', 'self', 'total'] as const

function none(): Counts {
  return { runs: 0, verified: 0, hits: 0, cutoffs: 0, self: 0, total: 0 }
}

/**
 * Time what the graph of a context evaluates from now on: runs, verifications, hits, time of its own and in all, a node
 * and a function. Costs one or two microseconds a run.
 *
 * @example
 * using profiler = profile(base)
 * base.get(top)
 * console.table(profiler.report().functions)
 */
export function profile(context: Context, options?: ProfileOptions): Profile {
  return new Profile(context, options)
}
