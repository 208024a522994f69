// What may be found in a store, and what has to be: kept beside it while it is used, and compared when something went wrong.
import { sha256 } from '../../lib/memo/codec/hash.js'
import type { StoredRecord, SyncStore } from '../../lib/memo/store.js'

interface Entry {
  /** Every text that was ever written, or was to be, and may still be there. */
  readonly possible: Set<string>
  /** The text that has to be there; undefined where nothing has to. */
  certain: string | undefined
}

export interface CheckOptions {
  /** What was acknowledged need not be there: damaged, or lost with the power. */
  readonly mayMiss?: boolean
  /** What was deleted or replaced may be there again: the power failed before the disk knew. */
  readonly mayReturn?: boolean
}

export class Ledger {
  readonly #entries = new Map<string, Entry>()
  /** Whatever was ever written, also what was deleted. */
  readonly #ever = new Set<string>()

  /**
   * Writes a record whose bytes say what it is, with a blob that says it too. `isNamed`: where the blob is there, it is named
   * and not written again.
   */
  write(store: SyncStore, of: string, id: string, text: string, isNamed = false): boolean {
    const entry = this.#entry(of, id)
    const said = `${of}/${id}: ${text}`
    const before = entry.certain
    entry.certain = undefined
    entry.possible.add(said)
    this.#ever.add(said)
    const content = Buffer.from(`blob of ${text}`)
    const hash = sha256(content)
    const blob = isNamed && store.blobSize(hash) !== undefined ? hash : store.writeBlob(content)
    const isStored =
      blob !== undefined &&
      store.writeRecord({ key: key(of), id, function: 'f', version: 'v', bytes: Buffer.from(said), blobs: [blob] })
    if (isStored) {
      // What was there before has given way.
      entry.possible.clear()
      entry.possible.add(said)
      entry.certain = said
    } else if (before !== undefined && blob === undefined) {
      entry.certain = before
    }
    return isStored
  }

  delete(store: SyncStore, of: string, id: string): void {
    const entry = this.#entry(of, id)
    entry.certain = undefined
    store.deleteRecord(key(of), id)
    entry.possible.clear()
  }

  /** A collection may take anything, and nothing has to be there any more. */
  collected(): void {
    for (const entry of this.#entries.values()) entry.certain = undefined
  }

  /** Throws where the store says something that nobody wrote, or has lost what it acknowledged. */
  check(store: SyncStore, options: CheckOptions = {}): void {
    for (const [name, entry] of this.#entries) {
      const [of = '', id = ''] = name.split('/')
      const found = [...store.readRecords(key(of))].filter((record) => record.id === id)
      if (found.length > 1) throw new Error(`${name} is there ${found.length} times`)
      const [record] = found
      if (record !== undefined) this.#checkRecord(store, name, options.mayReturn ? this.#ever : entry.possible, record)
      if (entry.certain === undefined || options.mayMiss === true) continue
      if (record === undefined) throw new Error(`${name} was acknowledged and is gone: ${entry.certain}`)
      const [blob] = record.blobs
      if (store.readBlob(blob ?? '') === undefined) throw new Error(`the blob of ${name} is gone`)
    }
    for (const record of store.records()) {
      const said = Buffer.from(record.bytes).toString()
      const isPossible = [...this.#entries.values()].some(({ possible }) => possible.has(said))
      if (!isPossible && !(options.mayReturn && this.#ever.has(said))) throw new Error(`nobody wrote ${said}`)
    }
  }

  #checkRecord(store: SyncStore, name: string, possible: ReadonlySet<string>, record: StoredRecord): void {
    const said = Buffer.from(record.bytes).toString()
    if (!possible.has(said)) {
      throw new Error(`${name} says ${said}, where it may say ${[...possible].join(' or ') || 'nothing'}`)
    }
    const [blob] = record.blobs
    const content = blob === undefined ? undefined : store.readBlob(blob)
    if (content !== undefined && sha256(content) !== blob) throw new Error(`the blob of ${name} is another`)
  }

  #entry(of: string, id: string): Entry {
    const name = `${of}/${id}`
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const entry: Entry = { possible: new Set(), certain: undefined }
    this.#entries.set(name, entry)
    return entry
  }
}

export const key = (of: string): string => sha256(Buffer.from(of))
