// A store as the npm package keyv takes one: a value is a blob, and the one record of its key names it. keyv's namespace is
// the record's function. A lifetime is keyv's own: it writes the time beside the value, and asks nothing of the store.
import { setImmediate } from 'node:timers/promises'
import type Keyv from 'keyv'
import { sha256 } from '../../lib/memo/codec/hash.js'
import type { Store, StoredRecord } from '../../lib/memo/store.js'

const id = 'value'

/** What keyv was asked of a store, and what came of it. */
export class Calls {
  #running: Promise<unknown>[] = []

  begun<T>(act: Promise<T>): Promise<T> {
    this.#running.push(act)
    return act
  }

  /** Waits for all of them, also for those that nobody waits for. keyv keeps some errors to itself: they are here. */
  async ended(): Promise<{ readonly count: number; readonly errors: readonly unknown[] }> {
    await setImmediate() // keyv calls a store a few microtasks after it was called
    const outcomes = await Promise.allSettled(this.#running)
    this.#running = []
    return {
      count: outcomes.length,
      errors: outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
    }
  }
}

export class KeyvStore implements Keyv.Store<string | undefined> {
  /** Set by keyv. */
  namespace = ''
  /** keyv iterates over stores that call themselves by a name it knows, and over no others. */
  readonly opts = { dialect: 'sqlite' }
  readonly #store: Store
  readonly #calls: Calls

  constructor(store: Store, calls: Calls) {
    this.#store = store
    this.#calls = calls
  }

  get(key: string): Promise<string | undefined> {
    return this.#calls.begun(this.#get(key))
  }

  set(key: string, value: string): Promise<void> {
    return this.#calls.begun(this.#set(key, value))
  }

  delete(key: string): Promise<boolean> {
    return this.#calls.begun((async () => this.#store.deleteRecord(recordKey(key), id))())
  }

  has(key: string): Promise<boolean> {
    return this.#calls.begun((async () => (await this.#record(key)) !== undefined)())
  }

  clear(): Promise<void> {
    return this.#calls.begun(this.#clear())
  }

  async *iterator(namespace: string): AsyncGenerator<[key: string, value: string]> {
    for (const record of await this.#calls.begun(this.#recordsOf(namespace))) {
      yield [Buffer.from(record.bytes).toString(), await this.#calls.begun(this.#value(record))]
    }
  }

  async #get(key: string): Promise<string | undefined> {
    const record = await this.#record(key)
    return record && this.#value(record)
  }

  async #set(key: string, value: string): Promise<void> {
    const blob = await this.#store.writeBlob(Buffer.from(value))
    const isWritten =
      blob !== undefined &&
      (await this.#store.writeRecord({
        key: recordKey(key),
        id,
        function: this.namespace,
        version: '',
        bytes: Buffer.from(key),
        blobs: [blob],
      }))
    if (!isWritten) throw new Error(`${this.#store.name} did not store ${key}`)
  }

  async #clear(): Promise<void> {
    for (const { key } of await this.#recordsOf(this.namespace)) await this.#store.deleteRecord(key, id)
  }

  async #record(key: string): Promise<StoredRecord | undefined> {
    for await (const record of await this.#store.readRecords(recordKey(key))) return record
    return undefined
  }

  async #value({ bytes, blobs: [blob = ''] }: StoredRecord): Promise<string> {
    const value = await this.#store.readBlob(blob)
    if (value === undefined) throw new Error(`${this.#store.name} lost the value of ${Buffer.from(bytes).toString()}`)
    return Buffer.from(value).toString()
  }

  async #recordsOf(namespace: string): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = []
    for await (const record of this.#store.records({ function: namespace })) found.push(record)
    return found
  }
}

function recordKey(key: string): string {
  return sha256(Buffer.from(key))
}
