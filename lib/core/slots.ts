/**
 * Who holds what: the slots of a vertex, its edges, and how both end.
 *
 * A vertex without slots besides the root's is the common case; then the root serves every context, at any depth, with
 * no walk. Else the nearest level on the way up that holds a slot serves.
 *
 * Mask invariant (checked in check.ts): where d is read by a live shape of n and d has a slot in a level, n has one too.
 */
import { isWithin, type Level } from './level.js'
import { ensureSlot } from './mask.js'
import type { Extra } from './node.js'
import { definitionOf, extraOf, forgetVertex, type Vertex } from './node.js'
import {
  Box,
  CHECK_UNLOADED,
  EMPTY,
  isComputed,
  markOf,
  marksOf,
  Result,
  type Shape,
  Slot,
  sameStamp,
  UNLOADED,
} from './result.js'
import { seeded } from './seeded.js'
import { MANY, plantLeaf, uprootLeaf } from './tree.js'
import { turns } from './turns.js'

/** The slot that a level itself holds for a vertex. */
export function ownSlot(vertex: Vertex, level: Level): Slot | undefined {
  if (level.parent === null) return vertex
  const held = vertex.slots
  if (held === null) return undefined
  if (held instanceof Slot) return held.level === level ? held : undefined
  return held.get(level)
}

/** The slot that serves a level: its own, else the nearest above it, at last the root's. */
export function serving(vertex: Vertex, level: Level): Slot {
  const held = vertex.slots
  if (held === null) return vertex
  if (seeded.bug === 'tweak seen one level only') {
    return ownSlot(vertex, level) ?? (level.parent ? ownSlot(vertex, level.parent) : undefined) ?? vertex
  }
  if (held instanceof Slot) {
    const { level: holder } = held
    let at = level
    while (at.depth > holder.depth) at = at.parent as Level
    return at === holder ? held : vertex
  }
  const isDownstream = vertex.extra !== null && vertex.extra.isDownstream
  for (let at = level; at.parent !== null; at = at.parent) {
    if (isDownstream && at.deferred !== null) catchUp(at)
    const slot = held.get(at)
    if (slot !== undefined) return slot
  }
  return vertex
}

/** As `serving`, but nothing that was put off is made. */
export function servingNow(vertex: Vertex, level: Level): Slot {
  for (let at = level; at.parent !== null; at = at.parent) {
    const slot = ownSlot(vertex, at)
    if (slot !== undefined) return slot
  }
  return vertex
}

/**
 * As `serving`, for those who only look: nothing that was put off is made, and where it would be in doubt it is said to be, by
 * a slot that nobody holds.
 */
export function servingAsIs(vertex: Vertex, level: Level): Slot {
  const isDownstream = vertex.extra !== null && vertex.extra.isDownstream
  for (let at = level; at.parent !== null; at = at.parent) {
    const slot = ownSlot(vertex, at)
    if (slot !== undefined) return slot
    if (isDownstream && at.deferred !== null) return new Slot(at, EMPTY)
  }
  return vertex
}

/** The next slot above one, for those who only look. */
export function aboveAsIs(vertex: Vertex, slot: Slot): Slot | null {
  return slot.level.parent === null ? null : servingAsIs(vertex, slot.level.parent)
}

/** Give the slots that were put off. Each may put off others: what reads a what-if may be asked in one itself. */
function catchUp(level: Level): void {
  for (let deferred = level.deferred; deferred !== null; deferred = level.deferred) {
    level.deferred = null
    for (const one of deferred) if (one.table !== null) ensureSlot(one, level)
  }
}

/** Give the slots that were put off here and above, all of them: `serving` looks no further than the nearest. */
export function catchUpTo(level: Level): void {
  for (let at: Level | null = level; at !== null; at = at.parent) if (at.deferred !== null) catchUp(at)
}

/** The next slot above one, or null above the root's. */
export function slotAbove(vertex: Vertex, slot: Slot): Slot | null {
  if (slot.level.parent === null) return null
  return vertex.slots === slot ? vertex : serving(vertex, slot.level.parent)
}

export function addSlot(vertex: Vertex, level: Level): Slot {
  turns.count++
  const slot = new Slot(level, EMPTY)
  const held = vertex.slots
  if (held === null && seeded.bug === 'a Map for one slot') vertex.slots = new Map([[level, slot]])
  else if (held === null) vertex.slots = slot
  else if (held instanceof Slot)
    vertex.slots = new Map([
      [held.level, held],
      [level, slot],
    ])
  else held.set(level, slot)
  level.held.push(vertex)
  if (level.graph.observers !== null) level.graph.emit('masked', vertex, level)
  return slot
}

/** Take a slot away, with what it holds. */
export function removeSlot(vertex: Vertex, slot: Slot): void {
  release(vertex, slot)
  const held = vertex.slots
  if (held instanceof Map) {
    held.delete(slot.level)
    // what is made from here on is not written down there
    if (held.size < MANY && vertex.extra !== null) vertex.extra.boxes = null
    if (vertex.extra?.isDownstream) return
    if (held.size === 1) for (const last of held.values()) vertex.slots = last
  } else {
    vertex.slots = null
  }
}

/** Every slot of a vertex besides the root's. */
export function slotsOf(vertex: Vertex): Iterable<Slot> {
  const held = vertex.slots
  if (held === null) return []
  return !(held instanceof Map) ? [held] : held.values()
}

/** Let go of the result in a slot: its shape's edges, its leaf in the tree. */
export function release(vertex: Vertex, slot: Slot): void {
  if (isComputed(slot.shape)) letGo(vertex, slot.shape)
  slot.shape = null
  if (slot.record instanceof Result) uprootLeaf(vertex, slot)
  slot.record = null
}

/** The marks of what a verified result read, as its level sees them. */
export function takeMarks(shape: Shape, level: Level, into: unknown[] | null): unknown[] {
  const { length } = shape
  if (seeded.bug === 'stamps not recorded') return new Array<unknown>(length)
  const marks = into !== null && into.length === length ? into : new Array<unknown>(length)
  for (let i = 0; i < length; i++) {
    const one = shape[i] as Vertex
    const { stamp } = one.slots === null ? one : shownBefore(one, level)
    marks[i] = typeof stamp === 'object' ? markOf(stamp) : stamp
  }
  return marks
}

/** What a wave that has just made a slot hid: a slot without a result shows what is above it. */
export function shownBefore(vertex: Vertex, level: Level): Slot {
  let slot = servingNow(vertex, level)
  while (slot.state === EMPTY && slot.level.parent !== null) slot = servingNow(vertex, slot.level.parent)
  return slot
}

/** How many superseded results a level keeps of a vertex, the latest last. They make going back free (R7). */
const PAST = 3
/** How many a vertex keeps in all: each is looked at before a body runs, and more would be a leak. */
const PAST_IN_ALL = 12

/** The result in a slot gives way to another one; it may be right again. */
export function supersede(vertex: Vertex, slot: Slot): void {
  const { shape } = slot
  // without its value it would be of no use
  if (!isComputed(shape) || slot.state === UNLOADED || slot.state === CHECK_UNLOADED) return
  const { record, level } = slot
  const marks = slot.state <= UNLOADED ? takeMarks(shape, level, null) : (marksOf(record) as unknown[])
  // the list goes along: the slot takes down a new one when it is next turned
  if (record === marks) slot.record = null
  const { past } = vertex
  if (past !== null && isKnown(past, slot.stamp, shape, marks, level)) return
  if (past === null) {
    shape.count++
    vertex.past = [new Result(slot.stamp, shape, marks, level)]
    return
  }
  const at = placeFor(past, level)
  if (at < 0) {
    shape.count++
    past.push(new Result(slot.stamp, shape, marks, level))
    return
  }
  // the oldest gives its place, its object and its list (with new ones a chain takes 1.29 times as long)
  const oldest = past[at] as Result
  const { shape: before, marks: list } = oldest
  for (let i = at + 1; i < past.length; i++) past[i - 1] = past[i] as Result
  past[past.length - 1] = oldest
  oldest.stamp = slot.stamp
  oldest.shape = shape
  oldest.marks = marks
  oldest.level = level
  if (slot.record === null) slot.record = list as unknown[]
  if (before === shape) return
  shape.count++
  letGo(vertex, before)
}

/** Which superseded result gives way to one of this level: its oldest, where it has enough, or the oldest of all; or none. */
function placeFor(past: readonly Result[], level: Level): number {
  let count = 0
  for (let i = past.length - 1; i >= 0; i--) if ((past[i] as Result).level === level && ++count === PAST) return i
  return past.length < PAST_IN_ALL ? -1 : 0
}

/** How many objects of value tweaks that are gone a vertex keeps: what equals one is known by its mark (R10). */
const PINS = 3

/** A value tweak in a slot gives way. */
export function unpinned(vertex: Vertex, { stamp, level }: Slot): void {
  if (!(stamp instanceof Box)) return
  const extra = extraOf(vertex)
  const others = extra.pins?.filter((pin) => !sameStamp(pin.stamp, stamp) || pin.level !== level) ?? []
  extra.pins = [...others.slice(-PINS + 1), { stamp, level }]
}

/** Is this result among those that are kept? Then it is the latest, and goes with the outermost context that has it. */
function isKnown(past: Result[], stamp: unknown, shape: Shape, marks: readonly unknown[], level: Level): boolean {
  for (let i = 0; i < past.length; i++) {
    const result = past[i] as Result
    if (result.shape !== shape || !sameStamp(result.stamp, stamp)) continue
    const isWithinIts = isWithin(level, result.level)
    if (!isWithinIts && !isWithin(result.level, level)) continue
    if (!marks.every((mark, at) => Object.is(mark, result.marks[at]))) continue
    if (!isWithinIts) result.level = level
    past.push(...past.splice(i, 1))
    return true
  }
  return false
}

/** Forget one superseded result. */
export function forgetResult(vertex: Vertex, index: number): void {
  const past = vertex.past as Result[]
  const [result] = past.splice(index, 1)
  if (past.length === 0) vertex.past = null
  if (result !== undefined) letGo(vertex, result.shape)
}

/** Forget the superseded results that a level found. */
export function forgetPast(vertex: Vertex, level: Level | null): void {
  const { extra } = vertex
  if (extra !== null && extra.pins !== null) {
    const others = extra.pins.filter((pin) => level !== null && pin.level !== level)
    extra.pins = others.length > 0 ? others : null
  }
  for (let i = (vertex.past?.length ?? 0) - 1; i >= 0; i--) {
    if (level === null || vertex.past?.[i]?.level === level) forgetResult(vertex, i)
  }
}

/** A shape of this vertex came to life: its edges, and the slots that the mask invariant asks for. */
export function keepShape(vertex: Vertex, shape: Shape): void {
  vertex.shapes++
  for (let i = 0; i < shape.length; i++) addDependent(shape[i] as Vertex, vertex)
}

/** One holder fewer. The edges of a shape go with its last. */
export function letGo(vertex: Vertex, shape: Shape): void {
  if (--shape.count > 0) return
  vertex.shapes--
  if (seeded.bug === 'edges not removed') return
  for (let i = 0; i < shape.length; i++) {
    const read = shape[i] as Vertex
    removeDependent(read, vertex)
    if (read.dependents !== null) continue
    if (read.extra?.receiver && read.table?.orphans.has(read)) dropOrphan(read)
    else dropLater(read)
  }
}

const FEW = 32
/** Up to so many, a list is of its exact size: most nodes have no more, and what push reserves is more than the list. */
const EXACT = 8

function addDependent(vertex: Vertex, dependent: Vertex): void {
  const known = vertex.dependents
  // literals, for their exact size: push would reserve seventeen places
  if (known === null) vertex.dependents = dependent
  else if (known instanceof Map) known.set(dependent, (known.get(dependent) ?? 0) + 1)
  else if (!Array.isArray(known)) vertex.dependents = [known, dependent]
  else if (known.length === 2) vertex.dependents = [known[0] as Vertex, known[1] as Vertex, dependent]
  else if (known.length < EXACT) vertex.dependents = known.concat(dependent)
  else if (known.length < FEW) known.push(dependent)
  else {
    const counted = new Map<Vertex, number>()
    for (const one of known) counted.set(one, (counted.get(one) ?? 0) + 1)
    counted.set(dependent, (counted.get(dependent) ?? 0) + 1)
    vertex.dependents = counted
  }
}

function removeDependent(vertex: Vertex, dependent: Vertex): void {
  const known = vertex.dependents
  if (known === dependent) {
    vertex.dependents = null
  } else if (known instanceof Map) {
    const count = known.get(dependent) as number
    if (count > 1) known.set(dependent, count - 1)
    else known.delete(dependent)
    if (known.size === 0) vertex.dependents = null
  } else if (Array.isArray(known)) {
    const at = known.lastIndexOf(dependent)
    const last = known.pop()
    if (at >= 0 && at < known.length) known[at] = last as Vertex
    if (known.length === 0) vertex.dependents = null
  }
}

/** Who reads this vertex, each once or as often as it has live shapes that do. */
export function dependentsOf(vertex: Vertex): Iterable<Vertex> {
  const known = vertex.dependents
  if (known === null) return []
  if (known instanceof Map) return known.keys()
  return Array.isArray(known) ? known : [known]
}

/** Put what is in a slot into the tree of all results, where the vertex has one. */
export function plant(vertex: Vertex, slot: Slot): void {
  if (vertex.slots instanceof Map && isComputed(slot.shape)) plantLeaf(vertex, slot, slot.shape)
}

/** Nobody can ask for a vertex whose receiver is gone. Once nothing depends on it, it goes, with its results. */
export function dropOrphan(vertex: Vertex): void {
  if (vertex.dependents !== null || vertex.table === null) return
  forgetPast(vertex, null)
  for (const slot of [...slotsOf(vertex)]) removeSlot(vertex, slot)
  release(vertex, vertex)
  vertex.stamp = undefined
  vertex.state = EMPTY
  dropLater(vertex)
}

/** Does nothing of use hang on this vertex? */
function isUseless(vertex: Vertex): boolean {
  if (vertex.state !== EMPTY || vertex.shape !== null || vertex.dependents !== null) return false
  if (vertex.slots !== null && !(vertex.slots instanceof Map && vertex.slots.size === 0)) return false
  if (vertex.past !== null || vertex.evaluating !== 0) return false
  const graph = vertex.table?.graph
  if (graph?.watchers?.has(vertex) || graph?.runs.has(vertex)) return false
  const extra = vertex.extra
  return extra === null || isIdle(extra)
}

function isIdle(extra: Extra): boolean {
  return extra.tweaked === 0 && extra.tokens === null && extra.below === null && extra.whatIfs === null
}

/** Look at a vertex when nothing runs, and drop it if it is of no use. */
export function dropLater(vertex: Vertex): void {
  if (isUseless(vertex) && vertex.table !== null) vertex.table.graph.idle.push(vertex)
}

/** Drop what is of no use from the tables of a graph. Called when nothing runs, so that nobody holds a vertex. */
export function dropIdle(idle: Vertex[]): void {
  for (let vertex = idle.pop(); vertex !== undefined; vertex = idle.pop()) {
    if (vertex.table === null || !isUseless(vertex)) continue
    const { above, whatIf } = vertex.extra ?? {}
    if (above) {
      extraOf(above).below = null
      idle.push(above)
    }
    if (whatIf) {
      const { whatIfs } = extraOf(whatIf.target)
      whatIfs?.delete(whatIf.tweaks)
      if (whatIfs?.size === 0) extraOf(whatIf.target).whatIfs = null
      idle.push(whatIf.target)
    }
    forgetVertex(vertex)
  }
}

/** Is the function of this vertex asynchronous? */
export function isAsync(vertex: Vertex): boolean {
  return definitionOf(vertex).isAsync
}
