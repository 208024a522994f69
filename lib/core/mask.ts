/**
 * Flags and how they travel (R4, R5). A change of a node in a context goes through everything that is known to reach it,
 * breadth first: there a slot is made, or turned from verified to CHECK, and so are the slots of the contexts below. It
 * goes on beyond a node exactly where one of them was: what is CHECK already has everything beyond it flagged.
 *
 * A wave runs before the change that it announces, so that a slot that it turns can still take down what it read.
 */
import { bottomUp, DEEPEST_BIT, isWithin, type Level } from './level.js'
import { extraOf, type Table, Vertex } from './node.js'
import { CHECK, CHECK_UNLOADED, DERIVED, isComputed, PINNED, Result, type Shape, Slot, UNLOADED } from './result.js'
import { seeded } from './seeded.js'
import { addSlot, dependentsOf, keepShape, ownSlot, serving, servingNow, slotsOf, takeMarks } from './slots.js'
import { MANY } from './tree.js'
import { turns } from './turns.js'
import { tell } from './watch.js'

/** Flag everything that is known to reach `source`, in `level` and below it; and the source's own slots below it. */
export function wave(source: Vertex, level: Level): void {
  touchBelow(source, level, true)
  if (level.graph.watchers !== null) tell(source, level)
  run(source, level)
}

function run(source: Vertex, level: Level): void {
  const queue: Vertex[] = []
  let at = 0
  let vertex: Vertex | undefined = source
  const watched = level.graph.watchers !== null
  while (vertex !== undefined) {
    const known: Vertex['dependents'] = vertex.dependents
    if (known !== null) {
      if (Array.isArray(known)) {
        for (let i = 0; i < known.length; i++) visit(known[i] as Vertex, level, watched, queue)
      } else if (known instanceof Vertex) {
        visit(known, level, watched, queue)
      } else {
        for (const dependent of known.keys()) visit(dependent, level, watched, queue)
      }
    }
    vertex = queue[at++]
    if (seeded.bug === 'mask direct dependents only') break
  }
  if (level.readers !== null) flagReaders(level)
}

/**
 * The what-ifs of bodies above that were answered in an interned level: where what they read there is no longer
 * verified, neither are they. A wave from above reaches them by itself; one that begins in the level does not.
 */
export function flagReaders(level: Level): void {
  const { readers, parent } = level
  if (readers === null || parent === null || parent.disposed) return
  for (const reader of readers) {
    const target = reader.extra?.whatIf?.target
    if (reader.table === null || target === undefined) continue
    if (!level.disposed && servingNow(target, level).state <= UNLOADED) continue
    const slot = servingNow(reader, parent)
    if (slot.state > UNLOADED) continue
    wave(reader, slot.level)
    turn(slot, true)
  }
}

/**
 * A node is no longer trusted in an interned level. What a what-if of the level above asks there may be the answer of a
 * level further up, which nothing here flags; so from now on each such what-if has a slot in the level above (R26).
 */
export function doubt(level: Level): void {
  const { graph, parent, tweakSet } = level
  if (!level.frozen || parent === null || tweakSet === null) return
  graph.doubted ??= new Set()
  graph.doubted.add(level)
  for (const { definition } of graph.tables.values()) {
    if (definition.whatIf === null) continue
    for (const vertex of graph.tables.get(definition.whatIf)?.vertices() ?? []) {
      if (!isAskedIn(vertex, level)) continue
      flag(vertex, parent)
    }
  }
  doubt(parent)
}

/** Is this level the one that answers a what-if for the level above? */
function isAskedIn({ extra }: Vertex, level: Level): boolean {
  return extra !== null && extra.whatIf !== null && extra.whatIf.tweaks.equals(level.tweakSet)
}

/** Is the level that answers a what-if here one with invalidations of its own? */
export function isDoubted({ extra }: Vertex, level: Level): boolean {
  const { doubted } = level.graph
  if (doubted === null || !extra?.whatIf) return false
  const twin = level.twins?.get(extra.whatIf.tweaks)
  return twin !== undefined && doubted.has(twin)
}

function visit(vertex: Vertex, level: Level, watched: boolean, queue: Vertex[]): void {
  const isTurned = level.frozen && isPutOff(vertex, level) ? touchBelow(vertex, level, false) : touch(vertex, level)
  if (!isTurned) return
  queue.push(vertex)
  if (seeded.bug === 'what is read is masked') {
    for (const read of vertex.shape ?? []) if (touch(read, level)) queue.push(read)
  }
  if (watched) tell(vertex, level)
}

/** Make or turn the slots of a vertex in a level and below it. Was anything made or turned? */
function touch(vertex: Vertex, level: Level): boolean {
  const held = vertex.slots
  if (level.parent === null) {
    const turned = turn(vertex, false)
    return held === null ? turned : touchBelow(vertex, level, false) || turned
  }
  if (held === null) {
    addSlot(vertex, level)
    return true
  }
  if (held instanceof Slot && held.level === level) return turn(held, false)
  const own = ownSlot(vertex, level)
  let turned = own === undefined
  if (own === undefined) addSlot(vertex, level)
  else turned = turn(own, false)
  if (seeded.bug === 'stop at check in this context alone')
    return touchBelow(vertex, level, false) && turned ? true : turned
  return touchBelow(vertex, level, false) || turned
}

function touchBelow(vertex: Vertex, level: Level, isSource: boolean): boolean {
  const held = vertex.slots
  if (held === null || !level.children?.size || seeded.bug === 'masks of children are not flagged') return false
  let turned = false
  if (held instanceof Map && level.parent !== null && held.size > MANY) {
    // thousands of siblings may hold it: only those below are looked at
    for (const below of bottomUp(level)) {
      const slot = below === level ? undefined : held.get(below)
      if (slot !== undefined && turnBelow(slot, level, isSource)) turned = true
    }
    return turned
  }
  for (const slot of held instanceof Slot ? [held] : held.values()) {
    if (slot.level !== level && isWithin(slot.level, level) && turnBelow(slot, level, isSource)) turned = true
  }
  return turned
}

function turnBelow(slot: Slot, level: Level, isSource: boolean): boolean {
  // a value from a tweak further down: what changes here is hidden there (R6)
  if (slot.shape === DERIVED && level.depth < DEEPEST_BIT - 1 && slot.footprint >= Math.max(1, level.bit * 2))
    return false
  return turn(slot, isSource)
}

/**
 * From verified to CHECK, taking down what was read. A value tweak of the very node stands; a value from a tweak
 * elsewhere has read nothing, so it stands but where the tweaks of the node itself change (`isSource`).
 */
export function turn(slot: Slot, isSource: boolean): boolean {
  const { state, shape } = slot
  if (state > UNLOADED || shape === PINNED || (shape === DERIVED && !isSource)) return false
  if (isComputed(shape) && !(slot.record instanceof Result)) slot.record = takeMarks(shape, slot.level, slot.record)
  turns.count++
  const { results } = slot.level.graph
  if (results !== null) results.turned(slot)
  slot.state = state === UNLOADED ? CHECK_UNLOADED : CHECK
  return true
}

/** A vertex may differ in a level from now on: it has a slot of its own there, which is looked at again, as is what reads it. */
export function flag(vertex: Vertex, level: Level): void {
  const slot = ensureSlot(vertex, level)
  wave(vertex, level)
  turn(slot, true)
}

/** Give a vertex a slot of its own in a level, and with it everything that reaches it. */
export function ensureSlot(vertex: Vertex, level: Level): Slot {
  const own = ownSlot(vertex, level)
  if (own !== undefined) return own
  const slot = addSlot(vertex, level)
  run(vertex, level)
  return slot
}

/** A what-if read in an interned level: its slot there is made when somebody comes by. */
function isPutOff(vertex: Vertex, level: Level): boolean {
  if (!vertex.extra?.whatIf || ownSlot(vertex, level) !== undefined) return false
  level.deferred ??= new Set()
  level.deferred.add(vertex)
  return true
}

/** What reads a what-if is downstream of it, and so on. */
function markDownstream(vertex: Vertex): void {
  const rest = [vertex]
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    const extra = extraOf(one)
    if (extra.isDownstream) continue
    extra.isDownstream = true
    if (!(one.slots instanceof Map)) one.slots = new Map(one.slots === null ? [] : [[one.slots.level, one.slots]])
    rest.push(...dependentsOf(one))
  }
}

/** A vertex was made: functions that are tweaked as a whole give it a slot at once. */
export function introduce(vertex: Vertex): Vertex {
  const table = vertex.table as Table
  table.graph.nodes++
  if (table.tweaked !== null) for (const level of table.tweaked) ensureSlot(vertex, level)
  return vertex
}

/** A result that read this came to be: its edges, and the slots that they ask for (R4). */
export function connect(vertex: Vertex, shape: Shape): void {
  keepShape(vertex, shape)
  if (vertex.extra?.whatIf && !vertex.extra.isDownstream) markDownstream(vertex)
  const { doubted } = (vertex.table as Table).graph
  if (doubted !== null && vertex.extra?.whatIf) {
    for (const level of doubted) if (isAskedIn(vertex, level)) ensureSlot(vertex, level.parent as Level)
  }
  if (seeded.bug === 'mask only at tweak time') return
  for (let i = 0; i < shape.length; i++) {
    const read = shape[i] as Vertex
    if (read.slots === null) continue
    if (read.extra?.isDownstream && !vertex.extra?.isDownstream) markDownstream(vertex)
    for (const slot of slotsOf(read))
      if (!slot.level.frozen || !isPutOff(vertex, slot.level)) ensureSlot(vertex, slot.level)
  }
}

/** Is everything that a shape reads served from above this level? */
export function readsNothingAt(shape: Shape, level: Level): boolean {
  for (const read of shape) if (read.slots !== null && serving(read, level).level === level) return false
  return true
}
