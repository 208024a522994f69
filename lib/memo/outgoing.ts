/** Results on their way to a store that takes its time: whoever found them goes on. A record is written after its blobs. */
import { sha256 } from './codec/index.js'
import type { NewRecord, Store, StoredRecord, SyncStore } from './store.js'

/** What keeping a result asks of a store. */
export type Writes = Pick<SyncStore, 'readRecords' | 'writeRecord' | 'writeBlob' | 'blobSize'>

export class Outgoing implements Writes {
  readonly #store: Store
  /** Under way, by the hash of a blob and the key of a record. */
  readonly #pending = new Map<string, Promise<unknown>>()

  constructor(store: Store) {
    this.#store = store
  }

  /** What is there is not known here. */
  readRecords(): StoredRecord[] {
    return []
  }

  /** Nor this: what was written before is written again. */
  blobSize(): undefined {
    return undefined
  }

  writeBlob(bytes: Uint8Array): string {
    const hash = sha256(bytes)
    this.#send(hash, async () => await this.#store.writeBlob(bytes))
    return hash
  }

  /** True: it is on its way. The store warns where it does not arrive, and `onLoss` is told. */
  writeRecord(record: NewRecord, onLoss: () => void = () => undefined): boolean {
    const before = [...record.blobs, record.key].flatMap((name) => this.#pending.get(name) ?? [])
    this.#send(record.key, async () => {
      await Promise.all(before)
      if (!(await this.#store.writeRecord(record))) onLoss()
    })
    return true
  }

  /** When nothing is under way any more that was when this was asked. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values())
  }

  /** When what is under way to a key has arrived. */
  async arrived(key: string): Promise<void> {
    await this.#pending.get(key)
  }

  #send(name: string, write: () => Promise<unknown>): void {
    const sent = write()
      // a store does not throw when it is written to; one that does has lost a result, and no more
      .catch(() => undefined)
      .finally(() => {
        if (this.#pending.get(name) === sent) this.#pending.delete(name)
      })
    this.#pending.set(name, sent)
  }
}
