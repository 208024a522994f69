/** What was fetched of an asynchronous store, for which call in which context: until it is used, or the call is over. */
import { definitionOf, type Level, readAsync, type Vertex } from '../core/rooms.js'
import { ByCall } from './by-call.js'
import { Fetched } from './fetched.js'
import { awaitedFor } from './inputs/seen.js'
import type { Keeping, Lookup } from './lookup.js'
import { isCurrent } from './reached.js'
import { idOf } from './registry.js'
import { codeKey } from './rules.js'
import type { Store } from './store.js'
import { conditionKey, isTraceRecord, type Trace } from './trace.js'

export class Fetching {
  readonly #store: Store
  readonly #lookup: Lookup
  readonly #keeping: Keeping
  /** Of each call what was fetched last and is all there. What is under way when it is dropped arrives nowhere. */
  readonly #fetched = new ByCall<{ latest: Fetched | undefined }>()

  constructor(store: Store, lookup: Lookup, keeping: Keeping) {
    this.#store = store
    this.#lookup = lookup
    this.#keeping = keeping
  }

  of(vertex: Vertex, level: Level): Fetched | undefined {
    return this.#fetched.get(vertex, level)?.latest
  }

  drop(vertex: Vertex, level: Level): void {
    this.#fetched.delete(vertex, level)
  }

  /** All that a lookup of this call needs: its histories, and the memento that is right here. */
  async fetch(key: string, vertex: Vertex, level: Level): Promise<void> {
    const into = this.#fetched.get(vertex, level) ?? { latest: undefined }
    this.#fetched.set(vertex, level, into)
    const fetched = new Fetched(this.#store)
    try {
      await this.#bring(fetched, key, vertex, level)
    } finally {
      into.latest = fetched
    }
  }

  async #bring(fetched: Fetched, key: string, vertex: Vertex, level: Level): Promise<void> {
    await fetched.bring(key, (record) => this.#lookup.trace(record))
    for (const trace of this.#lookup.traces(key, fetched)) {
      if (!isCurrent(trace, this.#keeping)) continue
      await look(awaitedFor(trace, level, this.#keeping), level)
      const condition = level.disposed ? undefined : this.#lookup.conditionHere(trace, level)
      if (condition === undefined) continue
      await fetched.bring(conditionKey(trace.hash, condition.text))
      if (this.#lookup.under(trace, vertex, level, fetched) !== undefined) return
    }
  }

  /** Besides, what is kept of the function under other conditions and of other code. */
  async fetchHistory(vertex: Vertex, level: Level): Promise<void> {
    const fetched = this.of(vertex, level)
    if (fetched === undefined) return
    await fetched.bringAll(idOf(definitionOf(vertex)))
    for (const record of fetched.records()) {
      const trace = isTraceRecord(record) ? this.#lookup.trace(record, fetched) : undefined
      for (const [name, version] of trace?.functions ?? []) await fetched.bring(codeKey(name, version))
    }
  }
}

/** Look at the inputs of some histories that have to be awaited; null where there are none. */
export function lookAtInputs(traces: Iterable<Trace>, level: Level, keeping: Keeping): Promise<void> | null {
  const inputs = new Set<Vertex>()
  for (const trace of traces) {
    if (!isCurrent(trace, keeping)) continue
    for (const one of awaitedFor(trace, level, keeping)) inputs.add(one)
  }
  return inputs.size === 0 ? null : look([...inputs], level)
}

/** What fails is found out again by whoever asks. */
async function look(inputs: readonly Vertex[], level: Level): Promise<void> {
  await Promise.all(inputs.map(async (one) => await readAsync(one, level, null, true, () => undefined)))
}
