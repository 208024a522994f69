/**
 * Where results are kept that outlive the process. A store keeps bytes: records under keys, and blobs under their hash.
 * It does not know what they mean.
 *
 * What every store keeps true, and `storeConformance` of dugout/memo/testing tests:
 * - A read gives bytes that somebody wrote for that key, whole and unchanged, or nothing. Damage counts as not there.
 * - What `writeRecord` acknowledged with `true` is there until somebody deletes or collects it, whoever else writes.
 * - After `deleteRecord` the record does not come back, unless it is written again.
 * - Reading and writing do not throw because of a disk or a network: reading finds nothing, writing gives false, and the
 *   store warns, once a cause. Deleting throws: what should be forgotten must not stay unnoticed.
 * - A lock saves work that would be done twice. Truth never rests on it.
 */
// `using` needs types that a user's compiler may not have loaded; this line stays in the declarations
/// <reference lib="esnext.disposable" preserve="true" />

/** A value, or the promise of one where the store is asynchronous. */
export type MaybePromise<T> = T | Promise<T>

/** What tells a store's record: the key it answers, and which of the key's variants it is. */
export interface RecordName {
  /** 64 lower-case hexadecimal digits: the SHA-256 of function, code version and canonical arguments. */
  readonly key: string
  /** Lower-case letters, digits and hyphens, at most 64: a UUID. */
  readonly id: string
}

/** A record to be written. The same id again, under the same key, takes the place of the one before. */
export interface NewRecord extends RecordName {
  /** The name of the function, for listing and collecting. */
  readonly function: string
  /** The code version, for collecting old ones first. */
  readonly version: string
  /** What is kept. Copied or written before the call returns, so the caller may change it afterwards. */
  readonly bytes: Uint8Array
  /** The hashes of the blobs that the record cannot do without: collected with the last record that names them. */
  readonly blobs: readonly string[]
}

/** A record as it was written. Its bytes belong to the reader. */
export interface StoredRecord extends NewRecord {
  /** Milliseconds since 1970. */
  readonly writtenAt: number
  /** When it was last read or written, milliseconds since 1970, exact to an hour or so. */
  readonly usedAt: number
}

/** Which records: all that hold what is said here. */
export interface RecordFilter {
  readonly function?: string
  /** What their keys begin with. */
  readonly key?: string
}

/** The right to compute what a key stands for, while others wait. */
export interface Lock {
  /** Give it back. Twice is fine, and so is a lock that was taken over meanwhile. */
  release(): MaybePromise<void>
}

export interface GcOptions {
  /** Bytes of records and blobs together that may stay. */
  readonly maxBytes?: number
  /** Milliseconds since a record was last used. */
  readonly maxAge?: number
  /** Records that may stay. */
  readonly maxCount?: number
  /** Is this record of an old code version? These go first, whatever their age. */
  readonly isOutdated?: (record: StoredRecord) => boolean
  /** Remove every outdated record, also where the limits would keep it. */
  readonly removeOutdated?: boolean
  /** Milliseconds that a blob or a leftover which no record names is left alone: somebody may be writing its record. */
  readonly grace?: number
  /** Report what would be removed, and remove nothing. */
  readonly dryRun?: boolean
}

/** What a collection removed, or would remove. */
export interface GcReport {
  readonly removed: readonly (RecordName & { readonly function: string; readonly version: string })[]
  readonly blobs: number
  /** Temporary files of writers that died, locks of holders that died, and the like. */
  readonly leftovers: number
  /** Bytes given back. */
  readonly bytes: number
  readonly keptRecords: number
  readonly keptBytes: number
}

/** One damaged thing that `verify` found. */
export interface Damage {
  readonly what: 'record' | 'blob' | 'missing blob' | 'foreign file'
  /** Where it stands, in the store's own words: a file, a row. */
  readonly where: string
  readonly why: string
  /** It was put aside (or removed, where a store has no aside), so that nobody meets it again. */
  readonly isPutAside: boolean
}

export interface VerifyOptions {
  /** False: report, and change nothing. */
  readonly repair?: boolean
}

export interface VerifyReport {
  readonly records: number
  readonly blobs: number
  readonly damages: readonly Damage[]
}

export interface StoreStats {
  readonly records: number
  readonly blobs: number
  /** Bytes of records and blobs together. */
  readonly bytes: number
  /** Damaged records and blobs that were met since the store was opened. */
  readonly damaged: number
}

/** What a store could not do, or what it found damaged. The caller's result is not affected. */
export interface StoreWarning {
  readonly code: 'DUGOUT_STORE_DAMAGED' | 'DUGOUT_STORE_UNREADABLE' | 'DUGOUT_STORE_UNWRITABLE'
  readonly message: string
  readonly cause?: unknown
}

/** What the options of every store hold. */
export interface StoreOptions {
  /** Told once a cause. Without it: `process.emitWarning`. */
  readonly onWarning?: (warning: StoreWarning) => void
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number
}

/** Keeps records and blobs. `isSync`: nothing of it gives a promise, so it can answer a synchronous function. */
export interface Store {
  /** What it is and where, for messages: `filesystem .dugout`. */
  readonly name: string
  readonly isSync: boolean
  /** True: it hashes every blob itself when it reads it, or keeps it where nobody else writes. So nobody has to again. */
  readonly checksBlobs?: boolean

  /**
   * The variants known under one key, the likeliest first. Read while it is iterated, so stop at the first that will do.
   * Damaged ones are left out.
   */
  readRecords(key: string): MaybePromise<Iterable<StoredRecord> | AsyncIterable<StoredRecord>>
  /** True: it is stored, and every blob it names is there. False: it is not, and the store has warned. */
  writeRecord(record: NewRecord): MaybePromise<boolean>
  /** Was it there? */
  deleteRecord(key: string, id: string): MaybePromise<boolean>
  /** All records, in no order, or those of a filter: by the key without reading the others. Never throws because of damage. */
  records(filter?: RecordFilter): Iterable<StoredRecord> | AsyncIterable<StoredRecord>

  /** The bytes of this hash, checked against it. */
  readBlob(hash: string): MaybePromise<Uint8Array | undefined>
  /** Their SHA-256, 64 lower-case hexadecimal digits. Undefined: not stored, and the store has warned. */
  writeBlob(bytes: Uint8Array): MaybePromise<string | undefined>
  /** Its length, without reading it; undefined where it is not there. */
  blobSize(hash: string): MaybePromise<number | undefined>

  /**
   * The lock of a key, or undefined where a living holder has it: ask again later (`lock` and `lockSync` of
   * stores/lock.ts do). A holder that died is taken over from at once or, where its death cannot be seen, when it has
   * given no sign of life for eight seconds. Look into the store again when you have it: the one before may have written.
   */
  tryLock(key: string): MaybePromise<Lock | undefined>

  /** Reads everything, reports damage, and puts it aside. */
  verify(options?: VerifyOptions): MaybePromise<VerifyReport>
  /** Removes what the limits do not allow, least recently used first, and what nothing names. */
  gc(options?: GcOptions): MaybePromise<GcReport>
  stats(): MaybePromise<StoreStats>
  /** Twice is fine. */
  close(): MaybePromise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The lock of a synchronous store. */
export interface SyncLock extends Lock {
  release(): void
}

/** A store that answers at once: filesystem, memory, null, SQLite. */
export interface SyncStore extends Store {
  readonly isSync: true
  readRecords(key: string): Iterable<StoredRecord>
  writeRecord(record: NewRecord): boolean
  deleteRecord(key: string, id: string): boolean
  records(filter?: RecordFilter): Iterable<StoredRecord>
  readBlob(hash: string): Uint8Array | undefined
  writeBlob(bytes: Uint8Array): string | undefined
  blobSize(hash: string): number | undefined
  tryLock(key: string): SyncLock | undefined
  verify(options?: VerifyOptions): VerifyReport
  gc(options?: GcOptions): GcReport
  stats(): StoreStats
  close(): void
}

/** Does this store answer at once? */
export function isSync(store: Store): store is SyncStore {
  return store.isSync
}
