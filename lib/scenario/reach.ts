/**
 * What the graph knows of an output: the nodes that it was computed from, and the leaves among them. Asked of the results
 * as they stand in a context, after the output has been read there; control flow elsewhere may read others (R8).
 */
import {
  Context,
  definitionOf,
  isComputed,
  keyOfTarget,
  type Level,
  Node,
  nodeOf,
  readsOf,
  serving,
  type Vertex,
  vertexFor,
} from '../core/rooms.js'
import type { AnyTarget, Named } from './target.js'

/** How a read waits: not after the signal. */
interface Waiting {
  readonly signal?: AbortSignal
}

/** What outputs were computed from. */
export interface Reach {
  /** How many nodes, the outputs included. */
  readonly count: number
  /** Those that read nothing: parameters, data, and what is tweaked by a value. */
  readonly leaves: readonly Node[]
  /** Does a body ask what-ifs (R15)? Then a node runs several times for one output. */
  readonly hasWhatIfs: boolean
  readsFrom(target: AnyTarget): boolean
}

/**
 * Walks the dependencies of the outputs. O(nodes). A node that was only read in a what-if inside a body (R15) has no
 * result in this context: it is evaluated here.
 */
export async function reachOf(context: Context, outputs: readonly Named[], waiting: Waiting): Promise<Reach> {
  const level = Context.level(context)
  const toWalk = outputs.map(({ target }) => vertexFor(keyOfTarget(target), level.graph))
  const seen = new Set(toWalk)
  const leaves: Node[] = []
  let hasWhatIfs = false
  for (let vertex = toWalk.pop(); vertex !== undefined; vertex = toWalk.pop()) {
    await know(context, level, vertex, waiting)
    const { shape } = serving(vertex, level)
    hasWhatIfs ||= isComputed(shape) && shape.some((read) => read.extra?.whatIf != null)
    const reads = readsOf(vertex, level)
    if (reads.length === 0) leaves.push(nodeOf(vertex))
    for (const read of reads) {
      if (seen.has(read)) continue
      seen.add(read)
      toWalk.push(read)
    }
  }
  return {
    count: seen.size,
    leaves,
    hasWhatIfs,
    readsFrom(target) {
      if (target instanceof Node) return seen.has(vertexFor(target, level.graph))
      return [...seen].some((vertex) => definitionOf(vertex).wrapper === (target as unknown))
    },
  }
}

/** Makes sure that there is a result to walk on from. */
async function know(context: Context, level: Level, vertex: Vertex, waiting: Waiting): Promise<void> {
  if (readsOf(vertex, level).length > 0 || context.has(nodeOf(vertex))) return
  try {
    await context.get(nodeOf(vertex), waiting)
  } catch {
    // an error is a result like any other, with what it read
  }
}

/**
 * Bodies run for the outputs from scratch: in a graph of its own, under the tweaks of the context and of those above it.
 */
export async function runsFromScratch(context: Context, outputs: readonly Named[], waiting: Waiting): Promise<number> {
  const path: Context[] = []
  for (let at: Context | undefined = context; at !== undefined; at = at.parent) path.unshift(at)
  using root = new Context()
  const fresh = path.reduce((above, { tweaks }) => above.fork({ tweaks }), root)
  for (const { target } of outputs) {
    try {
      await fresh.get(target, waiting)
    } catch {
      // what ran before counts
    }
  }
  return root.stats().evaluations
}
