// A store that has to be awaited, as one behind a network has: the store that it is given, some turns of the event loop
// later.
import { setImmediate } from 'node:timers/promises'
import type { NewRecord, RecordFilter, Store, StoredRecord, SyncStore } from '../../lib/memo/index.js'

/** `turns`: how many, asked for each call. */
export function later(store: SyncStore, turns: () => number = () => 1): Store {
  const soon = async <T>(ask: () => T): Promise<T> => {
    for (let left = turns(); left > 0; left--) await setImmediate()
    return ask()
  }
  return {
    name: `${store.name}, later`,
    isSync: false,
    readRecords: (key: string) => soon(() => [...store.readRecords(key)]),
    writeRecord: (record: NewRecord) => {
      const own = { ...record, bytes: Uint8Array.from(record.bytes) }
      return soon(() => store.writeRecord(own))
    },
    deleteRecord: (key: string, id: string) => soon(() => store.deleteRecord(key, id)),
    async *records(filter?: RecordFilter): AsyncGenerator<StoredRecord> {
      yield* await soon(() => [...store.records(filter)])
    },
    readBlob: (hash: string) => soon(() => store.readBlob(hash)),
    writeBlob: (bytes: Uint8Array) => {
      const own = Uint8Array.from(bytes)
      return soon(() => store.writeBlob(own))
    },
    blobSize: (hash: string) => soon(() => store.blobSize(hash)),
    tryLock: (key: string) => soon(() => store.tryLock(key)),
    verify: () => soon(() => store.verify()),
    gc: (options) => soon(() => store.gc(options)),
    stats: () => soon(() => store.stats()),
    close: () => soon(() => store.close()),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
