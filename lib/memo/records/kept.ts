/** Mementos as they stand in a store, found without the model. What cannot be read as one is not one. */
import { type Description, MEMENTO, type MementoInput, readMemento } from '../memento.js'
import type { Store, StoredRecord } from '../store.js'
import { conditionKey, conditionText, isTraceRecord, readTrace, type Trace } from '../trace.js'

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

export async function* allKept(store: Store, fn?: string): AsyncGenerator<Kept> {
  for await (const record of store.records(fn === undefined ? {} : { function: fn })) {
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
    if (!isTraceRecord(record) || record.id !== trace) continue
    const [hash = ''] = record.blobs
    const blob = await store.readBlob(hash)
    return blob && readTrace(blob)
  }
  return undefined
}
