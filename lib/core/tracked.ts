/**
 * `tracked`: ordinary functions, methods and getters whose calls are nodes. The wrapper is the hot path: a hit finds the
 * vertex by prediction or one Map, its slot without a walk, writes the read down, and returns. Without the prediction a
 * hit in order takes 1.6 times as long, a masked node 1.2 to 1.8 times.
 */

import { AbortedError, InvalidFunctionError, OutsideContextError } from './errors.js'
import { evaluate } from './evaluate.js'
import { type Frame, stack, stored } from './frame.js'
import type { Level } from './level.js'
import {
  Definition,
  definitionFrom,
  definitionOf,
  describe,
  NO_ARGUMENTS,
  Node,
  nameOf,
  register,
  type Table,
  tableOf,
  type Vertex,
  vertexOf,
  vertexOfOne,
} from './node.js'
import type { Slot } from './result.js'
import { BOXED, Box, isOpen, LOOSE, markOf, VALUE } from './result.js'
import { disposedError, endWait, isChanged, type Run, readAsync, release, runFor, type Waits } from './run.js'
import { seeded } from './seeded.js'
import { serving } from './slots.js'
import { whatIfOf } from './twin.js'

/** Any function. */
export type AnyFunction = (...args: never[]) => unknown

/** What a function gives. */
export type Result<F extends AnyFunction> = F extends (...args: never[]) => infer R ? R : never

/** What a tweak of it may be: any number where the body gives numbers, though it may name the ones it gives. */
export type Value<F extends AnyFunction> = Awaited<Result<F>> | Widened<Awaited<Result<F>>>
type Widened<T> = T extends number ? number : T extends bigint ? bigint : T

/** How the results of a function are kept beyond the process. */
export interface MemoOptions {
  /** The code version, written by hand: nothing is read of the code then. */
  readonly version?: string | number
  /** Goes into the automatic version: another salt is other code. */
  readonly salt?: string
  /** Take the code for the one of this version: an edit that does not matter. */
  readonly assumeVersion?: string
  /** Keep thrown errors, too? Default false. */
  readonly errors?: boolean
  /** Its name in the store. Default: the function's own. */
  readonly id?: string
}

/** What can be said about a tracked function. */
export interface TrackedOptions {
  /** The name, where it has to be written down. Default: the function's own. */
  readonly name?: string
  /** Are two results one and the same? Default: structural for plain data and Immutable, else identity (R10). */
  readonly equals?: (before: never, after: never) => boolean
  /** Keep thrown errors like results? Default true (R17). */
  readonly cacheErrors?: boolean
  /** Gives another value each time: runs again for every read from outside. Default false. */
  readonly volatile?: boolean
  /** Returns promises. Default: written `async`; others are recognised at their first call, at the price of a second. */
  readonly async?: boolean
  /** Keep results beyond the process, where a memo is attached (dugout/memo)? Default: as the memo's policy says. */
  readonly memo?: boolean | MemoOptions
  /** What of an argument counts for identity (R1). */
  readonly key?: (argument: unknown, index: number) => unknown
  readonly description?: string
  readonly unit?: string
  readonly tags?: readonly string[]
}

/** The function with its own type, and its nodes. */
export type Tracked<F extends AnyFunction> = F & {
  /** The node of a call with these arguments. */
  at(...args: Parameters<F>): Node<F>
  readonly options: TrackedOptions
}

type MethodDecorator = <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext) => F
type GetterDecorator = <This, V>(
  getter: (this: This) => V,
  context: ClassGetterDecoratorContext<This, V>,
) => (this: This) => V

/** Make the calls of a function nodes. The wrapped function keeps its type. */
export function tracked<F extends AnyFunction>(fn: F, options?: TrackedOptions): Tracked<F>
/** The same under a name of its own. */
export function tracked<F extends AnyFunction>(name: string, fn: F, options?: TrackedOptions): Tracked<F>
/** `@tracked` on a method: the object that it is called on is part of the identity, and is held weakly. */
export function tracked<F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F
/** `@tracked` on a getter. */
export function tracked<This, V>(
  getter: (this: This) => V,
  context: ClassGetterDecoratorContext<This, V>,
): (this: This) => V
/** `@tracked({ ... })` on a method or a getter. */
export function tracked(options: TrackedOptions): MethodDecorator & GetterDecorator
export function tracked(first: unknown, second?: unknown, third?: unknown): unknown {
  if (typeof first === 'object' && first !== null) {
    const options = first as TrackedOptions
    return (fn: AnyFunction, context: DecoratorContext) => decorate(fn, context, options)
  }
  if (typeof first === 'string') return wrap(second, { ...(third as TrackedOptions | undefined), name: first }, false)
  if (isDecoratorContext(second)) return decorate(first, second, {})
  return wrap(first, (second as TrackedOptions | undefined) ?? {}, false)
}

function isDecoratorContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'addInitializer' in value
}

function decorate(fn: unknown, context: DecoratorContext, options: TrackedOptions): unknown {
  if (context.kind !== 'method' && context.kind !== 'getter') {
    throw new InvalidFunctionError(
      `The ${context.kind} ${String(context.name)}`,
      '@tracked goes on methods and getters.',
    )
  }
  return wrap(fn, { name: String(context.name), ...options }, true)
}

function wrap(fn: unknown, options: TrackedOptions, isMethod: boolean): Tracked<AnyFunction> {
  if (typeof fn !== 'function') throw new InvalidFunctionError(String(fn), 'it is not a function.')
  const body = fn as AnyFunction
  const name = options.name ?? (body.name || 'anonymous')
  if (definitionFrom(fn) !== undefined) throw new InvalidFunctionError(name, 'it is tracked already.')
  if (/Generator/.test(body.constructor.name)) {
    throw new InvalidFunctionError(name, 'what a generator gives can be read once only. Return an array.')
  }
  const definition = new Definition(name, body, options, isMethod, false)
  const wrapper = (isMethod
    ? methodWrapper(definition)
    : options.key
      ? keyedWrapper(definition)
      : functionWrapper(definition)) as unknown as Tracked<AnyFunction>
  Object.defineProperties(wrapper, {
    name: { value: name, configurable: true },
    length: { value: body.length, configurable: true },
    at: { value: (...args: unknown[]) => new Node(definition, args) },
    options: { value: options },
  })
  definition.wrapper = wrapper
  register(wrapper, definition)
  return wrapper
}

function functionWrapper(definition: Definition): (...args: unknown[]) => unknown {
  return function call(a?: unknown, b?: unknown, c?: unknown): unknown {
    const { frame } = stack
    if (frame !== null) {
      // What was read next last time is most likely what is read now. A table is of one graph: if the tables are one, so
      // are the graphs. Frames of a `run` inside a body guess nothing.
      const { previous, cursor } = frame
      if (cursor < previous.length) {
        const next = previous[cursor] as Vertex
        // Written out, as is the look at the slots below: each wrapper has type feedback of its own, so comparing what always
        // is a number costs next to nothing.
        const { args } = next
        if (
          next.table === definition.table &&
          (arguments.length === 1
            ? args === a
            : arguments.length === 0
              ? args === NO_ARGUMENTS
              : isCallOf(args, arguments.length, a, b, c))
        ) {
          const slot = next.slots === null ? next : serving(next, frame.level)
          if (slot.state !== VALUE || seeded.bug === 'dependency not recorded on a hit') return read(frame, next, slot)
          if (slot !== next) frame.footprint |= slot.footprint
          frame.cursor = cursor + 1
          return slot.stamp
        }
      }
    }
    if (arguments.length > 3) {
      // copied here: an arguments object that were passed on would be made for every call, also for a hit
      const args = new Array<unknown>(arguments.length)
      for (let i = 0; i < args.length; i++) args[i] = arguments[i]
      return callOfMany(definition, args)
    }
    const vertex = vertexOfFew(definition, frame, arguments.length, a, b, c)
    if (vertex === null) return callLater(definition, arguments.length, a, b, c)
    return read(frame as Frame, vertex, serving(vertex, (frame as Frame).level))
  }
}

/** The vertex of a call that is not what was read next last time; null where it is not read for the current frame. */
function vertexOfFew(
  definition: Definition,
  frame: Frame | null,
  count: number,
  a: unknown,
  b: unknown,
  c: unknown,
): Vertex | null {
  if (frame === null || frame.owner !== null) return null
  return find(tableOf(definition, frame.level.graph), count, a, b, c)
}

function callOfMany(definition: Definition, args: readonly unknown[]): unknown {
  const { frame } = stack
  if (frame === null || frame.owner !== null) return callElsewhere(definition, undefined, args)
  const table = tableOf(definition, frame.level.graph)
  const vertex = table.calls.ofMany(args) ?? vertexOf(table, undefined, args)
  return read(frame, vertex, serving(vertex, frame.level))
}

function noteHit(frame: Frame, vertex: Vertex, slot: Slot): void {
  const { graph } = frame.level
  if (graph.observers !== null) graph.emit('hit', vertex, frame.level)
  frame.note(vertex, slot)
}

function isCallOf(args: unknown, count: number, a: unknown, b: unknown, c: unknown): boolean {
  return (
    Array.isArray(args) &&
    args.length === count &&
    args[0] === a &&
    args[1] === b &&
    (count === 2 || (count === 3 && args[2] === c))
  )
}

function find(table: Table, count: number, a: unknown, b: unknown, c: unknown): Vertex {
  switch (count) {
    case 0:
      return table.calls.none ?? vertexOf(table, undefined, [])
    case 1:
      return vertexOfOne(table, a)
    case 2:
      return vertexOfTwo(table, a, b)
    default:
      return vertexOfThree(table, a, b, c)
  }
}

function vertexOfTwo(table: Table, a: unknown, b: unknown): Vertex {
  return table.calls.two?.get(a)?.get(b) ?? vertexOf(table, undefined, [a, b])
}

function vertexOfThree(table: Table, a: unknown, b: unknown, c: unknown): Vertex {
  return table.calls.three?.get(a)?.get(b)?.get(c) ?? vertexOf(table, undefined, [a, b, c])
}

/** Where a key is made of each argument, the arguments themselves find nothing. */
function keyedWrapper(definition: Definition): (...args: unknown[]) => unknown {
  return function call(): unknown {
    return callElsewhere(definition, undefined, arguments)
  }
}

function methodWrapper(definition: Definition): (...args: unknown[]) => unknown {
  return function call(this: unknown): unknown {
    if ((typeof this !== 'object' || this === null) && typeof this !== 'function') {
      throw new InvalidFunctionError(definition.name, 'it is a method, and was called without its object.')
    }
    return callElsewhere(definition, this, arguments)
  }
}

/** A call of few arguments whose frame is not simply the current one: after an await, in a `run` inside a body. */
function callLater(definition: Definition, count: number, a: unknown, b: unknown, c: unknown): unknown {
  const frame = stack.frame ?? stored() ?? null
  if (frame === null || isShut(frame)) return callElsewhere(definition, undefined, [a, b, c].slice(0, count))
  return readFor(frame, find(tableOf(definition, frame.level.graph), count, a, b, c))
}

/** Does whoever calls take no reads any more? */
function isShut({ level, closed, owner }: Frame): boolean {
  return level.disposed || closed !== null || (owner !== null && owner.closed !== null)
}

/** Any call: of a method, of many arguments, of one that is refused. */
function callElsewhere(definition: Definition, receiver: object | undefined, args: ArrayLike<unknown>): unknown {
  const what = () => describe(definition, Array.from(args))
  const frame = openFrame(what)
  const vertex = vertexOf(tableOf(definition, frame.level.graph), receiver, args)
  return readFor(frame, vertex)
}

/** The frame of whoever calls, or an error that says why there is none. */
export function openFrame(what: () => string): Frame {
  const frame = stack.frame ?? stored() ?? null
  if (frame === null) throw new OutsideContextError(what())
  if (frame.level.disposed) throw disposedError(frame.level, what())
  const closed = frame.closed ?? frame.owner?.closed ?? null
  if (closed !== null) throw closed(what())
  return frame
}

/** Read a vertex for a frame; in a `run` inside a body, for that body. */
export function readFor(frame: Frame, vertex: Vertex, signal?: AbortSignal): unknown {
  const { owner } = frame
  if (owner === null) return read(frame, vertex, serving(vertex, frame.level), signal)
  let asked = vertex
  for (let i = frame.path.length - 1; i >= 0; i--)
    asked = whatIfOf(asked, frame.path[i] as NonNullable<Frame['path'][0]>)
  return read(owner, asked, serving(asked, owner.level), signal)
}

/** Read a vertex for a frame: evaluate where needed, write it down, give the value. */
function read(frame: Frame, vertex: Vertex, served: Slot, signal?: AbortSignal): unknown {
  let slot = served
  if (slot.state === VALUE && seeded.bug !== 'dependency not recorded on a hit') {
    noteHit(frame, vertex, slot)
    return slot.stamp
  }
  const definition = definitionOf(vertex)
  if (slot.state > BOXED) {
    const found =
      (frame.handed === null ? null : handed(frame, vertex)) ??
      (definition.isAsync ? null : evaluate(vertex, frame.level, slot, true))
    if (found === null) return readLater(frame, vertex, signal)
    slot = found
  } else if (frame.level.graph.observers !== null) {
    frame.level.graph.emit('hit', vertex, frame.level)
  }
  if (seeded.bug !== 'dependency not recorded on a hit' || slot !== served) frame.note(vertex, slot)
  if (isOpen(slot)) stayOpen(frame, vertex, markOf(slot.stamp))
  return definition.isAsync ? promiseOf(slot) : valueOf(slot)
}

/** What verification found out already, unless the model has changed since. */
function handed(frame: Frame, vertex: Vertex): Slot | null {
  const answer = frame.take(vertex)
  return frame.run !== null && isChanged(frame.level, frame.run.since) ? null : answer
}

const NOTHING = Promise.resolve()

/** Read an asynchronous vertex for a frame: its value has to be awaited, or may be at hand. */
function readLater(frame: Frame, vertex: Vertex, signal?: AbortSignal): Promise<unknown> {
  if (frame.run !== null) return readStarted(frame, frame.run, vertex, signal)
  // an adjustment of what turns out to be asynchronous: it is asked again, as what it is, and nobody waits for this
  if (frame.vertex !== null && vertex.extra?.above === frame.vertex) return NOTHING
  const found = readAsync(vertex, frame.level, null, true, valueOf)
  if (!(found instanceof Promise)) {
    frame.note(vertex, found)
    return promiseOf(found)
  }
  if (frame.vertex === null) return found
  // a promise that a body which runs again no longer looks at must not bring the process down
  found.catch(() => undefined)
  // a synchronous body does not wait: it depends on the run that is under way (R24)
  const run = runFor(vertex, frame.level, serving(vertex, frame.level))
  if (run !== null) {
    frame.noteStarted(vertex)
    stayOpen(frame, vertex, run)
  }
  return found
}

/** A body got something that may yet turn out otherwise, and so may what it makes of it. */
function stayOpen(frame: Frame, vertex: Vertex, mark: unknown): void {
  if (frame.run !== null) frame.taint()
  if (frame.vertex === null) return
  frame.open ??= new Map()
  frame.open.set(vertex, mark)
}

/** A call that an asynchronous body started: its result waits for it, unless the caller gives it up (R22, R24). */
function readStarted(frame: Frame, run: Run, vertex: Vertex, signal?: AbortSignal): Promise<unknown> {
  let at = -1
  let isOpen = true
  const done = (slot: Slot | null): void => {
    isOpen = false
    const isKept = slot !== null && slot.shape !== LOOSE
    if (!isKept) frame.taint()
    if (at >= 0) (frame.marks as unknown[])[at] = isKept ? markOf(slot.stamp) : LOOSE
    else if (isKept) frame.again(vertex, markOf(slot.stamp))
    if (--frame.pending > 0 || frame.quiet === null) return
    const { quiet } = frame
    frame.quiet = null
    // not from here: calls that wait for one another are as many as one likes
    void NOTHING.then(quiet)
  }
  const found = readAsync(vertex, frame.level, run, true, (slot) => {
    if (isOpen) done(slot)
    return valueOf(slot)
  })
  if (!(found instanceof Promise)) {
    frame.note(vertex, found)
    return promiseOf(found)
  }
  at = frame.noteStarted(vertex)
  frame.pending++
  // a promise that a discarded run no longer looks at must not bring the process down
  found.catch(() => undefined)
  if (signal === undefined) return found
  const given = new Promise((resolve, reject) => {
    found.then(resolve, reject)
    const abort = (): void => {
      if (!isOpen) return
      done(null)
      const waits = run.waitsFor as Waits
      for (const other of waits.keys()) {
        if (other.vertex !== vertex) continue
        if (run.frame === frame && endWait(waits, other)) release(other)
      }
      reject(new AbortedError(nameOf(vertex), { cause: signal.reason }))
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  given.catch(() => undefined)
  return given
}

function promiseOf(slot: Slot): Promise<unknown> {
  const { stamp } = slot
  if (!(stamp instanceof Box)) return Promise.resolve(stamp)
  if (!stamp.failed) return Promise.resolve(stamp.value)
  const failed = Promise.reject(stamp.value)
  failed.catch(() => undefined)
  return failed
}

/** The value in a slot, or its error thrown. */
export function valueOf(slot: Slot): unknown {
  const { stamp } = slot
  if (!(stamp instanceof Box)) return stamp
  if (stamp.failed) throw stamp.value
  return stamp.value
}

/** A read from outside every body, in a context. */
export function readOutside(vertex: Vertex, level: Level): unknown {
  const served = serving(vertex, level)
  const definition = definitionOf(vertex)
  level.graph.reads++
  if (served.state <= BOXED) {
    if (level.graph.observers !== null) level.graph.emit('hit', vertex, level)
    return definition.isAsync ? promiseOf(served) : valueOf(served)
  }
  if (!definition.isAsync) {
    const found = evaluate(vertex, level, served, true)
    if (found !== null) return valueOf(found)
  }
  const later = readAsync(vertex, level, null, true, valueOf)
  return later instanceof Promise ? later : promiseOf(later)
}
