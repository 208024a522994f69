/** A store that keeps nothing: everything is computed. For tests, and to turn storing off without touching a model. */
import { sha256 } from '../codec/hash.js'
import type { SyncStore } from '../store.js'
import { checkHash, checkKey, checkName } from './names.js'

export function nullStore(): SyncStore {
  return {
    name: 'null',
    isSync: true,
    readRecords: (key) => {
      checkKey(key)
      return []
    },
    writeRecord: ({ key, id }) => {
      checkName(key, id)
      return false
    },
    deleteRecord: (key, id) => {
      checkName(key, id)
      return false
    },
    records: () => [],
    readBlob: (hash) => {
      checkHash(hash)
      return undefined
    },
    writeBlob: (bytes) => sha256(bytes),
    blobSize: (hash) => {
      checkHash(hash)
      return undefined
    },
    tryLock: (key) => {
      checkKey(key)
      return { release: () => undefined }
    },
    verify: () => ({ records: 0, blobs: 0, damages: [] }),
    gc: () => ({ removed: [], blobs: 0, leftovers: 0, bytes: 0, keptRecords: 0, keptBytes: 0 }),
    stats: () => ({ records: 0, blobs: 0, bytes: 0, damaged: 0 }),
    close: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
