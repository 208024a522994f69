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
  isComputed,
  isOpen,
  type Level,
  LOOSE,
  nameOf,
  type Producer,
  producerOf,
  type ResultHook,
  readAsync,
  restoreResult,
  type Slot,
  serving,
  type Vertex,
  type Waiter,
} from '../core/rooms.js'
import { Claims } from './claims.js'
import { type Encoded, sha256 } from './codec/index.js'
import { type Condition, conditionOf, isDoubted, tweaksText, Unwritable } from './condition.js'
import { OfflineError } from './errors.js'
import { Fetched, type Reads } from './fetched.js'
import { isInput } from './inputs/input.js'
import { awaitedFor } from './inputs/seen.js'
import type { Begun, Journal } from './journal.js'
import {
  type Description,
  type Invocation,
  MEMENTO,
  type Memento,
  readMemento,
  type StoredMemento,
  writeMemento,
} from './memento.js'
import type { Mementos } from './mementos.js'
import { Outgoing, type Writes } from './outgoing.js'
import { type Functions, isCurrent, Restoring, traceOf } from './reached.js'
import { idOf } from './registry.js'
import { changesOf, codeKey, describeChange, type Rule, type RuleChange, readRulesSync, writeRules } from './rules.js'
import { isSync, type Store, type StoredRecord } from './store.js'
import { callKey, conditionKey, hashOfTexts, isTraceRecord, readTrace, type Trace, writeTrace } from './trace.js'

/** Why a call was not answered by the store. */
export interface Miss {
  readonly node: string
  readonly why: string
  /** Where code changed: what it is made of that differs, from what to what. */
  readonly changes: readonly RuleChange[]
}

export interface Settings extends Functions {
  readonly store: Store
  /** Milliseconds that an asynchronous call waits for another process. */
  readonly patience: number
  readonly readOnly: boolean
  readonly offline: boolean
  readonly warn: (message: string) => void
  readonly journal: Journal
  readonly mementos: Mementos
  /** Of the model's folder. */
  readonly commit: string | undefined
  isPersisted(definition: Definition): boolean
  /** What a function's code version is made of. */
  rules(definition: Definition): readonly Rule[]
}

/** What holds in a context and below it, besides what holds everywhere. */
export interface Modifiers {
  readonly readOnly: boolean
  readonly offline: boolean
}

export class Hook implements ResultHook {
  readonly #settings: Settings
  readonly #keys = new WeakMap<Vertex, string | Unwritable>()
  readonly #known = new Map<string, WeakRef<Trace>>()
  readonly #writtenTraces = new Set<string>()
  /** Whose code was written down. */
  readonly #writtenRules = new Set<Definition>()
  readonly #warned = new Set<string>()
  readonly #claims: Claims
  readonly #writes: Writes
  /** On their way, where the store takes its time. */
  readonly #outgoing: Outgoing | undefined
  /** What was fetched of an asynchronous store, for which call in which context. */
  readonly #fetched = new WeakMap<Level, Map<Vertex, Fetched>>()
  readonly #modified = new WeakMap<Level, Modifiers>()
  #isModified = false
  hits = 0
  misses = 0

  constructor(settings: Settings) {
    const { store, patience } = settings
    this.#settings = settings
    this.#claims = new Claims(store, patience)
    this.#outgoing = isSync(store) ? undefined : new Outgoing(store)
    this.#writes = isSync(store) ? store : (this.#outgoing as Outgoing)
  }

  find(vertex: Vertex, level: Level, producer: Producer): Slot | null {
    this.#settings.journal.looks(vertex, level)
    const key = this.#keyOf(vertex, producer)
    if (typeof key !== 'string' || producer.id.includes('@')) return null
    const reads = this.#readsFor(vertex, level)
    if (reads === undefined) return null
    for (const trace of this.#tracesUnder(key, reads)) {
      const found = this.#under(vertex, level, trace, reads)
      if (found === null) continue
      const slot = this.#restore(vertex, found.home, trace, found.stored, reads)
      if (slot === null) continue
      this.hits++
      this.#fetched.get(level)?.delete(vertex)
      return slot
    }
    return null
  }

  fetch(vertex: Vertex, level: Level, reader: Waiter | null): Promise<void> | null {
    this.#settings.journal.asks(vertex, level, reader)
    const key = this.#keyHere(vertex, level)
    if (key === undefined) return null
    const { store } = this.#settings
    if (!isSync(store)) return this.#fetch(vertex, level, key)
    const inputs = new Set<Vertex>()
    for (const trace of this.#tracesUnder(key, store)) {
      if (!isCurrent(trace, this.#settings)) continue
      for (const one of awaitedFor(trace, level, this.#settings)) inputs.add(one)
    }
    return inputs.size === 0 ? null : looked([...inputs], level)
  }

  /** Fetch what `find` needs of an asynchronous store. Also for a synchronous function: then `find` answers it. */
  async prefetch(
    vertex: Vertex,
    level: Level,
    { history = false }: { readonly history?: boolean } = {},
  ): Promise<void> {
    const key = this.#keyHere(vertex, level)
    if (key === undefined || isSync(this.#settings.store)) return
    await this.#fetch(vertex, level, key)
    if (!history) return
    const fetched = this.#fetched.get(level)?.get(vertex)
    await fetched?.bringAll(idOf(definitionOf(vertex)))
    for (const record of fetched?.records() ?? []) {
      const trace = isTraceRecord(record) && fetched ? this.#trace(record, fetched) : undefined
      for (const [name, version] of trace?.functions ?? []) await fetched?.bring(codeKey(name, version))
    }
  }

  async #fetch(vertex: Vertex, level: Level, key: string): Promise<void> {
    const fetched = new Fetched(this.#settings.store)
    const ofLevel = this.#fetched.get(level) ?? new Map<Vertex, Fetched>()
    this.#fetched.set(level, ofLevel.set(vertex, fetched))
    try {
      await this.#outgoing?.arrived(key)
      await fetched.bring(key)
      for (const trace of this.#tracesUnder(key, fetched)) {
        if (!isCurrent(trace, this.#settings)) continue
        await looked(awaitedFor(trace, level, this.#settings), level)
        if (level.disposed) return
        const condition = conditionOf(trace, level, this.#settings)
        if (condition instanceof Unwritable) continue
        await fetched.bring(conditionKey(trace.hash, condition.text))
        if (this.#under(vertex, level, trace, fetched) !== null) return
      }
    } catch (error) {
      const { name } = this.#settings.store
      this.#warn(`${name} does not say what it has of ${nameOf(vertex)}: ${(error as Error).message}`, `${name} reads`)
    }
  }

  claim(vertex: Vertex, level: Level): Promise<void> | null {
    const { store, values } = this.#settings
    const { readOnly, offline } = this.#modifiersAt(level)
    const key = readOnly || offline ? undefined : this.#keyHere(vertex, level)
    const found = key === undefined ? undefined : tweaksText(level, values, () => true)
    // what is computed under tweaks that are functions, nobody else computes
    if (key === undefined || found === undefined || found instanceof Unwritable) return null
    const claimed = this.#claims.claim(vertex, level, hashOfTexts('flight', key, found.tweaks))
    if (claimed === 'goes on') return null
    if (!isSync(store)) return Promise.resolve(claimed).then(() => this.#fetch(vertex, level, key))
    if (claimed !== 'taken') return claimed
    for (const trace of this.#tracesUnder(key, store))
      if (this.#under(vertex, level, trace, store) !== null) return Promise.resolve()
    return null
  }

  end(vertex: Vertex, level: Level): void {
    this.#settings.journal.end(vertex, level)
    this.#fetched.get(level)?.delete(vertex)
    this.#claims.end(vertex, level, this.#outgoing?.settled())
  }

  /** Let other rules hold in a context and below it. */
  modify(level: Level, modifiers: Modifiers): void {
    this.#isModified = true
    this.#modified.set(level, modifiers)
  }

  #modifiersAt(level: Level): Modifiers {
    let { readOnly, offline } = this.#settings
    for (let at = this.#isModified ? level : null; at !== null; at = at.parent) {
      const own = this.#modified.get(at)
      if (own === undefined) continue
      readOnly ||= own.readOnly
      offline ||= own.offline
    }
    return { readOnly, offline }
  }

  /** Does the store have a value of this call here? It is not read. */
  isValueKept(vertex: Vertex, level: Level): boolean {
    const key = this.#keyHere(vertex, level)
    const reads = this.#readsFor(vertex, level)
    if (key === undefined || reads === undefined) return false
    for (const trace of this.#tracesUnder(key, reads)) {
      const found = this.#under(vertex, level, trace, reads)
      if (found !== null) return found.stored.memento.kind === 'value'
    }
    return false
  }

  /** When all that was found until now is stored. */
  async settled(): Promise<void> {
    await this.#outgoing?.settled()
  }

  #readsFor(vertex: Vertex, level: Level): Reads | undefined {
    const { store } = this.#settings
    return isSync(store) ? store : this.#fetched.get(level)?.get(vertex)
  }

  /** The key of a call that the store may answer here. */
  #keyHere(vertex: Vertex, level: Level): string | undefined {
    const producer = producerOf(vertex, level)
    const key = producer.id.includes('@') ? undefined : this.#keyOf(vertex, producer)
    return typeof key === 'string' ? key : undefined
  }

  begin(vertex: Vertex, level: Level): Error | null {
    if (this.#modifiersAt(level).offline && !isInput(definitionOf(vertex))) return new OfflineError(nameOf(vertex))
    if (this.#keyHere(vertex, level) !== undefined) this.misses++
    this.#settings.journal.begin(vertex, level)
    return null
  }

  keep(vertex: Vertex, level: Level, slot: Slot): void {
    const { journal } = this.#settings
    const begun = journal.begunOf(vertex, level)
    if (begun === undefined) return
    this.#settings.mementos.delete(slot)
    this.#keep(vertex, level, slot, begun)
    journal.end(vertex, level)
  }

  #keep(vertex: Vertex, level: Level, slot: Slot, begun: Begun): void {
    if (!this.#settings.isPersisted(definitionOf(vertex))) return
    // what a tweak makes of a value is not the function's: only what its own body gives is kept
    const { origin, adjustments } = producerOf(vertex, level)
    if (origin !== null || adjustments.length > 0) return
    if (slot.shape === LOOSE || isOpen(slot) || this.#modifiersAt(level).readOnly) return
    const why = this.#write(vertex, level, slot, begun)
    if (why !== undefined) this.#warn(`${nameOf(vertex)} is not kept: ${why}.`, `${idOf(definitionOf(vertex))} ${why}`)
  }

  /** The memento of the result that stands in a slot. */
  mementoOf(slot: Slot): Memento | undefined {
    const known = this.#settings.mementos.get(slot)
    return known && { ...known.memento, functions: Object.fromEntries(known.trace.functions) }
  }

  /** Which rule kept the store from answering: what differs from the traces that are known. */
  explain(vertex: Vertex, level: Level): Miss | undefined {
    const node = nameOf(vertex)
    const definition = definitionOf(vertex)
    const because = (why: string, changes: readonly RuleChange[] = []): Miss => ({ node, why, changes })
    if (!this.#settings.isPersisted(definition)) return because('its results are not kept')
    if (definition.isVolatile) return because('it is volatile: it gives another value each time')
    const version = this.#settings.version(definition)
    if (version === undefined) return because(`the code of ${idOf(definition)} is not among the modules of the memo`)
    const args = this.#argsOf(vertex)
    if (args instanceof Unwritable) return because(args.why)
    const reads = this.#readsFor(vertex, level)
    if (reads === undefined) return because('nothing was fetched of it: await memo.prefetch(...) first')
    for (const trace of this.#tracesUnder(this.#key(definition, version, args), reads)) {
      if (this.#under(vertex, level, trace, reads) !== null) return undefined
    }
    const { why, changes } = this.#difference(vertex, level, args, reads)
    return because(why, changes)
  }

  #difference(vertex: Vertex, level: Level, args: string, reads: Reads): Pick<Miss, 'why'> & Partial<Miss> {
    let nearest: Pick<Miss, 'why'> & Partial<Miss> = { why: 'nothing is kept of this call' }
    let latest = Number.NEGATIVE_INFINITY
    const { values } = this.#settings
    for (const record of reads.records({ function: idOf(definitionOf(vertex)) })) {
      if (!isTraceRecord(record)) continue
      const trace = this.#trace(record, reads)
      if (trace === undefined || trace.step.args !== args) continue
      const changed = [...trace.functions].filter(([name, version]) => {
        const now = this.#settings.registry.named(name)
        return version !== '' && (now === undefined || this.#settings.version(now) !== version)
      })
      if (changed.length > 0) {
        // of several old ones the latest tells most
        if (record.writtenAt >= latest) nearest = this.#changed(changed, reads)
        latest = Math.max(latest, record.writtenAt)
        continue
      }
      if (isDoubted(trace, level, values)) return { why: 'something that it reached was invalidated' }
      const condition = conditionOf(trace, level, this.#settings)
      if (condition instanceof Unwritable) return condition
      const { tweaks } = condition
      const inputs = this.#inputsChanged(trace, condition, reads)
      if (inputs.length > 0) return { why: inputs.join('; ') }
      return {
        why:
          tweaks === ''
            ? 'nothing is kept of this call without tweaks'
            : `nothing is kept of this call under these tweaks: ${tweaks.replaceAll('\n', ', ')}`,
      }
    }
    return nearest
  }

  #changed(
    functions: readonly (readonly [name: string, version: string])[],
    reads: Reads,
  ): Pick<Miss, 'why' | 'changes'> {
    const changes = functions.flatMap(([name, version]) => {
      const now = this.#settings.registry.named(name)
      const before = readRulesSync(reads, name, version)
      if (now === undefined) return [{ function: name, rule: name, from: 'a function of the model', to: undefined }]
      return before === undefined ? [] : changesOf(name, before, this.#settings.rules(now))
    })
    const names = functions.map(([name]) => name).sort()
    const told = changes.map((change) => `\n  ${change.function}: ${describeChange(change)}`)
    return { why: `the code of ${names.join(', ')} changed${told.length > 0 ? `:${told.join('')}` : ''}`, changes }
  }

  /** What is in another state than in the latest memento of this trace under these tweaks. */
  #inputsChanged(trace: Trace, { tweaks, inputs }: Condition, reads: Reads): string[] {
    if (inputs.length === 0) return []
    let latest: Description | undefined
    for (const record of reads.records({ function: trace.step.name })) {
      const { memento } = (isTraceRecord(record) ? undefined : readMemento(record.bytes)) ?? {}
      const isBefore = memento?.trace === trace.hash && memento.tweaks === tweaks
      if (isBefore && (latest === undefined || memento.id > latest.id)) latest = memento
    }
    const before = new Map(latest?.inputs.map(({ input, hash }) => [input, hash]))
    return inputs
      .filter(({ input, hash }) => before.has(input) && before.get(input) !== hash)
      .map(({ input, hash }) => `${input} changed, from ${before.get(input)} to ${hash}`)
  }

  #under(
    vertex: Vertex,
    level: Level,
    trace: Trace,
    reads: Reads,
  ): { readonly stored: StoredMemento; readonly home: Level } | null {
    const { values } = this.#settings
    if (!isCurrent(trace, this.#settings) || isDoubted(trace, level, values)) return null
    const condition = conditionOf(trace, level, this.#settings)
    if (condition instanceof Unwritable) return null
    for (const { bytes, blobs } of reads.readRecords(conditionKey(trace.hash, condition.text))) {
      const stored = readMemento(bytes)
      if (stored === undefined) continue
      const { memento, result } = stored
      const isWhole = sha256(result) === memento.hash && memento.trace === trace.hash
      if (!isWhole || !isOf(memento, condition)) continue
      if (memento.kind === 'error' && !keepsErrors(definitionOf(vertex))) continue
      // its large parts are read when they are touched: they have to be there
      if (blobs.some((blob) => reads.blobSize(blob) === undefined)) continue
      return { stored, home: condition.home }
    }
    return null
  }

  #restore(vertex: Vertex, home: Level, trace: Trace, { memento, result }: StoredMemento, reads: Reads): Slot | null {
    const { mementos, values } = this.#settings
    const definition = definitionOf(vertex)
    if (trace.step.isAsync && !definition.isAsync) {
      definition.isAsync = true
      return null
    }
    const failed = memento.kind === 'error'
    try {
      const read = new Restoring(this.#settings).reads(trace, home)
      if (read === undefined) return null
      const value = values.decoded(result, (hash) => reads.readBlob(hash))
      // it may be held against a value that stands there, and then large parts are read
      const slot = restoreResult(vertex, home, read, value, failed)
      if (slot !== null) mementos.set(slot, memento, trace)
      return slot
    } catch (error) {
      this.#warn(`A stored result of ${memento.node} is not used: ${(error as Error).message}`, memento.id)
      return null
    }
  }

  #write(vertex: Vertex, level: Level, slot: Slot, begun: Begun): string | undefined {
    const { mementos, values } = this.#settings
    const store = this.#writes
    const definition = definitionOf(vertex)
    const { stamp } = slot
    const failed = stamp instanceof Box && stamp.failed
    if (failed && !keepsErrors(definition)) return undefined
    const { total, own } = begun.durations()
    const trace = traceOf(vertex, level, this.#settings)
    if (trace instanceof Unwritable) return trace.why
    const condition = conditionOf(trace, level, this.#settings)
    if (condition instanceof Unwritable) return condition.why
    let result: Encoded
    try {
      result = values.encoded(stamp instanceof Box ? stamp.value : stamp, `the result of ${nameOf(vertex)}`)
    } catch (error) {
      return (error as Error).message.replace(/\.$/, '')
    }
    const { step } = trace
    const memento: Description = {
      id: v7(),
      function: step.name,
      version: step.version,
      node: nameOf(vertex),
      call: callKey(step.name, step.version, step.args),
      tweaks: condition.tweaks,
      trace: trace.hash,
      invocations: invocationsOf(slot, level, mementos),
      inputs: condition.inputs,
      kind: failed ? 'error' : 'value',
      size: sizeOf(result),
      hash: sha256(result.bytes),
      startedAt: begun.startedAt,
      duration: total,
      ownDuration: own,
      runner: 'local',
      host: hostname(),
      process: process.pid,
      nodeVersion: process.versions.node,
      packages: this.#packagesOf(trace),
      commit: this.#settings.commit,
      correlation: begun.correlation,
      metadata: Object.fromEntries(begun.metadata),
      logs: [...begun.logs],
    }
    const names = { function: step.name, version: step.version }
    const blobs = [...result.attachments.keys()]
    for (const bytes of result.attachments.values()) store.writeBlob(bytes)
    const isWritten = store.writeRecord({
      ...names,
      key: conditionKey(trace.hash, condition.text),
      id: MEMENTO,
      bytes: writeMemento(memento, result.bytes),
      blobs,
    })
    if (isWritten) this.#writeHistory(trace)
    mementos.set(slot, memento, trace)
    return undefined
  }

  /** What a memento rests on: the trace, by which it is found, and what the code was. */
  #writeHistory(trace: Trace): void {
    const { registry } = this.#settings
    const store = this.#writes
    const { name, version, args } = trace.step
    const key = callKey(name, version, args)
    if (this.#writtenTraces.has(trace.hash)) {
      // of a store that has to be awaited, it is taken to be there still
      if (this.#outgoing !== undefined) return
      for (const { id } of store.readRecords(key)) if (id === trace.hash) return
      // somebody has made the store forget it, and may have taken more
      this.#writtenRules.clear()
    }
    const blob = store.writeBlob(writeTrace(trace))
    const record = { function: name, version, key, id: trace.hash, bytes: Buffer.from(blob ?? '') }
    if (blob === undefined || !store.writeRecord({ ...record, blobs: [blob] })) return
    this.#writtenTraces.add(trace.hash)
    for (const [reached, its] of trace.functions) {
      const definition = registry.named(reached)
      if (its === '' || definition === undefined || this.#writtenRules.has(definition)) continue
      if (writeRules(store, reached, its, this.#settings.rules(definition))) this.#writtenRules.add(definition)
    }
  }

  #packagesOf(trace: Trace): Record<string, string> {
    const packages: Record<string, string> = {}
    for (const [name, version] of trace.functions) {
      const definition = version === '' ? undefined : this.#settings.registry.named(name)
      if (definition === undefined) continue
      for (const { kind, name: of, text } of this.#settings.rules(definition))
        if (kind === 'package') packages[of] = text
    }
    return packages
  }

  /** The key of a call, where its results are kept and its body makes them. */
  #keyOf(vertex: Vertex, producer: Producer): string | Unwritable {
    const definition = definitionOf(vertex)
    const isCall = !definition.isHidden || vertex.extra?.above != null
    if (
      !isCall ||
      producer.origin !== null ||
      producer.adjustments.length > 0 ||
      !this.#settings.isPersisted(definition) ||
      definition.isVolatile
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
      return this.#settings.values.canonical(argumentsOf(vertex), `an argument of ${nameOf(vertex)}`)
    } catch (error) {
      return new Unwritable((error as Error).message)
    }
  }

  #key(definition: Definition, version: string, args: string): string {
    return callKey(idOf(definition), version, args)
  }

  *#tracesUnder(key: string, reads: Reads): Generator<Trace> {
    for (const record of reads.readRecords(key)) {
      const trace = this.#trace(record, reads)
      if (trace !== undefined) yield trace
    }
  }

  #trace({ id, bytes }: StoredRecord, reads: Reads): Trace | undefined {
    const known = this.#known.get(id)?.deref()
    if (known !== undefined) return known
    const blob = reads.readBlob(Buffer.from(bytes).toString())
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

/** Look at inputs that have to be awaited. What fails is found out again by whoever asks. */
async function looked(inputs: readonly Vertex[], level: Level): Promise<void> {
  await Promise.all(inputs.map(async (one) => await readAsync(one, level, null, true, () => undefined)))
}

function isOf({ tweaks, inputs }: Description, condition: Condition): boolean {
  return tweaks === condition.tweaks && JSON.stringify(inputs) === JSON.stringify(condition.inputs)
}

const NOT_KEPT = new Unwritable('its results are not kept')

/** What a body called, in order, with the mementos that stand for it. */
function invocationsOf({ shape }: Slot, level: Level, mementos: Mementos): Invocation[] {
  if (!isComputed(shape)) return []
  return shape.reads.map((read) => ({
    node: nameOf(read),
    memento: mementos.get(serving(read, level))?.memento.id,
  }))
}

function sizeOf({ bytes, attachments }: Encoded): number {
  let size = bytes.length
  for (const part of attachments.values()) size += part.length
  return size
}

function definitionNamed(vertex: Vertex): Definition {
  return definitionOf(vertex.extra?.above ?? vertex)
}

function keepsErrors({ options: { memo } }: Definition): boolean {
  return typeof memo === 'object' && memo.errors === true
}
