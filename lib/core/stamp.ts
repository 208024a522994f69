/**
 * Stamps: equal results of a vertex have one (R10), wherever they are found, so that who depends on a result is right as
 * soon as an equal one comes back. A primitive is its own stamp; an object, and an error, has a box.
 */
import { hashOf, sameValue } from './equal.js'
import type { Level } from './level.js'
import { definitionOf, type Extra, extraOf, type Vertex } from './node.js'
import { BOXED, Box, CHECK_UNLOADED, EMPTY, RestoredMark, type Slot, UNLOADED } from './result.js'
import { seeded } from './seeded.js'
import { serving, slotAbove, slotsOf } from './slots.js'
import { MANY } from './tree.js'

type Boxes = NonNullable<Extra['boxes']>

/** The stamp of a value: that of an equal result of this vertex, where one is known (R10). */
export function stampOf(vertex: Vertex, level: Level, slot: Slot, value: unknown, failed: boolean): unknown {
  const { equals } = definitionOf(vertex)
  const isData = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (seeded.bug === 'no cutoff' && isData) return new Box({}, value, failed)
  const isFirst = slot.state === EMPTY && slotAbove(vertex, slot) === null
  if (!failed && equals !== undefined && !isFirst) {
    // asked of the result before and of the one above only
    const above = slotAbove(vertex, slot)
    for (const other of above !== null && above.state <= BOXED ? [slot, above] : [slot]) {
      const { stamp, state } = other
      if (state === EMPTY) continue
      if (stamp instanceof Box && (state === UNLOADED || state === CHECK_UNLOADED)) {
        // there is nothing to compare with; but what its readers trust is what is computed again (R25)
        if (other === slot && state === UNLOADED && !stamp.failed) return new Box(stamp.mark, value, false)
        continue
      }
      if (stamp instanceof Box ? !stamp.failed && equals(stamp.value, value) : equals(stamp, value)) return stamp
    }
    // they differ, whatever they look like
    return new Box({}, value, false)
  }
  if (slot.state === UNLOADED && slot.stamp instanceof Box && slot.stamp.mark instanceof RestoredMark)
    return new Box(slot.stamp.mark, value, failed)
  if (!isData && !failed) return value
  if (slot.state === UNLOADED && slot.stamp instanceof Box) return new Box(slot.stamp.mark, value, failed)
  return boxOf(vertex, level, slot, value, failed)
}

/** The stamp of a tweak's value. No tolerance: what was asked for is what is shown. */
export function stampOfTweak(vertex: Vertex, level: Level, slot: Slot, value: unknown): unknown {
  const isData = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isData ? boxOf(vertex, level, slot, value, false) : value
}

/** The box of an equal result, or a new one. */
function boxOf(vertex: Vertex, level: Level, slot: Slot, value: unknown, failed: boolean): Box {
  const known = equalBox(vertex, level, slot, value, failed)
  if (known !== null) return known
  // with many siblings, equal results are found by their content, and errors by what they are
  for (const one of [vertex, vertex.extra?.below ?? vertex.extra?.above ?? null]) {
    const boxes = one === null ? null : boxesOf(one)
    const found = boxes?.get(hashIfAny(value))
    for (const box of found ?? []) if (isBoxOf(box, value, failed)) return box
  }
  const made = new Box({}, value, failed)
  const boxes = boxesOf(vertex)
  if (boxes !== null) addBox(boxes, made)
  return made
}

/** The objects that the slots of a vertex show, by their content; null where they are few enough to look through. */
function boxesOf(vertex: Vertex): Boxes | null {
  const { slots } = vertex
  if (!(slots instanceof Map) || slots.size < MANY) return null
  const extra = extraOf(vertex)
  if (extra.boxes === null || extra.boxes.size > 2 * slots.size + MANY) {
    extra.boxes = new Map()
    for (const { stamp } of slots.values()) if (stamp instanceof Box) addBox(extra.boxes, stamp)
  }
  return extra.boxes
}

function isBoxOf(box: Box, value: unknown, failed: boolean): boolean {
  if (box.failed !== failed) return false
  if (failed) return Object.is(box.value, value)
  try {
    return sameValue(box.value, value)
  } catch {
    // a part of a stored result that is read when it is touched, and cannot be any more
    return false
  }
}

function addBox(boxes: Boxes, box: Box): void {
  const hash = hashIfAny(box.value)
  const known = boxes.get(hash)
  if (known === undefined) boxes.set(hash, [box])
  else if (!known.includes(box)) known.push(box)
}

/** The hash of a content; undefined where it cannot be read. */
function hashIfAny(value: unknown): number | undefined {
  try {
    return hashOf(value)
  } catch {
    return undefined
  }
}

function hasMany({ slots }: Vertex): boolean {
  return slots instanceof Map && slots.size >= MANY
}

function equalBox(vertex: Vertex, level: Level, slot: Slot, value: unknown, failed: boolean): Box | null {
  const matches = (stamp: unknown): stamp is Box => stamp instanceof Box && isBoxOf(stamp, value, failed)
  for (let at: Slot | null = slot; at !== null; at = slotAbove(vertex, at)) if (matches(at.stamp)) return at.stamp
  // a node and what lies below its adjustments give each other their results
  const pair = vertex.extra?.below ?? vertex.extra?.above ?? null
  if (pair !== null) for (const other of [serving(pair, level), pair]) if (matches(other.stamp)) return other.stamp
  for (const one of pair === null ? [vertex] : [vertex, pair]) {
    for (const { stamp } of one.past ?? []) if (matches(stamp)) return stamp
    for (const { stamp } of one.extra?.pins ?? []) if (matches(stamp)) return stamp
    if (!hasMany(one)) for (const { stamp } of slotsOf(one)) if (matches(stamp)) return stamp
  }
  return null
}
