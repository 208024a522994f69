/** Fills the hook of a graph: a result is looked for before anything runs, and kept when a body has run. */
import {
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
  serving,
  type Vertex,
  type Waiter,
} from '../core/rooms.js'
import { localRunner, type Runner } from '../run/index.js'
import { ByCall } from './by-call.js'
import { Claims } from './claims.js'
import { tweaksText, Unwritable } from './condition.js'
import { OfflineError } from './errors.js'
import { explain, type Miss } from './explain.js'
import type { Reads } from './fetched.js'
import { Fetching, lookAtInputs } from './fetching.js'
import { isInput } from './inputs/input.js'
import type { Begun, Journal } from './journal.js'
import { type Found, Lookup } from './lookup.js'
import type { Memento } from './memento.js'
import { Restoring, turned } from './reached.js'
import { idOf } from './registry.js'
import { isSync, type SyncStore } from './store.js'
import { hashOfTexts } from './trace.js'
import { Traces } from './traces.js'
import { type Recording, Writing } from './writing.js'

/** What holds in a context and below it, besides what holds everywhere. */
export interface Modifiers {
  readonly readOnly: boolean
  readonly offline: boolean
  /** Bodies run in this process, whatever the cluster's runner is. */
  readonly forceLocal: boolean
}

export interface Settings extends Recording, Modifiers {
  /** Milliseconds that an asynchronous call waits for another process. */
  readonly patience: number
  readonly warn: (message: string) => void
  readonly journal: Journal
  /** Who runs the bodies of a function. */
  readonly runnerOf: (definition: Definition) => Runner
}

export class Hook implements ResultHook {
  readonly #settings: Settings
  readonly #lookup: Lookup
  readonly #writing: Writing
  readonly #fetching: Fetching
  readonly #claims: Claims
  /** Whose inputs were awaited, until the call is over. */
  readonly #looked = new ByCall<true>()
  readonly #tweaks = new WeakMap<Level, { readonly serial: number; readonly text: string | undefined }>()
  readonly #modified = new WeakMap<Level, Modifiers>()
  #isModified = false
  readonly #warned = new Set<string>()
  hits = 0
  misses = 0

  constructor(settings: Settings) {
    const { store, patience } = settings
    this.#settings = settings
    const traces = new Traces()
    this.#lookup = new Lookup(settings, traces)
    this.#writing = new Writing(settings, traces)
    this.#fetching = new Fetching(store, this.#lookup, settings)
    this.#claims = new Claims(store, patience)
  }

  find(vertex: Vertex, level: Level, producer: Producer): Slot | null {
    this.#settings.journal.looks(vertex, level)
    const key = this.#lookup.keyHere(vertex, level, producer)
    const reads = key === undefined ? undefined : this.#readsFor(vertex, level)
    if (key === undefined || reads === undefined) return null
    for (const found of this.#lookup.all(key, vertex, level, reads)) {
      const slot = this.#restore(vertex, level, found, reads)
      if (slot === null) continue
      this.hits++
      this.#fetching.drop(vertex, level)
      this.#fetching.drop(vertex, this.#askedAt(level))
      return slot
    }
    return null
  }

  fetch(vertex: Vertex, level: Level, reader: Waiter | null): Promise<void> | null {
    const { journal, store } = this.#settings
    journal.asks(vertex, level, reader)
    const key = this.#lookup.keyHere(vertex, level)
    if (key === undefined) return null
    return isSync(store) ? null : this.#fetch(key, vertex, level)
  }

  /**
   * Fetch what `find` needs of an asynchronous store, and look at the inputs that have to be awaited. Also for a synchronous
   * function: then `find` answers it.
   */
  async prefetch(
    vertex: Vertex,
    level: Level,
    { history = false }: { readonly history?: boolean } = {},
  ): Promise<void> {
    const { store } = this.#settings
    const key = this.#lookup.keyHere(vertex, level)
    if (key === undefined) return
    if (isSync(store)) {
      await lookAtInputs(this.#lookup.traces(key, store), level, this.#settings)
      return
    }
    await this.#fetch(key, vertex, level)
    if (history) await this.#fetching.fetchHistory(vertex, level)
  }

  async #fetch(key: string, vertex: Vertex, level: Level): Promise<void> {
    const { name } = this.#settings.store
    try {
      await this.#writing.arrived(key)
      await this.#fetching.fetch(key, vertex, level)
    } catch (error) {
      this.#warn(`${name} does not say what it has of ${nameOf(vertex)}: ${(error as Error).message}`, `${name} reads`)
    }
  }

  claim(vertex: Vertex, level: Level): Promise<void> | null {
    const { store } = this.#settings
    const key = this.#lookup.keyHere(vertex, level)
    if (key === undefined) return null
    const looking = isSync(store) ? this.#look(key, vertex, level, store) : null
    if (looking !== null) return looking
    const { readOnly, offline } = this.#modifiersAt(level)
    const tweaks = readOnly || offline ? undefined : this.#tweaksAt(level)
    // what is computed under tweaks that are functions, nobody else computes
    if (tweaks === undefined) return null
    const claimed = this.#claims.claim(vertex, level, hashOfTexts('flight', key, tweaks))
    if (claimed === 'goes on') return null
    if (claimed !== 'taken')
      return claimed.then((isWanted) => (isWanted && !isSync(store) ? this.#fetch(key, vertex, level) : undefined))
    return isSync(store) && this.#lookup.first(key, vertex, level, store) !== undefined ? Promise.resolve() : null
  }

  /** All tweaks in force; undefined where one cannot be written down. Asked for every body, and seldom changed. */
  #tweaksAt(level: Level): string | undefined {
    const { serial } = level.graph
    const known = this.#tweaks.get(level)
    if (known?.serial === serial) return known.text
    const found = tweaksText(level, this.#settings.values, () => true)
    const text = found instanceof Unwritable ? undefined : found.tweaks
    this.#tweaks.set(level, { serial, text })
    return text
  }

  /** Some history may be right once an input was awaited. Looked at once: one that fails would be looked at for ever. */
  #look(key: string, vertex: Vertex, level: Level, store: SyncStore): Promise<void> | null {
    if (this.#looked.get(vertex, level)) return null
    this.#looked.set(vertex, level, true)
    return lookAtInputs(this.#lookup.traces(key, store), level, this.#settings)
  }

  begin(vertex: Vertex, level: Level): Error | null {
    if (this.#modifiersAt(level).offline && !isInput(definitionOf(vertex))) return new OfflineError(nameOf(vertex))
    if (this.#lookup.keyHere(vertex, level) !== undefined) this.misses++
    this.#settings.journal.begin(vertex, level)
    return null
  }

  keep(vertex: Vertex, level: Level, slot: Slot): void {
    const { journal, mementos } = this.#settings
    const begun = journal.begunOf(vertex, level)
    if (begun === undefined) return
    mementos.delete(slot)
    this.#keep(vertex, level, slot, begun)
    journal.end(vertex, level)
  }

  #keep(vertex: Vertex, level: Level, slot: Slot, begun: Begun): void {
    const definition = definitionOf(vertex)
    if (!this.#settings.isPersisted(definition)) return
    // what a tweak makes of a value is not the function's: only what its own body gives is kept
    const { origin, adjustments } = producerOf(vertex, level)
    if (origin !== null || adjustments.length > 0) return
    if (slot.shape === LOOSE || isOpen(slot) || this.#modifiersAt(level).readOnly) return
    const why = this.#writing.write(vertex, level, slot, begun, this.runnerAt(vertex, level).name)
    if (why !== undefined) this.#warn(`${nameOf(vertex)} is not kept: ${why}.`, `${idOf(definition)} ${why}`)
  }

  turned(slot: Slot): void {
    turned(slot)
  }

  end(vertex: Vertex, level: Level): void {
    this.#settings.journal.answered(vertex, level)
    this.#fetching.drop(vertex, level)
    this.#looked.delete(vertex, level)
    this.#claims.end(vertex, level, () => this.#writing.settled())
  }

  /** Let other rules hold in a context and below it. */
  modify(level: Level, modifiers: Modifiers): void {
    this.#isModified = true
    this.#modified.set(level, modifiers)
  }

  #modifiersAt(level: Level): Modifiers {
    let { readOnly, offline, forceLocal } = this.#settings
    for (let at = this.#isModified ? level : null; at !== null; at = at.parent) {
      const own = this.#modified.get(at)
      if (own === undefined) continue
      readOnly ||= own.readOnly
      offline ||= own.offline
      forceLocal ||= own.forceLocal
    }
    return { readOnly, offline, forceLocal }
  }

  /** Who runs the body of a call here. Inputs are looked at by this process: it is their state that a graph holds on to. */
  runnerAt(vertex: Vertex, level: Level): Runner {
    const definition = definitionOf(vertex.extra?.above ?? vertex)
    const runner = isInput(definition) ? localRunner : this.#settings.runnerOf(definition)
    return runner === localRunner || this.#modifiersAt(level).forceLocal ? localRunner : runner
  }

  /** Does the store have a value of this call here? It is not read. */
  isValueKept(vertex: Vertex, level: Level): boolean {
    const key = this.#lookup.keyHere(vertex, level)
    const reads = this.#readsFor(vertex, level)
    if (key === undefined || reads === undefined) return false
    return this.#lookup.first(key, vertex, level, reads)?.stored.memento.kind === 'value'
  }

  /** When all that was found until now is stored. */
  async settled(): Promise<void> {
    await this.#writing.settled()
  }

  /** The memento of the result that stands in a slot. */
  mementoOf(slot: Slot): Memento | undefined {
    const known = this.#settings.mementos.get(slot)
    return known && { ...known.memento, functions: Object.fromEntries(known.trace.functions) }
  }

  /** Why the store does not answer a call here; undefined where it does. */
  explain(vertex: Vertex, level: Level): Miss | undefined {
    return explain(vertex, level, this.#lookup, this.#settings, this.#readsFor(vertex, level))
  }

  #readsFor(vertex: Vertex, level: Level): Reads | undefined {
    const { store } = this.#settings
    if (isSync(store)) return store
    return this.#fetching.of(vertex, level) ?? this.#fetching.of(vertex, this.#askedAt(level))
  }

  /** Where a call was asked for: what was fetched there holds in the context that its options made for it, too. */
  #askedAt(level: Level): Level {
    return this.#modified.has(level) ? (level.parent ?? level) : level
  }

  #restore(vertex: Vertex, level: Level, { trace, stored, home }: Found, reads: Reads): Slot | null {
    const { mementos, values } = this.#settings
    const { memento, result } = stored
    const definition = definitionOf(vertex)
    if (trace.step.isAsync && !definition.isAsync) {
      definition.isAsync = true
      return null
    }
    try {
      const read = new Restoring(this.#settings).reads(trace, home)
      if (read === undefined) return null
      const value = values.decoded(result, (hash) => reads.readBlob(hash))
      // it may be held against a value that stands there, and then large parts are read
      const slot = restoreResult(vertex, level, home, read, value, memento.kind === 'error')
      if (slot === null) return null
      for (const shown of new Set([serving(vertex, home), slot])) mementos.set(shown, memento, trace)
      return slot
    } catch (error) {
      this.#warn(`A stored result of ${memento.node} is not used: ${(error as Error).message}`, memento.id)
      return null
    }
  }

  #warn(message: string, cause: string): void {
    if (this.#warned.has(cause)) return
    this.#warned.add(cause)
    this.#settings.warn(message)
  }
}
