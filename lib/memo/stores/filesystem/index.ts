/**
 * The default store: files below a folder, which may be moved and shared by processes. Readers take no lock. Reliable by
 * construction: a file appears whole or not at all, names are hashes of what they name or checked against it, and a
 * record has a name of its own that nobody else writes to.
 */

import { sha256 } from '../../codec/hash.js'
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
  VerifyOptions,
  VerifyReport,
} from '../../store.js'
import { StoreError, systemCode } from '../errors.js'
import { checkHash, checkKey, checkName } from '../names.js'
import { recordBytes } from '../record.js'
import { Warnings } from '../warnings.js'
import type { Durability } from './durability.js'
import { type Files, isMissing, nodeFiles } from './files.js'
import { collect } from './gc.js'
import { filed, Layout } from './layout.js'
import { Locks } from './locks.js'
import { type Parts, Reader } from './reader.js'
import { verify } from './verify.js'
import { Writer } from './writer.js'

export type { Durability } from './durability.js'

export interface FilesystemOptions extends StoreOptions {
  /** What an acknowledged write outlasts: `file`. More is slower to write, and no slower to read. */
  readonly durability?: Durability
  /** @internal The calls to the file system, for tests. */
  readonly files?: Files
}

/** A store in this folder. Nothing is made before something is written. */
export function filesystemStore(root: string, options: FilesystemOptions = {}): SyncStore {
  return new FilesystemStore(root, options)
}

class FilesystemStore implements SyncStore {
  readonly name: string
  readonly isSync = true
  readonly checksBlobs = true
  readonly #parts: Parts
  readonly #reader: Reader
  readonly #locks: Locks
  #canLink = true

  constructor(root: string, options: FilesystemOptions) {
    const { files = nodeFiles, durability = 'file', now = Date.now } = options
    this.name = `filesystem ${root}`
    const layout = new Layout(root)
    const writer = new Writer(files, layout, durability)
    this.#parts = { files, layout, writer, warnings: new Warnings(this.name, options), now }
    this.#reader = new Reader(this.#parts)
    this.#locks = new Locks(files, layout, writer, now)
  }

  *readRecords(key: string): Generator<StoredRecord> {
    checkKey(key)
    const first = this.#reader.first(key)
    if (first !== undefined) {
      this.#reader.use(first)
      yield first
    }
    let firstSeen: string | undefined
    for (const id of this.#reader.ids(key)) {
      if (first?.id === id) continue
      const record = this.#reader.record(this.#parts.layout.record(key, id), key, id)
      if (record === undefined) continue
      if (first === undefined && firstSeen === undefined) this.#setFirst(key, id)
      firstSeen = id
      this.#reader.use(record)
      yield record
    }
  }

  writeRecord(record: NewRecord): boolean {
    const { key, id, blobs } = record
    const { files, layout, warnings, writer } = this.#parts
    checkName(key, id)
    for (const blob of blobs) checkHash(blob)
    const path = layout.record(key, id)
    const time = this.#parts.now()
    try {
      // Younger than any grace period, or a collection that began before could take one when it was looked at below.
      for (const blob of blobs) if (!this.#touch(layout.blob(blob), time)) throw this.#isWithout(blob, id)
      writer.write(path, recordBytes(record, time))
      // A collection may have taken a blob in the meantime: looked at now, when the record holds on to it.
      const missing = blobs.find((blob) => files.state(layout.blob(blob)) === undefined)
      if (missing === undefined) {
        this.#setFirst(key, id)
        return true
      }
      writer.discard(path)
      throw this.#isWithout(missing, id)
    } catch (error) {
      warnings.cannotWrite(error)
    }
    return false
  }

  deleteRecord(key: string, id: string): boolean {
    checkName(key, id)
    const { files, layout, writer } = this.#parts
    const path = layout.record(key, id)
    try {
      const wasThere = files.state(path) !== undefined
      if (wasThere) files.remove(path)
      if (this.#reader.first(key, 1)?.id === id) files.remove(layout.first(key))
      if (wasThere) writer.syncFolderOf(path)
      return wasThere
    } catch (cause) {
      if (isMissing(cause)) return false
      throw new StoreError(this.name, `the record ${id} of ${key} could not be deleted: ${String(cause)}`, { cause })
    }
  }

  *records({ function: name, key: start }: RecordFilter = {}): Generator<StoredRecord> {
    for (const record of this.#reader.records(false, start)) {
      if (name === undefined || record.function === name) yield record
    }
  }

  readBlob(hash: string): Uint8Array | undefined {
    checkHash(hash)
    return this.#reader.blob(hash)
  }

  writeBlob(bytes: Uint8Array): string | undefined {
    const { files, layout, now, warnings, writer } = this.#parts
    const hash = sha256(bytes)
    const path = layout.blob(hash)
    try {
      if (this.#holds(path, bytes)) {
        // Younger than any grace period: a collection leaves it alone until its record is written.
        files.touch(path, now())
        writer.syncFolderOf(path)
      } else {
        writer.write(path, bytes)
      }
      return hash
    } catch (error) {
      warnings.cannotWrite(error)
      return undefined
    }
  }

  blobSize(hash: string): number | undefined {
    checkHash(hash)
    try {
      return this.#parts.files.state(this.#parts.layout.blob(hash))?.size
    } catch (error) {
      this.#parts.warnings.cannotRead(error)
      return undefined
    }
  }

  tryLock(key: string): SyncLock | undefined {
    checkKey(key)
    return this.#locks.tryLock(key)
  }

  verify({ repair = true }: VerifyOptions = {}): VerifyReport {
    return this.#orThrow('could not be verified', () => verify({ ...this.#parts, reader: this.#reader }, repair))
  }

  gc(options: GcOptions = {}): GcReport {
    return this.#orThrow('could not be collected', () =>
      collect({ ...this.#parts, reader: this.#reader, locks: this.#locks }, options),
    )
  }

  stats(): StoreStats {
    return this.#orThrow('could not be counted', () => {
      const { files, layout, warnings } = this.#parts
      let [records, blobs, bytes] = [0, 0, 0]
      for (const { hash } of filed(files, layout.records)) {
        if (hash === undefined) continue
        for (const id of this.#reader.ids(hash)) {
          records++
          bytes += files.state(layout.record(hash, id))?.size ?? 0
        }
      }
      for (const { hash, path } of filed(files, layout.blobs)) {
        if (hash === undefined) continue
        blobs++
        bytes += files.state(path)?.size ?? 0
      }
      return { records, blobs, bytes, damaged: warnings.damaged }
    })
  }

  close(): void {
    this.#locks.releaseAll()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #isWithout(blob: string, id: string): StoreError {
    return new StoreError(this.name, `there is no blob ${blob} for the record ${id}`)
  }

  #touch(path: string, time: number): boolean {
    try {
      this.#parts.files.touch(path, time)
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  #holds(path: string, bytes: Uint8Array): boolean {
    const { files } = this.#parts
    if (files.state(path)?.size !== bytes.length) return false
    try {
      return files.read(path).bytes.equals(bytes)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  // A name more saves listing the folder at the next read. Two names mean that the record was not deleted: so no other
  // name is ever given to its file. Without this one everything is found as well.
  #setFirst(key: string, id: string): void {
    if (!this.#canLink) return
    const { layout, writer } = this.#parts
    const link = (): boolean => {
      try {
        writer.link(layout.record(key, id), layout.first(key))
        return true
      } catch (error) {
        if (systemCode(error) === 'EEXIST') return false
        // The record is deleted by now; or there are no links here.
        if (!isMissing(error)) this.#canLink = false
        return true
      }
    }
    if (link()) return
    writer.discard(layout.first(key))
    // Where somebody else is faster, theirs is as good.
    link()
  }

  #orThrow<Result>(what: string, act: () => Result): Result {
    try {
      return act()
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      throw new StoreError(this.name, `${what}: ${String(cause)}`, { cause })
    }
  }
}
