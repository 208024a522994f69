/**
 * The changes that a context can undergo: tweaks, invalidation, unloading, clearing, disposal (R7, R11 to R14, R25 to
 * R27). None of them runs a body (M5): each flags first what may differ, then changes.
 */

import { forgetStack, stack } from './frame.js'
import type { Graph } from './graph.js'
import { leaveHandle } from './handle.js'
import { bottomUp, isWithin, type Level } from './level.js'
import { doubt, ensureSlot, flag, flagReaders, turn, wave } from './mask.js'
import { Definition, extraOf, forgetReceivers, type Table, tableOf, type Vertex } from './node.js'
import {
  BOXED,
  Box,
  CHECK,
  CHECK_UNLOADED,
  DERIVED,
  EMPTY,
  GONE,
  isComputed,
  NO_READS,
  PINNED,
  Result,
  type Slot,
  sameStamp,
  UNLOADED,
  verifiedState,
} from './result.js'
import { cancelRuns, disposedError } from './run.js'
import { seeded } from './seeded.js'
import { dropIdle, dropLater, forgetPast, isAsync, ownSlot, release, removeSlot, supersede, unpinned } from './slots.js'
import { stampOfTweak } from './stamp.js'
import { uprootLeaf } from './tree.js'
import type { Tweak } from './tweak.js'
import { flush, unwatchLevel } from './watch.js'

/** Set a tweak of a node or of a whole function in a level. */
export function applyTweak(level: Level, key: Vertex | Definition, tweak: Tweak): void {
  level.changed = ++level.graph.serial
  level.tweakSet = null
  const before = level.tweaks?.get(key)
  level.tweaks ??= new Map()
  if (key instanceof Definition) {
    level.tweaks.set(key, tweak)
    const table = tableOf(key, level.graph)
    table.tweaked ??= []
    if (!table.tweaked.includes(level)) table.tweaked.push(level)
    for (const vertex of table.vertices()) if (!level.tweaks.has(vertex)) reflag(vertex, level)
  } else {
    if (before === undefined) extraOf(key).tweaked++
    level.tweaks.set(key, tweak)
    if (tweak.kind === 'value') pin(key, level, tweak)
    else unpin(key, level)
  }
  flush(level.graph)
}

/** A value: it stands in the slot itself. */
function pin(vertex: Vertex, level: Level, tweak: Tweak): void {
  const slot = ensureSlot(vertex, level)
  const stamp = stampOfTweak(vertex, level, slot, tweak.content)
  if (slot.shape === PINNED && sameStamp(slot.stamp, stamp)) return
  wave(vertex, level)
  if (vertex.extra?.below) reflag(vertex.extra.below, level)
  // what stood there may be right again once the tweak is gone (R7)
  if (slot.shape === PINNED || slot.shape === DERIVED) unpinned(vertex, slot)
  else supersede(vertex, slot)
  release(vertex, slot)
  slot.shape = PINNED
  slot.stamp = stamp
  slot.footprint = level.bit
  slot.state = verifiedState(stamp, isAsync(vertex))
}

function unpin(vertex: Vertex, level: Level): void {
  if (vertex.extra?.below) reflag(vertex.extra.below, level)
  const slot = ensureSlot(vertex, level)
  wave(vertex, level)
  if (slot.shape === PINNED) {
    unpinned(vertex, slot)
    slot.shape = null
    slot.stamp = undefined
    slot.footprint = 0
    slot.state = EMPTY
  } else {
    turn(slot, true)
  }
}

function reflag(vertex: Vertex, level: Level): void {
  if (vertex.extra?.below) reflag(vertex.extra.below, level)
  flag(vertex, level)
}

/** Take a tweak back. */
export function removeTweak(level: Level, key: Vertex | Definition): void {
  if (seeded.bug === 'untweak sticky' || level.tweaks?.delete(key) !== true) return
  level.changed = ++level.graph.serial
  level.tweakSet = null
  if (key instanceof Definition) {
    const table = tableOf(key, level.graph)
    untable(table, level)
    for (const vertex of table.vertices()) if (!level.tweaks.has(vertex)) reflag(vertex, level)
  } else {
    extraOf(key).tweaked--
    unpin(key, level)
  }
  flush(level.graph)
}

/** No longer trust a node: here and below it runs again when it is asked for (R26). */
export function invalidateVertex(vertex: Vertex, level: Level): void {
  if (seeded.bug === 'invalidate a no-op') return
  const extra = extraOf(vertex)
  extra.tokens ??= new Map()
  level.changed = ++level.graph.serial
  extra.tokens.set(level, level.changed)
  flag(vertex, level)
  level.tokened ??= new Set()
  level.tokened.add(vertex)
  if (extra.below !== null) reflag(extra.below, level)
  flagReaders(level)
  doubt(level)
}

/** Free the value that this level keeps for a node. Stamps and edges stay, so nothing else is touched (R25). */
export function unloadVertex(vertex: Vertex, level: Level): number {
  const below = vertex.extra?.below ? unloadVertex(vertex.extra.below, level) : 0
  forgetPast(vertex, level)
  const slot = ownSlot(vertex, level)
  if (slot === undefined || !isComputed(slot.shape)) return below
  // a slot that only shows what a level above keeps
  if (level.parent !== null && (slot.footprint & level.bit) === 0 && level.floor !== level.depth) return below
  if (slot.state !== CHECK && slot.state > BOXED) return below
  drop(vertex, slot)
  if (seeded.bug === 'unload forgets the stamp') slot.stamp = new Box({}, GONE, false)
  if (level.graph.observers !== null) level.graph.emit('unloaded', vertex, level)
  return below + 1
}

function drop(vertex: Vertex, slot: Slot): void {
  if (slot.record instanceof Result) {
    // the leaf is the others' who show it
    const { marks } = slot.record
    uprootLeaf(vertex, slot)
    if (slot.state > UNLOADED) slot.record = [...marks]
  }
  if (slot.stamp instanceof Box) slot.stamp = new Box(slot.stamp.mark, GONE, slot.stamp.failed)
  slot.state = slot.state === CHECK || slot.state === CHECK_UNLOADED ? CHECK_UNLOADED : UNLOADED
}

/** Every vertex for which a level may hold something. */
export function verticesOf(level: Level): Vertex[] {
  if (level.parent !== null) return [...new Set(level.held)]
  return allVertices(level)
}

export function allVertices(level: Level): Vertex[] {
  const all: Vertex[] = []
  for (const table of level.graph.tables.values()) all.push(...table.vertices())
  return all
}

/** Drop all results of a level; what depended on them elsewhere is verified at its next read (R27). */
export function clearLevel(level: Level): void {
  if (seeded.bug === 'clear keeps results') return
  const vertices = verticesOf(level)
  for (const vertex of vertices) {
    forgetPast(vertex, level)
    const slot = ownSlot(vertex, level)
    if (slot === undefined || slot.shape === PINNED || slot.state === EMPTY) continue
    wave(vertex, level)
    turn(slot, true)
  }
  flagReaders(level)
  // inner levels that only answered what-ifs here
  for (const twin of level.twins?.unheld() ?? []) disposeLevel(twin)
  for (const vertex of vertices) {
    const slot = ownSlot(vertex, level)
    if (slot === undefined || slot.shape === PINNED) continue
    release(vertex, slot)
    slot.stamp = undefined
    slot.footprint = 0
    slot.state = EMPTY
    dropLater(vertex)
  }
  flush(level.graph)
  sweep(level)
}

/** Give back everything that a level and those below it hold (R27). */
export function disposeLevel(level: Level): void {
  if (level.disposed) return
  const { graph } = level
  cancelRuns(graph, level, (what) => disposedError(level, what))
  // whoever is inside at this moment finds it closed
  for (let frame = stack.frame; frame !== null; frame = frame.outer) {
    if (frame.vertex !== null || !isWithin(frame.level, level)) continue
    frame.owner = frame
    frame.previous = NO_READS
  }
  if (level.children === null || level.children.size === 0) give(level)
  else for (const one of bottomUp(level)) give(one)
  if (level.parent === null) forgetGraph(graph)
  else sweep(level)
}

/** Give back what one level holds. Those below it have done so. */
function give(level: Level): void {
  level.disposed = true
  leaveHandle(level)
  const { graph, parent } = level
  graph.doubted?.delete(level)
  if (level.waits !== null) for (const told of [...level.waits]) told()
  // what was read here from a body above is asked again, for no wave will come through this level any more
  flagReaders(level)
  if (parent !== null) {
    parent.children?.delete(level)
    parent.twins?.delete(level)
  }
  if (level.tweaks !== null) {
    for (const key of level.tweaks.keys()) {
      if (key instanceof Definition) untable(tableOf(key, graph), level)
      else if (seeded.bug !== 'dispose keeps entries') extraOf(key).tweaked--
    }
  }
  if (level.tokened !== null) {
    for (const vertex of level.tokened) {
      const extra = extraOf(vertex)
      extra.tokens?.delete(level)
      if (extra.tokens?.size === 0) extra.tokens = null
      dropLater(vertex)
    }
  }
  unwatchLevel(graph, level)
  if (parent !== null && seeded.bug !== 'dispose keeps entries') {
    for (const vertex of level.held) {
      if (vertex.past !== null || vertex.extra !== null) forgetPast(vertex, level)
      const slot = ownSlot(vertex, level)
      if (slot === undefined) {
        dropLater(vertex)
        continue
      }
      if (vertex.slots === slot && slot.record === null && slot.shape !== null && slot.shape.count > 1) {
        // the only slot, of a shape that others hold: written out, for it is a sixteenth of a masked node
        if (isComputed(slot.shape)) slot.shape.count--
        slot.shape = null
        vertex.slots = null
      } else {
        removeSlot(vertex, slot)
      }
      if (vertex.state === EMPTY) dropLater(vertex)
    }
  }
  level.deferred = null
  level.held = []
  level.tweaks = null
  level.tokened = null
  level.readers = null
  level.twins = null
}

function forgetGraph(graph: Graph): void {
  for (const [definition, table] of graph.tables) {
    forgetReceivers(table)
    if (definition.graph !== graph) continue
    definition.graph = null
    definition.table = null
  }
  graph.tables.clear()
  graph.nodes = 0
  graph.asked.length = 0
  forgetStack()
}

function untable(table: Table, level: Level): void {
  const others = (table.tweaked as Level[]).filter((one) => one !== level)
  table.tweaked = others.length > 0 ? others : null
}

/** Drop the vertices that are of no use any more, unless something runs that may hold one. */
export function sweep(level: Level): void {
  const { graph } = level
  if (graph.idle.length > 0 && graph.isAtRest) dropIdle(graph.idle)
}
