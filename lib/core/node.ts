/**
 * Definition  one tracked function
 * Table       all vertices of one function in one graph, by their arguments
 * Vertex      one node in one graph: its edges, and (being a Slot) what the root holds for it
 * Node        the identity that users hold: a function and arguments, of no graph in particular
 *
 * Edges: the shape of each result of n lists what n read; every vertex d of a live shape of n has n once in its
 * `dependents` for each such shape. So edges come and go with shapes only, and the two directions always agree (R9).
 */
import { hash } from 'immutable'
import type { BySet } from './by-set.js'
import { hashOf, isStructural, sameArgument } from './equal.js'
import { UnknownTargetError } from './errors.js'
import type { Graph } from './graph.js'
import { Calls, copyOf, trimmed } from './identity.js'
import type { Level } from './level.js'
import { introduce } from './mask.js'
import { type Box, EMPTY, type Result, type Shape, type Slot } from './result.js'
import { seeded } from './seeded.js'
import { dropOrphan } from './slots.js'
import type { AnyFunction, Tracked, TrackedOptions } from './tracked.js'
import type { Branching } from './tree.js'
import type { TweakSet } from './tweak.js'

let definitions = 0

/** One tracked function. */
export class Definition {
  readonly id = ++definitions
  readonly name: string
  readonly body: AnyFunction
  readonly options: TrackedOptions
  /** Of the options, which have as many shapes as users give them: what every evaluation asks. */
  readonly isVolatile: boolean
  readonly equals: ((before: unknown, after: unknown) => boolean) | undefined
  /** Called on an object, which is then part of the identity. */
  readonly isMethod: boolean
  /** Not a function of the user's: a body below an adjustment, or a what-if read. */
  readonly isHidden: boolean
  /** Gives promises: declared, written `async`, or seen to. */
  isAsync: boolean
  /** A body of it gave something that is no promise. */
  isSync = false
  /** What the user calls. */
  wrapper: Tracked<AnyFunction> | null = null
  /** The graph that was asked last, and this function's table in it. */
  graph: Graph | null = null
  table: Table | null = null
  /** The definition of the bodies below adjustments of this one. */
  below: Definition | null = null
  /** The definition of the what-if reads of this one. */
  whatIf: Definition | null = null

  constructor(name: string, body: AnyFunction, options: TrackedOptions, isMethod: boolean, isHidden: boolean) {
    this.name = name
    this.body = body
    this.options = options
    this.isVolatile = options.volatile === true
    this.equals = options.equals as Definition['equals']
    this.isMethod = isMethod
    this.isHidden = isHidden
    this.isAsync = options.async ?? body.constructor.name === 'AsyncFunction'
  }
}

/** All vertices of one function in one graph. */
export class Table {
  readonly definition: Definition
  readonly graph: Graph
  readonly calls = new Calls<Vertex>()
  /** Methods: the calls on each receiver, as long as the receiver lives. */
  readonly receivers: WeakMap<object, Calls<Vertex>> | null
  readonly received: Set<WeakRef<Calls<Vertex>>> | null
  /** Vertices of receivers that are gone, which something still depends on. */
  readonly orphans = new Set<Vertex>()
  /** The levels that tweak the whole function. Every vertex has a slot in each of them. */
  tweaked: Level[] | null = null

  constructor(definition: Definition, graph: Graph) {
    this.definition = definition
    this.graph = graph
    this.receivers = definition.isMethod ? new WeakMap() : null
    this.received = definition.isMethod ? new Set() : null
  }

  *vertices(): Generator<Vertex> {
    yield* this.calls
    yield* this.orphans
    if (this.received === null) return
    for (const reference of this.received) {
      const calls = reference.deref()
      if (calls === undefined) this.received.delete(reference)
      else yield* remaining(calls)
    }
  }
}

/** The vertices of a receiver. Those that went after it did are in its calls to the end: nothing leads there any more. */
function* remaining(calls: Calls<Vertex>): Generator<Vertex> {
  for (const vertex of calls) if (vertex.table !== null) yield vertex
}

/** The object of a value tweak, and whose it was. */
export interface Pin {
  readonly stamp: Box
  readonly level: Level
}

/** What few vertices have. */
export class Extra {
  /** How many levels tweak just this node. */
  tweaked = 0
  /** Invalidations: the serial of the last one at each level (R26). */
  tokens: Map<Level, number> | null = null
  /** The node whose value is the body's, below the adjustments of this one (R12); and back. */
  below: Vertex | null = null
  above: Vertex | null = null
  /** A what-if read: the value of `target` under these tweaks (R15). */
  whatIf: { readonly target: Vertex; readonly tweaks: TweakSet } | null = null
  /** The what-if reads of this node, by tweak set. */
  whatIfs: BySet<Vertex> | null = null
  /** The objects of value tweaks that were taken back or replaced, the latest last: a few (slots.ts). */
  pins: Pin[] | null = null
  /** All known results as a tree, one a producer, once there are many (tree.ts). */
  trees: Map<string, Branching> | null = null
  /** It is a what-if read, or reads one: see `deferred` in level.ts. Its slots are then a Map, if an empty one. */
  isDownstream = false
  /** The objects among its results by content, once there are many (R30). */
  boxes: Map<number | undefined, Box[]> | null = null
  receiver: WeakRef<object> | null = null
  /** The arguments hold content, which the body gets a copy of. */
  copied = false
}

/** The arguments of a call without any: never identical to anything that a caller can pass. */
export const NO_ARGUMENTS: readonly unknown[] = Object.freeze([])

/**
 * One node in one graph, and the root's slot of it. The fields that a hit and a verification touch come first, so that
 * they share a cache line: with 1e5 nodes that is what a masked node mostly waits for.
 */
export class Vertex implements Slot {
  table: Table | null
  /** One primitive by itself, else an array. */
  readonly args: unknown
  /** The slots of contexts other than the root. */
  slots: Slot | Map<Level, Slot> | null
  state: number
  stamp: unknown
  shape: Shape | null
  dependents: Vertex | Vertex[] | Map<Vertex, number> | null
  /** The root's. */
  level: Level
  record: unknown[] | Result | null
  /** Where it stands among what is evaluated at this moment, innermost, counted from 1; 0 where it does not (frame.ts). */
  evaluating: number
  /** Superseded results, the latest last: at most PAST of them (slots.ts). */
  past: Result[] | null
  /** How many shapes of it are live. */
  shapes: number
  extra: Extra | null

  constructor(table: Table, args: unknown) {
    this.table = table
    this.args = args
    this.slots = null
    this.state = EMPTY
    this.stamp = undefined
    this.shape = null
    this.dependents = null
    this.level = table.graph.root
    this.record = null
    this.evaluating = 0
    this.past = null
    this.shapes = 0
    this.extra = null
  }

  /** What the root shows depends on no context below it: 0, which takes no field. */
  get footprint(): number {
    return 0
  }

  set footprint(_: number) {
    // 0 stays 0
  }
}

/** The function's table in a graph. */
export function tableOf(definition: Definition, graph: Graph): Table {
  if (definition.graph === graph && definition.table !== null) return definition.table
  let table = graph.tables.get(definition)
  if (table === undefined) {
    table = new Table(definition, graph)
    graph.tables.set(definition, table)
  }
  definition.graph = graph
  definition.table = table
  return table
}

/** The definition of a vertex. A vertex that was dropped has none, and nobody asks. */
export function definitionOf(vertex: Vertex): Definition {
  return (vertex.table as Table).definition
}

export function extraOf(vertex: Vertex): Extra {
  vertex.extra ??= new Extra()
  return vertex.extra
}

/** The arguments as a list, as the identity has them. */
export function argumentsOf(vertex: Vertex): readonly unknown[] {
  return Array.isArray(vertex.args) ? vertex.args : [vertex.args]
}

/** The vertex of one argument, of a function without keys of its own: a primitive, mostly. */
export function vertexOfOne(table: Table, argument: unknown): Vertex {
  const found = table.calls.one?.get(argument)
  if (found !== undefined) return found
  if (argument === undefined || isObject(argument) || seeded.bug === 'arguments collide')
    return vertexOf(table, undefined, [argument])
  return add(table, table.calls, undefined, [argument], argument)
}

/** The vertex of these arguments; made where it does not exist yet. */
export function vertexOf(table: Table, receiver: object | undefined, args: ArrayLike<unknown>): Vertex {
  const { definition } = table
  const list = trimmed(args)
  const keys = keysOf(definition, list)
  const calls = receiver === undefined ? table.calls : callsOn(table, receiver)
  const found = calls.get(keys)
  if (found !== undefined) return found
  if (list.length === 0) return add(table, calls, receiver, keys, NO_ARGUMENTS)
  if (list.length === 1 && !isObject(list[0])) return add(table, calls, receiver, keys, list[0])
  if (!list.some(isStructural)) return add(table, calls, receiver, keys, list)
  // content that identifies is copied, so that changing it later changes nothing
  const what = () => describe(definition, list)
  const kept = list.map((argument) => copyOf(argument, what))
  const vertex = add(table, calls, receiver, keys === list ? kept : keys, kept)
  extraOf(vertex).copied = true
  return vertex
}

function add(
  table: Table,
  calls: Calls<Vertex>,
  receiver: object | undefined,
  keys: readonly unknown[],
  args: unknown,
): Vertex {
  const { definition } = table
  const vertex = make(table, receiver, args)
  const what = () => describe(definition, argumentsOf(vertex))
  calls.set(definition.options.key === undefined ? keys : keys.map((key) => copyOf(key, what)), vertex)
  return introduce(vertex)
}

/** The vertex of these arguments, if there is one. */
export function knownVertex(table: Table, receiver: object | undefined, args: ArrayLike<unknown>): Vertex | undefined {
  const calls = receiver === undefined ? table.calls : table.receivers?.get(receiver)
  return calls?.get(keysOf(table.definition, trimmed(args)))
}

function make(table: Table, receiver: object | undefined, args: unknown): Vertex {
  const vertex = new Vertex(table, args)
  if (receiver !== undefined) extraOf(vertex).receiver = new WeakRef(receiver)
  return vertex
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function keysOf(definition: Definition, list: readonly unknown[]): readonly unknown[] {
  if (seeded.bug === 'arguments collide') return list.map((argument) => (typeof argument === 'number' ? 0 : argument))
  const key = definition.options.key
  return key === undefined ? list : trimmed(list.map((argument, i) => key(argument, i)))
}

// The calls hold their vertices, and they hold their receiver weakly: so does this.
const collected = new FinalizationRegistry<{ readonly table: Table; readonly calls: Calls<Vertex> }>(
  ({ table, calls }) => {
    for (const vertex of remaining(calls)) {
      table.orphans.add(vertex)
      dropOrphan(vertex)
    }
  },
)

function callsOn(table: Table, receiver: object): Calls<Vertex> {
  const receivers = table.receivers as WeakMap<object, Calls<Vertex>>
  let calls = receivers.get(receiver)
  if (calls === undefined) {
    calls = new Calls()
    receivers.set(receiver, calls)
    table.received?.add(new WeakRef(calls))
    collected.register(receiver, { table, calls }, calls)
  }
  return calls
}

/** A graph is gone: it no longer waits for the end of objects whose methods it asked. */
export function forgetReceivers({ received }: Table): void {
  for (const reference of received ?? []) {
    const calls = reference.deref()
    if (calls !== undefined) collected.unregister(calls)
  }
}

/** Take a vertex that nobody needs any more out of its table. */
export function forgetVertex(vertex: Vertex): void {
  const table = vertex.table as Table
  vertex.table = null
  table.graph.nodes--
  table.graph.asked.length = 0
  if (table.definition.isHidden) {
    table.calls.delete([vertex])
    return
  }
  if (table.orphans.delete(vertex)) return
  const receiver = vertex.extra?.receiver
  const live = receiver?.deref()
  const calls = receiver ? live && table.receivers?.get(live) : table.calls
  calls?.delete(keysOf(table.definition, argumentsOf(vertex)))
}

/** A vertex that stands for something about another one: it is found through that one, not by arguments. */
export function hiddenVertex(table: Table, args: unknown): Vertex {
  const vertex = new Vertex(table, args)
  table.calls.set([vertex], vertex)
  return introduce(vertex)
}

/** The node of a vertex, for users. Hidden vertices show the node that they stand for. */
export function nodeOf(vertex: Vertex): Node {
  const shown = vertex.extra?.whatIf?.target ?? vertex.extra?.above ?? vertex
  if (shown !== vertex) return nodeOf(shown)
  return new Node(definitionOf(vertex), argumentsOf(vertex), vertex.extra?.receiver?.deref())
}

/** One call of one tracked function: the function, the receiver where it is a method, the arguments (R1). */
export class Node<F extends AnyFunction = AnyFunction> {
  readonly #definition: Definition
  readonly #receiver: object | undefined
  readonly #args: readonly unknown[]
  #hash: number | undefined

  /** Made by `fn.at(...)` and `Node.of(...)`. */
  constructor(definition: Definition, args: ArrayLike<unknown>, receiver?: object) {
    this.#definition = definition
    this.#receiver = receiver
    const list = trimmed(args)
    this.#args = list.some(isStructural) ? list.map((item) => copyOf(item, () => describe(definition, list))) : list
  }

  /** The node of a method or a getter: `Node.of(portfolio, 'value', ...args)`. */
  static of(receiver: object, key: PropertyKey, ...args: unknown[]): Node {
    for (let at: object | null = receiver; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const property = Object.getOwnPropertyDescriptor(at, key)
      if (property === undefined) continue
      const { get, value } = property as { get?: unknown; value?: unknown }
      const definition = definitionFrom(get ?? value)
      if (definition === undefined) break
      return new Node(definition, args, definition.isMethod ? receiver : undefined)
    }
    throw new UnknownTargetError(`${String(key)} of ${describeValue(receiver)}`)
  }

  /** The tracked function. */
  get function(): Tracked<F> {
    return this.#definition.wrapper as unknown as Tracked<F>
  }

  get args(): readonly unknown[] {
    return this.#args
  }

  /** How the node is written down: `volume("EU")`. */
  get id(): string {
    const call = describe(this.#definition, this.#args)
    return this.#receiver === undefined ? call : `${describeValue(this.#receiver)}.${call}`
  }

  equals(other: unknown): boolean {
    if (!(other instanceof Node) || other.#definition !== this.#definition) return false
    if (other.#receiver !== this.#receiver) return false
    const a = keysOf(this.#definition, this.#args)
    const b = keysOf(this.#definition, other.#args)
    return a.length === b.length && a.every((item, i) => sameArgument(item, b[i]))
  }

  hashCode(): number {
    this.#hash ??=
      (hash(this.#definition) +
        hashOf(keysOf(this.#definition, this.#args)) +
        (this.#receiver ? hash(this.#receiver) : 0)) |
      0
    return this.#hash
  }

  toJSON(): { function: string; args: readonly unknown[] } {
    return { function: this.#definition.name, args: this.#args }
  }

  toString(): string {
    return this.id
  }

  /** The definition, for the rooms of dugout; users have `function`. */
  static definition(node: Node): Definition {
    return node.#definition
  }

  /** The vertex in a graph; undefined where there is none and none is to be made. */
  static vertex(node: Node, graph: Graph): Vertex {
    const table = tableOf(node.#definition, graph)
    if (node.#args.length === 1 && node.#receiver === undefined && node.#definition.options.key === undefined)
      return vertexOfOne(table, node.#args[0])
    return vertexOf(table, node.#receiver, node.#args)
  }

  static knownVertex(node: Node, graph: Graph): Vertex | undefined {
    const table = graph.tables.get(node.#definition)
    return table === undefined ? undefined : knownVertex(table, node.#receiver, node.#args)
  }
}

const wrappers = new WeakMap<object, Definition>()

/** Remember whose wrapper this is. */
export function register(wrapper: object, definition: Definition): void {
  wrappers.set(wrapper, definition)
}

/** The definition behind a tracked function, or undefined. */
export function definitionFrom(value: unknown): Definition | undefined {
  return typeof value === 'function' ? wrappers.get(value) : undefined
}

/** `volume("EU")`: a call as text, for people. */
export function describe(definition: Definition, args: readonly unknown[]): string {
  return `${definition.name}(${args.map((item) => describeValue(item)).join(', ')})`
}

/** The name of a vertex in messages. */
export function nameOf(vertex: Vertex): string {
  return nodeOf(vertex).id
}

const LONGEST = 240

/** A value as short text, for messages and ids. */
export function describeValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'function':
      return value.name || 'function'
    case 'object': {
      if (value === null) return 'null'
      if (isStructural(value)) return depth > 3 ? '...' : shorten(describeContent(value, depth))
      return `[${(value as object).constructor?.name ?? 'object'}]`
    }
    default:
      return Object.is(value, -0) ? '0' : String(value)
  }
}

function describeContent(value: object, depth: number): string {
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`
  if (value instanceof Map) return `Map([${listed(value, (item) => describeValue(item, depth + 1))}])`
  if (value instanceof Set) return `Set([${listed(value, (item) => describeValue(item, depth + 1))}])`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength} bytes)`
  if (Array.isArray(value)) return `[${listed(value, (item) => describeValue(item, depth + 1))}]`
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== null && prototype !== Object.prototype) return `${value as { toString(): string }}`
  const properties = Object.entries(value).filter(([, item]) => item !== undefined)
  return `{${listed(properties, ([key, item]) => `${JSON.stringify(key)}: ${describeValue(item, depth + 1)}`)}}`
}

/** Items side by side, as many as will be shown: a value may hold millions. */
function listed<T>(items: Iterable<T>, text: (item: T) => string): string {
  let all = ''
  for (const item of items) {
    all += all === '' ? text(item) : `, ${text(item)}`
    if (all.length > LONGEST) break
  }
  return all
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`
}
