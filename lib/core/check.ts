/** The invariants of the core, executable: tests run them around every operation. */
import { allVertices } from './change.js'
import { Context } from './context.js'
import { footprintOf } from './evaluate.js'
import { bottomUp, isWithin, type Level } from './level.js'
import { nameOf, type Vertex } from './node.js'
import { producerOf } from './producer.js'
import {
  BOXED,
  CHECK,
  CHECK_UNLOADED,
  EMPTY,
  isComputed,
  LOOSE,
  marksOf,
  PINNED,
  Result,
  type Shape,
  type Slot,
  sameStamp,
  UNLOADED,
} from './result.js'
import { dependentsOf, ownSlot, servingNow as serving, slotAbove, slotsOf } from './slots.js'
import type { Branching } from './tree.js'

/** Throws an error that lists every invariant that does not hold in the graph of a context. */
export function checkInvariants(context: Context): void {
  if (context.disposed) return
  const root = Context.level(context).graph.root
  const vertices = allVertices(root)
  const problems: string[] = []
  const say = (vertex: Vertex, what: string): void => {
    problems.push(
      `${nameOf(vertex)}${vertex.extra?.above ? ' (below)' : ''}${vertex.extra?.whatIf ? ' (what-if)' : ''}: ${what}`,
    )
  }
  const known = new Set(vertices)
  if (known.size !== root.graph.nodes)
    problems.push(`the tables hold ${known.size} nodes, the graph counts ${root.graph.nodes}`)
  const expected = new Map<Vertex, Map<Vertex, number>>()
  for (const vertex of vertices) {
    const shapes = countShapes(vertex)
    if (shapes.size !== vertex.shapes) say(vertex, `${shapes.size} shapes are live, ${vertex.shapes} are counted`)
    for (const [shape, count] of shapes) {
      if (shape.count !== count) say(vertex, `a shape is held ${count} times and counts ${shape.count}`)
      if (new Set(shape).size !== shape.length) say(vertex, 'a shape lists a read twice')
      for (const read of shape) {
        if (!known.has(read)) say(vertex, 'a shape holds a vertex that was dropped')
        const counts = expected.get(read) ?? new Map<Vertex, number>()
        counts.set(vertex, (counts.get(vertex) ?? 0) + 1)
        expected.set(read, counts)
        for (const slot of slotsOf(read)) {
          if (ownSlot(vertex, slot.level) === undefined && !slot.level.deferred?.has(vertex))
            say(vertex, `reads ${nameOf(read)}, which has a slot in ${label(slot.level)}, and has none`)
        }
      }
    }
    for (const slot of [vertex, ...slotsOf(vertex)]) checkSlot(vertex, slot, say)
    if (vertex.evaluating !== 0) say(vertex, 'is marked as being evaluated')
  }
  for (const vertex of vertices) {
    const counts = new Map<Vertex, number>()
    const { dependents } = vertex
    if (dependents instanceof Map) for (const [one, count] of dependents) counts.set(one, count)
    else for (const one of dependentsOf(vertex)) counts.set(one, (counts.get(one) ?? 0) + 1)
    const due = expected.get(vertex) ?? new Map<Vertex, number>()
    for (const one of new Set([...counts.keys(), ...due.keys()])) {
      if (counts.get(one) !== due.get(one))
        say(vertex, `has ${counts.get(one) ?? 0} edges to ${nameOf(one)}, and ${due.get(one) ?? 0} are due`)
    }
  }
  checkLevels(root, problems)
  if (problems.length > 0)
    throw new Error(`${problems.length} invariants do not hold:\n${problems.slice(0, 12).join('\n')}`)
}

function checkSlot(vertex: Vertex, slot: Slot, say: (vertex: Vertex, what: string) => void): void {
  const { level, shape, state } = slot
  const where = `in ${label(level)}`
  if (level.disposed) say(vertex, `has a slot in a disposed level`)
  if (slot !== vertex && !level.held.includes(vertex)) say(vertex, `has a slot ${where}, which does not list it`)
  if (shape === LOOSE) say(vertex, `keeps what may not be kept ${where}`)
  const tweak = level.tweaks?.get(vertex)
  if ((shape === PINNED) !== (tweak?.kind === 'value')) say(vertex, `a value tweak and its slot disagree ${where}`)
  if (shape === PINNED && state > BOXED) say(vertex, `a value tweak is not shown ${where}`)
  if (state === EMPTY && isComputed(shape)) say(vertex, `an empty slot has a shape ${where}`)
  if ((state === CHECK || state === CHECK_UNLOADED) && isComputed(shape)) {
    const marks = marksOf(slot.record)
    if (marks === null || marks.length !== shape.length) say(vertex, `does not know what it read ${where}`)
  }
  if (state > UNLOADED) return
  if (shape === null) say(vertex, `is verified without a shape ${where}`)
  if (level.depth < 30 && slot.footprint >= level.bit * 2 && level.bit > 0)
    say(vertex, `depends on a deeper level ${where}`)
  if (!isComputed(shape)) return
  const { whatIf } = vertex.extra ?? {}
  if (whatIf) {
    const seen = level.twins?.get(whatIf.tweaks)
    if (seen === undefined || serving(whatIf.target, seen).state > UNLOADED)
      say(vertex, `is verified, and what it asked is not, ${where}`)
    return
  }
  for (const read of shape) {
    if (serving(read, level).state > UNLOADED) say(vertex, `is verified, and ${nameOf(read)} is not, ${where}`)
  }
  if (slot.record instanceof Result) {
    slot.record.marks.forEach((mark, i) => {
      const stamp = serving(shape[i] as Vertex, level).stamp
      if (!Object.is(mark, stamp) && (stamp as { mark?: unknown } | null)?.mark !== mark)
        say(vertex, `its leaf read something else ${where}`)
    })
  }
  const producer = producerOf(vertex, level)
  if (shape.producer !== producer.id)
    say(
      vertex,
      `is verified, and was made by ${shape.producer || 'its body'}, not by ${producer.id || 'its body'}, ${where}`,
    )
  const due = footprintOf(shape, level, producer)
  const above = slotAbove(vertex, slot)
  const isShared = above !== null && (above.state > UNLOADED || sameStamp(above.stamp, slot.stamp))
  if ((due & ~slot.footprint) !== 0 && !isShared && level.floor === 0)
    say(vertex, `has footprint ${slot.footprint}, and its dependencies make ${due}, ${where}`)
}

function countShapes(vertex: Vertex): Map<Shape, number> {
  const shapes = new Map<Shape, number>()
  const hold = (shape: Shape | null): void => {
    if (isComputed(shape)) shapes.set(shape, (shapes.get(shape) ?? 0) + 1)
  }
  for (const slot of [vertex, ...slotsOf(vertex)]) hold(slot.shape)
  for (const result of vertex.past ?? []) hold(result.shape)
  const visit = (at: Branching): void => {
    if (at.leaf !== null) hold(at.leaf.shape)
    for (const next of at.branches?.values() ?? []) visit(next)
  }
  for (const tree of vertex.extra?.trees?.values() ?? []) visit(tree)
  return shapes
}

function checkLevels(level: Level, problems: string[]): void {
  for (const one of bottomUp(level)) checkLevel(one, problems)
}

function checkLevel(level: Level, problems: string[]): void {
  for (const child of level.children ?? []) {
    if (child.disposed) problems.push(`${label(level)} keeps a disposed child`)
    if (child.parent !== level || !isWithin(child, level)) problems.push(`${label(child)} is not where its parent is`)
  }
  for (const [key, tweak] of level.tweaks ?? []) {
    if ('body' in key || tweak.kind !== 'value') continue
    if (ownSlot(key, level)?.shape !== PINNED)
      problems.push(`${label(level)} tweaks ${nameOf(key)}, whose slot does not show it`)
  }
}

function label(level: Level): string {
  return level.name || (level.parent === null ? 'the root' : `a level at depth ${level.depth}`)
}
