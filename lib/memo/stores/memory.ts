/**
 * A store in memory: for tests, and above a slower one. What goes in and what comes out are copies, so nobody changes
 * what is kept. It lasts as long as its process.
 */
import { sha256 } from '../codec/hash.js'
import type {
  GcOptions,
  GcReport,
  NewRecord,
  RecordFilter,
  StoredRecord,
  StoreOptions,
  StoreStats,
  SyncLock,
  SyncStore,
  VerifyReport,
} from '../store.js'
import { GRACE, plan, report } from './collect.js'
import { checkHash, checkKey, checkName } from './names.js'
import { Warnings } from './warnings.js'

export interface MemoryOptions extends StoreOptions {
  /** Bytes that records and blobs may take: the least recently used go when there are more. */
  readonly maxBytes?: number
}

/** Milliseconds between a blob and its record, for the collections that a full store makes by itself. */
const WRITING = 10_000

export function memoryStore(options: MemoryOptions = {}): SyncStore {
  return new MemoryStore(options)
}

interface Kept {
  record: NewRecord
  readonly writtenAt: number
  usedAt: number
  /** The order of use within one millisecond. */
  turn: number
}

class MemoryStore implements SyncStore {
  readonly name = 'memory'
  readonly isSync = true
  readonly checksBlobs = true
  readonly #records = new Map<string, Map<string, Kept>>()
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; touchedAt: number }>()
  readonly #locks = new Set<string>()
  readonly #warnings: Warnings
  readonly #now: () => number
  readonly #maxBytes: number
  #bytes = 0
  #turns = 0

  constructor(options: MemoryOptions) {
    this.#now = options.now ?? Date.now
    this.#maxBytes = options.maxBytes ?? Infinity
    this.#warnings = new Warnings(this.name, options)
  }

  *readRecords(key: string): Generator<StoredRecord> {
    checkKey(key)
    for (const kept of [...(this.#records.get(key)?.values() ?? [])].reverse()) {
      kept.usedAt = this.#now()
      kept.turn = ++this.#turns
      yield readerOf(kept)
    }
  }

  writeRecord(record: NewRecord): boolean {
    const { key, id, blobs } = record
    checkName(key, id)
    for (const blob of blobs) checkHash(blob)
    const missing = blobs.find((blob) => !this.#blobs.has(blob))
    if (missing !== undefined) {
      this.#warnings.cannotWrite(new Error(`there is no blob ${missing} for the record ${id}`))
      return false
    }
    this.#drop(key, id)
    const variants = this.#records.get(key) ?? new Map<string, Kept>()
    this.#records.set(key, variants)
    const own = { ...record, bytes: Uint8Array.from(record.bytes), blobs: [...blobs] }
    variants.set(id, { record: own, writtenAt: this.#now(), usedAt: this.#now(), turn: ++this.#turns })
    this.#bytes += sizeOf(own)
    this.#shrink()
    return true
  }

  deleteRecord(key: string, id: string): boolean {
    checkName(key, id)
    return this.#drop(key, id)
  }

  *records({ function: name, key: start = '' }: RecordFilter = {}): Generator<StoredRecord> {
    for (const kept of this.#all()) {
      const isOf = name === undefined || kept.record.function === name
      if (isOf && kept.record.key.startsWith(start)) yield readerOf(kept)
    }
  }

  readBlob(hash: string): Uint8Array | undefined {
    checkHash(hash)
    const blob = this.#blobs.get(hash)
    return blob && Uint8Array.from(blob.bytes)
  }

  writeBlob(bytes: Uint8Array): string {
    const hash = sha256(bytes)
    const known = this.#blobs.get(hash)
    if (known !== undefined) {
      known.touchedAt = this.#now()
      return hash
    }
    this.#blobs.set(hash, { bytes: Uint8Array.from(bytes), touchedAt: this.#now() })
    this.#bytes += bytes.length
    return hash
  }

  blobSize(hash: string): number | undefined {
    checkHash(hash)
    return this.#blobs.get(hash)?.bytes.length
  }

  tryLock(key: string): SyncLock | undefined {
    checkKey(key)
    if (this.#locks.has(key)) return undefined
    this.#locks.add(key)
    let isHeld = true
    return {
      release: () => {
        if (isHeld) this.#locks.delete(key)
        isHeld = false
      },
    }
  }

  verify(): VerifyReport {
    return { records: [...this.#all()].length, blobs: this.#blobs.size, damages: [] }
  }

  gc(options: GcOptions = {}): GcReport {
    const { dryRun = false, grace = GRACE, isOutdated = () => false } = options
    const time = this.#now()
    const kept = [...this.#all()].sort((a, b) => a.turn - b.turn)
    const collectable = kept.map((one) => {
      const { key, id, function: name, version, blobs } = one.record
      const isOld = isOutdated(readerOf(one))
      return {
        key,
        id,
        function: name,
        version,
        blobs,
        usedAt: one.usedAt,
        size: sizeOf(one.record),
        isOutdated: isOld,
      }
    })
    const planned = plan(collectable, (hash) => this.#blobs.get(hash)?.bytes.length ?? 0, options, time)
    let bytes = 0
    for (const { key, id, size } of planned.removed) {
      bytes += size
      if (!dryRun) this.#drop(key, id)
    }
    const named = new Set(planned.kept.flatMap(({ blobs }) => blobs))
    let blobs = 0
    for (const [hash, blob] of this.#blobs) {
      if (named.has(hash) || time - blob.touchedAt <= grace) continue
      blobs++
      bytes += blob.bytes.length
      if (dryRun) continue
      this.#blobs.delete(hash)
      this.#bytes -= blob.bytes.length
    }
    return report(planned, blobs, 0, bytes)
  }

  stats(): StoreStats {
    return { records: [...this.#all()].length, blobs: this.#blobs.size, bytes: this.#bytes, damaged: 0 }
  }

  close(): void {
    this.#records.clear()
    this.#blobs.clear()
    this.#locks.clear()
    this.#bytes = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  *#all(): Generator<Kept> {
    for (const variants of this.#records.values()) yield* variants.values()
  }

  #drop(key: string, id: string): boolean {
    const variants = this.#records.get(key)
    const kept = variants?.get(id)
    if (variants === undefined || kept === undefined) return false
    this.#bytes -= sizeOf(kept.record)
    variants.delete(id)
    if (variants.size === 0) this.#records.delete(key)
    return true
  }

  // Down to three quarters, so that a store that is full does not collect at every write.
  #shrink(): void {
    if (this.#bytes > this.#maxBytes) this.gc({ maxBytes: this.#maxBytes * 0.75, grace: WRITING })
  }
}

const sizeOf = ({ bytes, blobs }: NewRecord): number => bytes.length + 64 * blobs.length + 256

function readerOf({ record, writtenAt, usedAt }: Kept): StoredRecord {
  return { ...record, bytes: Uint8Array.from(record.bytes), writtenAt, usedAt }
}
