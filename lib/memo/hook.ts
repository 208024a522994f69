/**
 * Fills the hook of a graph: a result is looked for before anything runs, and kept when a body has run.
 *
 * Three kinds of records. Under the key of a call (function, code version, arguments) its traces, one a history that was
 * seen. Under the key of a trace with the tweaks that touch it, the memento. And the trace as a blob. So a call is looked
 * up in as many steps as it has histories, however many scenarios it was asked in.
 *
 * What keeps it right: a memento answers only where all code that it ran is the same, the tweaks that touch any call it
 * reached are the same, and none of these calls was invalidated.
 */
import { hostname } from 'node:os'
import process from 'node:process'
import { v7 } from 'uuid'
import {
  argumentsOf,
  Box,
  type Definition,
  definitionOf,
  isOpen,
  type Level,
  LOOSE,
  nameOf,
  type Producer,
  producerOf,
  type ResultHook,
  restoreResult,
  type Slot,
  type Vertex,
} from '../core/rooms.js'
import { conditionOf, isDoubted, Unwritable } from './condition.js'
import { OfflineError } from './errors.js'
import { type Memento, readMemento, type StoredMemento, writeMemento } from './memento.js'
import { type Functions, isCurrent, Restoring, traceOf } from './reached.js'
import { idOf } from './registry.js'
import type { StoredRecord, SyncStore } from './store.js'
import { hashOfTexts, readTrace, type Trace, writeTrace } from './trace.js'
import { canonical, readBack, written } from './values.js'

/** Why a call was not answered by the store. */
export interface Miss {
  readonly node: string
  readonly why: string
}

export interface Settings extends Functions {
  readonly store: SyncStore
  readonly readOnly: boolean
  readonly offline: boolean
  readonly warn: (message: string) => void
  isPersisted(definition: Definition): boolean
}

interface Begun {
  readonly at: number
  readonly startedAt: string
}

export class Hook implements ResultHook {
  readonly #settings: Settings
  readonly #keys = new WeakMap<Vertex, string | Unwritable>()
  readonly #begun = new WeakMap<Vertex, Begun>()
  /** The mementos of results that stand in the graph. */
  readonly #mementos = new WeakMap<Slot, Memento>()
  readonly #known = new Map<string, WeakRef<Trace>>()
  readonly #writtenTraces = new Set<string>()
  readonly #warned = new Set<string>()
  #correlation = v7()
  #open = 0
  hits = 0
  misses = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  find(vertex: Vertex, level: Level, producer: Producer): Slot | null {
    const key = this.#keyOf(vertex, producer)
    if (typeof key !== 'string' || producer.id.includes('@')) return null
    for (const trace of this.#tracesUnder(key)) {
      const found = this.#under(vertex, level, trace)
      if (found === null) continue
      const slot = this.#restore(vertex, found.home, trace, found.memento)
      if (slot === null) continue
      this.hits++
      return slot
    }
    this.misses++
    return null
  }

  fetch(): null {
    return null
  }

  begin(vertex: Vertex, level: Level): Error | null {
    if (this.#settings.offline) return new OfflineError(nameOf(vertex))
    // what a tweak makes of a value is not the function's: only what its own body gives is kept
    const { origin, adjustments } = producerOf(vertex, level)
    if (origin !== null || adjustments.length > 0 || !this.#settings.isPersisted(definitionOf(vertex))) return null
    if (this.#open++ === 0) this.#correlation = v7()
    this.#begun.set(vertex, { at: performance.now(), startedAt: new Date().toISOString() })
    return null
  }

  keep(vertex: Vertex, level: Level, slot: Slot): void {
    const begun = this.#begun.get(vertex)
    if (begun === undefined) return
    this.#begun.delete(vertex)
    this.#open = Math.max(0, this.#open - 1)
    if (slot.shape === LOOSE || isOpen(slot) || this.#settings.readOnly) return
    const why = this.#write(vertex, level, slot, begun)
    if (why !== undefined) this.#warn(`${nameOf(vertex)} is not kept: ${why}.`, `${idOf(definitionOf(vertex))} ${why}`)
  }

  /** The memento of the result that stands in a slot. */
  mementoOf(slot: Slot): Memento | undefined {
    return this.#mementos.get(slot)
  }

  /** Which rule kept the store from answering: what differs from the traces that are known. */
  explain(vertex: Vertex, level: Level): Miss | undefined {
    const node = nameOf(vertex)
    const definition = definitionOf(vertex)
    if (!this.#settings.isPersisted(definition)) return { node, why: 'its results are not kept' }
    const version = this.#settings.version(definition)
    if (version === undefined)
      return { node, why: `the code of ${idOf(definition)} is not among the modules of the memo` }
    const args = this.#argsOf(vertex)
    if (args instanceof Unwritable) return { node, why: args.why }
    for (const trace of this.#tracesUnder(this.#key(definition, version, args))) {
      if (this.#under(vertex, level, trace) !== null) return undefined
    }
    return { node, why: this.#difference(vertex, level, args) }
  }

  #difference(vertex: Vertex, level: Level, args: string): string {
    let nearest = 'nothing is kept of this call'
    for (const record of this.#settings.store.records({ function: idOf(definitionOf(vertex)) })) {
      if (!isTraceRecord(record)) continue
      const trace = this.#trace(record)
      if (trace === undefined || trace.step.args !== args) continue
      const changed = new Set<string>()
      for (const { step } of trace.steps()) {
        const now = this.#settings.registry.named(step.name)
        if (step.version !== '' && (now === undefined || this.#settings.version(now) !== step.version))
          changed.add(step.name)
      }
      if (changed.size > 0) {
        nearest = `the code of ${[...changed].sort().join(', ')} changed`
        continue
      }
      if (isDoubted(trace, level)) return 'something that it reached was invalidated'
      const condition = conditionOf(trace, level)
      if (condition instanceof Unwritable) return condition.why
      return condition.text === ''
        ? 'nothing is kept of this call without tweaks'
        : `nothing is kept of this call under these tweaks: ${condition.text.replaceAll('\n', ', ')}`
    }
    return nearest
  }

  #under(vertex: Vertex, level: Level, trace: Trace): { readonly memento: StoredMemento; readonly home: Level } | null {
    if (!isCurrent(trace, this.#settings) || isDoubted(trace, level)) return null
    const condition = conditionOf(trace, level)
    if (condition instanceof Unwritable) return null
    for (const { bytes } of this.#settings.store.readRecords(conditionKey(trace, condition.text))) {
      const memento = readMemento(bytes)
      const isWhole = hashOfTexts(memento.result) === memento.hash && memento.trace === trace.hash
      if (!isWhole || memento.tweaks !== condition.text) continue
      if (memento.kind === 'error' && !keepsErrors(definitionOf(vertex))) continue
      return { memento, home: condition.home }
    }
    return null
  }

  #restore(vertex: Vertex, home: Level, trace: Trace, memento: StoredMemento): Slot | null {
    const definition = definitionOf(vertex)
    if (trace.step.isAsync && !definition.isAsync) {
      definition.isAsync = true
      return null
    }
    const reads = new Restoring(this.#settings).reads(trace, home)
    if (reads === undefined) return null
    const failed = memento.kind === 'error'
    let value: unknown
    try {
      value = readBack(memento.result)
    } catch (error) {
      this.#warn(`A stored result of ${memento.node} is not used: ${(error as Error).message}`, memento.id)
      return null
    }
    const slot = restoreResult(vertex, home, reads, value, failed)
    if (slot !== null) this.#mementos.set(slot, memento)
    return slot
  }

  #write(vertex: Vertex, level: Level, slot: Slot, begun: Begun): string | undefined {
    const { store } = this.#settings
    const definition = definitionOf(vertex)
    const { stamp } = slot
    const failed = stamp instanceof Box && stamp.failed
    if (failed && !keepsErrors(definition)) return undefined
    const total = performance.now() - begun.at
    const trace = traceOf(vertex, level, this.#settings)
    if (trace instanceof Unwritable) return trace.why
    const condition = conditionOf(trace, level)
    if (condition instanceof Unwritable) return condition.why
    let result: string
    try {
      const value = stamp instanceof Box ? stamp.value : stamp
      result = written(value, `the result of ${nameOf(vertex)}`)
    } catch (error) {
      return (error as Error).message.replace(/\.$/, '')
    }
    const { step } = trace
    const key = this.#key(definition, step.version, step.args)
    const memento: StoredMemento = {
      id: v7(),
      function: step.name,
      version: step.version,
      args: step.args,
      node: nameOf(vertex),
      tweaks: condition.text,
      trace: trace.hash,
      functions: Object.fromEntries(trace.steps().map((one) => [one.step.name, one.step.version])),
      invocations: trace.reads.map((read) => ({ node: `${read.step.name}${read.step.args}`, memento: undefined })),
      kind: failed ? 'error' : 'value',
      size: result.length,
      hash: hashOfTexts(result),
      startedAt: begun.startedAt,
      duration: total,
      runner: 'local',
      host: hostname(),
      process: process.pid,
      nodeVersion: process.versions.node,
      correlation: this.#correlation,
      result,
    }
    const names = { function: step.name, version: step.version }
    const bytes = writeMemento(memento)
    const isWritten = store.writeRecord({
      ...names,
      key: conditionKey(trace, condition.text),
      id: ONLY,
      bytes,
      blobs: [],
    })
    if (isWritten && !this.#writtenTraces.has(trace.hash)) {
      const blob = store.writeBlob(writeTrace(trace))
      if (
        blob !== undefined &&
        store.writeRecord({ ...names, key, id: trace.hash, bytes: Buffer.from(blob), blobs: [blob] })
      )
        this.#writtenTraces.add(trace.hash)
    }
    this.#mementos.set(slot, memento)
    return undefined
  }

  /** The key of a call, where its results are kept and its body makes them. */
  #keyOf(vertex: Vertex, producer: Producer): string | Unwritable {
    const definition = definitionOf(vertex)
    const isCall = !definition.isHidden || vertex.extra?.above != null
    if (
      !isCall ||
      producer.origin !== null ||
      producer.adjustments.length > 0 ||
      !this.#settings.isPersisted(definition)
    )
      return NOT_KEPT
    const known = this.#keys.get(vertex)
    if (known !== undefined) return known
    const version = this.#settings.registry.owns(definitionNamed(vertex))
      ? this.#settings.version(definition)
      : undefined
    const args = this.#argsOf(vertex)
    const key = version === undefined || args instanceof Unwritable ? NOT_KEPT : this.#key(definition, version, args)
    this.#keys.set(vertex, key)
    return key
  }

  #argsOf(vertex: Vertex): string | Unwritable {
    if (vertex.extra?.receiver) return new Unwritable(`${nameOf(vertex)} is a method, and its object has no name`)
    try {
      return canonical(argumentsOf(vertex), `an argument of ${nameOf(vertex)}`)
    } catch (error) {
      return new Unwritable((error as Error).message)
    }
  }

  #key(definition: Definition, version: string, args: string): string {
    return hashOfTexts('call', idOf(definition), version, args)
  }

  *#tracesUnder(key: string): Generator<Trace> {
    for (const record of this.#settings.store.readRecords(key)) {
      const trace = this.#trace(record)
      if (trace !== undefined) yield trace
    }
  }

  #trace({ id, bytes }: StoredRecord): Trace | undefined {
    const known = this.#known.get(id)?.deref()
    if (known !== undefined) return known
    const blob = this.#settings.store.readBlob(Buffer.from(bytes).toString())
    const trace = blob === undefined ? undefined : readTrace(blob)
    if (trace === undefined || trace.hash !== id) return undefined
    this.#known.set(id, new WeakRef(trace))
    return trace
  }

  #warn(message: string, cause: string): void {
    if (this.#warned.has(cause)) return
    this.#warned.add(cause)
    this.#settings.warn(message)
  }
}

const NOT_KEPT = new Unwritable('its results are not kept')
/** A condition has one memento: the latest. */
const ONLY = 'memento'

function conditionKey(trace: Trace, condition: string): string {
  return hashOfTexts('memento', trace.hash, condition)
}

function isTraceRecord({ id }: StoredRecord): boolean {
  return id !== ONLY
}

function definitionNamed(vertex: Vertex): Definition {
  return definitionOf(vertex.extra?.above ?? vertex)
}

function keepsErrors({ options: { memo } }: Definition): boolean {
  return typeof memo === 'object' && memo.errors === true
}
