/**
 * All results of a vertex as one decision tree (R30). A body is deterministic: after the same reads with the same stamps
 * it makes the same next read. So a branch says which dependency is read next, its branches are keyed by the mark that
 * came back, and a leaf is a result. Walking it in a context verifies all known results at once, in as many steps as the
 * body has dependencies. Grown only once a vertex has MANY slots; below that a plain walk over them is cheaper.
 */
import { extraOf, type Vertex } from './node.js'
import { CHECK_UNLOADED, isComputed, markOf, marksOf, Result, type Shape, type Slot, UNLOADED } from './result.js'
import { Run } from './run.js'
import { letGo, slotsOf, takeMarks } from './slots.js'

/** From this many slots on, results are found through the tree. */
export const MANY = 8

export class Branching {
  /** What is read next; null at a leaf, and in a new tree. */
  read: Vertex | null = null
  branches: Map<unknown, Branching> | null = null
  leaf: Result | null = null
}

const NEGATIVE_ZERO = Symbol('-0')

/** The key of a mark: a Map would take -0 for 0. */
export function keyOf(mark: unknown): unknown {
  return Object.is(mark, -0) ? NEGATIVE_ZERO : mark
}

/** The trees of a vertex with many slots, grown from all of them where there are none yet. */
export function treesOf(vertex: Vertex): Map<string, Branching> {
  const extra = extraOf(vertex)
  if (extra.trees !== null) return extra.trees
  extra.trees = new Map()
  for (const slot of [vertex, ...slotsOf(vertex)]) if (isComputed(slot.shape)) plantLeaf(vertex, slot, slot.shape)
  return extra.trees
}

/** Put the result in a slot into the tree. */
export function plantLeaf(vertex: Vertex, slot: Slot, shape: Shape): void {
  if (!(vertex.slots instanceof Map) || vertex.slots.size < MANY) return
  if (slot.state === UNLOADED || slot.state === CHECK_UNLOADED) return
  const trees = treesOf(vertex)
  const marks = slot.state <= UNLOADED ? takeMarks(shape, slot.level, null) : marksOf(slot.record)
  // what rests on a run that is not done is for nobody to share
  if (marks === null || slot.record instanceof Result || marks.some((mark) => mark instanceof Run)) return
  let at = trees.get(shape.producer)
  if (at === undefined) {
    at = new Branching()
    trees.set(shape.producer, at)
  }
  for (let i = 0; i < marks.length; i++) {
    const read = shape[i] as Vertex
    // a body that is not deterministic has results that this tree does not show
    if ((at.read !== null && at.read !== read) || at.leaf !== null) return
    at.read = read
    at.branches ??= new Map()
    const key = keyOf(marks[i])
    let next = at.branches.get(key)
    if (next === undefined) {
      next = new Branching()
      at.branches.set(key, next)
    }
    at = next
  }
  if (at.read !== null) return
  if (at.leaf === null) {
    at.leaf = new Result(slot.stamp, shape, marks, slot.level)
    shape.count++
  } else if (markOf(at.leaf.stamp) !== markOf(slot.stamp) && !Object.is(at.leaf.stamp, slot.stamp)) {
    return
  }
  at.leaf.count++
  slot.record = at.leaf
}

/** A slot no longer shows its leaf. The last one takes it away, with the branches that led to it alone. */
export function uprootLeaf(vertex: Vertex, slot: Slot): void {
  const leaf = slot.record as Result
  slot.record = null
  if (--leaf.count > 0) return
  const trees = vertex.extra?.trees
  const tree = trees?.get(leaf.shape.producer)
  if (trees && tree !== undefined) {
    prune(tree, leaf, 0)
    if (tree.branches === null && tree.leaf === null) trees.delete(leaf.shape.producer)
    if (trees.size === 0) extraOf(vertex).trees = null
  }
  letGo(vertex, leaf.shape)
}

function prune(at: Branching, leaf: Result, depth: number): void {
  if (depth === leaf.marks.length) {
    if (at.leaf === leaf) at.leaf = null
    return
  }
  const key = keyOf(leaf.marks[depth])
  const next = at.branches?.get(key) as Branching
  prune(next, leaf, depth + 1)
  if (next.leaf === null && next.branches === null) at.branches?.delete(key)
  if (at.branches?.size === 0) {
    at.branches = null
    at.read = null
  }
}
