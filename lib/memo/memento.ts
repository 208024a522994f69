/** The record of one result: what it is, and how it came to be. */

/** What is known of one result that is kept. */
export interface Memento {
  /** Sorts by the time at which the result was found. */
  readonly id: string
  readonly function: string
  readonly version: string
  /** Canonical text. */
  readonly args: string
  /** The call in text, for people. */
  readonly node: string
  /** The tweaks that touched what it reached, as text; empty where none did. */
  readonly tweaks: string
  /** The history that it has (trace.ts). */
  readonly trace: string
  /** The functions that it reached, with their code versions. */
  readonly functions: Readonly<Record<string, string>>
  /** What its body called, in order, with the mementos where there are some. */
  readonly invocations: readonly { readonly node: string; readonly memento: string | undefined }[]
  readonly kind: 'value' | 'error'
  readonly size: number
  /** SHA-256 of the result as it is written. */
  readonly hash: string
  /** ISO 8601. */
  readonly startedAt: string
  /** Milliseconds, its calls included. */
  readonly duration: number
  readonly runner: string
  readonly host: string
  readonly process: number
  readonly nodeVersion: string
  /** The same for all that one question from outside caused. */
  readonly correlation: string
}

/** As it stands in a store: with the result. */
export interface StoredMemento extends Memento {
  readonly result: string
}

export function writeMemento(memento: StoredMemento): Uint8Array {
  return Buffer.from(JSON.stringify(memento))
}

export function readMemento(bytes: Uint8Array): StoredMemento {
  return JSON.parse(Buffer.from(bytes).toString()) as StoredMemento
}
