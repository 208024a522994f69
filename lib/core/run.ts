/**
 * Asynchronous evaluation: the steps of evaluate.ts, where a step may have to wait (R19 to R24).
 *
 * A run is one evaluation of one node in flight. Whoever asks for the node in the meantime joins it, in any context that
 * the same slot serves; so a thousand scenarios wait for one run of what they share. When the run is done each of them
 * looks again: what the run learnt may have given it a slot of its own.
 *
 * A run writes down the marks of what it reads. At its end every one of them must still be what its context shows, in
 * one synchronous pass; else the world has moved, and it runs again for those who wait (R21). Before a run waits for
 * another, the runs that the other waits for are searched for itself: that is a cycle (R16).
 */
import { AbortedError, CycleError, DisposedError, DugoutError, LateDependencyError, SupersededError } from './errors.js'
import {
  attempt,
  evaluate,
  footprintOf,
  isOrphan,
  keep,
  loose,
  produce,
  settleWhatIfWith,
  verification,
} from './evaluate.js'
import { enter, Frame, PENDING, stack } from './frame.js'
import type { Graph } from './graph.js'
import { isWithin, type Level, labelOf } from './level.js'
import { definitionOf, extraOf, nameOf, nodeOf, type Vertex } from './node.js'
import { producerOf } from './producer.js'
import type { Slot } from './result.js'
import { BOXED, isComputed, LOOSE, markOf, Shape, UNLOADED } from './result.js'
import { seeded } from './seeded.js'
import { dropLater, serving } from './slots.js'
import { twinOf } from './twin.js'

let started = 0

/** How many runs ever began. */
export function runsStarted(): number {
  return started
}

/** How often a run whose inputs changed is run again. */
const AGAIN = 5

/** Whoever waits for runs: a run, or a caller with an AbortSignal. */
export class Waiter {
  readonly waitsFor = new Set<Run>()
  ended: Slot | null = null
}

/** One evaluation of one node in flight. */
export class Run extends Waiter {
  readonly vertex: Vertex
  readonly level: Level
  /** The slot that served the level when the run began: who is served by it too joins. */
  readonly requested: Slot
  readonly promise: Promise<Slot>
  resolve: (slot: Slot) => void = () => undefined
  waiters = 0
  frame: Frame | null = null
  controller: AbortController | null = null

  constructor(vertex: Vertex, level: Level, requested: Slot) {
    super()
    this.vertex = vertex
    this.level = level
    this.requested = requested
    this.promise = new Promise((resolve) => {
      this.resolve = resolve
    })
  }
}

/** Read an asynchronous vertex: its slot at once where nothing has to be awaited, else a promise of it. */
export function readAsync(vertex: Vertex, level: Level, reader: Waiter | null, need: boolean): Slot | Promise<Slot> {
  const slot = serving(vertex, level)
  if (slot.state <= (need ? BOXED : UNLOADED)) return slot
  const found = runFor(vertex, level, slot)
  if (found !== null) {
    const path = reader === null ? null : pathBetween(found, reader)
    if (path === null) return join(found, vertex, level, reader, need)
    // in its own context it would wait for itself; in another one it need not come to that
    if (found.level === level) return loose(level, new CycleError(path.map((run) => nodeOf(run.vertex))), true)
  }
  const known = attempt(vertex, level, slot, need)
  const { blocked, level: where } = verification
  verification.blocked = null
  if (known !== null) return known
  const run = new Run(vertex, level, slot)
  started++
  const { graph } = level
  graph.runs.add(run)
  const extra = extraOf(vertex)
  extra.runs ??= new Map()
  extra.runs.set(level, run)
  if (seeded.bug !== 'joins a run of another generation' || !extra.runs.has(slot)) extra.runs.set(slot, run)
  const joined = join(run, vertex, level, reader, need)
  void fly(run, blocked, where)
  return joined
}

/** The run in flight that answers for a vertex in a level, or null. */
export function runFor(vertex: Vertex, level: Level, slot: Slot): Run | null {
  const runs = vertex.extra?.runs
  if (!runs || seeded.bug === 'no single flight') return null
  const own = runs.get(level)
  if (own !== undefined) return own
  const shared = runs.get(slot)
  if (shared === undefined) return null
  return seeded.bug === 'joins a run of another generation' || serving(vertex, shared.level) === slot ? shared : null
}

function join(run: Run, vertex: Vertex, level: Level, reader: Waiter | null, need: boolean): Promise<Slot> {
  const { graph } = level
  // whoever waits in a context holds it: it must not be collected under them
  const held = level.handle?.deref()
  run.waiters++
  graph.waiting++
  reader?.waitsFor.add(run)
  return run.promise.then((slot) => {
    graph.waiting--
    reader?.waitsFor.delete(run)
    if (level.disposed)
      return slot.shape === LOOSE ? slot : loose(level, disposedError(level, nameOf(vertex), held), true)
    if (reader?.ended) return reader.ended
    if (slot.shape === LOOSE && run.level === level) return slot
    return readAsync(vertex, level, reader, need)
  })
}

/** The runs through which `from` waits for `to`, or null. */
function pathBetween(from: Run, to: Waiter): Run[] | null {
  const seen = new Set<Run>()
  const search = (run: Run): Run[] | null => {
    if (run === to) return [run]
    if (seen.has(run)) return null
    seen.add(run)
    for (const next of run.waitsFor) {
      const rest = search(next)
      if (rest !== null) return [run, ...rest]
    }
    return null
  }
  const path = search(from)
  return path === null || !(to instanceof Run) ? null : [to, ...path]
}

async function fly(run: Run, firstBlocked: Vertex | null, firstLevel: Level | null): Promise<void> {
  const { vertex, level } = run
  let blocked = firstBlocked
  let where = firstLevel
  try {
    for (let times = 0; ; times++) {
      // a body begins at once where nothing has to be awaited before, like any async function
      const known = blocked === null && times === 0 ? null : await verify(run, blocked, where)
      if (run.ended !== null) return
      if (known !== null) return finish(run, known)
      if (times > AGAIN) return finish(run, loose(level, new SupersededError(nameOf(vertex), times), true))
      const slot = await runOnce(run)
      if (run.ended !== null) return
      if (slot !== null) return finish(run, slot)
      if (level.graph.observers !== null) level.graph.emit('superseded', vertex, level)
      blocked = null
      where = null
    }
  } catch (error) {
    finish(run, loose(level, error, true))
  }
}

/** Verify, waiting for asynchronous dependencies one by one in the order read; null where a run is due. */
async function verify(run: Run, firstBlocked: Vertex | null, firstLevel: Level | null): Promise<Slot | null> {
  const { vertex, level } = run
  let blocked = firstBlocked
  let where = firstLevel ?? level
  for (;;) {
    if (blocked !== null) {
      const pending = readAsync(blocked, where, run, false)
      const slot = pending instanceof Promise ? await pending : pending
      if (run.ended !== null) return null
      if (slot.shape === LOOSE) {
        const { whatIf } = vertex.extra ?? {}
        return whatIf ? settleWhatIfWith(vertex, level, slot, whatIf.target) : null
      }
    }
    const known = attempt(vertex, level, serving(vertex, level), true)
    blocked = verification.blocked
    where = verification.level ?? level
    verification.blocked = null
    if (known !== null || blocked === null) return known
  }
}

/** Run the body once. Null where what it read has changed since. */
async function runOnce(run: Run): Promise<Slot | null> {
  const { vertex, level } = run
  const { whatIf } = vertex.extra ?? {}
  if (whatIf) return readWhatIf(run, whatIf.target, twinOf(level, whatIf.tweaks))
  if (isOrphan(vertex)) return loose(level, undefined, false)
  const { graph } = level
  const definition = definitionOf(vertex)
  const producer = producerOf(vertex, level)
  const frame = new Frame(level)
  frame.vertex = vertex
  frame.run = run
  frame.marks = []
  frame.reads = []
  run.frame = frame
  if (producer.adjustments.length === 0) graph.evaluations++
  if (definition.options.volatile === true) {
    graph.volatile ??= new Set()
    graph.volatile.add(vertex)
  }
  let value: unknown
  let failed = false
  try {
    value = await enter(frame, () => start(frame, () => produce(vertex, producer, level)))
  } catch (error) {
    value = error
    failed = true
  }
  // what was started and not awaited is a dependency too (R24)
  while (frame.pending > 0 && run.ended === null && seeded.bug !== 'started calls not awaited') {
    await new Promise<void>((resolve) => {
      frame.quiet = resolve
    })
  }
  if (graph.observers !== null && producer.adjustments.length === 0) graph.emit('ran', vertex, level)
  graph.reads += frame.reads.length
  if (run.ended !== null) return null
  let stands = standing(run, frame, producer.id)
  while (typeof stands === 'object') {
    const pending = readAsync(stands, level, run, false)
    const slot = pending instanceof Promise ? await pending : pending
    stands = run.ended === null && slot.shape !== LOOSE ? standing(run, frame, producer.id) : false
  }
  const { shape: last } = serving(vertex, level)
  frame.closed = (what) => new LateDependencyError(what, nameOf(vertex))
  if (run.ended !== null) return null
  if (!stands && seeded.bug !== 'torn read') {
    frame.closed = (what) => new AbortedError(what)
    return null
  }
  const passing = failed && (definition.options.cacheErrors === false || value instanceof DugoutError)
  if (frame.tainted || passing) return loose(level, value, failed)
  const reads = frame.reads
  const isSame =
    isComputed(last) &&
    last.producer === producer.id &&
    last.reads.length === reads.length &&
    last.reads.every((read, i) => read === reads[i])
  const shape = isSame ? last : new Shape(reads, producer.id)
  return keep(vertex, level, value, failed, shape, footprintOf(shape, level, producer))
}

async function readWhatIf(run: Run, target: Vertex, twin: Level): Promise<Slot | null> {
  twin.readers ??= new Set()
  twin.readers.add(run.vertex)
  const pending = readAsync(target, twin, run, true)
  const slot = pending instanceof Promise ? await pending : pending
  return run.ended === null ? settleWhatIfWith(run.vertex, run.level, slot, target) : null
}

/** The part of an asynchronous body before its first await has its frame on the stack, like any other. */
function start(frame: Frame, body: () => unknown): unknown {
  const outer = stack.frame
  stack.frame = frame
  try {
    return body()
  } finally {
    stack.frame = outer
  }
}

/** Is everything that the body read still what it was, all of it now? Or what has to be awaited to tell. */
function standing(run: Run, frame: Frame, producer: string): boolean | Vertex {
  const { vertex, level } = run
  if (frame.torn) return false
  const reads = frame.reads as Vertex[]
  const marks = frame.marks as unknown[]
  for (let i = 0; i < reads.length; i++) {
    if (marks[i] === PENDING || marks[i] === LOOSE) continue
    const one = reads[i] as Vertex
    let slot: Slot | null = serving(one, level)
    if (slot.state > UNLOADED) {
      slot = definitionOf(one).isAsync ? attempt(one, level, slot, false) : evaluate(one, level, slot, false)
      verification.blocked = null
      if (slot === null) return one
    }
    if (slot.shape === LOOSE || !Object.is(markOf(slot.stamp), marks[i])) return false
  }
  return producerOf(vertex, level).id === producer
}

/** The run is over: whoever waits is told. */
function finish(run: Run, slot: Slot): void {
  if (run.ended !== null) return
  run.ended = slot
  const { vertex, level } = run
  level.graph.runs.delete(run)
  const runs = vertex.extra?.runs
  if (runs && !(seeded.bug === 'in-flight leak' && slot.shape === LOOSE)) {
    if (runs.get(level) === run) runs.delete(level)
    if (runs.get(run.requested) === run) runs.delete(run.requested)
    if (runs.size === 0) extraOf(vertex).runs = null
  }
  if (slot.shape === LOOSE) dropLater(vertex)
  run.resolve(slot)
}

/** Nobody wants it any more, or its context is gone (R22): nothing of it is kept. */
function cancel(run: Run, why: (what: string) => Error): void {
  if (run.ended !== null) return
  const reason = why(nameOf(run.vertex))
  if (run.frame !== null) {
    run.frame.closed = why
    run.frame.quiet?.()
  }
  finish(run, loose(run.level, reason, true))
  run.controller?.abort(reason)
  for (const other of run.waitsFor) release(other)
}

/** One waiter fewer. */
export function release(run: Run): void {
  if (--run.waiters === 0) cancel(run, (what) => new AbortedError(what))
}

/** The error of who waited in a context that was disposed. */
export function disposedError(level: Level, what: string, _held?: unknown): Error {
  return new DisposedError(`Context ${labelOf(level)}, in which ${what} was asked for,`)
}

/** A level goes: what runs there or below it ends. */
export function cancelRuns(graph: Graph, level: Level, why: (what: string) => Error): void {
  for (const run of graph.runs) if (isWithin(run.level, level)) cancel(run, why)
}
