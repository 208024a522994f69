/**
 * Context: the handle that users hold. It checks what it is given, and calls the parts that do the work.
 *
 * A context that is forked inside a body is a draft: it is only its tweaks until somebody outside a body asks for it,
 * because the body reads it through the interned child with these tweaks (R15).
 */
// `using` needs types that a user's compiler may not have loaded; this line stays in the declarations
/// <reference lib="esnext.disposable" preserve="true" />
import { v7 } from 'uuid'
import {
  allVertices,
  applyTweak,
  clearLevel,
  disposeLevel,
  invalidateVertex,
  removeTweak,
  unloadVertex,
  verticesOf,
} from './change.js'
import type { DugoutError } from './errors.js'
import {
  AbortedError,
  DisposedError,
  ForeignContextError,
  FrozenContextError,
  InvalidFunctionError,
  OutsideContextError,
  TweakInsideError,
} from './errors.js'
import { chain, evaluate } from './evaluate.js'
import type { GraphEvent } from './events.js'
import { currentFrame, enter, Frame, isStorageUsed, leaveStorage, stack } from './frame.js'
import { Graph } from './graph.js'
import { handleOf, setHandle } from './handle.js'
import { bottomUp, isWithin, Level, labelOf } from './level.js'
import { Definition, definitionFrom, describeValue, Node, nameOf, nodeOf, tableOf, type Vertex } from './node.js'
import { BOXED, Box, CHECK, DERIVED, EMPTY, isComputed, PINNED, type Slot, UNLOADED } from './result.js'
import { readAsync, runsStarted, Waiter } from './run.js'
import { dependentsOf, isAsync, ownSlot, serving, slotsOf } from './slots.js'
import { type AnyFunction, type Result, readFor, readOutside, type Tracked, type Value, valueOf } from './tracked.js'
import type { Adjustment, Tweak } from './tweak.js'
import { functionTweak, isPromise, keyOfTarget, type Target, TweakSet, type TweakSetLike, valueTweak } from './tweak.js'
import { applySet, thinOut, tweakKey, twinOf } from './twin.js'
import { flush, watchVertex } from './watch.js'

/** How a context is made. */
export interface ContextOptions {
  /** For people: in messages and drawings. */
  readonly name?: string
  readonly tweaks?: TweakSetLike
  /** Keep everything found here here, so that disposing it gives it all back (R32). */
  readonly isolate?: boolean
}

/** What a graph holds at this moment. */
export interface Stats {
  /** Nodes known: one function, one list of arguments. */
  readonly nodes: number
  /** Results held, over all contexts. */
  readonly results: number
  /** Pairs of a node and one that reads it. */
  readonly edges: number
  /** Nodes that may differ here from the parent. */
  readonly masked: number
  /** Contexts alive, this graph's root included. */
  readonly contexts: number
  /** Asynchronous evaluations under way. */
  readonly inFlight: number
  /** Bodies run since the graph began. */
  readonly evaluations: number
  /** Reads that were answered without running a body, since the graph began. */
  readonly hits: number
  /** An estimate of the memory that nodes, edges and results take, values not counted. */
  readonly bytes: number
}

/** Where a model is asked: a stack level with its tweaks and its results. */
export class Context implements Disposable {
  #id: string | undefined
  readonly #name: string
  readonly #parent: Context | undefined
  #level: Level | null
  /** A draft's tweaks. */
  #draft: TweakSet | null = null
  #draftDisposed = false
  readonly #isolate: boolean

  /** A context of its own, with a graph of its own. */
  constructor(options: ContextOptions = {}) {
    const made = internal.take()
    this.#parent = made?.parent
    this.#isolate = options.isolate === true
    this.#name = options.name ?? ''
    if (made?.isDraft) {
      this.#level = null
      this.#draft = TweakSet.from(options.tweaks ?? [])
      return
    }
    const tweaks = options.tweaks === undefined ? null : TweakSet.from(options.tweaks)
    this.#level = made?.level ?? new Graph(this.#name, this.#isolate).root
    setHandle(this.#level, this)
    if (tweaks !== null) {
      applySet(this.#level, tweaks)
      this.#level.tweakSet = tweaks
    }
  }

  /** The context of whoever calls: inside a body or a `run`. */
  static current(): Context {
    const frame = currentFrame()
    if (frame === null) throw new OutsideContextError('Context.current()')
    if (frame.context instanceof Context) return frame.context
    return contextOf(frame.level)
  }

  /** Inside an asynchronous body: fires when nobody wants its result any more (R22). */
  static signal(): AbortSignal {
    const frame = currentFrame()
    if (frame === null) throw new OutsideContextError('Context.signal()')
    if (frame.run === null) return new AbortController().signal
    frame.run.controller ??= new AbortController()
    return frame.run.controller.signal
  }

  /** Sorts by time of creation. */
  get id(): string {
    this.#id ??= v7()
    return this.#id
  }

  get name(): string {
    return this.#name || nameOfLevel(this.#level)
  }

  get parent(): Context | undefined {
    return this.#parent
  }

  /** 0 for a root. */
  get depth(): number {
    return this.#level?.depth ?? (this.#parent as Context).depth + 1
  }

  get disposed(): boolean {
    return this.#level?.disposed ?? (this.#draftDisposed || (this.#parent as Context).disposed)
  }

  /** The tweaks of just this context. */
  get tweaks(): TweakSet {
    return this.#draft ?? tweaksOf(this.#level as Level)
  }

  /** A context below this one. O(1), whatever the graph. */
  fork(options: ContextOptions = {}): Context {
    this.#alive('fork')
    if (isInsideBody()) return internal.make({ parent: this, level: null, isDraft: true }, options)
    // checked before anything is made
    const tweaks = options.tweaks === undefined ? undefined : TweakSet.from(options.tweaks)
    const parent = this.#grounded()
    const level = new Level(parent.graph, parent, options.name ?? '', options.isolate === true, false)
    return internal.make(
      { parent: this, level, isDraft: false },
      tweaks === undefined ? options : { ...options, tweaks },
    )
  }

  /** The one context below this one with exactly these tweaks. It cannot be tweaked further (R15). */
  with(tweaks: TweakSetLike): Context {
    this.#alive('with')
    return contextOf(twinOf(this.#grounded(), TweakSet.from(tweaks)), this)
  }

  /** Run something in this context: every tracked call in it, also after an await, is asked here. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    aFunction(fn, 'What run was given')
    this.#alive('run')
    const frame = this.#frame()
    frame.outer = stack.frame
    const { graph } = frame.level
    if (frame.owner === null) {
      this.#refresh(graph)
      if (graph.observers === null) frame.previous = graph.asked
    }
    const wasUsed = isStorageUsed()
    const started = runsStarted()
    const outer = stack.frame
    const close = (): void => {
      frame.closed = (what) => new OutsideContextError(what)
    }
    stack.frame = frame
    let result: R
    try {
      result = enter(frame, () => fn(...args))
    } catch (error) {
      close()
      throw error
    } finally {
      stack.frame = outer
      // nothing asynchronous is tracked: do not tax every await of the process
      if (!wasUsed && runsStarted() === started && frame.closed !== null) leaveStorage()
    }
    if (isPromise(result)) {
      result.then(close, close)
      return result
    }
    close()
    if (!wasUsed && runsStarted() === started) leaveStorage()
    return result
  }

  /** What a call gives here: a value, or a promise where the function is asynchronous. */
  get<F extends AnyFunction>(target: Target<F>, options: { readonly signal?: AbortSignal } = {}): Result<F> {
    const key = keyOfTarget(target)
    this.#alive('get')
    const signal = options.signal
    if (isInsideBody()) {
      const inner = this.#frame()
      return readFor(inner, vertexFor(key, inner.level.graph), signal) as Result<F>
    }
    const level = this.#grounded()
    this.#refresh(level.graph)
    const vertex = vertexFor(key, level.graph)
    return (signal === undefined ? readOutside(vertex, level) : readUntil(vertex, level, signal)) as Result<F>
  }

  /** The same function, run in this context wherever it is called from: a queue, an emitter, a timer. */
  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    aFunction(fn, 'What bind was given')
    const run = this.run.bind(this)
    return function bound(this: unknown, ...args: A): R {
      return run(() => fn.apply(this, args))
    }
  }

  /** Override the value of a node, or of all nodes of a function (R11). */
  tweak<F extends AnyFunction>(target: Target<F>, value: Value<F>): this {
    const key = keyOfTarget(target)
    return this.#change('tweak', key, valueTweak(key, value))
  }

  /** Change the value that the levels below give (R12). */
  adjust<F extends AnyFunction>(
    target: Target<F>,
    adjustment: Adjustment | ((previous: Value<F>, ...args: Parameters<F>) => Value<F> | Promise<Value<F>>),
  ): this {
    const key = keyOfTarget(target)
    return this.#change('adjust', key, functionTweak('adjust', key, adjustment))
  }

  /** Put another function in the place of a body. */
  replace<F extends AnyFunction>(target: Target<F>, fn: (...args: Parameters<F>) => Result<F>): this {
    const key = keyOfTarget(target)
    return this.#change('replace', key, functionTweak('replace', key, fn))
  }

  /** Take back the tweak of a target, or all tweaks of this context. */
  untweak(target?: Target<never> | Target): this {
    const key = target === undefined ? null : keyOfTarget(target)
    this.#mayChange('untweak')
    if (this.#draft !== null) {
      this.#draft = key === null ? new TweakSet() : this.#draft.untweak(key as Target)
      return this
    }
    const level = this.#level as Level
    if (key !== null) removeTweak(level, tweakKey(level.graph, key))
    else this.batch(() => [...(level.tweaks?.keys() ?? [])].forEach((one) => removeTweak(level, one)))
    return this
  }

  #change(operation: string, key: Node | AnyFunction, tweak: Tweak): this {
    this.#mayChange(operation)
    if (this.#draft !== null) {
      this.#draft = this.#draft.with(key, tweak)
      return this
    }
    const level = this.#level as Level
    applyTweak(level, tweakKey(level.graph, key), tweak)
    return this
  }

  /** The value of a node, where it can be had without evaluating anything; else undefined. */
  peek<F extends AnyFunction>(target: Target<F>): Awaited<Result<F>> | undefined {
    const slot = this.#shown(target)
    if (slot === undefined) return undefined
    const { stamp } = slot
    return (stamp instanceof Box ? (stamp.failed ? undefined : stamp.value) : stamp) as Awaited<Result<F>>
  }

  /** Would a read be answered without running anything? */
  has(target: Target<never> | Target): boolean {
    return this.#shown(target) !== undefined
  }

  /** May the node differ here from the parent? For a root: is it tweaked? */
  isMasked(target: Target<never> | Target): boolean {
    const key = keyOfTarget(target)
    this.#alive('isMasked')
    const level = this.#grounded()
    const vertex = knownVertexFor(key, level.graph)
    if (vertex === undefined) return level.tweaks?.has(definitionOfKey(key)) === true
    return isMaskedAt(vertex, level)
  }

  #shown(target: unknown): Slot | undefined {
    const key = keyOfTarget(target)
    this.#alive('peek')
    const level = this.#grounded()
    const vertex = knownVertexFor(key, level.graph)
    if (vertex === undefined) return undefined
    const slot = serving(vertex, level)
    return slot.state <= BOXED ? slot : undefined
  }

  /** Free the values that this context keeps, of a node, of all nodes of a function, or of all. Gives how many (R25). */
  unload(target?: Target<never> | Target): number {
    const key = target === undefined ? null : keyOfTarget(target)
    this.#alive('unload')
    const level = this.#grounded()
    const vertices = key === null ? verticesOf(level) : targeted(key, level)
    let count = 0
    for (const vertex of vertices) count += unloadVertex(vertex, level)
    return count
  }

  /** No longer trust a node, or all nodes of a function: here and below they run again when asked for (R26). */
  invalidate(target: Target<never> | Target): void {
    const key = keyOfTarget(target)
    this.#mayChange('invalidate', true)
    const level = this.#grounded()
    // in a child it decides where the result belongs, so it counts for a node that was never asked for, too
    const vertices = key instanceof Node && level.parent !== null ? [vertexFor(key, level.graph)] : targeted(key, level)
    for (const vertex of vertices) invalidateVertex(vertex, level)
    flush(level.graph)
  }

  /** Drop all results of this context. Its tweaks stay (R27). */
  clear(): void {
    this.#mayChange('clear', true)
    clearLevel(this.#grounded())
  }

  /** Give back everything, here and below; whatever runs is aborted, later use is an error. Twice is fine (R27). */
  dispose(): void {
    if (this.#draft !== null) {
      this.#draftDisposed = true
      return
    }
    const level = this.#level as Level
    if (level.disposed) return
    this.#mayChange('dispose', true)
    disposeLevel(level)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /**
   * Be told when a value may have changed that had been read here: once, after each batch of changes. Evaluates nothing:
   * read again to know, and to be told again. Gives what stops it.
   */
  watch(target: Target<never> | Target, listener: () => void): () => void {
    const key = keyOfTarget(target)
    aFunction(listener, 'The listener of watch')
    this.#alive('watch')
    const level = this.#grounded()
    return watchVertex(vertexFor(key, level.graph), level, listener)
  }

  /** Several changes, of which watchers are told once. */
  batch<R>(fn: () => R): R {
    this.#alive('batch')
    const { graph } = this.#grounded()
    graph.batches++
    try {
      return fn()
    } finally {
      graph.batches--
      flush(graph)
    }
  }

  /** What the result of a node read, in order; empty where there is no result here. */
  dependencies(target: Target<never> | Target): Node[] {
    const key = keyOfTarget(target)
    this.#alive('dependencies')
    const level = this.#grounded()
    const vertex = knownVertexFor(key, level.graph)
    if (vertex === undefined) return []
    return unique(readsOf(vertex, level))
  }

  /** The nodes whose results here read this one. */
  dependents(target: Target<never> | Target): Node[] {
    const key = keyOfTarget(target)
    this.#alive('dependents')
    const level = this.#grounded()
    const vertex = knownVertexFor(key, level.graph)
    if (vertex === undefined) return []
    return unique(readersOf(vertex, level))
  }

  /** Counts of the whole graph; `masked` of this context. O(nodes). */
  stats(): Stats {
    this.#alive('stats')
    return statsOf(this.#grounded())
  }

  /** Be told of everything that happens in the graph. Costs nothing while nobody listens. Gives what stops it. */
  observe(listener: (event: GraphEvent) => void): () => void {
    aFunction(listener, 'The listener of observe')
    this.#alive('observe')
    const { graph } = this.#grounded()
    graph.observers ??= new Set()
    graph.observers.add(listener)
    // a hit that was guessed is told to nobody
    graph.asked.length = 0
    return () => {
      graph.observers?.delete(listener)
      if (graph.observers?.size === 0) graph.observers = null
    }
  }

  /** The level inside, for the rooms of dugout. */
  static level(context: Context): Level {
    context.#alive('use')
    return context.#grounded()
  }

  get [Symbol.toStringTag](): string {
    return 'Context'
  }

  #label(): string {
    return this.#level === null ? JSON.stringify(this.#name || 'without a name') : labelOf(this.#level)
  }

  #alive(operation: string): void {
    if (!this.disposed) return
    throw refused(new DisposedError(`Context ${this.#label()}, of which ${operation} was asked,`))
  }

  /** The level; a draft gets one now. */
  #grounded(): Level {
    if (this.#level !== null) return this.#level
    const parent = (this.#parent as Context).#grounded()
    const level = new Level(parent.graph, parent, this.#name, this.#isolate, false)
    setHandle(level, this)
    const tweaks = this.#draft as TweakSet
    this.#level = level
    this.#draft = null
    applySet(level, tweaks)
    level.tweakSet = tweaks
    return level
  }

  /** Changing a context from inside a body that runs in it or below it throws, and so does changing a shared one. */
  #mayChange(operation: string, evenFrozen = false): void {
    this.#alive(operation)
    if (this.#draft !== null) return
    const level = this.#level as Level
    if (level.frozen && !evenFrozen) throw refused(new FrozenContextError(operation, this.#label()))
    const frame = bodyFrame()
    if (frame !== null && isWithin(frame.level, level))
      throw refused(new TweakInsideError(operation, this.#label(), chain()))
    for (let i = 0; i < stack.depth; i++) {
      if (isWithin(stack.levels[i] as Level, level))
        throw refused(new TweakInsideError(operation, this.#label(), chain()))
    }
    thinOut(level.graph, null)
  }

  /** The frame of a `run` or a `get` here: inside a body, one that reads for that body. */
  #frame(): Frame {
    const body = bodyFrame()
    if (body === null) {
      const frame = new Frame(this.#grounded())
      frame.context = this
      return frame
    }
    const path = this.#pathFrom(body.level)
    if (path === null) throw refused(new ForeignContextError(this.#label(), labelOf(body.level), chain()))
    const frame = new Frame(body.level)
    frame.context = this
    frame.owner = body
    frame.path = path
    return frame
  }

  /** The tweak sets on the way down from a level to this context; null where it is not below. */
  #pathFrom(level: Level): TweakSet[] | null {
    if (this.#draft !== null) {
      const path = (this.#parent as Context).#pathFrom(level)
      return path === null ? null : [...path, this.#draft]
    }
    const path: TweakSet[] = []
    for (let at: Level | null = this.#level; at !== null; at = at.parent) {
      if (at === level) return path.reverse()
      path.push(tweaksOf(at))
    }
    return null
  }

  /** A read from outside: volatile functions are asked again. */
  #refresh(graph: Graph): void {
    if (graph.volatile === null || graph.runs.size > 0 || stack.depth > 0) return
    const { volatile } = graph
    graph.volatile = null
    for (const vertex of volatile) if (vertex.table !== null) invalidateVertex(vertex, graph.root)
    flush(graph)
  }
}

function aFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw new InvalidFunctionError(what, `${describeValue(value)} is not a function.`)
}

interface Made {
  readonly parent: Context | undefined
  readonly level: Level | null
  readonly isDraft: boolean
}

/** How fork and with hand the constructor what users cannot. */
const internal = {
  made: null as Made | null,
  take(): Made | null {
    const { made } = this
    this.made = null
    return made
  },
  make(made: Made, options: ContextOptions): Context {
    this.made = made
    return new Context(options)
  },
}

function nameOfLevel(level: Level | null): string {
  if (level === null) return ''
  return level.frozen ? String(tweaksOf(level)) : level.name
}

/** The handle of a level: the one that exists, or a new one. */
export function contextOf(level: Level, parent?: Context): Context {
  const known = handleOf(level)
  if (known !== undefined) return known
  /* c8 ignore next: a root's context may be collected while a body runs in it, but no test can make that happen */
  const above = parent ?? (level.parent === null ? undefined : contextOf(level.parent))
  return internal.make({ parent: above, level, isDraft: false }, {})
}

/** The error goes to whoever asked; a body that asked may not be kept, whatever it makes of the error (R17). */
function refused<E extends DugoutError>(error: E): E {
  bodyFrame()?.taint()
  return error
}

/** The frame of the body that calls, if a body calls. */
export function bodyFrame(): Frame | null {
  const frame = currentFrame()
  if (frame === null || frame.closed !== null) return null
  if (frame.owner === frame) return null
  return frame.owner ?? (frame.vertex === null ? null : frame)
}

function isInsideBody(): boolean {
  return bodyFrame() !== null
}

function definitionOfKey(key: Node | AnyFunction): Definition {
  return key instanceof Node ? Node.definition(key) : (definitionFrom(key) as Definition)
}

/** The node that a target means where one is due: a function stands for its call without arguments. */
export function nodeFor(key: Node | AnyFunction): Node {
  return key instanceof Node ? key : new Node(definitionOfKey(key), [])
}

/** The vertex of that node. */
export function vertexFor(key: Node | AnyFunction, graph: Graph): Vertex {
  return Node.vertex(nodeFor(key), graph)
}

/** The same, if the graph knows it. */
export function knownVertexFor(key: Node | AnyFunction, graph: Graph): Vertex | undefined {
  return Node.knownVertex(nodeFor(key), graph)
}

/** The vertices that a target means where all calls of a function may be meant. */
function targeted(key: Node | AnyFunction, level: Level): Vertex[] {
  if (key instanceof Node) {
    const vertex = Node.knownVertex(key, level.graph)
    return vertex === undefined ? [] : [vertex]
  }
  return [...tableOf(definitionOfKey(key), level.graph).vertices()]
}

/** The tweaks of a level as a set. */
export function tweaksOf(level: Level): TweakSet {
  if (level.tweakSet !== null) return level.tweakSet
  let set = new TweakSet()
  for (const [key, tweak] of level.tweaks ?? []) {
    set = set.with(key instanceof Definition ? (key.wrapper as Tracked<AnyFunction>) : nodeOf(key), tweak)
  }
  level.tweakSet = set
  return set
}

function isMaskedAt(vertex: Vertex, level: Level): boolean {
  const slot = ownSlot(vertex, level)
  if (slot === undefined) return false
  if (level.parent === null)
    return slot.shape === PINNED || slot.shape === DERIVED || level.tweaks?.has(vertex) === true
  if (slot.state > UNLOADED || slot.shape === PINNED) return true
  return (slot.footprint & level.bit) !== 0 || level.floor === level.depth
}

/** What the result of a vertex read, hidden vertices as the nodes that they stand for. */
export function readsOf(vertex: Vertex, level: Level, find = serving): Vertex[] {
  const { shape } = find(vertex, level)
  if (!isComputed(shape)) return []
  return [...shape].flatMap((read) =>
    read.extra?.above ? readsOf(read, level, find) : [read.extra?.whatIf?.target ?? read],
  )
}

/** The vertices whose results in a level read this one. Who asks of many may know faster what a vertex reads. */
export function readersOf(vertex: Vertex, level: Level, reads = hasRead): Vertex[] {
  const found: Vertex[] = []
  for (const reader of [...dependentsOf(vertex), ...(vertex.extra?.whatIfs?.values() ?? [])]) {
    if (reader.extra?.whatIf || reader.extra?.above) {
      if (reader.extra.whatIf) for (const one of readersOf(reader, level, reads)) found.push(one)
      else if (reads(reader, vertex, level)) found.push(reader.extra.above as Vertex)
    } else if (reads(reader, vertex, level)) {
      found.push(reader)
    }
  }
  return found
}

function hasRead(reader: Vertex, vertex: Vertex, level: Level): boolean {
  return shownReads(reader, level).includes(vertex)
}

const NOTHING: readonly Vertex[] = []

/** What a result read, hidden vertices as they are. */
export function shownReads(vertex: Vertex, level: Level, find = serving): readonly Vertex[] {
  const { shape, state } = find(vertex, level)
  return state !== EMPTY && isComputed(shape) ? shape : NOTHING
}

function unique(vertices: readonly Vertex[]): Node[] {
  return [...new Set(vertices)].map(nodeOf)
}

/** Read an asynchronous vertex for a caller who may lose interest. */
function readUntil(vertex: Vertex, level: Level, signal: AbortSignal): unknown {
  const waiter = new Waiter()
  if (signal.aborted) return Promise.reject(new AbortedError(nameOf(vertex), { cause: signal.reason }))
  const found = serving(vertex, level)
  if (found.state <= BOXED) return readOutside(vertex, level)
  if (!isAsync(vertex)) {
    const known = evaluate(vertex, level, found, true)
    // null: it turned out to be asynchronous
    if (known !== null) return valueOf(known)
  }
  const later = readAsync(vertex, level, waiter, true, valueOf)
  if (!(later instanceof Promise)) return readOutside(vertex, level)
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const error = new AbortedError(nameOf(vertex), { cause: signal.reason })
      waiter.ended = found
      waiter.leave()
      reject(error)
    }
    signal.addEventListener('abort', abort, { once: true })
    later.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

// Sizes of the objects, measured on 64-bit V8 without pointer compression.
const BYTES = { vertex: 150, slot: 84, edge: 16, shape: 100 }

function statsOf(level: Level): Stats {
  const { graph } = level
  let results = 0
  let edges = 0
  let slots = 0
  let shapes = 0
  let masked = 0
  for (const vertex of allVertices(level)) {
    for (const slot of [vertex, ...slotsOf(vertex)]) {
      slots++
      if (slot.state <= BOXED || (slot.state === CHECK && isComputed(slot.shape))) results++
    }
    edges += new Set(dependentsOf(vertex)).size
    shapes += vertex.shapes
    if (isMaskedAt(vertex, level)) masked++
  }
  return {
    nodes: graph.nodes,
    results,
    edges,
    masked,
    contexts: [...bottomUp(graph.root)].length,
    inFlight: graph.runs.size,
    evaluations: graph.evaluations,
    hits: Math.max(0, graph.reads - graph.evaluations),
    bytes: graph.nodes * BYTES.vertex + (slots - graph.nodes) * BYTES.slot + edges * BYTES.edge + shapes * BYTES.shape,
  }
}
