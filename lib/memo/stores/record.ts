/**
 * A record as bytes, the same in every store that keeps bytes; docs/memo-format.md lays it out. Nothing of it is taken for
 * true before the SHA-256 over all of it was compared, and its key and id are those it was asked by.
 */
import { hash } from 'node:crypto'
import type { NewRecord, StoredRecord } from '../store.js'

/** Milliseconds: a record that is used more often than this is not marked anew each time. */
export const USE = 3_600_000

const MAGIC = 0x44475231 // DGR1
const CHECKED_FROM = 36

export function recordBytes(record: NewRecord, writtenAt: number): Uint8Array {
  const { key, id, function: name, version, bytes, blobs } = record
  const labels = [id, name, version].map((label) => Buffer.from(label))
  const labelled = labels.reduce((sum, label) => sum + 4 + label.length, 0)
  const whole = Buffer.allocUnsafeSlow(CHECKED_FROM + 4 + 8 + 32 + labelled + 4 + 32 * blobs.length + bytes.length)
  whole.writeUInt32BE(MAGIC, 0)
  let at = whole.writeUInt32BE(whole.length, CHECKED_FROM)
  at = whole.writeDoubleBE(writtenAt, at)
  at += whole.write(key, at, 'hex')
  for (const label of labels) {
    at = whole.writeUInt32BE(label.length, at)
    at += label.copy(whole, at)
  }
  at = whole.writeUInt32BE(blobs.length, at)
  for (const blob of blobs) at += whole.write(blob, at, 'hex')
  whole.set(bytes, at)
  hash('sha256', whole.subarray(CHECKED_FROM), 'buffer').copy(whole, 4)
  return whole
}

/** Why bytes are not the record of this name, or of any id of this key; undefined where they are. */
export function damageOf(bytes: Buffer, key: string, id?: string): string | undefined {
  if (bytes.length < CHECKED_FROM + 4 || bytes.readUInt32BE(0) !== MAGIC) return 'it does not begin as a record does'
  if (bytes.readUInt32BE(CHECKED_FROM) !== bytes.length) return 'its length is wrong'
  const checksum = hash('sha256', bytes.subarray(CHECKED_FROM), 'buffer')
  if (checksum.compare(bytes, 4, CHECKED_FROM) !== 0) return 'its checksum is wrong'
  if (bytes.toString('hex', 48, 80) !== key) return 'it is the record of another key'
  if (id !== undefined && new ReadRecord(bytes, key, 0).id !== id) return 'it is the record of another id'
  return undefined
}

/** A record that was checked. What is seldom asked for is looked for when it is asked for. */
export class ReadRecord implements StoredRecord {
  readonly key: string
  /** When it was last marked as used, by the place where it stands. */
  readonly markedAt: number
  readonly #record: Buffer

  constructor(record: Buffer, key: string, markedAt: number) {
    this.#record = record
    this.key = key
    this.markedAt = markedAt
  }

  get usedAt(): number {
    return Math.max(this.markedAt, this.writtenAt)
  }

  get writtenAt(): number {
    return this.#record.readDoubleBE(40)
  }

  get id(): string {
    return this.#label(0).text
  }

  get function(): string {
    return this.#label(1).text
  }

  get version(): string {
    return this.#label(2).text
  }

  get blobs(): readonly string[] {
    const at = this.#label(2).end
    const count = this.#record.readUInt32BE(at)
    return Array.from({ length: count }, (_, i) => this.#record.toString('hex', at + 4 + 32 * i, at + 36 + 32 * i))
  }

  get bytes(): Uint8Array {
    const at = this.#label(2).end
    return this.#record.subarray(at + 4 + 32 * this.#record.readUInt32BE(at))
  }

  /** Of all of it. */
  get size(): number {
    return this.#record.length
  }

  #label(index: number): { readonly text: string; readonly end: number } {
    let at = 80
    for (let i = 0; i < index; i++) at += 4 + this.#record.readUInt32BE(at)
    const end = at + 4 + this.#record.readUInt32BE(at)
    return { text: this.#record.toString('utf8', at + 4, end), end }
  }
}
