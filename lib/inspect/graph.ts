/** A graph, or a part of it, as it stands in a context: for drawing, and for other programs. Evaluates nothing. */

import {
  Context,
  type Graph as CoreGraph,
  contextOf,
  homeOf,
  isComputed,
  keyOfTarget,
  knownVertexFor,
  type Level,
  type Node,
  nodeOf,
  readersOf,
  readsOf,
  servingAsIs,
  shownReads,
  type Target,
  UNLOADED,
  type Vertex,
} from '../core/rooms.js'
import { type GraphJSON, pictureOf, toDOT, toJSON, toMermaid } from './draw.js'
import { type Force, forcesAt } from './force.js'
import { type Outcome, outcomeOf } from './outcome.js'

export interface GraphOptions {
  /** Where to begin. Default: all nodes that have a result, or a tweak, in the context. */
  readonly targets?: Iterable<Target<never> | Target>
  /** How many steps from there. Default: all. */
  readonly depth?: number
  /** Along what a node read, along what read it, or both. Default: what it read. */
  readonly direction?: 'dependencies' | 'dependents' | 'both'
  /** Nodes that are left out, and not gone beyond, where this is false. */
  readonly filter?: (node: Node) => boolean
}

/** A node as it stands in the context. */
export interface GraphNode {
  readonly node: Node
  /** Unique in this view: the node's id, numbered where two have the same. */
  readonly key: string
  readonly outcome: Outcome
  /** Verified; else a read would verify it first, or evaluate it. */
  readonly isValid: boolean
  /** May differ from the context above. */
  readonly isMasked: boolean
  /** The tweaks on it, the innermost context's first. */
  readonly tweaks: readonly Force[]
  /** The context that keeps the result. */
  readonly home: Context | undefined
  /** Steps from where the view begins. */
  readonly distance: number
}

/** `to` read `from`: the way that values flow. */
export interface GraphEdge {
  readonly from: GraphNode
  readonly to: GraphNode
}

/** A part of a graph as it stood when it was looked at. */
export interface GraphView {
  readonly context: Context
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** For Graphviz. */
  toDOT(): string
  /** For Mermaid, which GitHub draws in Markdown. */
  toMermaid(): string
  /** As graphology imports it: `Graph.from(view.toJSON())`. */
  toJSON(): GraphJSON
}

/**
 * The graph as it stands in a context, with values, masks, tweaks and homes. Only edges between nodes of the view are in
 * it. Nodes are in the order that they are met; O(what is looked at).
 *
 * @example
 * writeFileSync('revenue.dot', graph(base, { targets: [revenue], depth: 3 }).toDOT())
 */
export function graph(context: Context, options: GraphOptions = {}): GraphView {
  const level = Context.level(context)
  const { depth = Number.POSITIVE_INFINITY, direction = 'dependencies', filter = () => true } = options
  const distances = new Map<Vertex, number>()
  const queue: Vertex[] = []
  const reach = (vertex: Vertex, distance: number): void => {
    if (distances.has(vertex) || distance > depth || !filter(nodeOf(vertex))) return
    distances.set(vertex, distance)
    queue.push(vertex)
  }
  for (const vertex of startsOf(level, options.targets)) reach(vertex, 0)
  const hasRead = reading(level)
  for (const vertex of queue) {
    const distance = (distances.get(vertex) as number) + 1
    if (direction !== 'dependents') for (const read of readsOf(vertex, level, servingAsIs)) reach(read, distance)
    if (direction !== 'dependencies') for (const reader of readersOf(vertex, level, hasRead)) reach(reader, distance)
  }
  const keyFor = numbered()
  const nodes = new Map(queue.map((vertex) => [vertex, nodeAt(vertex, level, distances.get(vertex) as number, keyFor)]))
  const edges: GraphEdge[] = []
  for (const [vertex, to] of nodes) {
    for (const read of new Set(readsOf(vertex, level, servingAsIs))) {
      const from = nodes.get(read)
      if (from !== undefined) edges.push({ from, to })
    }
  }
  const view = { context, nodes: [...nodes.values()], edges }
  return {
    ...view,
    toDOT: () => toDOT(pictureOf(view)),
    toMermaid: () => toMermaid(pictureOf(view)),
    toJSON: () => toJSON(pictureOf(view)),
  }
}

/** Did a vertex read another? A set a vertex: a sum of many is asked of each of them. */
function reading(level: Level): (reader: Vertex, vertex: Vertex) => boolean {
  const known = new Map<Vertex, Set<Vertex>>()
  return (reader, vertex) => {
    const reads = known.get(reader) ?? new Set(shownReads(reader, level, servingAsIs))
    known.set(reader, reads)
    return reads.has(vertex)
  }
}

/** Makes ids unique: the second `a` is `a #2`. */
function numbered(): (id: string) => string {
  const counts = new Map<string, number>()
  return (id) => {
    let key = id
    let count = counts.get(id) ?? 0
    // an id may itself look like a number of another
    while (counts.has(key)) key = `${id} #${++count}`
    counts.set(id, Math.max(count, 1))
    if (key !== id) counts.set(key, 1)
    return key
  }
}

function startsOf(level: Level, targets: GraphOptions['targets']): Vertex[] {
  if (targets === undefined) return [...shownIn(level)]
  const starts: Vertex[] = []
  for (const target of targets) {
    const vertex = knownVertexFor(keyOfTarget(target), level.graph)
    if (vertex !== undefined) starts.push(vertex)
  }
  return starts
}

function* shownIn(level: Level): Generator<Vertex> {
  for (const { definition, vertices } of tablesOf(level.graph)) {
    if (definition.isHidden) continue
    for (const vertex of vertices) {
      if (servingAsIs(vertex, level).shape !== null || forcesAt(vertex, level).length > 0) yield vertex
    }
  }
}

function* tablesOf(graph: CoreGraph) {
  for (const table of graph.tables.values()) yield { definition: table.definition, vertices: table.vertices() }
}

function nodeAt(vertex: Vertex, level: Level, distance: number, keyFor: (id: string) => string): GraphNode {
  const node = nodeOf(vertex)
  const slot = servingAsIs(vertex, level)
  const isValid = slot.state <= UNLOADED
  return {
    node,
    key: keyFor(node.id),
    outcome: outcomeOf(slot),
    isValid,
    isMasked: contextOf(level).isMasked(node),
    tweaks: forcesAt(vertex, level),
    home: isValid && isComputed(slot.shape) ? contextOf(homeOf(slot.footprint, level)) : undefined,
    distance,
  }
}
