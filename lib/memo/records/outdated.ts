/** What no code of a model finds any more: of another version itself, or with a history that reached one. */
import { readMemento } from '../memento.js'
import type { Store, StoredRecord } from '../store.js'
import { isTraceRecord, type Trace } from '../trace.js'
import { Traces } from '../traces.js'
import { traceOf } from './kept.js'

/** Reads every history. `isOld`: is this a version that the function no longer has? */
export async function outdatedIn(
  store: Store,
  isOld: (fn: string, version: string) => boolean,
): Promise<(record: StoredRecord) => boolean> {
  const old = new Set<string>()
  // both held, so that what traces share is read once
  const traces = new Traces()
  const held: Trace[] = []
  for await (const record of store.records()) {
    if (!isTraceRecord(record)) continue
    const trace = await traceOf(store, record, traces)
    if (trace === undefined) continue
    held.push(trace)
    if ([...trace.functions].some(([fn, version]) => isOld(fn, version))) old.add(record.id)
  }
  return (record) => {
    if (isOld(record.function, record.version)) return true
    const trace = isTraceRecord(record) ? record.id : readMemento(record.bytes)?.memento.trace
    return trace !== undefined && old.has(trace)
  }
}
