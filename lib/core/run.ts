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

import type { Context } from './context.js'
import {
  AbortedError,
  CycleError,
  DepthError,
  DisposedError,
  DugoutError,
  LateDependencyError,
  SupersededError,
} from './errors.js'
import {
  attempt,
  cycleOf,
  evaluate,
  footprintOf,
  isOrphan,
  keep,
  loose,
  produce,
  settleWhatIfWith,
  unblock,
  verification,
  watchVolatile,
} from './evaluate.js'
import { enter, Frame, PENDING, stack } from './frame.js'
import type { Graph } from './graph.js'
import { handleOf } from './handle.js'
import { isWithin, type Level, labelOf } from './level.js'
import { definitionOf, nameOf, type Vertex } from './node.js'
import { type Producer, producerOf } from './producer.js'
import { BOXED, LOOSE, markOf, NO_READS, type Slot, shapeOf, UNLOADED } from './result.js'
import type { ResultHook } from './results.js'
import { seeded } from './seeded.js'
import { dropLater, serving } from './slots.js'

let started = 0

/** How many runs ever began. */
export function runsStarted(): number {
  return started
}

const NOTHING = Promise.resolve()

/** So many bodies begin within one another, each before its first await; the next ones on a stack of their own (R33). */
const NESTED = 64
let nested = 0

/** How many runs may wait for one another in a row, and how deep in what-ifs of what-ifs one may begin: else it is endless. */
const CHAIN = 100_000
const DEEPEST = 2000

/** How often a run whose inputs changed is run again. */
const AGAIN = 5

/** Who is told when a run is over. */
interface Ending {
  ended(slot: Slot): void
}

/** The runs that somebody waits for, and by how many calls. */
export type Waits = Map<Run, number>

/** One call fewer waits. False where it had been given up. */
export function endWait(waits: Waits, run: Run): boolean {
  const calls = waits.get(run) ?? 0
  if (calls > 1) waits.set(run, calls - 1)
  else waits.delete(run)
  return calls > 0
}

/** What a call gives whose body ended before it, or was given up. */
function lost(reader: Waiter | null, waits: Waits | null, vertex: Vertex, level: Level): Slot | null {
  if (reader === null) return null
  if (reader.ended !== null) return reader.ended
  return waits === reader.waitsFor ? null : loose(level, new AbortedError(nameOf(vertex)), true)
}

/** Whoever waits for runs: a run, or a caller with an AbortSignal. */
export class Waiter {
  /** Made when it first waits; another one once it was given up. */
  waitsFor: Waits | null = null
  ended: Slot | null = null

  begin(run: Run): Waits {
    this.waitsFor ??= new Map()
    this.waitsFor.set(run, (this.waitsFor.get(run) ?? 0) + 1)
    return this.waitsFor
  }

  /** Waits for nothing any more. What a body that was given up still awaits ends in the old list. */
  leave(): void {
    if (this.waitsFor === null) return
    const waited = [...this.waitsFor]
    this.waitsFor.clear()
    this.waitsFor = new Map()
    for (const [run, calls] of waited) for (let i = 0; i < calls; i++) release(run)
  }
}

/** One evaluation of one node in flight. */
export class Run extends Waiter {
  readonly vertex: Vertex
  readonly level: Level
  /** The slot that served the level when the run began: who is served by it too joins. */
  readonly requested: Slot
  /** Who is told when it is over, in the order in which they joined. */
  joins: Ending[] | null = null
  waiters = 0
  frame: Frame | null = null
  /** How many runs wait for it in a row, and the first of them. */
  readonly depth: number
  readonly first: Vertex
  /** Asked from its beginning to its end, whatever the graph's is by then: what was taken for it is given back there. */
  readonly results: ResultHook | null
  /** How often it began again. */
  times = 0
  /** The graph's serial number when the body began. */
  since = 0
  /** What verification found that may not be kept, for the body that is run instead (evaluate.ts). */
  handed: Vertex | null = null
  answer: Slot | null = null
  controller: AbortController | null = null

  constructor(vertex: Vertex, level: Level, requested: Slot, reader: Run | null) {
    super()
    this.vertex = vertex
    this.level = level
    this.requested = requested
    this.depth = reader === null ? 0 : reader.depth + 1
    this.first = reader === null ? vertex : reader.first
    this.results = level.graph.results
  }
}

/** Read an asynchronous vertex: its slot at once where nothing has to be awaited, else a promise of what `give` makes of it. */
export function readAsync<T>(
  vertex: Vertex,
  level: Level,
  reader: Waiter | null,
  need: boolean,
  give: (slot: Slot) => T,
): Slot | Promise<T> {
  const slot = serving(vertex, level)
  if (slot.state <= (need ? BOXED : UNLOADED)) return slot
  // given up while its body goes on
  if (reader !== null && reader.ended !== null) return reader.ended
  const found = runFor(vertex, level, slot)
  if (found !== null) {
    let path = reader === null ? null : pathBetween(found, reader)
    // what the runs on the way wait for, they may no longer ask for
    if (path?.some((run) => run !== reader && restartIfStale(run))) {
      if (reader?.ended) return reader.ended
      path = pathBetween(found, reader as Waiter)
    }
    if (path === null) return join(found, vertex, level, reader, need, give)
    // in its own context it would wait for itself; in another one it need not come to that
    if (found.level === level) return loose(level, new CycleError(cycleOf(path.map((run) => run.vertex))), true)
  }
  const { graph } = level
  const fetching = graph.results === null ? null : graph.results.fetch(vertex, level, reader)
  const known = fetching === null ? attempt(vertex, level, slot, need) : null
  const { blocked, level: where, loose: answer } = verification
  unblock()
  if (known !== null) return known
  // a dependency that was taken for synchronous ran a body, and that body may have asked for this very node
  const begun = runFor(vertex, level, serving(vertex, level))
  if (begun !== null && begun !== found) return readAsync(vertex, level, reader, need, give)
  const run = new Run(vertex, level, slot, reader instanceof Run ? reader : runAround())
  if (run.depth >= CHAIN || (level.frozen && level.depth >= DEEPEST)) {
    const error = new DepthError(nameOf(run.first), nameOf(vertex), Math.max(run.depth, level.depth), true)
    return loose(level, error, true)
  }
  started++
  graph.runs.add(run)
  const joined = join(run, vertex, level, reader, need, give)
  if (fetching !== null) verifyAfter(fetching, run)
  else if (nested >= NESTED) verifyAfter(NOTHING, run)
  else {
    nested++
    try {
      if (blocked === null) launch(run)
      else if (answer !== null) launch(run, blocked, answer)
      else verifyFirst(run, blocked, where)
    } finally {
      nested--
    }
  }
  return joined
}

/** The asynchronous body in which something is asked for, through whatever synchronous bodies. */
function runAround(): Run | null {
  for (let { frame } = stack; frame !== null; frame = frame.outer) if (frame.run !== null) return frame.run
  return null
}

/** The run in flight that answers for a vertex in a level, or null. */
export function runFor(vertex: Vertex, level: Level, slot: Slot): Run | null {
  const { runs } = level.graph
  if (runs.size === 0 || seeded.bug === 'no single flight') return null
  const found = runs.find(vertex, level, slot)
  if (found === null || found.level === level || seeded.bug === 'joins a run of another context') return found
  return serving(vertex, found.level) === slot ? found : null
}

/** One call that waits for a run; with an object of its own in place of closures, for every miss makes one. */
class Join<T> implements Ending {
  readonly run: Run
  readonly vertex: Vertex
  readonly level: Level
  readonly reader: Waiter | null
  readonly waits: Waits | null
  readonly need: boolean
  readonly give: (slot: Slot) => T
  /** Whoever waits in a context holds it: it must not be collected under them. */
  readonly held: Context | undefined
  readonly promise: Promise<T>
  /** The run is another context's. When one's own is disposed meanwhile, one is told at once. */
  told: (() => void) | null = null
  resolve!: (value: T | PromiseLike<T>) => void
  reject!: (error: unknown) => void

  constructor(run: Run, vertex: Vertex, level: Level, reader: Waiter | null, need: boolean, give: (slot: Slot) => T) {
    this.run = run
    this.vertex = vertex
    this.level = level
    this.reader = reader
    this.need = need
    this.give = give
    this.held = handleOf(level)
    run.waiters++
    level.graph.waiting++
    this.waits = reader === null ? null : reader.begin(run)
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    if (run.level === level || level.disposed || seeded.bug === 'joins a run of another context') return
    this.told = () => this.disposed()
    level.waits ??= new Set()
    level.waits.add(this.told)
  }

  /** The run is over. */
  ended(slot: Slot): void {
    if (this.told !== null) {
      if (this.level.disposed) return
      this.level.waits?.delete(this.told)
    }
    this.leave()
    this.answer(slot)
  }

  private disposed(): void {
    const isWaiting = this.leave()
    this.answer(null)
    // a body that was given up has given up its waiting already
    if (isWaiting) release(this.run)
  }

  private leave(): boolean {
    this.level.graph.waiting--
    return this.waits === null || endWait(this.waits, this.run)
  }

  private answer(slot: Slot | null): void {
    try {
      this.resolve(this.given(slot))
    } catch (error) {
      this.reject(error)
    }
  }

  /** What the call gives. */
  private given(slot: Slot | null): T | Promise<T> {
    const { run, vertex, level, reader, need, give } = this
    if (slot === null || (level.disposed && slot.shape !== LOOSE))
      return give(loose(level, disposedError(level, nameOf(vertex), this.held), true))
    if (level.disposed) return give(slot)
    const instead = lost(reader, this.waits, vertex, level)
    if (instead !== null) return give(instead)
    if (slot.shape === LOOSE && run.level === level) return give(slot)
    if (seeded.bug === 'joins a run of another context') return give(slot)
    // what was learnt meanwhile, or changed since, may ask for another run
    const found = readAsync(vertex, level, reader, need, give)
    return found instanceof Promise ? found : give(found)
  }
}

function join<T>(
  run: Run,
  vertex: Vertex,
  level: Level,
  reader: Waiter | null,
  need: boolean,
  give: (slot: Slot) => T,
): Promise<T> {
  const joined = new Join(run, vertex, level, reader, need, give)
  if (seeded.bug === 'in-flight leak' && run.ended !== null) joined.ended(run.ended)
  else if (run.joins === null) run.joins = [joined]
  else run.joins.push(joined)
  return joined.promise
}

/** A body that began before the model changed, and still runs, is given up, and its run begins again (R21). */
function restartIfStale(run: Run): boolean {
  if (run.ended !== null || run.frame === null || !isChanged(run.level, run.since)) return false
  const reason = new AbortedError(nameOf(run.vertex))
  run.frame.closed = (what) => new AbortedError(what)
  run.frame = null
  run.controller?.abort(reason)
  run.controller = null
  run.leave()
  again(run)
  return true
}

/** Once more, for those who wait. */
function again(run: Run): void {
  if (run.level.graph.observers !== null) run.level.graph.emit('superseded', run.vertex, run.level)
  run.times++
  verifyFirst(run, null, null)
}

/** The runs through which `from` waits for `to`, or null. */
function pathBetween(from: Run, to: Waiter): Run[] | null {
  const before = new Map<Run, Run | null>([[from, null]])
  const rest = [from]
  // not by recursion: they wait for one another in chains as long as one likes
  for (let run = rest.pop(); run !== undefined; run = rest.pop()) {
    if (run === to) {
      const path: Run[] = []
      for (let at: Run | null | undefined = run; at; at = before.get(at)) path.push(at)
      return [run, ...path.reverse()]
    }
    for (const next of [...(run.waitsFor?.keys() ?? [])].reverse()) {
      if (before.has(next)) continue
      before.set(next, run)
      rest.push(next)
    }
  }
  return null
}

/** Look at what a run is for once something has been awaited, unless it was given up meanwhile. */
function verifyAfter(awaited: Promise<void>, run: Run): void {
  void awaited.then(() => run.ended === null && verifyFirst(run, null, null))
}

/** Go on with a run once all has been awaited that verification asks for. */
function verifyFirst(run: Run, blocked: Vertex | null, where: Level | null): void {
  const { vertex, level } = run
  verify(run, blocked, where)
    .then((known) => {
      if (run.ended !== null) return
      if (known !== null) finish(run, known)
      else if (isChanged(level, run.since)) verifyFirst(run, null, null)
      else if (run.times > AGAIN) finish(run, loose(level, new SupersededError(nameOf(vertex), run.times), true))
      else launch(run, run.handed, run.answer)
    })
    .catch((error: unknown) => finish(run, loose(level, error, true)))
}

/** Verify, waiting for asynchronous dependencies one by one in the order read; null where a run is due. */
async function verify(run: Run, firstBlocked: Vertex | null, firstLevel: Level | null): Promise<Slot | null> {
  const { vertex, level } = run
  let blocked = firstBlocked
  run.handed = null
  run.answer = null
  run.since = level.graph.serial
  let where = firstLevel ?? level
  for (;;) {
    if (blocked !== null) {
      // to verify, stamps will do; a what-if hands on the value
      const pending = readAsync(blocked, where, run, vertex.extra?.whatIf != null, asItIs)
      const slot = pending instanceof Promise ? await pending : pending
      if (run.ended !== null) return null
      if (slot.shape === LOOSE && isChanged(level, run.since)) blocked = null
      else if (slot.shape === LOOSE) {
        const whatIf = vertex.extra?.whatIf
        if (where === level) hand(run, blocked, slot)
        return whatIf ? settleWhatIfWith(vertex, level, slot, whatIf.target) : null
      }
    }
    const slot = serving(vertex, level)
    // somebody else may have verified it meanwhile
    if (slot.state <= BOXED) return slot
    run.since = level.graph.serial
    const known = attempt(vertex, level, slot, true)
    blocked = verification.blocked
    where = verification.level ?? level
    const { loose: answer } = verification
    unblock()
    if (known !== null || blocked === null) return known
    if (answer !== null) {
      hand(run, blocked, answer)
      return null
    }
  }
}

function hand(run: Run, vertex: Vertex, answer: Slot): void {
  run.handed = vertex
  run.answer = answer
}

/**
 * Run the body. What follows is written with callbacks: on Node 20 every promise costs a tenth of a microsecond once an
 * AsyncLocalStorage is in use, and with awaits here there would be twice as many.
 */
function launch(run: Run, handed: Vertex | null = null, answer: Slot | null = null): void {
  const { vertex, level } = run
  const whatIf = vertex.extra?.whatIf
  const fail = (error: unknown): void => finish(run, loose(level, error, true))
  /* c8 ignore next: a what-if is answered by what it asks, which has been awaited */
  if (whatIf) return fail(new Error(`${nameOf(vertex)} under tweaks has no body`))
  if (isOrphan(vertex)) return finish(run, loose(level, undefined, false))
  const { graph } = level
  const { results } = run
  const claiming = results === null ? null : results.claim(vertex, level)
  if (claiming !== null) {
    verifyAfter(claiming, run)
    return
  }
  const refused = results === null ? null : results.begin(vertex, level)
  if (refused !== null) return fail(refused)
  const producer = producerOf(vertex, level)
  const frame = new Frame(level)
  frame.vertex = vertex
  frame.run = run
  frame.handed = handed
  frame.answer = answer
  run.frame = frame
  run.since = graph.serial
  if (producer.adjustments.length === 0) graph.evaluations++
  if (definitionOf(vertex).isVolatile) watchVolatile(vertex, level)
  let promise: Promise<unknown>
  try {
    const made = enter(frame, () => start(frame, vertex, producer, level))
    promise = made instanceof Promise ? made : Promise.resolve(made)
  } catch (error) {
    promise = Promise.reject(error)
  }
  promise.then(
    (value: unknown) => settled(run, frame, producer, value, false),
    (error: unknown) => settled(run, frame, producer, error, true),
  )
}

/** What the body's promise came to, in a microtask of its own. */
function settled(run: Run, frame: Frame, producer: Producer, value: unknown, failed: boolean): void {
  const { vertex, level } = run
  const { graph } = level
  try {
    // what was started and not awaited is a dependency too (R24)
    if (frame.pending > 0 && run.ended === null && run.frame === frame && seeded.bug !== 'started calls not awaited') {
      frame.quiet = () => settled(run, frame, producer, value, failed)
      return
    }
    if (graph.observers !== null && producer.adjustments.length === 0) graph.emit('ran', vertex, level)
    graph.reads += frame.reads?.length ?? 0
    conclude(run, frame, producer, value, failed)
  } catch (error) {
    finish(run, loose(level, error, true))
  }
}

/** The body is done. Its result is kept if all that it read still stands; else it runs again for those who wait (R21). */
function conclude(run: Run, frame: Frame, producer: Producer, value: unknown, failed: boolean): void {
  if (run.ended !== null || run.frame !== frame) return
  const { vertex, level } = run
  const stands = standing(run, frame, producer.id)
  if (typeof stands === 'object') {
    const later = readAsync(stands, level, run, false, asItIs)
    Promise.resolve(later)
      .then((slot) => {
        if (slot.shape === LOOSE) frame.torn = true
        conclude(run, frame, producer, value, failed)
      })
      .catch((error: unknown) => finish(run, loose(level, error, true)))
    return
  }
  if (!stands && seeded.bug !== 'torn read') {
    frame.closed = (what) => new AbortedError(what)
    run.frame = null
    again(run)
    return
  }
  frame.closed = (what) => new LateDependencyError(what, nameOf(vertex))
  const passing = failed && (definitionOf(vertex).options.cacheErrors === false || value instanceof DugoutError)
  if (frame.tainted || passing) return finish(run, loose(level, value, failed), true)
  const { shape: last } = serving(vertex, level)
  const shape = shapeOf(last, frame.reads ?? NO_READS, producer.id)
  finish(run, keep(vertex, level, value, failed, shape, footprintOf(shape, level, producer)), true)
}

function asItIs(slot: Slot): Slot {
  return slot
}

/** The part of an asynchronous body before its first await has its frame on the stack, like any other. */
function start(frame: Frame, vertex: Vertex, producer: Producer, level: Level): unknown {
  const outer = stack.frame
  stack.frame = frame
  try {
    return produce(vertex, producer, level)
  } finally {
    stack.frame = outer
  }
}

/** Is everything that the body read still what it was, all of it now? Or what has to be awaited to tell. */
function standing(run: Run, frame: Frame, producer: string): boolean | Vertex {
  const { vertex, level } = run
  if (frame.torn) return false
  // what it read and could not be kept cannot be held against the world: any change may have been one of it
  if (frame.tainted && isChanged(level, run.since)) return false
  const reads = frame.reads ?? NO_READS
  const marks = frame.marks ?? []
  for (let i = 0; i < reads.length; i++) {
    if (marks[i] === PENDING || marks[i] === LOOSE) continue
    const one = reads[i] as Vertex
    let slot: Slot | null = serving(one, level)
    if (slot.state > UNLOADED) {
      slot = definitionOf(one).isAsync ? attempt(one, level, slot, false) : evaluate(one, level, slot, false)
      unblock()
      if (slot === null) return one
    }
    if (slot.shape === LOOSE || !Object.is(markOf(slot.stamp), marks[i])) return false
    // a synchronous body's result that rests on a run which is not done
    if (slot.state > UNLOADED) frame.taint()
  }
  return producerOf(vertex, level).id === producer
}

/** Has this level, or one above it, changed since? */
export function isChanged(level: Level, since: number): boolean {
  for (let at: Level | null = level; at !== null; at = at.parent) if (at.changed > since) return true
  return false
}

/**
 * The run is over: whoever waits is told, at once where this is a microtask of its own; else in one, for being told may run
 * bodies.
 */
function finish(run: Run, slot: Slot, isAlone = false): void {
  /* c8 ignore next: a run ends once, whatever goes wrong on the way */
  if (run.ended !== null) return
  run.ended = slot
  const { vertex, level } = run
  if (!(seeded.bug === 'in-flight leak' && slot.shape === LOOSE)) level.graph.runs.delete(run)
  if (run.results !== null) run.results.end(vertex, level)
  if (slot.shape === LOOSE) dropLater(vertex)
  // a run was asked for, so somebody waits
  const joins = run.joins as Ending[]
  run.joins = null
  if (isAlone) tell(joins, slot)
  else void NOTHING.then(() => tell(joins, slot))
}

function tell(joins: readonly Ending[], slot: Slot): void {
  for (let i = 0; i < joins.length; i++) (joins[i] as Ending).ended(slot)
}

/** Nobody wants it any more, or its context is gone (R22): nothing of it is kept. */
function cancel(run: Run, why: (what: string) => Error): void {
  if (run.ended !== null) return
  const reason = why(nameOf(run.vertex))
  if (run.frame !== null) run.frame.closed = why
  finish(run, loose(run.level, reason, true))
  run.controller?.abort(reason)
  run.leave()
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
