/**
 * From the live graph to a trace and back. `traceOf` follows what a result read, down to the last call. `restoreTrace`
 * puts those calls back into a graph, each where it belongs, so that a hit has edges like a result that was computed.
 */

import {
  argumentsOf,
  belowOf,
  DERIVED,
  type Definition,
  definitionOf,
  type Graph,
  isComputed,
  type Level,
  nameOf,
  PINNED,
  restore,
  type Slot,
  serving,
  TweakSet,
  tableOf,
  twinOf,
  UNLOADED,
  type Vertex,
  vertexOf,
  whatIfOf,
} from '../core/rooms.js'
import { fillHomes, nearestHome, type Tweaked, tweakedIn, Unwritable } from './condition.js'
import { statesFrom } from './inputs/input.js'
import { idOf, type Registry } from './registry.js'
import { type Trace, type TraceKind, traceFrom } from './trace.js'
import type { Values } from './values.js'

/** What a trace needs to know of functions. */
export interface Functions {
  readonly registry: Registry
  readonly values: Values
  /** The code version; undefined where it is not known. */
  version(definition: Definition): string | undefined
  /** What in its code gives another value each time: `Date.now`. */
  changing(definition: Definition): string | undefined
}

interface Known {
  readonly shape: Slot['shape']
  readonly trace: Trace
  /** Since when its slot is watched; null once it was turned. It is, where what it reached may be another by now (R4). */
  watched: object | null
}

const watches = new WeakMap<Graph, object>()

/** From now on the slots of a graph are told of here when they are turned. */
export function watchTurns(graph: Graph): void {
  watches.set(graph, {})
}

/** A slot is no longer trusted. */
export function turned(slot: Slot): void {
  const known = traces.get(slot)
  if (known !== undefined) known.watched = null
}

const traces = new WeakMap<Slot, Known>()

interface Open {
  readonly vertex: Vertex
  readonly slot: Slot
  readonly kind: TraceKind
  readonly reads: readonly Vertex[]
  /** Where they were read. */
  readonly level: Level
  readonly found: Trace[]
}

/** The trace of the verified result that a context shows, or why it cannot be written down. */
export function traceOf(vertex: Vertex, level: Level, functions: Functions): Trace | Unwritable {
  const done = new Map<Slot, Trace>()
  const first = opened(vertex, level)
  if (first instanceof Unwritable) return first
  const open = [first]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const read = top.reads[top.found.length]
    if (read !== undefined) {
      const served = serving(read, top.level)
      const known = done.get(served) ?? untouched(served)
      if (known !== undefined) {
        top.found.push(known)
        continue
      }
      const next = opened(read, top.level)
      if (next instanceof Unwritable) return next
      open.push(next)
      continue
    }
    const trace = closed(top, functions)
    if (trace instanceof Unwritable) return trace
    done.set(top.slot, trace)
    open.pop()
    const reader = open.at(-1)
    if (reader === undefined) return trace
    reader.found.push(trace)
  }
  return new Unwritable('nothing was reached')
}

/** The trace of a slot, where nothing that it reached can be another one by now. */
function untouched(slot: Slot): Trace | undefined {
  const known = traces.get(slot)
  if (known === undefined || known.shape !== slot.shape || slot.state > UNLOADED) return undefined
  return known.watched !== null && known.watched === watches.get(slot.level.graph) ? known.trace : undefined
}

function opened(vertex: Vertex, level: Level): Open | Unwritable {
  const slot = serving(vertex, level)
  const { shape } = slot
  const { whatIf, above, receiver } = vertex.extra ?? {}
  if (receiver) return new Unwritable(`${nameOf(vertex)} is a method, and its object has no name`)
  const at = { vertex, slot, level: slot.level, found: [] }
  if (slot.state > UNLOADED) return new Unwritable(`${nameOf(vertex)} is not settled`)
  if (whatIf) {
    const twin = slot.level.twins?.get(whatIf.tweaks) ?? level.twins?.get(whatIf.tweaks)
    if (twin === undefined) return new Unwritable(`the what-if of ${nameOf(vertex)} is no longer held`)
    return { ...at, kind: 'what-if', reads: [whatIf.target], level: twin }
  }
  if (shape === PINNED || shape === DERIVED) return { ...at, kind: 'tweaked', reads: [] }
  if (!isComputed(shape)) return new Unwritable(`${nameOf(vertex)} is not settled`)
  const definition = definitionOf(vertex)
  if (definition.isVolatile) return new Unwritable(`${nameOf(vertex)} is volatile: it gives another value each time`)
  if (statesFrom(definition) !== undefined) return { ...at, kind: 'input', reads: [] }
  return { ...at, kind: above ? 'below' : 'call', reads: shape }
}

function closed({ vertex, slot, kind, reads, found }: Open, functions: Functions): Trace | Unwritable {
  const known = traces.get(slot)
  if (
    known !== undefined &&
    known.shape === slot.shape &&
    known.trace.step.kind === kind &&
    known.trace.reads.length === reads.length &&
    known.trace.reads.every((read, i) => read === found[i])
  ) {
    known.watched = watches.get(slot.level.graph) ?? null
    return known.trace
  }
  const definition = definitionOf(vertex.extra?.whatIf?.target ?? vertex.extra?.above ?? vertex)
  if (!functions.registry.owns(definition)) return new Unwritable(`two functions are called ${idOf(definition)}`)
  const version = hasCode(kind) ? functions.version(definition) : ''
  const changing = hasCode(kind) ? functions.changing(definition) : undefined
  if (changing !== undefined)
    return new Unwritable(
      `the code of ${idOf(definition)} reads ${changing}, which gives another value each time. Where its result does not ` +
        'depend on that, declare it with volatile: false',
    )
  if (version === undefined)
    return new Unwritable(`the code of ${idOf(definition)} is not among the modules of the memo`)
  try {
    const trace = traceFrom(
      {
        kind,
        name: idOf(definition),
        version,
        args: functions.values.canonical(argumentsOf(vertex), `an argument of ${nameOf(vertex)}`),
        given: functions.values.written(argumentsOf(vertex), `an argument of ${nameOf(vertex)}`),
        isAsync: definition.isAsync,
        tweaks: kind === 'what-if' ? JSON.stringify(vertex.extra?.whatIf?.tweaks) : '',
      },
      found,
    )
    traces.set(slot, { shape: slot.shape, trace, watched: watches.get(slot.level.graph) ?? null })
    return trace
  } catch (error) {
    return new Unwritable((error as Error).message)
  }
}

/** Is all code that the trace ran what it was then? */
export function isCurrent(trace: Trace, functions: Functions): boolean {
  for (const one of trace.steps((one) => current.get(one) === functions)) {
    const { kind, name, version } = one.step
    const definition = functions.registry.named(name)
    if (definition === undefined) return false
    if (hasCode(kind) && (definition.isVolatile || functions.version(definition) !== version)) return false
    current.set(one, functions)
  }
  return true
}

/** Did a body of the model run? */
function hasCode(kind: TraceKind): boolean {
  return kind === 'call' || kind === 'below'
}

/** Found to be current, by whose versions: code does not change while a process runs. */
const current = new WeakMap<Trace, Functions>()

/** The calls of a trace in a graph. Undefined where one of them is not what it was. */
export class Restoring {
  readonly #functions: Functions
  readonly #tweaked = new Map<Level, Tweaked>()
  readonly #homes = new Map<Level, Map<Trace, Level>>()
  readonly #done = new Map<Level, Map<Trace, Vertex | undefined>>()

  constructor(functions: Functions) {
    this.#functions = functions
  }

  /** The vertices that the trace's own call read, restored. */
  reads(trace: Trace, level: Level): Vertex[] | undefined {
    const found: Vertex[] = []
    for (const read of trace.reads) {
      const vertex = this.#restored(read, level)
      if (vertex === undefined) return undefined
      found.push(vertex)
    }
    return found
  }

  #restored(trace: Trace, from: Level): Vertex | undefined {
    const level = this.#home(trace, from)
    if (level === undefined) return undefined
    const done = within(this.#done, level)
    if (done.has(trace)) return done.get(trace)
    const vertex = this.#restore(trace, level)
    done.set(trace, vertex)
    return vertex
  }

  #restore(trace: Trace, level: Level): Vertex | undefined {
    const definition = this.#functions.registry.named(trace.step.name)
    if (definition === undefined) return undefined
    if (trace.step.isAsync) definition.isAsync = true
    const { graph } = level
    const node = vertexOf(
      tableOf(definition, graph),
      undefined,
      this.#functions.values.readBack(trace.step.given) as unknown[],
    )
    if (trace.step.kind === 'what-if') {
      const tweaks = TweakSet.fromJSON(this.#functions.registry.functions, JSON.parse(trace.step.tweaks))
      const vertex = whatIfOf(node, tweaks)
      const target = trace.reads[0]
      if (target === undefined || this.#restored(target, twinOf(level, tweaks)) === undefined) return undefined
      return restore(vertex, level, [node]) ? vertex : undefined
    }
    const vertex = trace.step.kind === 'below' ? belowOf(node) : node
    if (serving(vertex, level).state <= UNLOADED) return vertex
    // seen when the condition was compared, or it is not what it was
    if (trace.step.kind === 'input') return undefined
    const reads = this.reads(trace, level)
    return reads !== undefined && restore(vertex, level, reads) ? vertex : undefined
  }

  #home(trace: Trace, level: Level): Level | undefined {
    let tweaked = this.#tweaked.get(level)
    if (tweaked === undefined) {
      tweaked = tweakedIn(level, this.#functions.values)
      this.#tweaked.set(level, tweaked)
    }
    const home = nearestHome(trace, tweaked)
    if (home !== undefined) return home
    const homes = within(this.#homes, level)
    if (!homes.has(trace)) fillHomes(trace, tweaked, homes)
    return homes.get(trace)
  }
}

function within<K, V>(maps: Map<K, Map<Trace, V>>, key: K): Map<Trace, V> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}
