/** Mementos as they stand in a store, found without the model. What cannot be read as one is not one. */
import { type Description, MEMENTO, type MementoInput, readMemento } from '../memento.js'
import type { RecordFilter, Store, StoredRecord } from '../store.js'
import { conditionKey, conditionText, isTraceRecord, type Trace } from '../trace.js'
import { Traces } from '../traces.js'

/** A memento, and the record that holds it. */
export interface Kept {
  readonly record: StoredRecord
  readonly memento: Description
  readonly result: Uint8Array
}

export function keptOf(record: StoredRecord): Kept | undefined {
  const stored = record.id === MEMENTO ? readMemento(record.bytes) : undefined
  return stored && { record, ...stored }
}

export async function* allKept(store: Store, filter: RecordFilter = {}): AsyncGenerator<Kept> {
  for await (const record of store.records(filter)) {
    const kept = keptOf(record)
    if (kept !== undefined) yield kept
  }
}

/** The memento of a history under these tweaks, with its inputs in these states. */
export async function keptUnder(
  store: Store,
  trace: string,
  tweaks: string,
  inputs: readonly MementoInput[],
): Promise<Kept | undefined> {
  for await (const record of await store.readRecords(conditionKey(trace, conditionText(tweaks, inputs)))) {
    const kept = keptOf(record)
    if (kept?.memento.trace === trace && kept.memento.tweaks === tweaks) return kept
  }
  return undefined
}

/** The history of a memento; undefined where it was collected. */
export async function traceKept(store: Store, { call, trace }: Description): Promise<Trace | undefined> {
  for await (const record of await store.readRecords(call)) {
    if (isTraceRecord(record) && record.id === trace) return await traceOf(store, record)
  }
  return undefined
}

/** The trace that a record stands for. */
export async function traceOf(
  store: Store,
  record: StoredRecord,
  traces: Traces = new Traces(),
): Promise<Trace | undefined> {
  const held = traces.read(record)
  if (held !== undefined) return held
  const parts = await partsOf(store, record)
  return traces.read(record, (hash) => parts.get(hash))
}

/** The blobs that a record names, as far as they are there. */
export async function partsOf(store: Store, { blobs }: StoredRecord): Promise<Map<string, Uint8Array>> {
  const parts = new Map<string, Uint8Array>()
  for (const blob of blobs) {
    const bytes = await store.readBlob(blob)
    if (bytes !== undefined) parts.set(blob, bytes)
  }
  return parts
}
