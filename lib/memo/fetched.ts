/** What was fetched of an asynchronous store for one question, so that it can be answered at once. */
import type { Store, StoredRecord, SyncStore } from './store.js'

/** What looking a call up asks of a store. */
export type Reads = Pick<SyncStore, 'readRecords' | 'records' | 'readBlob' | 'blobSize'>

export class Fetched implements Reads {
  readonly #store: Store
  readonly #records = new Map<string, StoredRecord[]>()
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #held: unknown[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** The records under a key, with their blobs but for those whose content is known: that is held as long as this is. */
  async bring(key: string, known: (record: StoredRecord) => unknown = () => undefined): Promise<void> {
    const found: StoredRecord[] = []
    for await (const record of await this.#store.readRecords(key)) found.push(record)
    for (const record of found) {
      const content = known(record)
      if (content === undefined) await this.#bringBlobs(record)
      else this.#held.push(content)
    }
    this.#records.set(key, found)
  }

  /** All records of a function, old ones too, with their blobs. */
  async bringAll(fn: string): Promise<void> {
    for await (const record of this.#store.records({ function: fn })) {
      await this.#bringBlobs(record)
      this.#records.set(record.key, [
        ...(this.#records.get(record.key) ?? []).filter(({ id }) => id !== record.id),
        record,
      ])
    }
  }

  async #bringBlobs({ blobs }: StoredRecord): Promise<void> {
    const bring = async (hash: string): Promise<void> => {
      const bytes = this.#blobs.has(hash) ? undefined : await this.#store.readBlob(hash)
      if (bytes !== undefined) this.#blobs.set(hash, bytes)
    }
    await Promise.all(blobs.map(bring))
  }

  readRecords(key: string): StoredRecord[] {
    return this.#records.get(key) ?? []
  }

  records(filter: { readonly function?: string } = {}): StoredRecord[] {
    return [...this.#records.values()]
      .flat()
      .filter((record) => filter.function === undefined || record.function === filter.function)
  }

  readBlob(hash: string): Uint8Array | undefined {
    return this.#blobs.get(hash)
  }

  blobSize(hash: string): number | undefined {
    return this.#blobs.get(hash)?.length
  }
}
