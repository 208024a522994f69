/**
 * A value as bytes. Pure JSON is kept as JSON; what JSON cannot say stands in forms, objects with a member `$`, which
 * docs/memo-format.md lists. What has no form is refused with its path: nothing is left out, and nothing is changed.
 */
import { Map as ImmutableMap, Set as ImmutableSet, isRecord, List, OrderedMap, OrderedSet, Stack } from 'immutable'
import { isPlain } from '../../core/rooms.js'
import { binaryKind, bytesOf } from './binary.js'
import { builtInError } from './built-in-errors.js'
import { DamagedValueError } from './errors.js'
import { frame } from './frame.js'
import { sha256 } from './hash.js'
import { isJSON } from './json.js'
import { type Part, Partition, type WrittenPart } from './partition.js'
import { Member, Path, whyNot } from './path.js'
import { keptOf, noTypes, type RegisteredType, type Types } from './types.js'

export interface EncodeOptions {
  readonly types?: Types
  /** Bytes from which on memory and strings become attachments: 32 KiB. Infinity for none. */
  readonly attachFrom?: number
  /** What the value is called in messages: `result`. */
  readonly name?: string
}

export interface Encoded {
  readonly bytes: Uint8Array
  /** Large parts, by the SHA-256 that the bytes name them by: to be kept as blobs. Copies: nobody changes them. */
  readonly attachments: ReadonlyMap<string, Uint8Array>
  /** Parts of partitions, and their large parts, that were written before: to be kept too, and likely there already. */
  readonly before: ReadonlyMap<string, WrittenBefore>
}

/** A blob that was written before. */
export interface WrittenBefore {
  readonly size: number
  /** @throws DamagedValueError where it is gone */
  readonly bytes: () => Uint8Array
}

/** @throws NotStorableError naming the path of what has no form in bytes. */
export function encode(value: unknown, options: EncodeOptions = {}): Encoded {
  return encodeWithin([], value, options)
}

/** `around`: the partitions that this is in a part of. */
function encodeWithin(around: readonly Partition[], value: unknown, options: EncodeOptions): Encoded {
  const { attachFrom = 32 * 1024, name = 'result', types = noTypes } = options
  if (isJSON(value, attachFrom))
    return { bytes: frame(JSON.stringify(value), false), attachments: new Map(), before: new Map() }
  const encoder = new Encoder(types, attachFrom, name, around)
  const root: Container = []
  encoder.place(root, 0, value)
  const { attachments, before } = encoder
  return { bytes: frame(JSON.stringify(root[0]), true), attachments, before }
}

type Form = string | number | boolean | null | readonly unknown[] | object
type Container = Record<string | number, unknown> | unknown[]

/** Where the form of an object stands, so that it can get a number when the object is met again. */
interface Standing {
  readonly into: Container
  readonly key: string | number
  number: number
  isOpen: boolean
}

class Encoder {
  readonly attachments = new Map<string, Uint8Array>()
  readonly before = new Map<string, WrittenBefore>()
  readonly #around: readonly Partition[]
  readonly #types: Types
  readonly #attachFrom: number
  readonly #path: Path
  readonly #standings = new Map<object, Standing>()
  #numbers = 0

  constructor(types: Types, attachFrom: number, name: string, around: readonly Partition[]) {
    this.#around = around
    this.#types = types
    this.#attachFrom = attachFrom
    this.#path = new Path(name)
  }

  /** Puts the form of a value into its place. */
  place(into: Container, key: string | number, value: unknown): void {
    const target = into as Record<string | number, unknown>
    if (typeof value !== 'object' || value === null) {
      target[key] = this.#primitive(value)
      return
    }
    const known = this.#standings.get(value)
    if (known !== undefined) {
      target[key] = { $: '@', v: this.#numberOf(known, value) }
      return
    }
    const standing: Standing = { into, key, number: 0, isOpen: true }
    this.#standings.set(value, standing)
    const form = this.#object(value)
    standing.isOpen = false
    target[key] = standing.number === 0 ? form : { $: '=', i: standing.number, v: form }
  }

  #numberOf(standing: Standing, value: object): number {
    if (standing.isOpen && !canHoldItself(value))
      this.#path.refuse('it contains itself, and only plain objects, arrays, Maps, Sets and errors may.')
    if (standing.number === 0) {
      standing.number = ++this.#numbers
      if (!standing.isOpen) {
        const holder = standing.into as Record<string | number, unknown>
        holder[standing.key] = { $: '=', i: standing.number, v: holder[standing.key] }
      }
    }
    return standing.number
  }

  #at(step: string | number | Member, into: Container, key: string | number, value: unknown): void {
    this.#path.enter(step)
    this.place(into, key, value)
    this.#path.leave()
  }

  #primitive(value: unknown): Form {
    switch (typeof value) {
      case 'string':
        return value.length >= this.#attachFrom ? this.#attachText(value) : value
      case 'boolean':
        return value
      case 'undefined':
        return { $: 'undefined' }
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { $: 'number', v: Object.is(value, -0) ? '-0' : String(value) }
      case 'bigint':
        return { $: 'bigint', v: value < 0n ? `-${(-value).toString(16)}` : value.toString(16) }
      case 'object':
        return null
      default: {
        const type = this.#types.of(value)
        return type === undefined ? this.#path.refuse(whyNot(value)) : this.#registered(type, value)
      }
    }
  }

  #object(value: object): Form {
    const type = this.#types.of(value)
    if (type !== undefined) return type.kind === 'error' ? this.#error(value, type.name) : this.#registered(type, value)
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Array.prototype) return this.#array(value as unknown[])
    if (isPlain(value)) return this.#plain(value, prototype === null)
    if (prototype === Map.prototype) return { $: 'Map', v: this.#entries(value as Map<unknown, unknown>) }
    if (prototype === Set.prototype) return { $: 'Set', v: this.#members(value as Set<unknown>) }
    if (prototype === Date.prototype) return this.#date(value as Date)
    if (prototype === RegExp.prototype) return this.#pattern(value as RegExp)
    if (value instanceof Partition) return this.#partition(value)
    const kind = binaryKind(value)
    if (kind !== undefined) return this.#attach(kind.name, bytesOf(value))
    const error = builtInError(value)
    return error === undefined ? this.#immutable(value) : this.#error(value, undefined, error)
  }

  #array(value: readonly unknown[]): Form {
    const keys = Object.keys(value)
    this.#refuseSymbols(value)
    const items: unknown[] = []
    if (keys.length === value.length) {
      for (let i = 0; i < value.length; i++) {
        if (!Object.hasOwn(value, i)) this.#path.refuse('it is an array with properties of its own.')
        this.#at(i, items, i, value[i])
      }
      return items
    }
    for (const key of keys) {
      const index = Number(key)
      if (String(index) !== key || index >= value.length)
        this.#path.refuse('it is an array with properties of its own.')
      const item: unknown[] = [index]
      items.push(item)
      this.#at(index, item, 1, value[index])
    }
    return { $: 'sparse', n: value.length, v: items }
  }

  #plain(value: { readonly [key: string]: unknown }, isBare: boolean): Form {
    this.#refuseSymbols(value)
    // An object with a member $ would be taken for a form.
    if (isBare || Object.hasOwn(value, '$')) {
      const pairs: unknown[] = []
      for (const key of Object.keys(value)) {
        const pair: unknown[] = [key]
        pairs.push(pair)
        this.#at(key, pair, 1, value[key])
      }
      return { $: isBare ? 'bare' : 'object', v: pairs }
    }
    const properties = Object.create(null) as Record<string, unknown>
    for (const key of Object.keys(value)) this.#at(key, properties, key, value[key])
    return properties
  }

  #refuseSymbols(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#path.refuse('it has a property whose key is a symbol.')
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): unknown[] {
    const forms: unknown[] = []
    for (const [key, value] of entries) {
      const form: unknown[] = []
      forms.push(form)
      this.#at(new Member(`key(${forms.length - 1})`), form, 0, key)
      this.#at(
        typeof key === 'string' ? new Member(`get(${JSON.stringify(key)})`) : new Member(`value(${forms.length - 1})`),
        form,
        1,
        value,
      )
    }
    return forms
  }

  #members(members: Iterable<unknown>): unknown[] {
    const forms: unknown[] = []
    for (const member of members) this.#at(new Member(`member(${forms.length})`), forms, forms.length, member)
    return forms
  }

  #date(value: Date): Form {
    const time = value.getTime()
    return { $: 'Date', v: Number.isNaN(time) ? null : time }
  }

  #pattern({ source, flags, lastIndex }: RegExp): Form {
    return { $: 'RegExp', v: source, f: flags, i: lastIndex }
  }

  #error(value: object, type: string | undefined, builtIn = 'Error'): Form {
    const shown: Record<string, unknown> = Object.create(null)
    const hidden: Record<string, unknown> = Object.create(null)
    const form = { $: 'Error', c: builtIn, ...(type !== undefined && { t: type }), h: hidden, v: shown }
    this.#refuseSymbols(value)
    for (const key of Object.getOwnPropertyNames(value)) {
      const into = Object.prototype.propertyIsEnumerable.call(value, key) ? shown : hidden
      this.#at(key, into, key, (value as Record<string, unknown>)[key])
    }
    return form
  }

  #immutable(value: object): Form {
    if (List.isList(value)) return { $: 'List', v: this.#members(value) }
    if (OrderedMap.isOrderedMap(value)) return { $: 'OrderedMap', v: this.#entries(value) }
    if (ImmutableMap.isMap(value)) return { $: 'immutable.Map', v: this.#entries(value) }
    if (OrderedSet.isOrderedSet(value)) return { $: 'OrderedSet', v: this.#members(value) }
    if (ImmutableSet.isSet(value)) return { $: 'immutable.Set', v: this.#members(value) }
    if (Stack.isStack(value)) return { $: 'Stack', v: this.#members(value) }
    if (isRecord(value)) this.#path.refuse('it is a Record that is not registered: types.record(name, Factory).')
    return this.#path.refuse(whyNot(value))
  }

  #registered(type: RegisteredType, value: unknown): Form {
    const form = { $: '#', t: type.name }
    this.#at(new Member(type.name), form, 'v', keptOf(type, value))
    return form
  }

  // Each part is a value of its own, so that it can be read alone: what two of them share is written twice.
  #partition(value: Partition): Form {
    if (this.#around.includes(value)) this.#path.refuse('it is a partition that contains itself.')
    const [types, attachFrom, around] = [this.#types, this.#attachFrom, [...this.#around, value]]
    const forms = Array.from(Partition.parts(value), ([name, part]) => {
      const options = { types, attachFrom, name: `${this.#path}.get(${JSON.stringify(name)})` }
      if (attachFrom === Number.POSITIVE_INFINITY)
        return [name, Buffer.from(encodeWithin(around, part.value(), options).bytes).toString('base64')]
      const { hash, size, attachments } = this.#part(part, around, options)
      return [name, hash, size, [...attachments]]
    })
    return { $: 'partition', v: forms }
  }

  #part(part: Part, around: readonly Partition[], options: Required<EncodeOptions>): WrittenPart {
    const known = part.written
    if (known?.types === this.#types) {
      const { hash, size, attachments, bytes } = known
      for (const [one, its] of [[hash, size] as const, ...attachments])
        this.before.set(one, { size: its, bytes: () => bytes(one) })
      return known
    }
    const { bytes, attachments, before } = encodeWithin(around, part.value(), options)
    const hash = sha256(bytes)
    const sizes = new Map<string, number>()
    for (const [one, { length }] of attachments) sizes.set(one, length)
    for (const [one, { size }] of before) sizes.set(one, size)
    for (const [one, its] of [[hash, bytes] as const, ...attachments]) this.attachments.set(one, its)
    for (const [one, its] of before) this.before.set(one, its)
    part.written = {
      types: this.#types,
      hash,
      size: bytes.length,
      attachments: sizes,
      bytes: writingAgain(part, options),
    }
    return part.written
  }

  #attach(kind: string, bytes: Uint8Array): Form {
    const copy = Buffer.from(bytes)
    if (copy.length < this.#attachFrom) return { $: kind, v: copy.toString('base64') }
    const hash = sha256(copy)
    this.attachments.set(hash, copy)
    return { $: kind, h: hash, n: copy.length }
  }

  #attachText(text: string): Form {
    const isUtf8 = isWellFormed(text)
    return this.#attach(isUtf8 ? 'utf8' : 'utf16', Buffer.from(text, isUtf8 ? 'utf8' : 'utf16le'))
  }
}

/** The bytes of a part that was written, without holding them: nor the encoder, which holds them. */
function writingAgain(part: Part, options: EncodeOptions): (hash: string) => Uint8Array {
  return (hash) => {
    const { bytes, attachments, before } = encodeWithin([], part.value(), options)
    const found = sha256(bytes) === hash ? bytes : (attachments.get(hash) ?? before.get(hash)?.bytes())
    if (found === undefined) throw new DamagedValueError(`its part ${hash} was changed after it was written`)
    return found
  }
}

// What is made first and filled then can be met again while it is filled.
function canHoldItself(value: object): boolean {
  return (
    Array.isArray(value) || isPlain(value) || value instanceof Map || value instanceof Set || value instanceof Error
  )
}

// A surrogate without its other half has no form in UTF-8.
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
