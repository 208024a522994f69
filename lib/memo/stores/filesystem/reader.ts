/**
 * What stands on the disk, checked. Whoever meets damage puts it aside: it is a miss from then on, and the next write
 * heals it. Nothing here throws because of the disk.
 */
import { sha256 } from '../../codec/hash.js'
import { isId } from '../names.js'
import { damageOf, ReadRecord, USE } from '../record.js'
import type { Warnings } from '../warnings.js'
import { type FileState, type Files, isMissing } from './files.js'
import { filed, type Layout } from './layout.js'
import type { Writer } from './writer.js'

/** A file that is not what its name says. */
export interface DamagedFile {
  readonly path: string
  readonly state: FileState
  readonly why: string
}

/** What the pieces of one store share. */
export interface Parts {
  readonly files: Files
  readonly layout: Layout
  readonly writer: Writer
  readonly warnings: Warnings
  readonly now: () => number
}

export class Reader {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The record of this name. */
  record(path: string, key: string, id: string, isStrict = false): ReadRecord | undefined {
    const found = this.#read(path, isStrict)
    if (found === undefined) return undefined
    const why = damageOf(found.bytes, key, id)
    if (why === undefined) return new ReadRecord(found.bytes, key, found.state.changedAt)
    this.putAside({ path, state: found.state, why })
    this.#parts.writer.discard(this.#parts.layout.first(key))
    return undefined
  }

  /** The variant to be tried first, unless it was deleted: then its file has no other name any more. */
  first(key: string, links = 2): ReadRecord | undefined {
    const found = this.#read(this.#parts.layout.first(key))
    if (
      found === undefined ||
      found.state.links < links ||
      found.state.links > 2 ||
      damageOf(found.bytes, key) !== undefined
    )
      return undefined
    return new ReadRecord(found.bytes, key, found.state.changedAt)
  }

  /** The ids of a key, newest first where they are UUIDs of version 7. */
  ids(key: string): string[] {
    return this.#named(this.#parts.layout.key(key)).filter(isId).sort().reverse()
  }

  /**
   * Every record, or those whose keys begin so. `isStrict`: throws where one cannot be read, so that nobody takes it for one
   * that is not there.
   */
  *records(isStrict: boolean, start = ''): Generator<ReadRecord> {
    const { files, layout, warnings } = this.#parts
    try {
      for (const { hash } of filed(files, layout.records, start)) {
        if (hash === undefined) continue
        for (const id of files.list(layout.key(hash)).filter(isId)) {
          const record = this.record(layout.record(hash, id), hash, id, isStrict)
          if (record !== undefined) yield record
        }
      }
    } catch (error) {
      if (isStrict) throw error
      warnings.cannotRead(error)
    }
  }

  blob(hash: string): Uint8Array | undefined {
    const path = this.#parts.layout.blob(hash)
    const found = this.#read(path)
    if (found === undefined) return undefined
    if (sha256(found.bytes) === hash) return found.bytes
    this.putAside({ path, state: found.state, why: 'its hash is another' })
    return undefined
  }

  /** Marks a record as used, once an hour. */
  use(record: ReadRecord): void {
    const { files, layout, now } = this.#parts
    const time = now()
    if (time - record.usedAt < USE) return
    try {
      files.touch(layout.record(record.key, record.id), time)
    } catch {
      // A store that cannot be written to is read all the same.
    }
  }

  /** Out of the way of everybody, unless somebody has written something else there meanwhile. */
  putAside({ path, state, why }: DamagedFile): boolean {
    const { files, layout, writer, warnings } = this.#parts
    warnings.foundDamage(path, why)
    try {
      if (files.state(path)?.identity !== state.identity) return false
      writer.move(path, layout.aside())
      return true
    } catch {
      return false
    }
  }

  #read(path: string, isStrict = false): ReturnType<Files['read']> | undefined {
    try {
      return this.#parts.files.read(path)
    } catch (error) {
      if (isMissing(error)) return undefined
      if (isStrict) throw error
      this.#parts.warnings.cannotRead(error)
      return undefined
    }
  }

  #named(folder: string): string[] {
    try {
      return this.#parts.files.list(folder)
    } catch (error) {
      this.#parts.warnings.cannotRead(error)
      return []
    }
  }
}
