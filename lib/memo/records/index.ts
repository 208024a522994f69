/**
 * What a store knows of its results, asked without the model: mementos by what they are, histories, provenance, metadata,
 * and forgetting. Over any store; everything is read when it is asked for, and nothing of it is held.
 */
import type { Types } from '../codec/index.js'
import { checkJSON } from '../codec/index.js'
import { UnknownMementoError } from '../errors.js'
import { type Description, keyOfMementoId, type Memento, writeMemento } from '../memento.js'
import { type Rule, readRules } from '../rules.js'
import type { Store } from '../store.js'
import { lock } from '../stores/index.js'
import { Values } from '../values.js'
import { type ForgetOptions, type Forgotten, forget } from './forget.js'
import { History, type HistoryGraph, type TraceNode } from './history.js'
import { allKept, type Kept, partsOf, traceKept } from './kept.js'

export { type Exchange, type ExportOptions, exportStore, type ImportOptions, importStore } from './exchange.js'
export type { ForgetOptions, Forgotten } from './forget.js'
export type { HistoryGraph, TraceNode } from './history.js'
export { outdatedIn } from './outdated.js'

/** Which mementos: all that hold what is said here. */
export interface MementoFilter {
  readonly function?: string
  readonly version?: string
  /** The call in text: `volume("EU")`. */
  readonly node?: string
  readonly since?: Date
  readonly until?: Date
  /** A part of the tweaks as they are written; empty: no tweaks. */
  readonly tweaks?: string
  readonly kind?: 'value' | 'error'
  /** All that one question from outside caused. */
  readonly correlation?: string
  /** What was computed from an input that held this, by its hash. */
  readonly input?: string
}

/** What to forget. */
export type ForgetTarget =
  | { readonly memento: string }
  | { readonly function: string; readonly version?: string; readonly node?: string }
  | 'everything'

export class Records {
  readonly #store: Store
  readonly #values: Values

  /** `types`: the classes in arguments and results, where these are to be read. */
  constructor(store: Store, { types }: { readonly types?: Types | undefined } = {}) {
    this.#store = store
    this.#values = new Values(types)
  }

  /** Mementos one by one, in no order. */
  async *mementos(filter: MementoFilter = {}): AsyncGenerator<Description> {
    const { function: fn } = filter
    for await (const { memento } of allKept(this.#store, fn === undefined ? {} : { function: fn }))
      if (matches(memento, filter)) yield memento
  }

  /** Mementos, the oldest first. O(n log n), all in memory. */
  async list(filter: MementoFilter = {}): Promise<Description[]> {
    const found: Description[] = []
    for await (const memento of this.mementos(filter)) found.push(memento)
    return found.sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** The memento of an id, or of the beginning of one. @throws UnknownMementoError where there is none, or several. */
  async memento(id: string): Promise<Memento> {
    const { memento } = await this.#kept(id)
    const trace = await traceKept(this.#store, memento)
    const functions =
      trace === undefined ? { [memento.function]: memento.version } : Object.fromEntries(trace.functions)
    return { ...memento, functions }
  }

  /** The value, or the error, of a memento. @throws DamagedValueError, UnknownTypeError */
  async result(id: string): Promise<unknown> {
    const { record, result } = await this.#kept(id)
    const parts = await partsOf(this.#store, record)
    return this.#values.decoded(result, (hash) => parts.get(hash))
  }

  /** The tree of calls that led to a result; undefined where its history was collected. */
  async trace(id: string, { depth }: { readonly depth?: number } = {}): Promise<TraceNode | undefined> {
    return (await this.#history(id))?.tree(depth)
  }

  /** The same as a graph, each call once. */
  async graph(id: string): Promise<HistoryGraph | undefined> {
    return (await this.#history(id))?.graph()
  }

  /** What a code version was made of; undefined where that is not known. */
  async rules(fn: string, version: string): Promise<readonly Rule[] | undefined> {
    return readRules(this.#store, fn, version)
  }

  /** Forget results. What is forgotten is not found any more; results that stand in a graph stay there. */
  async forget(target: ForgetTarget, options: ForgetOptions = {}): Promise<Forgotten> {
    const store = this.#store
    if (target === 'everything') return forget(store, () => true, options, { isWhole: () => true })
    if ('memento' in target) {
      const { id, function: fn } = (await this.#kept(target.memento)).memento
      return forget(store, ({ memento }) => memento.id === id, options, { function: fn })
    }
    const { version, node, function: fn } = target
    const isVersion = (of: { readonly version: string }): boolean => version === undefined || of.version === version
    const isWhole = node === undefined ? isVersion : () => false
    const picks = ({ memento }: Kept): boolean => isVersion(memento) && (node === undefined || memento.node === node)
    return forget(store, picks, options, { function: fn, isWhole })
  }

  /** Forget an error, and the errors among the calls that led to it; without an id, every error. */
  async forgetErrors({ id, ...options }: ForgetOptions & { readonly id?: string } = {}): Promise<Forgotten> {
    if (id === undefined) return forget(this.#store, ({ memento }) => memento.kind === 'error', options)
    const { memento } = await this.#kept(id)
    if (memento.kind !== 'error') return { mementos: [], records: 0 }
    const history = await this.#history(id)
    const errors = [...(history?.mementos ?? [memento])].filter(({ kind }) => kind === 'error')
    const ids = new Set(errors.map((one) => one.id))
    return forget(this.#store, (kept) => ids.has(kept.memento.id), options)
  }

  /** What is attached to a memento: noted by the body, or put later. */
  async metadata(id: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#kept(id)).memento.metadata
  }

  /**
   * Attach a value to a memento; undefined takes it away. False: the store could not write it, and has warned.
   * @throws NotStorableError where it is not JSON, UnknownMementoError
   */
  async putMetadata(id: string, key: string, value: unknown): Promise<boolean> {
    if (value !== undefined) checkJSON(value, key)
    const { record } = await this.#kept(id)
    const held = await lock(this.#store, record.key)
    try {
      // somebody may have written since
      const kept = await this.#kept(id)
      const metadata = new Map(Object.entries(kept.memento.metadata))
      if (value === undefined) metadata.delete(key)
      else metadata.set(key, value)
      const memento = { ...kept.memento, metadata: Object.fromEntries(metadata) }
      const { function: fn, version, blobs } = kept.record
      const bytes = writeMemento(memento, kept.result)
      return await this.#store.writeRecord({ key: record.key, id: record.id, function: fn, version, blobs, bytes })
    } finally {
      await held?.release()
    }
  }

  async #history(id: string): Promise<History | undefined> {
    const { memento } = await this.#kept(id)
    const trace = await traceKept(this.#store, memento)
    return trace && History.of(memento, trace, this.#store, this.#values)
  }

  async #kept(id: string): Promise<Kept> {
    const key = keyOfMementoId(id)
    if (key !== undefined)
      for await (const kept of allKept(this.#store, { key })) if (kept.memento.id === id) return kept
    // the beginning of an id, or one that was made otherwise
    const found: Kept[] = []
    for await (const kept of allKept(this.#store)) {
      if (kept.memento.id === id) return kept
      if (id !== '' && kept.memento.id.startsWith(id)) found.push(kept)
    }
    const [only, ...others] = found
    if (only === undefined || others.length > 0) throw new UnknownMementoError(this.#store.name, id, found.length)
    return only
  }
}

function matches(memento: Description, filter: MementoFilter): boolean {
  const { version, node, since, until, tweaks, kind, correlation, input } = filter
  const time = Date.parse(memento.startedAt)
  return (
    (version === undefined || memento.version === version) &&
    (node === undefined || memento.node === node) &&
    (since === undefined || time >= since.getTime()) &&
    (until === undefined || time <= until.getTime()) &&
    (tweaks === undefined || (tweaks === '' ? memento.tweaks === '' : memento.tweaks.includes(tweaks))) &&
    (kind === undefined || memento.kind === kind) &&
    (correlation === undefined || memento.correlation === correlation) &&
    (input === undefined || memento.inputs.some(({ hash }) => hash === input))
  )
}
