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
  serving,
  type Target,
  UNLOADED,
  type Vertex,
} from '../core/rooms.js'
import { type GraphJSON, toDOT, toJSON, toMermaid } from './draw.js'
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
  for (const vertex of queue) {
    const distance = (distances.get(vertex) as number) + 1
    if (direction !== 'dependents') for (const read of readsOf(vertex, level)) reach(read, distance)
    if (direction !== 'dependencies') for (const reader of readersOf(vertex, level)) reach(reader, distance)
  }
  const keys = new Set<string>()
  const nodes = new Map(queue.map((vertex) => [vertex, nodeAt(vertex, level, distances.get(vertex) as number, keys)]))
  const edges: GraphEdge[] = []
  for (const [vertex, to] of nodes) {
    for (const read of new Set(readsOf(vertex, level))) {
      const from = nodes.get(read)
      if (from !== undefined) edges.push({ from, to })
    }
  }
  const view = { context, nodes: [...nodes.values()], edges }
  return { ...view, toDOT: () => toDOT(view), toMermaid: () => toMermaid(view), toJSON: () => toJSON(view) }
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
      if (serving(vertex, level).shape !== null || forcesAt(vertex, level).length > 0) yield vertex
    }
  }
}

function* tablesOf(graph: CoreGraph) {
  for (const table of graph.tables.values()) yield { definition: table.definition, vertices: table.vertices() }
}

function nodeAt(vertex: Vertex, level: Level, distance: number, keys: Set<string>): GraphNode {
  const node = nodeOf(vertex)
  const slot = serving(vertex, level)
  const isValid = slot.state <= UNLOADED
  let key = node.id
  for (let number = 2; keys.has(key); number++) key = `${node.id} #${number}`
  keys.add(key)
  return {
    node,
    key,
    outcome: outcomeOf(slot),
    isValid,
    isMasked: contextOf(level).isMasked(node),
    tweaks: forcesAt(vertex, level),
    home: isValid && isComputed(slot.shape) ? contextOf(homeOf(slot.footprint, level)) : undefined,
    distance,
  }
}
