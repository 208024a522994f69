// A store for these tests: records and blobs in a Map, and, where a file is given, appended to it line by line, so that
// another process finds what a killed one had acknowledged.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { NewRecord, StoredRecord, SyncStore } from '../../lib/memo/store.js'

type Line = readonly [key: string, id: string, fn: string, version: string, bytes: string, blobs: readonly string[]]

export class LogStore implements SyncStore {
  readonly name = 'log'
  readonly isSync = true
  readonly #records = new Map<string, Map<string, StoredRecord>>()
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #file: string | undefined
  writes = 0

  constructor(file?: string) {
    this.#file = file
    if (file === undefined || !existsSync(file)) return
    // what follows the last line end was not acknowledged
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const parsed = JSON.parse(line) as Line | readonly [blob: string]
      if (parsed.length === 1) this.#keepBlob(Buffer.from(parsed[0], 'base64'))
      else this.#keep(parsed)
    }
  }

  #keep([key, id, fn, version, bytes, blobs]: Line): void {
    const record = {
      key,
      id,
      function: fn,
      version,
      bytes: Buffer.from(bytes, 'base64'),
      blobs,
      writtenAt: 0,
      usedAt: 0,
    }
    const under = this.#records.get(key) ?? new Map<string, StoredRecord>()
    this.#records.set(key, under.set(id, record))
  }

  #keepBlob(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex')
    this.#blobs.set(hash, Uint8Array.from(bytes))
    return hash
  }

  #append(line: readonly unknown[]): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  readRecords(key: string): StoredRecord[] {
    return [...(this.#records.get(key)?.values() ?? [])]
  }

  writeRecord({ key, id, function: fn, version, bytes, blobs }: NewRecord): boolean {
    const line: Line = [key, id, fn, version, Buffer.from(bytes).toString('base64'), blobs]
    this.#keep(line)
    this.#append(line)
    this.writes++
    return true
  }

  deleteRecord(key: string, id: string): boolean {
    return this.#records.get(key)?.delete(id) === true
  }

  *records(filter?: { readonly function?: string }): Generator<StoredRecord> {
    for (const under of this.#records.values()) {
      for (const record of under.values()) {
        if (filter?.function === undefined || filter.function === record.function) yield record
      }
    }
  }

  readBlob(hash: string): Uint8Array | undefined {
    return this.#blobs.get(hash)
  }

  writeBlob(bytes: Uint8Array): string {
    this.#append([Buffer.from(bytes).toString('base64')])
    return this.#keepBlob(bytes)
  }

  blobSize(hash: string): number | undefined {
    return this.#blobs.get(hash)?.byteLength
  }

  tryLock(): { release(): void } {
    return { release: () => undefined }
  }

  verify() {
    return { records: 0, blobs: this.#blobs.size, damages: [] }
  }

  gc() {
    return { removed: [], blobs: 0, leftovers: 0, bytes: 0, keptRecords: 0, keptBytes: 0 }
  }

  stats() {
    return { records: this.#records.size, blobs: this.#blobs.size, bytes: 0, damaged: 0 }
  }

  close(): void {
    // nothing is open
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}
