/**
 * The hook for results that come from elsewhere and outlive the process: lib/memo fills it. A graph without one pays a
 * test for null, and that off the hit path.
 *
 * What a hook gives must be a result like any other: installed by `restore`, with everything that it reached in the graph
 * as vertices and edges, so that a tweak of any of it, made before or later, masks it (R4). What it reached has no value
 * then: it is UNLOADED, "right, but given back", and is computed, or found by the hook in its turn, when somebody asks
 * for it. Its mark stays, so that dependents stand.
 */
import { footprintOf, install, settle, unblock } from './evaluate.js'
import { homeOf, type Level } from './level.js'
import type { Vertex } from './node.js'
import { type Producer, producerOf } from './producer.js'
import { Box, GONE, isComputed, LOOSE, RestoredMark, type Slot, shapeOf, UNLOADED } from './result.js'
import type { Waiter } from './run.js'
import { ownSlot, serving } from './slots.js'
import { stampOf } from './stamp.js'

/** What a graph asks of whoever keeps its results. */
export interface ResultHook {
  /** A result that is right here, installed; null where none is known. No body runs, but those of external inputs. */
  find(vertex: Vertex, level: Level, producer: Producer): Slot | null
  /** Where it has to be awaited what `find` needs: a promise of that. It never rejects. `reader`: whoever will wait. */
  fetch(vertex: Vertex, level: Level, reader: Waiter | null): Promise<void> | null
  /**
   * The body of an asynchronous node is about to run. A promise, which never rejects: somebody else may be finding the same
   * result; look again after it.
   */
  claim(vertex: Vertex, level: Level): Promise<void> | null
  /** A body is about to run. Gives the error of its caller where it must not. */
  begin(vertex: Vertex, level: Level): Error | null
  /** What a body gave is kept in this slot. */
  keep(vertex: Vertex, level: Level, slot: Slot): void
  /** A slot is no longer trusted: it, or something that it reached, may be something else from now on. */
  turned(slot: Slot): void
  /** An asynchronous node is answered, or given up: what was fetched or claimed for it is no longer needed. */
  end(vertex: Vertex, level: Level): void
}

/** A vertex whose result is known to be right here, though its value is not at hand. False: the graph knows better. */
export function restore(vertex: Vertex, level: Level, reads: readonly Vertex[]): boolean {
  const slot = serving(vertex, level)
  if (slot.state <= UNLOADED) return true
  if (vertex.evaluating !== 0) return false
  const producer = producerOf(vertex, level)
  const isGiven = vertex.extra?.whatIf || (producer.origin?.kind === 'value' && producer.adjustments.length === 0)
  if (isGiven) {
    const given = settle(vertex, level, slot, producer, false)
    unblock()
    return given !== null && given.shape !== LOOSE && given.state <= UNLOADED
  }
  const shape = shapeOf(slot.shape, reads, producer.id)
  const footprint = footprintOf(shape, level, producer)
  // where it belongs further up and is verified there, it is that result
  const above = serving(vertex, homeOf(footprint, level))
  const isKnown = above.state <= UNLOADED && isComputed(above.shape)
  const stamp = isKnown ? above.stamp : new Box(new RestoredMark(), GONE, false)
  install(vertex, level, stamp, shape, footprint, !isKnown || above.state === UNLOADED, null)
  unblock()
  return serving(vertex, level).state <= UNLOADED
}

/** The result itself, where it belongs, and shown in the level that asks. Null where the graph knows better. */
export function restoreResult(
  vertex: Vertex,
  level: Level,
  home: Level,
  reads: readonly Vertex[],
  value: unknown,
  failed: boolean,
): Slot | null {
  const producer = producerOf(vertex, home)
  const slot = ownSlot(vertex, home) ?? serving(vertex, home)
  const stamp = stampOf(vertex, home, slot, value, failed)
  const shape = shapeOf(serving(vertex, home).shape, reads, producer.id)
  const installed = install(vertex, home, stamp, shape, footprintOf(shape, home, producer), false, null)
  unblock()
  if (installed.shape === LOOSE || installed.state >= UNLOADED) return null
  const here = serving(vertex, level)
  if (here.state < UNLOADED) return here
  // what another history reached gave the level a slot of its own: it is held against what is known above, as ever
  const shown = settle(vertex, level, here, producerOf(vertex, level), true)
  unblock()
  return shown !== null && shown.shape !== LOOSE && shown.state < UNLOADED ? shown : null
}
