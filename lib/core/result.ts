/**
 * What one context holds for one node.
 *
 *   Slot    state, stamp, shape, footprint; the root's slot is the vertex itself (node.ts)
 *   Shape   the vertices that a body read, in order, and what produced the value; results that read the same share it
 *   Result  a result that no slot shows now, but that may be right again: its stamp and the stamps that it read
 *
 * A stamp is the identity of a result. A primitive is its own stamp; an object is held in a Box, and equal objects of one
 * node share the box's mark. So two results are equal exactly where `sameStamp` holds, in whatever contexts they were
 * found.
 *
 * Invariant (checked in check.ts): a slot that is verified in a context has only dependencies that are verified there,
 * and their stamps there are the ones that its result read. So the stamps need not be kept while a slot is verified:
 * they are taken down (`record`) when a wave turns it to CHECK, before anything has changed. That saves an array a node.
 */
import type { Level } from './level.js'
import type { Vertex } from './node.js'

/** The states of a slot. Verified: state <= UNLOADED. Holding a value: state <= BOXED. */
export const VALUE = 0
export const BOXED = 1
export const UNLOADED = 2
export const CHECK = 3
export const CHECK_UNLOADED = 4
export const EMPTY = 5

/** An object, an error, or the value of an unloaded result: whatever is not its own stamp. */
export class Box {
  /** Equal results share the mark. It outlives the value. */
  readonly mark: object
  readonly value: unknown
  readonly failed: boolean

  constructor(mark: object, value: unknown, failed: boolean) {
    this.mark = mark
    this.value = value
    this.failed = failed
  }
}

/** In place of a value that was unloaded: it equals nothing. */
export const GONE = Symbol('unloaded')

/** The mark of a result that came from elsewhere (results.ts): nobody knew its value, so whatever it is has this mark. */
export class RestoredMark {
  readonly isRestored = true
}

/** What a recorded read compares: the mark of a box, which keeps no value alive, or the primitive. */
export function markOf(stamp: unknown): unknown {
  return stamp instanceof Box ? stamp.mark : stamp
}

export function sameStamp(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (a instanceof Box && b instanceof Box && a.mark === b.mark)
}

/**
 * The dependencies of a result in the order read, shared by all results of a vertex that read the same. It is the list
 * itself and does not have one: that is an object fewer for each node, 32 bytes of 350, and a masked node of a large model takes
 * 0.8 of the time. A list that is made of it is made with `Array.from`, for `map` and `slice` would make a shape.
 */
export class Shape extends Array<Vertex> {
  /** What made the value: '' the body, else the tweaks and the invalidation in force (producer.ts). */
  readonly producer: string
  /** How many slots and results hold it; its edges live as long. */
  count = 0

  constructor(length: number, producer: string) {
    super(length)
    this.producer = producer
  }
}

/**
 * The shape of the first `length` of these reads. The only place where one is made: compiled by itself, it makes them in 25 ns;
 * a constructor of a kind of array that is called from where it is not compiled in takes 700.
 */
export function makeShape(reads: ArrayLike<Vertex>, producer: string, length = reads.length): Shape {
  const shape = new Shape(length || 1, producer)
  for (let i = 0; i < length; i++) shape[i] = reads[i] as Vertex
  if (length === 0) {
    // Lists that never held anything are of another kind to V8; with one, a model takes 1.8 times as long to evaluate.
    shape[0] = null as unknown as Vertex
    shape.pop()
  }
  return shape
}

/** No reads. */
export const NO_READS = makeShape([], '')

/** The shape of a result that read this: the last one, where that read just the same. */
export function shapeOf(last: Shape | null, reads: readonly Vertex[], producer: string): Shape {
  const isSame =
    isComputed(last) &&
    last.producer === producer &&
    last.length === reads.length &&
    last.every((read, i) => read === reads[i])
  return isSame ? last : makeShape(reads, producer)
}

/** The shape of a slot that holds a value tweak of just this node: no wave turns it. */
export const PINNED = makeShape([], 'pinned')
/** The shape of a slot whose value comes from a value tweak elsewhere: of the whole function, or of an outer context. */
export const DERIVED = makeShape([], 'derived')
/** The shape of what is handed to the reader but not kept: cycles, aborts, and what was made of them. */
export const LOOSE = makeShape([], 'loose')

/** Does a body's result stand in this slot, one that can be verified by its dependencies? */
export function isComputed(shape: Shape | null): shape is Shape {
  return shape !== null && shape !== PINNED && shape !== DERIVED && shape !== LOOSE
}

/**
 * Is this the result of a synchronous body that was given the promise of a run which is not done? It has the state CHECK
 * and says in its marks which run: while that is under way it is the answer, and after it what the run gave is compared.
 */
export function isOpen(slot: Slot): boolean {
  return slot.state === CHECK && slot.shape !== LOOSE
}

/** What one context holds for one node. */
export class Slot {
  level: Level
  state: number
  stamp: unknown
  shape: Shape | null
  /** One bit a depth: the contexts whose tweaks or invalidations the result depended on (R2). */
  footprint: number
  /** The marks read, where the state is CHECK; a leaf of the tree of all results, where there is one. */
  record: unknown[] | Result | null

  constructor(level: Level, state: number) {
    this.level = level
    this.state = state
    this.stamp = undefined
    this.shape = null
    this.footprint = 0
    this.record = null
  }
}

/** The marks that the result of a slot read. Only where its state is CHECK, or in the tree. */
export function marksOf(record: unknown[] | Result | null): readonly unknown[] | null {
  return record instanceof Result ? record.marks : record
}

/** A result by itself: superseded, or a leaf of the tree. */
export class Result {
  stamp: unknown
  shape: Shape
  marks: readonly unknown[]
  /** Where it was found; it goes with that context. */
  level: Level
  /** How many slots show this leaf. */
  count = 0

  constructor(stamp: unknown, shape: Shape, marks: readonly unknown[], level: Level) {
    this.stamp = stamp
    this.shape = shape
    this.marks = marks
    this.level = level
  }
}

/** The verified state that suits a stamp. Async functions never show a bare value: their readers get a promise. */
export function verifiedState(stamp: unknown, isAsync: boolean): number {
  return isAsync || stamp instanceof Box ? BOXED : VALUE
}
