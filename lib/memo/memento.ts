/**
 * The record of one result: what it is, and how it came to be. Its bytes are a mark, the length of the description, the
 * description as JSON, and the result as the codec writes it; docs/memo-format.md lists the fields.
 */
import { v7, validate } from 'uuid'

/** A call that the body made. */
export interface Invocation {
  readonly node: string
  /** The id of its memento; undefined where its result is not kept. */
  readonly memento?: string | undefined
}

/** Something outside the model that the result depends on, with what it held. */
export interface MementoInput {
  /** `file("prices.csv")`, `env("REGION")`. */
  readonly input: string
  /** The SHA-256 of what was read; what the server says of it (`etag:"1"`), or `missing`, where nothing was there. */
  readonly hash: string
}

/** What is known of one result that is kept, as it is written down. */
export interface Description {
  /** Sorts by the time at which the result was found. */
  readonly id: string
  readonly function: string
  readonly version: string
  /** The call in text, for people. */
  readonly node: string
  /** Function, code version and arguments in one hash. */
  readonly call: string
  /** The tweaks that touched what it reached, a line each; empty where none did. */
  readonly tweaks: string
  /** The history that it has, by its hash. Equal histories, equal hashes. */
  readonly trace: string
  /** What its body called, in order. */
  readonly invocations: readonly Invocation[]
  readonly inputs: readonly MementoInput[]
  readonly kind: 'value' | 'error'
  /** Bytes, large parts included. */
  readonly size: number
  /** SHA-256 of the result as it is written; large parts stand in it by their hashes. */
  readonly hash: string
  /** The lengths of the large parts that stand in blobs of their own. */
  readonly parts: readonly number[]
  /** ISO 8601. */
  readonly startedAt: string
  /** Milliseconds, its calls included. */
  readonly duration: number
  /** Milliseconds in which none of the bodies that it called ran. */
  readonly ownDuration: number
  readonly runner: string
  readonly host: string
  readonly process: number
  readonly nodeVersion: string
  /** Versions of the packages that the code it ran reaches. */
  readonly packages: Readonly<Record<string, string>>
  /** The commit of the model's folder when the memo was opened. Edits since then show in code versions only. */
  readonly commit: string | undefined
  /** The same for all that one question from outside caused. */
  readonly correlation: string
  /** What was noted (`note`), or attached later: JSON. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** What was logged while it ran (`log`). */
  readonly logs: readonly string[]
}

/** What is known of one result that is kept. */
export interface Memento extends Description {
  /** The functions that it reached, with their code versions. One that was tweaked and never ran has none. */
  readonly functions: Readonly<Record<string, string>>
}

/** As it stands in a store: with the result. */
export interface StoredMemento {
  readonly memento: Description
  readonly result: Uint8Array
}

/** A new id: a UUID of version 7 that ends as the key of its record begins, so that the record is found by it. */
export function newMementoId(key: string): string {
  return v7().slice(0, -SHARED) + key.slice(0, SHARED)
}

/** How the key of the record begins; undefined where this is but the beginning of an id. */
export function keyOfMementoId(id: string): string | undefined {
  return validate(id) ? id.slice(-SHARED) : undefined
}

/** Digits: 40 of the 74 bits that are random otherwise. Time and count, by which ids are told apart, stay. */
const SHARED = 10

/** What a record of a memento is called: a history under its tweaks has one, the latest. */
export const MEMENTO = 'memento'

const MAGIC = 0x44474d31 // DGM1
const HEAD = 8

export function writeMemento(memento: Description, result: Uint8Array): Uint8Array {
  const description = Buffer.from(JSON.stringify(memento))
  const bytes = Buffer.allocUnsafe(HEAD + description.length + result.length)
  bytes.writeUInt32BE(MAGIC, 0)
  bytes.writeUInt32BE(description.length, 4)
  description.copy(bytes, HEAD)
  bytes.set(result, HEAD + description.length)
  return bytes
}

/** Undefined where these bytes are no memento, or one of another format. They were checked by the store. */
export function readMemento(stored: Uint8Array): StoredMemento | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  if (bytes.length < HEAD || bytes.readUInt32BE(0) !== MAGIC) return undefined
  const end = HEAD + bytes.readUInt32BE(4)
  if (end > bytes.length) return undefined
  try {
    return { memento: JSON.parse(bytes.toString('utf8', HEAD, end)) as Description, result: bytes.subarray(end) }
  } catch {
    return undefined
  }
}
