/**
 * Who is evaluating now. The frame of a synchronous body is in the module's variable, pushed and popped; it costs
 * nothing. Only a body that returns a promise runs inside AsyncLocalStorage, which is asked when the variable is empty:
 * that is so at the start of every microtask, when only AsyncLocalStorage can know.
 *
 * A frame writes down what its body reads. While a body runs again, its i-th read is held against the i-th read of last
 * time: as long as they agree nothing is allocated and no key is looked up (`previous[cursor]` predicts the next call).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Level } from './level.js'
import type { Vertex } from './node.js'
import { LOOSE, makeShape, markOf, NO_READS, type Shape, type Slot } from './result.js'
import type { Run } from './run.js'
import { seeded } from './seeded.js'
import { turns } from './turns.js'
import type { TweakSet } from './tweak.js'

/**
 * Copied for an empty list. It held objects once: V8 reads it as it does the others, where one that never did is of another kind.
 * With such a one a model takes 1.8 times as long to evaluate.
 */
const VERTICES: readonly Vertex[] = emptied()

function emptied(): Vertex[] {
  const reads = [null as unknown as Vertex]
  reads.length = 0
  return reads
}

/** The mark of a call that was started and is not done. */
export const PENDING = Symbol('pending')

export class Frame {
  /** What is evaluated; null for a `run`, which records nothing of its own. */
  vertex: Vertex | null = null
  level: Level
  /** What the body read last time, and how far this time agrees with it: `previous[cursor]` is what it reads next. */
  previous: Shape = NO_READS
  cursor = 0
  /** What it read, from the point on where it no longer agrees; with all that came before. Then nothing is predicted. */
  reads: Vertex[] | null = null
  seen: Set<Vertex> | null = null
  footprint = 0
  /** It saw something that may not be kept, so what it makes may not be kept either (R17). */
  tainted = false
  /** The frame that was current before. */
  outer: Frame | null = null
  /** A `run` or `get` inside a body: the body's frame, and the way to the inner context from its own. */
  owner: Frame | null = null
  path: readonly TweakSet[] = []
  /** A `run` keeps its context from being collected. */
  context: object | null = null
  /** How many slots had been turned or made when it began (mask.ts): none since means that all it read is verified. */
  turns = 0
  /** Asynchronous: the run, the marks beside `reads`, the calls that are not done, and why it takes no more. */
  run: Run | null = null
  marks: unknown[] | null = null
  pending = 0
  quiet: (() => void) | null = null
  closed: ((what: string) => Error) | null = null
  /** One read gave two values: what is made of them is nobody's value (R21). */
  torn = false
  /** What verification found that may not be kept: the vertex, and the answer for the body that is run instead. */
  handed: Vertex | null = null
  answer: Slot | null = null
  /** A synchronous body: the marks of what it got that is not done yet, runs it was given the promise of (R24). */
  open: Map<Vertex, unknown> | null = null

  constructor(level: Level) {
    this.level = level
  }

  /** Write down a read that was not the expected one. */
  note(vertex: Vertex, slot: Slot): void {
    if (slot.shape === LOOSE) {
      this.taint()
      return
    }
    this.footprint |= slot.footprint
    if (this.vertex === null) {
      this.learn(vertex)
      return
    }
    if (this.cursor < this.previous.length && vertex === this.previous[this.cursor]) {
      this.cursor++
      return
    }
    if (this.isKnown(vertex)) {
      if (this.run !== null) this.again(vertex, markOf(slot.stamp))
      return
    }
    this.diverge().push(vertex)
    this.seen?.add(vertex)
    if (this.run !== null) this.mark(markOf(slot.stamp))
  }

  /** What a `run` asks is a guess at what the next one will ask; it depends on nothing, so nothing else is kept of it. */
  private learn(vertex: Vertex): void {
    const { asked } = this.level.graph
    // after an await nothing is guessed
    if (this.previous !== asked || stack.frame !== this) return
    const at = this.cursor++
    if (at < asked.length) asked[at] = vertex
    else if (at === asked.length && at < REMEMBERED) asked.push(vertex)
  }

  /** Write down a call that was started; its mark comes when it is done. Gives its place, -1 where it is known. */
  noteStarted(vertex: Vertex): number {
    if (this.isKnown(vertex)) return -1
    const reads = this.diverge()
    reads.push(vertex)
    this.seen?.add(vertex)
    if (this.run !== null) this.mark(PENDING)
    return reads.length - 1
  }

  private mark(mark: unknown): void {
    if (this.marks === null) this.marks = [mark]
    else this.marks.push(mark)
  }

  /** A vertex is read again: is it still what it was? */
  again(vertex: Vertex, mark: unknown): void {
    const before = this.marks?.[(this.reads as Vertex[]).indexOf(vertex)]
    if (before !== PENDING && !Object.is(before, mark)) this.torn = true
  }

  private diverge(): Vertex[] {
    if (this.reads === null) {
      this.reads = VERTICES.slice()
      for (let i = 0; i < this.cursor; i++) this.reads.push(this.previous[i] as Vertex)
      this.previous = NO_READS
      this.cursor = 0
    }
    return this.reads
  }

  /** Was it read before? A read that repeats is one dependency. */
  private isKnown(vertex: Vertex): boolean {
    if (seeded.bug === 'first dependency only' && (this.cursor > 0 || this.reads !== null)) return true
    const reads = this.reads ?? this.previous
    const count = this.reads === null ? this.cursor : reads.length
    if (this.seen === null && count > FEW) this.seen = new Set()
    if (this.seen !== null) {
      // reads that agreed with last time went by without being added
      for (let i = this.seen.size; i < count; i++) this.seen.add(reads[i] as Vertex)
      return this.seen.has(vertex)
    }
    for (let i = 0; i < count; i++) if (reads[i] === vertex) return true
    return false
  }

  /** Everything that was read, in order: the very shape of last time, `last`, where nothing differs. */
  finish(last: Shape | null, producer: string): Shape {
    if (this.reads !== null) return makeShape(this.reads, producer)
    const { previous, cursor } = this
    if (previous === last && cursor === last.length && last.producer === producer) return last
    return makeShape(previous, producer, cursor)
  }

  /** The answer that verification had for this vertex, once. */
  take(vertex: Vertex): Slot | null {
    if (this.handed !== vertex) return null
    const { answer } = this
    this.handed = null
    this.answer = null
    return answer
  }

  taint(): void {
    this.tainted = true
    // what a what-if inside a body saw, the body saw
    if (this.owner !== null && this.owner !== this) this.owner.taint()
  }
}

// So many calls of a `run` are guessed by the next: 32 KB.
const REMEMBERED = 4096
// A list this long is searched faster than a Set is filled.
const FEW = 16

/** What is evaluated at this moment, outermost first; and the current frame. */
export const stack: {
  frame: Frame | null
  depth: number
  readonly vertices: Vertex[]
  readonly levels: Level[]
} = { frame: null, depth: 0, vertices: [], levels: [] }

/**
 * An evaluation begins. A level is written down only where another one stood: a new context is young, and to store what
 * is young in what is old is work for the garbage collector: a tenth of a masked node. For that reason vertices know a
 * place and no level.
 */
export function begin(vertex: Vertex, level: Level): void {
  const at = stack.depth
  stack.vertices[at] = vertex
  if (stack.levels[at] !== level) stack.levels[at] = level
  stack.depth = at + 1
  vertex.evaluating = at + 1
}

const pool: Frame[] = []

/** The frame of a synchronous body, pushed. Frames are pooled by depth (a tenth of a chain): nobody may keep one. */
export function push(vertex: Vertex, level: Level, previous: Shape): Frame {
  const at = stack.depth
  const pooled = pool[at]
  const frame = pooled ?? new Frame(level)
  if (pooled === undefined) pool[at] = frame
  frame.vertex = vertex
  if (frame.level !== level) frame.level = level
  // nothing is predicted where somebody observes
  const isObserved = level.graph.observers !== null || seeded.bug === 'what is read again is written down again'
  frame.previous = isObserved ? NO_READS : previous
  frame.cursor = 0
  frame.reads = null
  frame.seen = null
  frame.footprint = 0
  frame.tainted = false
  frame.turns = turns.count
  frame.open = null
  frame.handed = null
  frame.answer = null
  frame.outer = stack.frame
  stack.frame = frame
  return frame
}

/** Frames and the stack keep what they last saw until they see something else. A graph that is gone is not kept. */
export function forgetStack(): void {
  stack.vertices.length = stack.depth
  stack.levels.length = stack.depth
  // not the frame of the body that runs: it may well dispose another graph
  pool.length = Math.min(pool.length, stack.depth + 1)
}

let storage: AsyncLocalStorage<Frame | null> | null = null

/** Run something inside AsyncLocalStorage, so that what it does after an await knows its frame. */
export function enter<R>(frame: Frame | null, fn: () => R): R {
  storage ??= new AsyncLocalStorage()
  return storage.run(frame, fn)
}

/** The frame that AsyncLocalStorage knows: null in what a synchronous body left behind, undefined outside everything. */
export function stored(): Frame | null | undefined {
  return storage?.getStore()
}

/** Does AsyncLocalStorage cost anything yet? Before the first asynchronous body it is not even made. */
export function isStorageUsed(): boolean {
  return storage !== null
}

/** Stop the tax on every await of the process, where nothing asynchronous is tracked (Node 20 and 22). */
export function leaveStorage(): void {
  storage?.disable()
  storage = null
}

/** The frame of whoever calls: the current body's, or the asynchronous one's. */
export function currentFrame(): Frame | null {
  return stack.frame ?? stored() ?? null
}
