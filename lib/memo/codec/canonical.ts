/**
 * Arguments as canonical bytes: equal for arguments that are one and the same (R1), different for all others, in this
 * process and in every other one. docs/memo-format.md specifies them with test vectors.
 *
 * Injective because every form begins with a tag and says its length before its content: two different sequences of forms
 * never run together into the same bytes. Keys and members that have no order are sorted by their bytes.
 */
import { isCollection, isImmutable, isIndexed, isKeyed, isOrdered, isRecord, isSeq } from 'immutable'
import { isPlain, trimmed } from '../../core/rooms.js'
import { binaryKind, bytesOf } from './binary.js'
import { Partition } from './partition.js'
import { Member, Path, whyNot } from './path.js'
import { keptOf, noTypes, type Types } from './types.js'

export interface CanonicalOptions {
  readonly types?: Types
  /** What the arguments are called in messages: `arguments`. */
  readonly name?: string
}

/**
 * The canonical bytes of the arguments of a call.
 * @throws NotStorableError for what counts by identity: functions, symbols, instances of classes that are not registered.
 */
export function canonicalArguments(args: ArrayLike<unknown>, options: CanonicalOptions = {}): Uint8Array {
  return canonicalBytes(trimmed(args), { name: 'arguments', ...options })
}

/** The canonical bytes of one value, as an argument. */
export function canonicalBytes(value: unknown, { types = noTypes, name = 'value' }: CanonicalOptions = {}): Uint8Array {
  const writer = new Writer(types, new Path(name))
  writer.value(value)
  return writer.bytes
}

/** One byte each, ASCII. */
const tag = {
  undefined: 0x55, // U
  null: 0x4e, // N
  true: 0x54, // T
  false: 0x46, // F
  number: 0x44, // D
  bigint: 0x49, // I
  string: 0x53, // S
  array: 0x41, // A
  object: 0x4f, // O
  map: 0x4d, // M
  set: 0x45, // E
  date: 0x74, // t
  binary: 0x42, // B
  indexed: 0x4c, // L
  keyed: 0x4b, // K
  keyedInOrder: 0x50, // P
  members: 0x58, // X
  membersInOrder: 0x59, // Y
  record: 0x52, // R
  registered: 0x43, // C
  partition: 0x51, // Q
} as const

const FLOATS = new Set(['Float16Array', 'Float32Array', 'Float64Array'])

class Writer {
  readonly #types: Types
  readonly #path: Path
  readonly #open: object[] = []
  #buffer = Buffer.allocUnsafe(256)
  #length = 0

  constructor(types: Types, path: Path) {
    this.#types = types
    this.#path = path
  }

  get bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#length)
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#tag(tag.string)
        return this.#text(value)
      case 'number':
        return this.#number(tag.number, value)
      case 'boolean':
        return this.#tag(value ? tag.true : tag.false)
      case 'undefined':
        return this.#tag(tag.undefined)
      case 'bigint':
        this.#tag(tag.bigint)
        return this.#text(value < 0n ? `-${(-value).toString(16)}` : value.toString(16))
      case 'object':
        return value === null ? this.#tag(tag.null) : this.#object(value)
      default:
        return this.#registered(value)
    }
  }

  #object(value: object): void {
    if (this.#open.includes(value)) this.#path.refuse('it contains itself, so it has no canonical form.')
    this.#open.push(value)
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Array.prototype) this.#items(tag.array, value as unknown[])
    else if (isPlain(value)) this.#properties(value)
    else if (prototype === Date.prototype) this.#number(tag.date, (value as Date).getTime())
    else if (prototype === Map.prototype) this.#entries(tag.map, value as Map<unknown, unknown>, true)
    else if (prototype === Set.prototype) this.#members(tag.set, value as Set<unknown>, true)
    else if (value instanceof Partition) this.#partition(value)
    else if (!this.#binary(value)) this.#immutable(value)
    this.#open.pop()
  }

  #items(kind: number, items: readonly unknown[]): void {
    this.#tag(kind)
    this.#size(items.length)
    for (let i = 0; i < items.length; i++) this.#at(i, items[i])
  }

  #properties(value: { readonly [key: string]: unknown }): void {
    const keys = Object.keys(value)
    const kept = keys.filter((key) => value[key] !== undefined)
    this.#tag(tag.object)
    this.#size(kept.length)
    for (const key of inByteOrder(kept)) {
      this.#text(key)
      this.#at(key, value[key])
    }
  }

  #entries(kind: number, entries: Iterable<readonly [unknown, unknown]>, isSorted: boolean): void {
    const forms = [...entries].map(([key, value], i) => {
      const step = typeof key === 'string' ? `get(${JSON.stringify(key)})` : `value(${i})`
      return [this.#apart(new Member(`key(${i})`), key), this.#apart(new Member(step), value)] as const
    })
    if (isSorted) forms.sort(([a, x], [b, y]) => Buffer.compare(a, b) || Buffer.compare(x, y))
    this.#tag(kind)
    this.#size(forms.length)
    for (const [key, value] of forms) {
      this.#raw(key)
      this.#raw(value)
    }
  }

  #members(kind: number, members: Iterable<unknown>, isSorted: boolean): void {
    const forms = [...members].map((member, i) => this.#apart(new Member(`member(${i})`), member))
    if (isSorted) forms.sort((a, b) => Buffer.compare(a, b))
    this.#tag(kind)
    this.#size(forms.length)
    for (const form of forms) this.#raw(form)
  }

  #partition(value: Partition): void {
    const names = inByteOrder([...value.keys()])
    this.#tag(tag.partition)
    this.#size(names.length)
    for (const name of names) {
      this.#text(name)
      this.#at(new Member(`get(${JSON.stringify(name)})`), value.get(name))
    }
  }

  // By the rules of Immutable's `is`: what counts is whether it has keys, indexes and an order, and not the class.
  #immutable(value: object): void {
    if (this.#types.of(value) !== undefined || !isImmutable(value)) return this.#registered(value)
    if (isSeq(value)) this.#path.refuse('it is a lazy sequence. Give what it makes: toList(), toMap() or toSet().')
    if (isRecord(value)) this.#path.refuse('it is a Record that is not registered: types.record(name, Factory).')
    if (!isCollection(value)) return this.#registered(value)
    if (isIndexed(value)) return this.#items(tag.indexed, value.toArray())
    const isSorted = !isOrdered(value)
    if (isKeyed(value)) this.#entries(isSorted ? tag.keyed : tag.keyedInOrder, value.entries(), isSorted)
    else this.#members(isSorted ? tag.members : tag.membersInOrder, value.values() as Iterable<unknown>, isSorted)
  }

  #registered(value: unknown): void {
    const type = this.#types.of(value)
    if (type === undefined) return this.#path.refuse(whyNot(value))
    if (type.kind === 'error') this.#path.refuse('it is an error, which is a result and no argument.')
    this.#tag(type.kind === 'record' ? tag.record : tag.registered)
    this.#text(type.name)
    this.#at(new Member(type.name), keptOf(type, value))
  }

  // Floating-point elements as numbers are: -0 is 0, and there is one NaN.
  #binary(value: object): boolean {
    const kind = binaryKind(value)
    if (kind === undefined) return false
    let bytes = bytesOf(value)
    if (FLOATS.has(kind.name)) {
      const copy = (value as Float64Array).slice()
      for (let i = 0; i < copy.length; i++) {
        const element = copy[i] as number
        if (element === 0) copy[i] = 0
        else if (Number.isNaN(element)) copy[i] = Number.NaN
      }
      bytes = bytesOf(copy)
    }
    this.#tag(tag.binary)
    this.#text(kind.name)
    this.#size(bytes.length)
    this.#raw(bytes)
    return true
  }

  #at(step: string | number | Member, value: unknown): void {
    this.#path.enter(step)
    this.value(value)
    this.#path.leave()
  }

  /** The bytes of a part, taken out again, to be sorted among others. */
  #apart(step: Member, value: unknown): Uint8Array {
    const start = this.#length
    this.#at(step, value)
    const bytes = Uint8Array.prototype.slice.call(this.#buffer, start, this.#length)
    this.#length = start
    return bytes
  }

  #tag(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  #size(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32BE(value, this.#length)
  }

  #number(kind: number, value: number): void {
    this.#tag(kind)
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleBE(Number.isNaN(value) ? Number.NaN : value === 0 ? 0 : value, this.#length)
  }

  // Length in bytes, then UTF-8, in which a surrogate without its other half has the three bytes of its code point.
  #text(text: string): void {
    const most = text.length * 3
    this.#reserve(4 + most)
    const start = this.#length + 4
    const written = /\p{Surrogate}/u.test(text) ? this.#loose(text, start) : this.#buffer.write(text, start, 'utf8')
    this.#buffer.writeUInt32BE(written, this.#length)
    this.#length = start + written
  }

  #loose(text: string, start: number): number {
    let at = start
    for (const character of text) {
      const point = character.codePointAt(0) as number
      if (point >= 0xd800 && point <= 0xdfff) {
        this.#buffer[at++] = 0xe0 | (point >> 12)
        this.#buffer[at++] = 0x80 | ((point >> 6) & 0x3f)
        this.#buffer[at++] = 0x80 | (point & 0x3f)
      } else {
        at += this.#buffer.write(character, at, 'utf8')
      }
    }
    return at - start
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#length + more))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Sorted as their UTF-8 bytes are, that is by code points. The order of strings differs from it in surrogates only. */
function inByteOrder(keys: string[]): string[] {
  keys.sort()
  return keys.some((key) => /[\ud800-\uffff]/.test(key)) ? keys.sort(byCodePoints) : keys
}

function byCodePoints(one: string, other: string): number {
  const [a, b] = [points(one), points(other)]
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const points = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) as number)
