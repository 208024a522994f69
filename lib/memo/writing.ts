/** Keeping a result: its memento, and what that rests on, the history and the code that it ran. */
import { hostname } from 'node:os'
import process from 'node:process'
import {
  Box,
  type Definition,
  definitionOf,
  isComputed,
  type Level,
  nameOf,
  type Slot,
  serving,
  type Vertex,
} from '../core/rooms.js'
import { type Encoded, sha256 } from './codec/index.js'
import { conditionOf, Unwritable } from './condition.js'
import type { Explaining } from './explain.js'
import type { Begun } from './journal.js'
import { keepsErrors } from './lookup.js'
import { type Description, type Invocation, MEMENTO, newMementoId, writeMemento } from './memento.js'
import type { Mementos } from './mementos.js'
import { Outgoing, type Writes } from './outgoing.js'
import { traceOf } from './reached.js'
import { writeRules } from './rules.js'
import { isSync, type Store } from './store.js'
import { callKeyOf, conditionKey, type Trace } from './trace.js'
import { areRows } from './trace-rows.js'
import type { Traces } from './traces.js'

/** What writing a memento takes. */
export interface Recording extends Explaining {
  readonly store: Store
  readonly mementos: Mementos
  /** Of the model's folder. */
  readonly commit: string | undefined
}

export class Writing {
  readonly #recording: Recording
  readonly #store: Writes
  /** On their way, where the store takes its time. */
  readonly #outgoing: Outgoing | undefined
  readonly #traces: Traces
  readonly #writtenTraces = new WeakSet<Trace>()
  /** Whose code was written down. */
  readonly #writtenRules = new Set<Definition>()

  constructor(recording: Recording, traces: Traces) {
    const { store } = recording
    this.#recording = recording
    this.#traces = traces
    this.#outgoing = isSync(store) ? undefined : new Outgoing(store)
    this.#store = isSync(store) ? store : (this.#outgoing as Outgoing)
  }

  /** When all that was written until now is stored; undefined where it is already. */
  settled(): Promise<void> | undefined {
    return this.#outgoing?.settled()
  }

  /** When what was written under a key is stored. */
  async arrived(key: string): Promise<void> {
    await this.#outgoing?.arrived(key)
  }

  /** Keep the result in a slot. Gives why it is not kept, where that has to be said. */
  write(vertex: Vertex, level: Level, slot: Slot, begun: Begun, runner: string): string | undefined {
    const { mementos, values } = this.#recording
    const { stamp } = slot
    const failed = stamp instanceof Box && stamp.failed
    if (failed && !keepsErrors(definitionOf(vertex))) return undefined
    const { total, own } = begun.durations()
    const trace = traceOf(vertex, level, this.#recording)
    if (trace instanceof Unwritable) return trace.why
    const condition = conditionOf(trace, level, this.#recording)
    if (condition instanceof Unwritable) return condition.why
    let result: Encoded
    try {
      result = values.encoded(stamp instanceof Box ? stamp.value : stamp, `the result of ${nameOf(vertex)}`)
      for (const [hash, { size, bytes }] of result.before)
        if (this.#store.blobSize(hash) !== size) this.#store.writeBlob(bytes())
    } catch (error) {
      return (error as Error).message.replace(/\.$/, '')
    }
    const blobs = blobsOf(result)
    const { step } = trace
    const key = conditionKey(trace.hash, condition.text)
    const memento: Description = {
      id: newMementoId(key),
      function: step.name,
      version: step.version,
      node: nameOf(vertex),
      call: callKeyOf(trace),
      tweaks: condition.tweaks,
      trace: trace.hash,
      invocations: invocationsOf(slot, level, mementos),
      inputs: condition.inputs,
      kind: failed ? 'error' : 'value',
      size: [...blobs.values()].reduce((sum, size) => sum + size, result.bytes.length),
      hash: sha256(result.bytes),
      parts: [...blobs.values()],
      startedAt: begun.startedAt,
      duration: total,
      ownDuration: own,
      runner,
      host: hostname(),
      process: process.pid,
      nodeVersion: process.versions.node,
      packages: this.#packagesOf(trace),
      commit: this.#recording.commit,
      correlation: begun.question.id,
      metadata: Object.fromEntries(begun.metadata),
      logs: [...begun.logs],
    }
    for (const bytes of result.attachments.values()) this.#store.writeBlob(bytes)
    const isWritten = this.#store.writeRecord({
      function: step.name,
      version: step.version,
      key,
      id: MEMENTO,
      bytes: writeMemento(memento, result.bytes),
      blobs: [...blobs.keys()],
    })
    // the store has warned
    if (!isWritten) return undefined
    this.#writeHistory(trace)
    mementos.set(slot, memento, trace)
    return undefined
  }

  /** The trace, by which a memento is found, and what the code was. */
  #writeHistory(trace: Trace): void {
    const { registry } = this.#recording
    if (!this.#isWritten(trace)) {
      // somebody has made the store forget it, and may have taken more
      if (this.#writtenTraces.has(trace)) this.#writtenRules.clear()
      if (!this.#writeTrace(trace)) return
    }
    this.#writtenTraces.add(trace)
    for (const [reached, its] of trace.functions) {
      const definition = registry.named(reached)
      if (its === '' || definition === undefined || this.#writtenRules.has(definition)) continue
      if (writeRules(this.#store, reached, its, this.#recording.rules(definition))) this.#writtenRules.add(definition)
    }
  }

  #isWritten(trace: Trace): boolean {
    if (this.#traces.isBroken(trace)) return false
    // in a store that has to be awaited, it is taken to be there still
    if (this.#outgoing !== undefined) return this.#writtenTraces.has(trace)
    for (const { id, bytes, blobs } of this.#store.readRecords(callKeyOf(trace)))
      if (id === trace.hash) return areRows(bytes) && blobs.every((blob) => this.#isThere(blob))
    return false
  }

  #isThere(blob: string): boolean {
    return this.#outgoing !== undefined || this.#store.blobSize(blob) !== undefined
  }

  #writeTrace(trace: Trace): boolean {
    const { part, bytes, blobs, ended } = this.#traces.place(trace, (blob) => this.#isThere(blob))
    if (part !== undefined && this.#store.writeBlob(part) === undefined) return false
    const { name, version } = trace.step
    const record = { function: name, version, key: callKeyOf(trace), id: trace.hash, bytes, blobs }
    if (this.#outgoing === undefined) {
      const isWritten = this.#store.writeRecord(record)
      ended(isWritten)
      // it counted on what a layer of the store has lost: all of it is written anew
      const isCounting = blobs.length > (part === undefined ? 0 : 1)
      return isWritten || (isCounting && this.#writeTrace(trace))
    }
    // whoever comes meanwhile may count on it: what it names is written before
    ended(true)
    return this.#outgoing.writeRecord(record, () => {
      ended(false)
      this.#writtenTraces.delete(trace)
    })
  }

  #packagesOf(trace: Trace): Record<string, string> {
    const { registry } = this.#recording
    const packages: Record<string, string> = {}
    for (const [name, version] of trace.functions) {
      const definition = version === '' ? undefined : registry.named(name)
      for (const { kind, name: of, text } of definition === undefined ? [] : this.#recording.rules(definition))
        if (kind === 'package') packages[of] = text
    }
    return packages
  }
}

/** What a body called, in order, with the mementos that stand for it. */
function invocationsOf({ shape }: Slot, level: Level, mementos: Mementos): Invocation[] {
  if (!isComputed(shape)) return []
  return Array.from(shape, (read) => ({
    node: nameOf(read),
    memento: mementos.get(serving(read, level))?.memento.id,
  }))
}

/** The blobs that a result cannot do without, with their lengths. */
function blobsOf({ attachments, before }: Encoded): Map<string, number> {
  const blobs = new Map<string, number>()
  for (const [hash, { length }] of attachments) blobs.set(hash, length)
  for (const [hash, { size }] of before) blobs.set(hash, size)
  return blobs
}
