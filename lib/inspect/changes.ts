/**
 * What changed between two results of a node. A result that is verified shows what it read by the stamps of today; one in
 * doubt has taken them down; one that was superseded keeps them. So the last change can be told after the fact.
 */

import {
  aboveAsIs,
  CHECK,
  CHECK_UNLOADED,
  EMPTY,
  isComputed,
  type Level,
  markOf,
  marksOf,
  type Node,
  nodeOf,
  producerOf,
  type Shape,
  type Slot,
  servingAsIs,
  type TweakSet,
  takeMarks,
  UNLOADED,
  type Vertex,
} from '../core/rooms.js'
import { type Place, Places, pathTo, placeOf } from './force.js'
import { type Outcome, outcomeOfMark, outcomeOfStamp } from './outcome.js'

/** A dependency that is not what it was. */
export interface Change {
  readonly node: Node
  /** Read under these tweaks, by a what-if inside the body. */
  readonly under?: TweakSet
  /** Not the node's own value, but the one below its adjustments. */
  readonly isBelow: boolean
  /** Not a dependency that gave something else, but one of which nobody knows yet what it will give, and why. */
  readonly cause?: 'tweak' | 'invalidated' | undefined
  readonly before: Outcome
  readonly after: Outcome
  /** From the node in question to the change, both included: longer than two where what lies between is in doubt. */
  readonly path: readonly Node[]
}

/** A result's reads, and the marks that they gave. */
export interface Reads {
  readonly shape: Shape
  readonly marks: readonly unknown[]
  readonly stamp: unknown
  readonly level: Level
}

/** What the result in a slot read. */
export function readsIn(slot: Slot): Reads | null {
  const { shape, state, stamp, level } = slot
  if (!isComputed(shape) || state === EMPTY) return null
  const marks = state === CHECK || state === CHECK_UNLOADED ? marksOf(slot.record) : takeMarks(shape, level, null)
  return marks === null ? null : { shape, marks, stamp, level }
}

/** The result that a read in this level would be held against first: its own, or the next above it. */
export function readsAt(vertex: Vertex, level: Level): Reads | null {
  for (let at: Slot | null = servingAsIs(vertex, level); at !== null; at = aboveAsIs(vertex, at)) {
    const reads = readsIn(at)
    if (reads !== null) return reads
  }
  return null
}

/** The result that stood in a slot before the one that stands there now. */
export function readsBefore(vertex: Vertex, slot: Slot): Reads | null {
  const now = readsIn(slot)
  // the latest is kept last
  return (
    vertex.past?.findLast((result) => result.level === slot.level && !(now !== null && isSame(now, result))) ?? null
  )
}

function isSame(a: Reads, b: Reads): boolean {
  if (a.shape.producer !== b.shape.producer || a.marks.length !== b.marks.length) return false
  return a.marks.every((mark, i) => Object.is(mark, b.marks[i]) && a.shape[i] === b.shape[i])
}

/** The dependencies that two results of a vertex have in common and that differ, in the order read. */
export function compare(vertex: Vertex, before: Reads, after: Reads): Change[] {
  const changes: Change[] = []
  const places = new Map(Array.from(before.shape, (read, i) => [read, i]))
  for (const [i, read] of after.shape.entries()) {
    const at = places.get(read)
    if (at === undefined || Object.is(before.marks[at], after.marks[i])) continue
    changes.push(change(vertex, read, before.marks[at], after.marks[i]))
  }
  return changes
}

function change(vertex: Vertex, read: Vertex, before: unknown, after: unknown, path?: readonly Node[]): Change {
  const node = nodeOf(read)
  const under = read.extra?.whatIf?.tweaks
  return {
    node,
    ...(under && { under }),
    isBelow: Boolean(read.extra?.above),
    before: outcomeOfMark(read, before),
    after: outcomeOfMark(read, after),
    path: path ?? (read.extra?.above === vertex ? [node] : [nodeOf(vertex), node]),
  }
}

/**
 * What became of a producer, besides what it read. Producers are compared as text: `@serial` for the last invalidation, then
 * a part for each tweak (producer.ts).
 */
export function causeOf(before: string, after: string): 'tweak' | 'invalidated' | undefined {
  if (before === after) return undefined
  const tweaks = (producer: string): string => producer.replace(/^@\d+/, '')
  return tweaks(before) === tweaks(after) ? 'invalidated' : 'tweak'
}

/** For a vertex in doubt: the nearest changes among what it reached, as far as they are known without evaluating. */
export function pendingChanges(vertex: Vertex, level: Level): Change[] {
  const start: Place = { vertex, level }
  const from = new Places<Place | null>()
  from.set(start, null)
  const queue = [start]
  for (const place of queue) {
    const known = readsAt(place.vertex, place.level)
    if (known === null) continue
    const cause = causeOf(known.shape.producer, producerOf(place.vertex, place.level).id)
    if (cause !== undefined) {
      const before = outcomeOfStamp(known.stamp)
      const path = pathTo(place, from)
      return [{ node: nodeOf(place.vertex), isBelow: false, cause, before, after: { kind: 'unknown' }, path }]
    }
    const changes: Change[] = []
    for (const [i, read] of known.shape.entries()) {
      const mark = markNow(read, place.level)
      if (mark === IN_DOUBT) {
        const next = placeOf(read, place.level)
        if (from.get(next) !== undefined) continue
        from.set(next, place)
        queue.push(next)
      } else if (!Object.is(mark, known.marks[i])) {
        const path = pathTo(place, from)
        const node = nodeOf(read)
        if (path.at(-1)?.equals(node) !== true) path.push(node)
        changes.push(change(place.vertex, read, known.marks[i], mark, path))
      }
    }
    // those further away are told apart by these, or come after them
    if (changes.length > 0) return changes
  }
  return []
}

const IN_DOUBT = Symbol('in doubt')

/** What a read of a vertex would give, where that is known. */
function markNow(vertex: Vertex, level: Level): unknown {
  const slot = servingAsIs(vertex, level)
  if (slot.state <= UNLOADED) return markOf(slot.stamp)
  // a tweak of a whole function is put into a node's slot when it is read; a primitive is known before
  const { origin, adjustments } = producerOf(vertex, level)
  const isValue = origin?.kind === 'value' && adjustments.length === 0
  return isValue && isPrimitive(origin.content) ? origin.content : IN_DOUBT
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function'
}
