/** Telling those who watch a node that its value may have changed: once, after each batch of changes. */
import { footprintOf } from './evaluate.js'
import type { Graph } from './graph.js'
import { isWithin, type Level } from './level.js'
import type { Vertex } from './node.js'
import { producerOf } from './producer.js'
import { CHECK_UNLOADED, EMPTY, isComputed, markOf, marksOf, UNLOADED, verifiedState } from './result.js'
import { isAsync, serving, shownBefore } from './slots.js'

export interface Watcher {
  readonly vertex: Vertex
  readonly level: Level
  readonly listener: () => void
  stopped: boolean
}

/** Begin to watch a vertex. Gives what stops it. */
export function watchVertex(vertex: Vertex, level: Level, listener: () => void): () => void {
  const { graph } = level
  const watcher: Watcher = { vertex, level, listener, stopped: false }
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
  const kept = graph.watchers?.get(vertex)?.filter((watcher) => !watcher.stopped) ?? []
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
    graph.told ??= new Map()
    // what it shows before the change: a wave comes first
    if (!graph.told.has(watcher)) graph.told.set(watcher, markOf(shownBefore(vertex, watcher.level).stamp))
  }
}

/** Tell them, unless a batch is open: then at its end. What a listener changes is told after it. */
export function flush(graph: Graph): void {
  if (graph.batches > 0) return
  const errors: unknown[] = []
  while (graph.told !== null) {
    const told = graph.told
    graph.told = null
    for (const [watcher, mark] of told) {
      const { vertex, level } = watcher
      if (watcher.stopped || level.disposed) continue
      if (stands(vertex, level) && Object.is(markOf(serving(vertex, level).stamp), mark)) continue
      try {
        watcher.listener()
      } catch (error) {
        errors.push(error)
      }
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} listeners threw`)
}

/**
 * A wave flags more than what can differ: what a tweak here hides, what was read once and is no longer. Where everything
 * that a result read is still the same, without evaluating anything, it stands, and is no longer flagged.
 */
function stands(vertex: Vertex, level: Level): boolean {
  const slot = serving(vertex, level)
  if (slot.state <= UNLOADED) return true
  const { shape } = slot
  const marks = marksOf(slot.record)
  if (slot.state === EMPTY || !isComputed(shape) || marks === null || vertex.extra?.whatIf) return false
  const producer = producerOf(vertex, slot.level)
  if (producer.id !== shape.producer) return false
  for (let i = 0; i < shape.length; i++) {
    const read = shape[i] as Vertex
    if (!stands(read, slot.level) || !Object.is(markOf(serving(read, slot.level).stamp), marks[i])) return false
  }
  slot.footprint |= footprintOf(shape, slot.level, producer)
  slot.state = slot.state === CHECK_UNLOADED ? UNLOADED : verifiedState(slot.stamp, isAsync(vertex))
  return true
}
