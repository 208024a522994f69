/**
 * Where a call stands in a store, and what is found there. Three kinds of records: under the key of a call (function, code
 * version, arguments) its traces, one a history that was seen (traces.ts); and under the key of a trace with the tweaks and inputs
 * that touch it, the memento. So a call is looked up in as many steps as it has histories, however many scenarios it was asked in.
 *
 * What keeps it right: a memento answers only where all code that it ran is the same, the tweaks that touch any call it
 * reached are the same, its inputs are in the same state, and none of these calls was invalidated.
 */
import {
  argumentsOf,
  type Definition,
  definitionOf,
  type Level,
  nameOf,
  type Producer,
  producerOf,
  type Vertex,
} from '../core/rooms.js'
import { sha256 } from './codec/index.js'
import { type Condition, conditionOf, isDoubted, Unwritable } from './condition.js'
import type { Reads } from './fetched.js'
import { type Description, readMemento, type StoredMemento } from './memento.js'
import { type Functions, isCurrent } from './reached.js'
import { idOf } from './registry.js'
import type { StoredRecord } from './store.js'
import { callKey, conditionKey, type Trace } from './trace.js'
import type { Traces } from './traces.js'

/** What decides whether and where a function's results are kept. */
export interface Keeping extends Functions {
  isPersisted(definition: Definition): boolean
}

/** A memento that is right here, and where its result belongs. */
export interface Found {
  readonly trace: Trace
  readonly stored: StoredMemento
  readonly home: Level
}

export class Lookup {
  readonly #keeping: Keeping
  readonly #keys = new WeakMap<Vertex, string | null>()
  readonly #traces: Traces

  constructor(keeping: Keeping, traces: Traces) {
    this.#keeping = keeping
    this.#traces = traces
  }

  /** The key of a call that a store may answer here. */
  keyHere(vertex: Vertex, level: Level, producer: Producer = producerOf(vertex, level)): string | undefined {
    const definition = definitionOf(vertex)
    const isCall = !definition.isHidden || vertex.extra?.above != null
    const isOwn = producer.origin === null && producer.adjustments.length === 0 && !producer.id.includes('@')
    if (!isCall || !isOwn || definition.isVolatile || !this.#keeping.isPersisted(definition)) return undefined
    let key = this.#keys.get(vertex)
    if (key === undefined) {
      key = this.#keyOf(vertex) ?? null
      this.#keys.set(vertex, key)
    }
    return key ?? undefined
  }

  #keyOf(vertex: Vertex): string | undefined {
    const { registry } = this.#keeping
    const definition = definitionOf(vertex)
    const version = registry.owns(definitionOf(vertex.extra?.above ?? vertex))
      ? this.#keeping.version(definition)
      : undefined
    const args = this.argumentsOf(vertex)
    return version === undefined || args instanceof Unwritable ? undefined : callKey(idOf(definition), version, args)
  }

  /** The arguments as text, or why they have none. */
  argumentsOf(vertex: Vertex): string | Unwritable {
    if (vertex.extra?.receiver) return new Unwritable(`${nameOf(vertex)} is a method, and its object has no name`)
    try {
      return this.#keeping.values.canonical(argumentsOf(vertex), `an argument of ${nameOf(vertex)}`)
    } catch (error) {
      return new Unwritable((error as Error).message)
    }
  }

  /** What is right here of what is kept under the key of a call, the likeliest first. */
  *all(key: string, vertex: Vertex, level: Level, reads: Reads): Generator<Found> {
    for (const trace of this.traces(key, reads)) {
      const found = this.under(trace, vertex, level, reads)
      if (found !== undefined) yield found
    }
  }

  first(key: string, vertex: Vertex, level: Level, reads: Reads): Found | undefined {
    for (const found of this.all(key, vertex, level, reads)) return found
    return undefined
  }

  /** The histories that a call was seen with. */
  *traces(key: string, reads: Reads): Generator<Trace> {
    for (const record of reads.readRecords(key)) {
      const trace = this.trace(record, reads)
      if (trace !== undefined) yield trace
    }
  }

  /** The trace that a record stands for; without `reads`, as far as memory has it. */
  trace(record: StoredRecord, reads?: Reads): Trace | undefined {
    return this.#traces.read(record, reads && ((hash) => reads.readBlob(hash)))
  }

  /** The condition under which a history is right here; undefined where it cannot be. */
  conditionHere(trace: Trace, level: Level): Condition | undefined {
    const { values } = this.#keeping
    if (!isCurrent(trace, this.#keeping) || isDoubted(trace, level, values)) return undefined
    const condition = conditionOf(trace, level, this.#keeping)
    return condition instanceof Unwritable ? undefined : condition
  }

  /** The memento of this history that is right here. */
  under(trace: Trace, vertex: Vertex, level: Level, reads: Reads): Found | undefined {
    const condition = this.conditionHere(trace, level)
    if (condition === undefined) return undefined
    for (const { bytes, blobs } of reads.readRecords(conditionKey(trace.hash, condition.text))) {
      const stored = readMemento(bytes)
      if (stored === undefined) continue
      const { memento, result } = stored
      const isWhole = sha256(result) === memento.hash && memento.trace === trace.hash
      if (!isWhole || !isOf(memento, condition)) continue
      if (memento.kind === 'error' && !keepsErrors(definitionOf(vertex))) continue
      // its large parts are read when they are touched: they have to be there
      if (blobs.some((blob, i) => reads.blobSize(blob) !== memento.parts[i])) continue
      return { trace, stored, home: condition.home }
    }
    return undefined
  }
}

function isOf({ tweaks, inputs }: Description, condition: Condition): boolean {
  return tweaks === condition.tweaks && JSON.stringify(inputs) === JSON.stringify(condition.inputs)
}

/** Are errors of this function kept like values? */
export function keepsErrors({ options: { memo } }: Definition): boolean {
  return typeof memo === 'object' && memo.errors === true
}
