/** Telling those who watch a node that its value may have changed: once, after each batch of changes. */
import type { Graph } from './graph.js'
import { isWithin, type Level } from './level.js'
import type { Vertex } from './node.js'

export interface Watcher {
  readonly level: Level
  readonly listener: () => void
  stopped: boolean
}

/** Begin to watch a vertex. Gives what stops it. */
export function watchVertex(vertex: Vertex, level: Level, listener: () => void): () => void {
  const { graph } = level
  const watcher: Watcher = { level, listener, stopped: false }
  graph.watchers ??= new Map()
  const watchers = graph.watchers.get(vertex)
  if (watchers === undefined) graph.watchers.set(vertex, [watcher])
  else watchers.push(watcher)
  return () => {
    watcher.stopped = true
    keepWatchers(graph, vertex)
  }
}

/** A level is disposed: nobody watches there any more. */
export function unwatchLevel(graph: Graph, level: Level): void {
  if (graph.watchers === null) return
  for (const [vertex, watchers] of graph.watchers) {
    for (const watcher of watchers) if (watcher.level === level) watcher.stopped = true
    keepWatchers(graph, vertex)
  }
}

function keepWatchers(graph: Graph, vertex: Vertex): void {
  const kept = graph.watchers?.get(vertex)?.filter(watcher => !watcher.stopped) ?? []
  if (kept.length > 0) graph.watchers?.set(vertex, kept)
  else graph.watchers?.delete(vertex)
  if (graph.watchers?.size === 0) graph.watchers = null
}

/** A wave came by: whoever watches this vertex at or below the level is to be told. */
export function tell(vertex: Vertex, level: Level): void {
  const { graph } = level
  const watchers = graph.watchers?.get(vertex)
  if (watchers === undefined) return
  for (const watcher of watchers) {
    if (!isWithin(watcher.level, level)) continue
    graph.told ??= new Set()
    graph.told.add(watcher)
  }
}

/** Tell them, unless a batch is open: then at its end. What a listener changes is told after it. */
export function flush(graph: Graph): void {
  if (graph.batches > 0) return
  while (graph.told !== null) {
    const told = graph.told
    graph.told = null
    for (const watcher of told) if (!watcher.stopped && !watcher.level.disposed) watcher.listener()
  }
}
