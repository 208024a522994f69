/**
 * A value of named parts, each written apart: what is found of it is read part by part, when it is asked for. An overlay
 * holds the very parts of what it lies over, so that nothing of them is read, copied or written again.
 */
import { hash } from 'immutable'
import { sameValue } from '../../core/rooms.js'
import type { Types } from './types.js'

/** How a part is written: known when it was read from a store, or written. */
export interface WrittenPart {
  /** The classes that it was written with. By others it is written otherwise. */
  readonly types: Types
  /** SHA-256 of the part as a value of its own. */
  readonly hash: string
  readonly size: number
  /** Its own large parts, with their lengths. */
  readonly attachments: ReadonlyMap<string, number>
  /** The bytes of it, or of one of its large parts, by their hash. @throws DamagedValueError */
  readonly bytes: (hash: string) => Uint8Array
}

/** One part, held by every partition that it is a part of. */
export class Part {
  #value: unknown
  #read: (() => unknown) | undefined
  written: WrittenPart | undefined

  /** `read` takes the place of the value until somebody asks for it. */
  constructor(value: unknown, written?: WrittenPart, read?: () => unknown) {
    this.#value = value
    this.written = written
    this.#read = read
  }

  /** Read once. @throws DamagedValueError, UnknownTypeError */
  value(): unknown {
    if (this.#read !== undefined) {
      this.#value = this.#read()
      this.#read = undefined
    }
    return this.#value
  }

  /** By the bytes where both are written, else by content. */
  equals(other: Part): boolean {
    const [mine, its] = [this.written, other.written]
    if (this === other) return true
    return mine !== undefined && its !== undefined && mine.types === its.types
      ? mine.hash === its.hash
      : sameValue(this.value(), other.value())
  }
}

/** What a partition is made with. */
export interface PartitionOptions<Value> {
  /** Whose parts it has where it has none of its own by that name. */
  readonly over?: Partition<Value>
  /** Names of parts of `over` that it does not have. */
  readonly hide?: Iterable<string>
}

/** An immutable value of named parts, which are stored one by one and read when they are asked for. */
export class Partition<Value = unknown> {
  readonly #parts: ReadonlyMap<string, Part>

  /** @internal In the order of their names. */
  constructor(parts: ReadonlyMap<string, Part>) {
    this.#parts = parts
  }

  /** @internal */
  static parts(of: Partition): ReadonlyMap<string, Part> {
    return of.#parts
  }

  /** How many parts it has. */
  get size(): number {
    return this.#parts.size
  }

  /** The names of its parts, sorted. Reads none. */
  keys(): IterableIterator<string> {
    return this.#parts.keys()
  }

  /** Has it a part of this name? Reads none. */
  has(name: string): boolean {
    return this.#parts.has(name)
  }

  /** A part, read when it is first asked for; undefined where there is none. @throws DamagedValueError, UnknownTypeError */
  get(name: string): Value | undefined {
    return this.#parts.get(name)?.value() as Value | undefined
  }

  /** Has another the same parts by the same names? */
  equals(other: unknown): boolean {
    if (!(other instanceof Partition) || other.size !== this.size) return false
    for (const [name, part] of this.#parts) {
      const its = other.#parts.get(name)
      if (its === undefined || !part.equals(its)) return false
    }
    return true
  }

  /** Of the names alone: nothing is read for it. */
  hashCode(): number {
    return hash([...this.#parts.keys()].join('\n'))
  }
}

/** A value of named parts, alone or over another one. A part of one's own takes the place of the other's. */
export function partition<Value>(
  parts: Readonly<Record<string, Value>>,
  { over, hide = [] }: PartitionOptions<Value> = {},
): Partition<Value> {
  const all = new Map(over === undefined ? [] : Partition.parts(over))
  for (const name of hide) all.delete(name)
  for (const [name, value] of Object.entries(parts)) all.set(name, new Part(value))
  return new Partition(new Map([...all].sort(([one], [other]) => (one < other ? -1 : 1))))
}
