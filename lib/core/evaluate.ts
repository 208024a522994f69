/**
 * The one algorithm: a read finds the slot that serves its context; what is verified there is the answer. Else
 *
 *   verify   hold the results that are known (the own one, those above, superseded ones, the siblings') against what
 *            their dependencies are here, in the order read, stopping at the first difference (R3, R10, R30)
 *   run      the body, writing down what it reads
 *   settle   find the stamp, the shape and the home of what came out, and install it there (R2, R9)
 *
 * What keeps it right: a dependency is asked for only when all those before it were what the body saw when it asked for
 * the next one, so nothing is evaluated that a fresh run would not evaluate. And a result is kept only with dependencies
 * that are verified in the same context (result.ts). Asynchronous functions use the same steps, driven by run.ts.
 */
import { CycleError, DepthError, DugoutError, PromiseTweakError } from './errors.js'
import { begin, enter, type Frame, isStorageUsed, push, stack, stored } from './frame.js'
import { copyOf } from './identity.js'
import { homeOf, type Level, leave, levelsBetween } from './level.js'
import { connect, ensureSlot, isDoubted, readsNothingAt, wave } from './mask.js'
import {
  argumentsOf,
  Definition,
  definitionOf,
  type Extra,
  extraOf,
  hiddenVertex,
  NO_ARGUMENTS,
  nameOf,
  nodeOf,
  tableOf,
  type Vertex,
} from './node.js'
import { PLAIN, type Producer, producerOf } from './producer.js'
import {
  BOXED,
  Box,
  CHECK,
  CHECK_UNLOADED,
  DERIVED,
  EMPTY,
  isComputed,
  isOpen,
  LOOSE,
  makeShape,
  markOf,
  marksOf,
  NO_READS,
  PINNED,
  Result,
  type Shape,
  Slot,
  sameStamp,
  UNLOADED,
  VALUE,
  verifiedState,
} from './result.js'
import { Run, runFor } from './run.js'
import { seeded } from './seeded.js'
import {
  catchUpTo,
  dropLater,
  forgetResult,
  letGo,
  ownSlot,
  plant,
  release,
  removeSlot,
  serving,
  slotAbove,
  slotsOf,
  supersede,
  unpinned,
} from './slots.js'
import { stampOf, stampOfTweak } from './stamp.js'
import { readFor, valueOf } from './tracked.js'
import { keyOf, MANY, treesOf, uprootLeaf } from './tree.js'
import { turns } from './turns.js'
import { type Adjuster, Adjustment, isPromise, type Tweak } from './tweak.js'
import { twinOf } from './twin.js'

/** Deeper than this the stack is probed before a body is run. */
const SAFE_DEPTH = 256
/** How many levels go by between two probes: asking for room costs a microsecond or two. */
const PROBED = 32
/** Words of stack that have to be free: so many levels, the steps after a body, and the making of an error fit in. */
const HEADROOM = Array.from({ length: 3072 }, () => 0)

/**
 * What verification stopped at: a dependency that has to be awaited first, or one whose answer may not be kept (`loose`).
 * No known result can be right then: a body that reads what they read would come to the same dependency. The body that
 * is run instead is handed that answer, for its callers are the same; else cycles would be gone through twice at every
 * level.
 */
export const verification: {
  blocked: Vertex | null
  level: Level | null
  loose: Slot | null
  /** What was found to agree rests on a run that is not done. */
  isOpen: boolean
} = { blocked: null, level: null, loose: null, isOpen: false }

/** Verification stopped here. */
function stop(vertex: Vertex, level: Level, answer: Slot | null): null {
  verification.blocked = vertex
  verification.level = level
  verification.loose = answer
  return null
}

/** Verification begins anew. */
export function unblock(): void {
  verification.blocked = null
  verification.loose = null
}

/**
 * The slot that serves `level`, verified, evaluating what is needed; with its value if `need`. Null where the function
 * turned out to be asynchronous. What may not be kept comes in a slot of its own, of shape LOOSE.
 */
export function evaluate(vertex: Vertex, level: Level, slot: Slot, need: boolean): Slot | null {
  if (stack.depth >= SAFE_DEPTH && stack.depth % PROBED === 0) guardStack(vertex)
  const outer = vertex.evaluating
  if (outer !== 0 && isRunning(vertex, level, outer)) return loose(level, new CycleError(pathTo(vertex, level)), true)
  begin(vertex, level)
  try {
    const producer = vertex.extra === null && vertex.table?.tweaked === null ? PLAIN : producerOf(vertex, level)
    const { results } = level.graph
    if (results !== null && producer.adjustments.length === 0) {
      const found = results.find(vertex, level, producer)
      // it is known now that the function is asynchronous
      if (found !== null || definitionOf(vertex).isAsync) return found
    }
    const known =
      producer === PLAIN && vertex.extra === null
        ? verifyFor(vertex, level, slot, producer, need)
        : settle(vertex, level, slot, producer, need)
    const { blocked, loose: answer } = verification
    unblock()
    if (known !== null) return known
    const definition = definitionOf(vertex)
    if (vertex.extra !== null) {
      if (vertex.extra.whatIf) {
        definition.isAsync = true
        return null
      }
      // a method of an object that is gone: whoever depended on it has to run again
      if (isOrphan(vertex)) return loose(level, undefined, false)
    }
    if (results !== null) {
      const refused = results.begin(vertex, level)
      if (refused !== null) return loose(level, refused, true)
    }
    if (definition.isVolatile) watchVolatile(vertex, level)
    const { graph } = level
    if (producer.adjustments.length === 0) graph.evaluations++
    const last = shapeBefore(vertex, level, slot)
    const frame = push(vertex, level, last ?? NO_READS)
    if (answer !== null) {
      frame.handed = blocked
      frame.answer = answer
    }
    let value: unknown
    let failed = false
    try {
      if (frame.outer !== null ? frame.outer.run !== null : isStorageUsed() && stored() !== undefined) {
        // what it leaves behind must not pass for the asynchronous body that called it (R23)
        value = enter(null, () => produce(vertex, producer, level))
      } else if (producer !== PLAIN || vertex.extra !== null || graph.around !== null) {
        value = produce(vertex, producer, level)
      } else {
        const { args } = vertex
        const body = definition.body as (...args: unknown[]) => unknown
        if (args === NO_ARGUMENTS) value = body()
        else value = Array.isArray(args) ? body(...(args as unknown[])) : body(args)
      }
    } catch (error) {
      value = isOverflow(error) && stack.depth > SAFE_DEPTH ? tooDeep(vertex, error) : error
      failed = true
    }
    stack.frame = frame.outer
    if (!failed && typeof value === 'object' && value !== null && isPromise(value)) {
      value.then(undefined, () => undefined)
      if (!definition.isSync || definition.isAsync) {
        // its late reads are lost: it is asked once more, as what it is
        definition.isAsync = true
        if (producer.adjustments.length === 0) graph.evaluations--
        return null
      }
      value = new PromiseTweakError(nameOf(vertex))
      failed = true
    }
    if (!failed && producer === PLAIN) definition.isSync = true
    if (graph.observers !== null && producer.adjustments.length === 0) graph.emit('ran', vertex, level)
    graph.reads += frame.reads === null ? frame.cursor : frame.reads.length
    if (
      // by far the most frequent end: a body that read what it read last time, and gave a primitive
      frame.reads === null &&
      last !== null &&
      last.count > 0 &&
      last.producer === producer.id &&
      frame.cursor === last.length &&
      frame.turns === turns.count &&
      !failed &&
      !frame.tainted &&
      frame.open === null &&
      (typeof value !== 'object' || value === null) &&
      typeof value !== 'function' &&
      definition.equals === undefined &&
      graph.observers === null &&
      results === null
    ) {
      if (vertex.slots === slot && slot.shape === null && slot.level === level && frame.footprint >= level.bit) {
        // a masked node, for the first time here: its home is here, as what it read (1.5 times as long without this)
        last.count++
        slot.shape = last
        slot.stamp = value
        slot.footprint = vertex.state <= UNLOADED && Object.is(vertex.stamp, value) ? 0 : frame.footprint
        slot.state = VALUE
        return slot
      }
      if (
        slot === vertex &&
        vertex.slots === null &&
        slot.shape === last &&
        slot.state === CHECK &&
        slot.level === level
      ) {
        // a node of the root, again (a chain of them: 1.27 times)
        supersede(vertex, slot)
        slot.stamp = value
        slot.state = VALUE
        return slot
      }
    }
    return conclude(vertex, level, frame, value, failed, producer, last)
  } finally {
    stack.depth--
    vertex.evaluating = outer
  }
}

/** Is the object gone whose method this is? */
export function isOrphan(vertex: Vertex): boolean {
  const receiver = vertex.extra?.receiver
  return receiver != null && receiver.deref() === undefined
}

/** A volatile function ran: before the next read from outside it is to be asked again. */
export function watchVolatile(vertex: Vertex, level: Level): void {
  level.graph.volatile ??= new Set()
  level.graph.volatile.add(vertex)
}

/** What is read last time predicts what is read now. */
function shapeBefore(vertex: Vertex, level: Level, slot: Slot): Shape | null {
  for (let at: Slot | null = slot; at !== null; at = slotAbove(vertex, at)) if (isComputed(at.shape)) return at.shape
  const past = vertex.past
  if (past !== null) return (past[past.length - 1] as Result).shape
  if (vertex.slots !== null && vertex.shapes > 0) {
    /* c8 ignore next: that none has one is so only while one of them is being made */
    for (const other of slotsOf(vertex)) if (isComputed(other.shape)) return other.shape
  }
  return null
}

/** Answer without running the body: by a tweak, a what-if, or a result that is known and still right. */
export function settle(vertex: Vertex, level: Level, slot: Slot, producer: Producer, need: boolean): Slot | null {
  unblock()
  if (vertex.extra?.whatIf) return settleWhatIf(vertex, level, need)
  const { origin } = producer
  if (origin !== null && origin.kind === 'value' && producer.adjustments.length === 0) {
    const stamp = stampOfTweak(vertex, level, slot, origin.content)
    return install(vertex, level, stamp, DERIVED, producer.footprint, false, null)
  }
  return verifyFor(vertex, level, slot, producer, need)
}

/** A known result that is right here; with its value if `need`. */
function verifyFor(vertex: Vertex, level: Level, slot: Slot, producer: Producer, need: boolean): Slot | null {
  unblock()
  let known = verify(vertex, level, slot, producer, false)
  // right, but unloaded: another context may have the value
  if (known !== null && need && known.state === UNLOADED) known = verify(vertex, level, known, producer, true)
  return known !== null && (!need || known.state <= BOXED || isOpen(known)) ? known : null
}

/** The value of another node under tweaks (R15): read there, in the one context with these tweaks. */
function settleWhatIf(vertex: Vertex, level: Level, need: boolean): Slot | null {
  const { target, tweaks } = (vertex.extra as Extra).whatIf as { target: Vertex; tweaks: Tweaks }
  const before = serving(vertex, level)
  if (seeded.bug === 'what-if sees tweaks once' && before.state === CHECK && isComputed(before.shape))
    return install(vertex, level, before.stamp, before.shape, before.footprint, false, before)
  const twin = twinFor(vertex, level, tweaks)
  const found = read(target, twin, need)
  if (found === null) return null
  return settleWhatIfWith(vertex, level, found, target)
}

type Tweaks = NonNullable<Extra['whatIf']>['tweaks']

export function settleWhatIfWith(vertex: Vertex, level: Level, found: Slot, target: Vertex): Slot {
  if (found.shape === LOOSE || isOpen(found)) return loose(level, found.stamp, false, found)
  const own = ownSlot(vertex, level)
  const shape = isComputed(vertex.shape)
    ? vertex.shape
    : isComputed(own?.shape ?? null)
      ? (own?.shape as Shape)
      : makeShape([target], '')
  const { tweaks } = (vertex.extra as Extra).whatIf as { tweaks: Tweaks }
  let footprint = leave(found.footprint, level)
  if (shape.count++ === 0) connect(vertex, shape)
  catchUpTo(level)
  // It belongs further up: then it is asked there too, which finds the same results and runs nothing. So every level
  // that shows it has an inner level of its own, through which changes reach it.
  const home = homeOf(footprint, level)
  for (let at = level; at !== home; ) {
    at = at.parent as Level
    if (at !== home && ownSlot(vertex, at) === undefined) continue
    if (isAnswered(vertex, twinFor(vertex, at, tweaks), target, found.stamp)) continue
    footprint |= level.bit
    break
  }
  const slot = install(vertex, level, found.stamp, shape, footprint, found.state === UNLOADED, own ?? vertex)
  letGo(vertex, shape)
  return slot
}

/** The inner level that answers a what-if for a level; it tells the what-if of what happens there. */
export function twinFor(vertex: Vertex, level: Level, tweaks: Tweaks): Level {
  const twin = seeded.bug === 'what-if reads this context' ? level : twinOf(level, tweaks)
  twin.readers ??= new Set()
  twin.readers.add(vertex)
  return twin
}

function isAnswered(vertex: Vertex, twin: Level, target: Vertex, stamp: unknown): boolean {
  const here = read(target, twin, false)
  unblock()
  return (
    here !== null &&
    here.shape !== LOOSE &&
    here.state <= UNLOADED &&
    sameStamp(here.stamp, stamp) &&
    vertex.table !== null
  )
}

/** Any vertex, verified here, or null where an asynchronous one has to be awaited (verification.blocked). */
function read(vertex: Vertex, level: Level, need: boolean): Slot | null {
  const slot = serving(vertex, level)
  if (slot.state <= (need ? BOXED : UNLOADED)) return slot
  if (!definitionOf(vertex).isAsync) {
    const found = evaluate(vertex, level, slot, need)
    if (found !== null) return found
  } else if (attempts < ATTEMPTS) {
    const found = attempt(vertex, level, slot, need)
    if (found !== null) return found
  }
  return stop(vertex, level, null)
}

/** So many attempts within one another; what lies deeper is awaited, on a stack of its own (R33). */
const ATTEMPTS = 128
let attempts = 0

/** An asynchronous vertex, as far as that goes without waiting. */
export function attempt(vertex: Vertex, level: Level, slot: Slot, need: boolean): Slot | null {
  const outer = vertex.evaluating
  if (outer !== 0 && stack.levels[outer - 1] === level) return null
  begin(vertex, level)
  attempts++
  try {
    const producer = producerOf(vertex, level)
    const { results } = level.graph
    const found = results === null || producer.adjustments.length > 0 ? null : results.find(vertex, level, producer)
    return found ?? settle(vertex, level, slot, producer, need)
  } finally {
    attempts--
    stack.depth--
    vertex.evaluating = outer
  }
}

/** A dependency as it is here; null where it cannot be told without waiting, or is not kept. */
function dependency(vertex: Vertex, level: Level): Slot | null {
  const slot = vertex.slots === null ? vertex : serving(vertex, level)
  if (slot.state <= UNLOADED) return slot
  const { isAsync } = definitionOf(vertex)
  if (isAsync && attempts >= ATTEMPTS) return stop(vertex, level, null)
  const found = isAsync ? attempt(vertex, level, slot, false) : evaluate(vertex, level, slot, false)
  if (found === null || found.shape === LOOSE) return stop(vertex, level, found)
  unblock()
  return found
}

/** The first known result that is right here, installed; null where there is none, or where one has to wait. */
function verify(vertex: Vertex, level: Level, slot: Slot, producer: Producer, need: boolean): Slot | null {
  if (seeded.bug === 'what is known runs again') return null
  for (let at: Slot | null = slot; at !== null; at = slotAbove(vertex, at)) {
    if (at.state === EMPTY) continue
    if (at.state === UNLOADED && (need || at.level === level)) continue
    if (at.state === CHECK_UNLOADED && need) continue
    const { shape, stamp } = at
    if (agrees(vertex, level, at, producer)) {
      if (verification.isOpen) {
        if (at === serving(vertex, level)) return at
        continue
      }
      const isUnloaded = at.state === UNLOADED || at.state === CHECK_UNLOADED
      return adopt(vertex, level, stamp, shape as Shape, producer, isUnloaded, at)
    }
    if (verification.blocked !== null) return null
  }
  if (vertex.past === null && vertex.extra === null && (vertex.slots === null || vertex.slots === slot)) return null
  return (
    verifyPast(vertex, vertex, level, producer) ??
    (verification.blocked === null ? verifyOthers(vertex, level, producer) : null)
  )
}

function verifyPast(vertex: Vertex, source: Vertex, level: Level, producer: Producer): Slot | null {
  const { past } = source
  if (past === null) return null
  for (let i = past.length - 1; i >= 0; i--) {
    const result = past[i]
    // a body that is asked for this may dispose what has others of them
    if (result === undefined) continue
    if (!holds(result.shape, result.marks, level, producer) || verification.isOpen || past[i] !== result) {
      if (verification.blocked !== null) return null
      continue
    }
    const { stamp, shape } = result
    if (source !== vertex) return adopt(vertex, level, stamp, own(vertex, source, shape), producer, false, null)
    // where it belongs to the level that found it, it is no longer a thing of the past
    shape.count++
    if (homeOf(footprintOf(shape, level, producer), level) === result.level) forgetResult(vertex, i)
    const slot = adopt(vertex, level, stamp, shape, producer, false, null)
    letGo(vertex, shape)
    return slot
  }
  return null
}

/** Siblings' results (R30), and those of the node that an adjustment split in two (R12). */
function verifyOthers(vertex: Vertex, level: Level, producer: Producer): Slot | null {
  const found = verifySiblings(vertex, vertex, level, producer)
  const pair = vertex.extra?.below ?? vertex.extra?.above ?? null
  if (found !== null || pair === null || verification.blocked !== null) return found
  for (let at: Slot | null = serving(pair, level); at !== null; at = slotAbove(pair, at)) {
    const { shape, stamp } = at
    if (at.state === UNLOADED || at.state === CHECK_UNLOADED) continue
    const isHere =
      at.state <= BOXED && isComputed(shape) && shape.producer === producer.id && at === serving(pair, level)
    if (isHere) return adopt(vertex, level, stamp, own(vertex, pair, shape), producer, false, null)
    if (agrees(pair, level, at, producer) && !verification.isOpen)
      return adopt(vertex, level, stamp, own(vertex, pair, shape as Shape), producer, false, null)
    if (verification.blocked !== null) return null
  }
  const past = verifyPast(vertex, pair, level, producer)
  return past !== null || verification.blocked !== null ? past : verifySiblings(vertex, pair, level, producer)
}

function verifySiblings(vertex: Vertex, source: Vertex, level: Level, producer: Producer): Slot | null {
  const held = source.slots
  if (held === null) return null
  if (held instanceof Map && held.size >= MANY) return verifyTree(vertex, source, level, producer)
  for (const slot of !(held instanceof Map) ? [held] : [...held.values()]) {
    const { shape, stamp, state } = slot
    // its own was the first to be looked at
    if (slot.level === level) continue
    if (state === UNLOADED || state === CHECK_UNLOADED || state === EMPTY) continue
    if (agrees(source, level, slot, producer) && !verification.isOpen)
      return adopt(vertex, level, stamp, own(vertex, source, shape as Shape), producer, false, null)
    if (verification.blocked !== null) return null
  }
  return null
}

function verifyTree(vertex: Vertex, source: Vertex, level: Level, producer: Producer): Slot | null {
  let at = treesOf(source).get(producer.id)
  while (at !== undefined && at.leaf === null && at.read !== null) {
    const here = dependency(at.read, level)
    if (here === null || here.state > UNLOADED) return null
    at = at.branches?.get(keyOf(markOf(here.stamp)))
  }
  const leaf = at?.leaf
  if (!leaf) return null
  return adopt(vertex, level, leaf.stamp, own(vertex, source, leaf.shape), producer, false, null)
}

/** A shape of another vertex with the same body, as one of this vertex's own. */
function own(vertex: Vertex, source: Vertex, shape: Shape): Shape {
  return vertex === source ? shape : makeShape(shape, shape.producer)
}

/** Is the result in this slot right in `level`? */
function agrees(vertex: Vertex, level: Level, slot: Slot, producer: Producer): boolean {
  const { shape, state } = slot
  if (state === EMPTY || !isComputed(shape) || shape.producer !== producer.id) return false
  if (seeded.bug === 'sticky error' && slot.stamp instanceof Box && slot.stamp.failed) return true
  if (state === CHECK || state === CHECK_UNLOADED) {
    const marks = marksOf(slot.record)
    // a body that is asked for this may dispose the context that has it
    return marks !== null && holds(shape, marks, level, producer) && slot.shape === shape && !slot.level.disposed
  }
  if (seeded.bug === 'siblings share without asking') return true
  // verified where it is: then what it read is what its level sees
  for (let i = 0; i < shape.length; i++) {
    const one = shape[i] as Vertex
    const { slots } = one
    if (slots === null && one.state <= UNLOADED) continue
    const here = dependency(one, level)
    const there = slot === vertex ? one : serving(one, slot.level)
    // an edge that was news there turned it: then what it read is written down
    if (slot.state !== state) return agrees(vertex, level, slot, producer)
    if (here === null || here.state > UNLOADED) return false
    if (!sameStamp(here.stamp, there.stamp)) return seeded.bug === 'no verification'
    if (seeded.bug === 'verification stops too early') break
  }
  verification.isOpen = false
  return slot.shape === shape && !slot.level.disposed && vertex.table !== null
}

/** Are these marks what a body would read here? */
function holds(shape: Shape, marks: readonly unknown[], level: Level, producer: Producer): boolean {
  if (shape.producer !== producer.id && seeded.bug !== 'past results without producer') return false
  let rests = false
  for (let i = 0; i < shape.length; i++) {
    const one = shape[i] as Vertex
    let mark = marks[i]
    if (mark instanceof Run) {
      if (mark.ended === null && runFor(one, level, serving(one, level)) === mark) {
        rests = true
        continue
      }
      if (mark.ended === null || mark.ended.shape === LOOSE) return false
      mark = markOf(mark.ended.stamp)
    }
    const here = one.slots === null && one.state <= UNLOADED ? one : dependency(one, level)
    if (here === null) return false
    if (here.state > UNLOADED) rests = true
    if (!Object.is(markOf(here.stamp), mark)) return seeded.bug === 'no verification'
    if (seeded.bug === 'verification stops too early') break
  }
  verification.isOpen = rests
  return true
}

/** A known result that is right here. */
function adopt(
  vertex: Vertex,
  level: Level,
  stamp: unknown,
  shape: Shape,
  producer: Producer,
  isUnloaded: boolean,
  source: Slot | null,
): Slot {
  if (level.graph.observers !== null) level.graph.emit('verified', vertex, level)
  return install(
    vertex,
    level,
    stampHere(vertex, level, stamp),
    shape,
    footprintOf(shape, level, producer),
    isUnloaded,
    source,
  )
}

/** The stamp of a known result here: what was unloaded keeps its own, for its readers are right as they are. */
function stampHere(vertex: Vertex, level: Level, stamp: unknown): unknown {
  const slot = serving(vertex, level)
  if (slot.state !== UNLOADED || !(slot.stamp instanceof Box) || !(stamp instanceof Box)) return stamp
  return new Box(slot.stamp.mark, stamp.value, stamp.failed)
}

/** The contexts that a result depends on, from where its dependencies are verified now. */
export function footprintOf(shape: Shape, level: Level, producer: Producer): number {
  let { footprint } = producer
  for (let i = 0; i < shape.length; i++) {
    const one = shape[i] as Vertex
    if (one.slots !== null) footprint |= serving(one, level).footprint
  }
  return footprint
}

/** What came out of a body: its stamp, its shape, its home. */
function conclude(
  vertex: Vertex,
  level: Level,
  frame: Frame,
  value: unknown,
  failed: boolean,
  producer: Producer,
  last: Shape | null,
): Slot {
  const isCached =
    (seeded.bug === 'cycle cached' && value instanceof CycleError) ||
    (seeded.bug === 'result after a caught cycle cached' && !failed)
  if (!isCached && (frame.tainted || (failed && isPassing(vertex, value, frame)))) {
    dropLater(vertex)
    return loose(level, value, failed)
  }
  if (seeded.bug === 'undefined taken for absent' && value === undefined) return loose(level, value, failed)
  if (seeded.bug === 'errors not cached' && failed) return loose(level, value, failed)
  let shape = frame.finish(last, producer.id)
  if (seeded.bug === 'error without dependencies' && failed) shape = makeShape([], producer.id)
  const { open } = frame
  if (open === null) return keep(vertex, level, value, failed, shape, frame.footprint | producer.footprint)
  // it belongs here until the run that it depends on is done, and is asked again at every read until then
  const marks = Array.from(shape, (one) => open.get(one) ?? markOf(serving(one, level).stamp))
  const footprint = frame.footprint | producer.footprint | level.bit
  return keep(vertex, level, value, failed, makeShape(shape, producer.id), footprint, marks)
}

/** Install a fresh result. */
export function keep(
  vertex: Vertex,
  level: Level,
  value: unknown,
  failed: boolean,
  shape: Shape,
  footprint: number,
  open: unknown[] | null = null,
): Slot {
  const slot = ownSlot(vertex, level) ?? serving(vertex, level)
  const stamp = stampOf(vertex, level, slot, value, failed)
  if (level.graph.observers !== null && isComputed(slot.shape) && sameStamp(stamp, slot.stamp))
    level.graph.emit('cutoff', vertex, level)
  const kept = install(vertex, level, stamp, shape, footprint, false, null, open)
  if (level.graph.results !== null && open === null) level.graph.results.keep(vertex, level, kept)
  return kept
}

/** Errors that say something about this evaluation and not about the model (R17). */
function isPassing(vertex: Vertex, error: unknown, frame: Frame): boolean {
  if (definitionOf(vertex).options.cacheErrors === false) return true
  if (error instanceof DugoutError) return !(error instanceof PromiseTweakError)
  if (!isOverflow(error)) return false
  frame.taint()
  return true
}

/** What is handed to the reader and not kept. */
export function loose(level: Level, value: unknown, failed: boolean, found?: Pick<Slot, 'stamp'>): Slot {
  const slot = new Slot(level, BOXED)
  slot.shape = LOOSE
  slot.stamp = found === undefined ? new Box(LOOSE, value, failed) : found.stamp
  return slot
}

/**
 * Put a result where it belongs: into the slot of its home, and into every slot between there and the reader, which now
 * show the same (R2). A slot that nothing needs any more goes (R9). `open` are the marks of a result that rests on a run
 * which is not done.
 */
export function install(
  vertex: Vertex,
  level: Level,
  stamp: unknown,
  shape: Shape,
  footprint: number,
  isUnloaded: boolean,
  source: Slot | null,
  open: unknown[] | null = null,
): Slot {
  const computed = isComputed(shape)
  // held for as long as this takes: the slots that its edges ask for are made first
  if (computed && shape.count++ === 0) connect(vertex, shape)
  if (vertex.extra?.isDownstream) catchUpTo(level)
  let home = homeOf(footprint, level)
  if (seeded.bug === 'footprint forgets outer levels') footprint &= home.bit
  if (seeded.bug === 'masked result stored in the root') home = level.graph.root
  if (seeded.bug === 'no hoisting') home = level
  const state = isUnloaded ? UNLOADED : verifiedState(stamp, definitionOf(vertex).isAsync)
  // from the home downwards: what is looked at there again may flag what is below it
  for (const at of home === level ? [level] : levelsBetween(home, level)) {
    const slot = at === home ? ensureSlot(vertex, at) : ownSlot(vertex, at)
    if (slot !== undefined && (slot.state > BOXED || at === level) && slot.shape !== PINNED) {
      if (computed && open === null && !areVerified(vertex, shape, at)) {
        letGo(vertex, shape)
        return loose(level, undefined, false, { stamp })
      }
      // what was trusted without its value is now what a run will tell
      if (open !== null && slot.state === UNLOADED) wave(vertex, at)
      const isNeedless = at !== home && vertex.shapes <= (computed ? 1 : 0) && readsNothingAt(shape, at)
      if (isNeedless && !isInvalidated(vertex, at) && !isDoubted(vertex, at)) unmask(vertex, slot)
      else put(vertex, slot, stamp, shape, footprint, state, slot === source)
      if (open !== null) {
        // not for others to share while it is open
        if (slot.record instanceof Result) uprootLeaf(vertex, slot)
        slot.record = open
        slot.state = CHECK
      }
    }
  }
  if (computed) letGo(vertex, shape)
  return serving(vertex, level)
}

/**
 * Making a slot, while a body runs or a result is held against the world, may flag what had been verified before: an edge
 * is news to some context. Nothing has changed, so looking again runs nothing; but it has to be looked at.
 */
function areVerified(vertex: Vertex, shape: Shape, level: Level): boolean {
  const { whatIf } = vertex.extra ?? {}
  const where = whatIf ? level.twins?.get(whatIf.tweaks) : level
  /* c8 ignore next: whoever installs a what-if has just made its level */
  if (where === undefined) return true
  for (let i = 0, tries = 0; i < shape.length; i++) {
    const one = shape[i] as Vertex
    if ((one.slots === null ? one : serving(one, where)).state <= UNLOADED) continue
    const here = dependency(one, where)
    // not known, or resting on a run that is not done
    if (here === null || here.state > UNLOADED) {
      unblock()
      return false
    }
    /* c8 ignore next: so that it ends, should looking at one go on turning another */
    if (++tries > 2 * shape.length + 2) return false
    i = -1
  }
  return true
}

/** Was the node invalidated in this very level? That counts again once a value tweak no longer hides it. */
function isInvalidated({ extra }: Vertex, level: Level): boolean {
  return extra !== null && (extra.tokens?.has(level) || extra.above?.extra?.tokens?.has(level)) === true
}

function unmask(vertex: Vertex, slot: Slot): void {
  // what it held, and what that superseded, may still be right somewhere: it stays the level's
  supersede(vertex, slot)
  removeSlot(vertex, slot)
  const { level } = slot
  // the list of what a level holds is walked when it is disposed: keep it in proportion
  if (++level.gone > 64 && level.gone > level.held.length / 2) {
    level.held = [...new Set(level.held)].filter(
      (one) => ownSlot(one, level) !== undefined || one.past?.some((result) => result.level === level),
    )
    level.gone = 0
  }
}

function put(
  vertex: Vertex,
  slot: Slot,
  stamp: unknown,
  shape: Shape,
  footprint: number,
  state: number,
  isOwn: boolean,
): void {
  const before = slot.shape
  if (before === DERIVED && !sameStamp(slot.stamp, stamp)) unpinned(vertex, slot)
  // a body that gives something else after an unload was not a function of its inputs: readers are told
  if (slot.state === UNLOADED && !sameStamp(slot.stamp, stamp)) wave(vertex, slot.level)
  if (before !== shape || !isOwn || slot.state === EMPTY) {
    if (isComputed(before) && slot.state !== UNLOADED && slot.state !== CHECK_UNLOADED) supersede(vertex, slot)
    if (slot.record instanceof Result || before !== shape) {
      if (isComputed(shape)) shape.count++
      release(vertex, slot)
      slot.shape = shape
    }
  }
  slot.stamp = stamp
  slot.state = state
  slot.footprint = footprint
  if (seeded.bug === 'what is shown is kept twice') supersede(vertex, slot)
  if (slot.level.parent === null) return
  // Equal to the result above it: then it is that result, for whoever reads it here (R10). Not in an inner level: what
  // leaves it is rid of its bit, and may belong further up than what is above.
  const above = slotAbove(vertex, slot) as Slot
  if (!slot.level.frozen && shape !== DERIVED && above.state <= UNLOADED && sameStamp(above.stamp, stamp))
    slot.footprint = above.footprint
  if (vertex.slots instanceof Map && !(slot.record instanceof Result)) plant(vertex, slot)
}

/** Run whatever makes the value: the body, or a replacement, and the adjustments on top. */
export function produce(vertex: Vertex, producer: Producer, level: Level): unknown {
  const { around } = level.graph
  if (around === null) return made(vertex, producer, level)
  // a level may take many times the room now
  if (stack.depth >= PROBED) guardStack(vertex)
  return around(vertex, level, producer, () => made(vertex, producer, level))
}

function made(vertex: Vertex, producer: Producer, level: Level): unknown {
  const { origin, adjustments } = producer
  const args = argumentsFor(vertex)
  const receiver = vertex.extra?.receiver?.deref()
  if (adjustments.length === 0) {
    const body = origin === null ? definitionOf(vertex).body : (origin.content as (...args: unknown[]) => unknown)
    return (body as (...args: unknown[]) => unknown).apply(receiver, args)
  }
  const definition = definitionOf(vertex)
  const previous = origin?.kind === 'value' ? origin.content : readBelow(vertex, level)
  if (!definition.isAsync && isPromise(previous)) {
    // what lies below turned out to be asynchronous, and so is this
    definition.isAsync = true
    return previous
  }
  return adjusted(previous, adjustments, args, definition.isAsync)
}

function adjusted(previous: unknown, adjustments: readonly Tweak[], args: unknown[], isAsync: boolean): unknown {
  const order = seeded.bug === 'adjustments in the wrong order' ? adjustments.toReversed() : adjustments
  if (isAsync) return adjustedLater(previous, order, args)
  let value = previous
  for (let i = order.length - 1; i >= 0; i--) value = adjust(order[i] as Tweak, value, args)
  return value
}

async function adjustedLater(previous: unknown, order: readonly Tweak[], args: unknown[]): Promise<unknown> {
  let value = await previous
  for (let i = order.length - 1; i >= 0; i--) value = await adjust(order[i] as Tweak, value, args)
  return value
}

function adjust({ content }: Tweak, previous: unknown, args: unknown[]): unknown {
  return content instanceof Adjustment ? content.apply(previous as number) : (content as Adjuster)(previous, ...args)
}

/** The value below all adjustments: the body's, as a node of its own, which owns its results (R12). */
function readBelow(vertex: Vertex, level: Level): unknown {
  const below = belowOf(vertex)
  if (seeded.bug === 'adjustment sees the root') return valueOf(serving(below, level.graph.root))
  return readFor(stack.frame as Frame, below)
}

export function belowOf(vertex: Vertex): Vertex {
  const extra = extraOf(vertex)
  if (extra.below !== null) return extra.below
  const definition = definitionOf(vertex)
  definition.below ??= new Definition(
    definition.name,
    definition.body,
    { ...definition.options, async: definition.isAsync },
    definition.isMethod,
    true,
  )
  definition.below.isAsync = definition.isAsync
  const below = hiddenVertex(
    tableOf(definition.below, (vertex.table as NonNullable<Vertex['table']>).graph),
    vertex.args,
  )
  const belowExtra = extraOf(below)
  belowExtra.above = vertex
  belowExtra.receiver = extra.receiver
  belowExtra.copied = extra.copied
  extra.below = below
  // it differs from context to context wherever the node's own tweaks and invalidations do
  for (const slot of slotsOf(vertex)) ensureSlot(below, slot.level)
  return below
}

function argumentsFor(vertex: Vertex): unknown[] {
  const args = argumentsOf(vertex)
  return vertex.extra?.copied ? args.map((argument) => copyOf(argument, () => nameOf(vertex))) : (args as unknown[])
}

/** Is this node being evaluated in this context at this moment? */
function isRunning(vertex: Vertex, level: Level, innermost: number): boolean {
  for (let i = innermost - 1; i >= 0; i--) if (stack.vertices[i] === vertex && stack.levels[i] === level) return true
  return false
}

/** The open calls from a node to itself. */
function pathTo(vertex: Vertex, level: Level): ReturnType<typeof nodeOf>[] {
  let from = stack.depth - 1
  while (from > 0 && !(stack.vertices[from] === vertex && stack.levels[from] === level)) from--
  return cycleOf([...stack.vertices.slice(from, stack.depth), vertex])
}

/** A cycle as people see it: what lies below an adjustment is the node itself. The first node stands at the end again. */
export function cycleOf(vertices: readonly Vertex[]): ReturnType<typeof nodeOf>[] {
  const shown = vertices.filter((one) => one.extra === null || one.extra.above === null)
  const [first] = shown
  if (first !== undefined && (shown.length === 1 || shown.at(-1) !== first)) shown.push(first)
  return shown.map(nodeOf)
}

/** The open calls, outermost first, as text. */
export function chain(): string {
  const open = stack.vertices.slice(0, stack.depth)
  const names =
    open.length <= 8 ? open.map(nameOf) : [...open.slice(0, 4).map(nameOf), '...', ...open.slice(-3).map(nameOf)]
  return names.join(' -> ')
}

/** Fail before anything is changed, while there is room to fail (R33). */
function guardStack(vertex: Vertex): void {
  try {
    // arguments are put on the stack: one call asks for as much room as a hundred small ones
    probe.apply(null, HEADROOM as [])
  } catch (cause) {
    stack.frame?.taint()
    throw tooDeep(vertex, cause)
  }
}

function probe(): void {
  // nothing: the call is the question
}

function isOverflow(error: unknown): boolean {
  // no regular expression: there may be no stack left to compile one
  return error instanceof RangeError && error.message.includes('call stack')
}

function tooDeep(vertex: Vertex, cause: unknown): DepthError {
  return new DepthError(nameOf(stack.vertices[0] as Vertex), nameOf(vertex), stack.depth, false, { cause })
}
