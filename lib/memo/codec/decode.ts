/**
 * The value of bytes. Nothing that is read names code to run: classes are found among those registered, and what does
 * not have exactly the shape that `encode` gives is damaged. Nothing is parsed before its checksum was compared.
 */
import { Map as ImmutableMap, Set as ImmutableSet, List, OrderedMap, OrderedSet, Stack } from 'immutable'
import { binaryNamed } from './binary.js'
import { builtInErrorPrototype } from './built-in-errors.js'
import { DamagedValueError, UnknownTypeError } from './errors.js'
import { unframe } from './frame.js'
import { isHash } from './hash.js'
import { Part, Partition, type WrittenPart } from './partition.js'
import { noTypes, type RegisteredType, type Types } from './types.js'

export interface DecodeOptions {
  readonly types?: Types
  /** The bytes of an attachment by its hash, checked; undefined where it is gone. They become part of the value. */
  readonly attachment?: (hash: string) => Uint8Array | undefined
  /** Read attachments that are properties of plain objects only when they are first touched. */
  readonly isLazy?: boolean
}

/** @throws DamagedValueError, or UnknownTypeError where a class is not registered here. */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  const { text, isRich } = unframe(bytes)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new DamagedValueError('it is no JSON', { cause })
  }
  return isRich ? new Decoder(options).value(parsed) : parsed
}

type Parsed = Record<string, unknown>

const isObject = (value: unknown): value is Parsed => typeof value === 'object' && value !== null

class Decoder {
  readonly #types: Types
  readonly #attachment: (hash: string) => Uint8Array | undefined
  readonly #isLazy: boolean
  readonly #known = new Map<number, unknown>()

  constructor({ types = noTypes, attachment = () => undefined, isLazy = false }: DecodeOptions) {
    this.#types = types
    this.#attachment = attachment
    this.#isLazy = isLazy
  }

  /** `number`: what the value will be known by, also to what it holds. */
  value(parsed: unknown, number?: number): unknown {
    if (!isObject(parsed)) {
      if (number !== undefined) throw new DamagedValueError('a primitive has a number')
      return parsed
    }
    if (Array.isArray(parsed)) return this.#items(this.#knowing(number, parsed))
    if (!Object.hasOwn(parsed, '$')) return this.#properties(this.#knowing(number, parsed))
    if (parsed['$'] === '=') {
      const own = this.#integer(parsed['i'])
      if (number !== undefined || this.#known.has(own)) throw new DamagedValueError('a number is given twice')
      return this.value(parsed['v'], own)
    }
    return this.#knowing(number, this.#form(parsed, number))
  }

  #knowing<Value>(number: number | undefined, value: Value): Value {
    if (number !== undefined) this.#known.set(number, value)
    return value
  }

  #items(items: unknown[]): unknown[] {
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      if (isObject(item)) items[i] = this.value(item)
    }
    return items
  }

  #properties(properties: Parsed): Parsed {
    for (const key of Object.keys(properties)) {
      const property = properties[key]
      if (!isObject(property)) continue
      if (this.#isLazy && typeof property['h'] === 'string' && typeof property['$'] === 'string') {
        this.#loadWhenTouched(properties, key, property)
      } else {
        // The property exists, so this sets it, also where it is called __proto__.
        properties[key] = this.value(property)
      }
    }
    return properties
  }

  #loadWhenTouched(properties: Parsed, key: string, form: Parsed): void {
    const settle = (value: unknown): unknown => {
      Object.defineProperty(properties, key, { value, writable: true, enumerable: true, configurable: true })
      return value
    }
    const get = (): unknown => settle(this.value(form))
    Object.defineProperty(properties, key, { get, set: settle, enumerable: true, configurable: true })
  }

  #form(form: Parsed, number: number | undefined): unknown {
    const name = form['$']
    const kept = form['v']
    switch (name) {
      case '@': {
        const target = this.#integer(kept)
        if (!this.#known.has(target)) throw new DamagedValueError('it names a part that is not there')
        return this.#known.get(target)
      }
      case 'undefined':
        return undefined
      case 'number':
        if (kept !== 'NaN' && kept !== '-0' && kept !== 'Infinity' && kept !== '-Infinity') break
        return Number(kept)
      case 'bigint':
        if (typeof kept !== 'string' || !/^-?[0-9a-f]+$/.test(kept)) break
        return kept.startsWith('-') ? -BigInt(`0x${kept.slice(1)}`) : BigInt(`0x${kept}`)
      case 'Date':
        if (kept !== null && typeof kept !== 'number') break
        return new Date(kept ?? Number.NaN)
      case 'RegExp':
        return this.#pattern(form)
      case 'sparse':
        return this.#sparse(this.#knowing(number, []), this.#integer(form['n']), this.#pairs(kept))
      case 'object':
      case 'bare':
        return this.#named(
          this.#knowing(number, name === 'bare' ? Object.create(null) : {}) as Parsed,
          this.#pairs(kept),
        )
      case 'Map':
        return this.#map(this.#knowing(number, new Map()), this.#pairs(kept))
      case 'Set':
        return this.#set(this.#knowing(number, new Set()), this.#list(kept))
      case 'Error':
        return this.#error(form, number)
      case 'List':
        return List(this.#items(this.#list(kept)))
      case 'Stack':
        return Stack(this.#items(this.#list(kept)))
      case 'immutable.Set':
        return ImmutableSet(this.#items(this.#list(kept)))
      case 'OrderedSet':
        return OrderedSet(this.#items(this.#list(kept)))
      case 'immutable.Map':
        return ImmutableMap(this.#entries(kept))
      case 'OrderedMap':
        return OrderedMap(this.#entries(kept))
      case '#':
        return this.#registered(form)
      case 'partition':
        return this.#partition(this.#list(kept))
      case 'utf8':
      case 'utf16':
        return this.#bytes(form).toString(name === 'utf8' ? 'utf8' : 'utf16le')
      default:
        return this.#binary(form)
    }
    throw new DamagedValueError(`a ${name} is not as it is written`)
  }

  #integer(value: unknown): number {
    if (!Number.isSafeInteger(value)) throw new DamagedValueError('a number is missing')
    return value as number
  }

  #list(value: unknown): unknown[] {
    if (!Array.isArray(value)) throw new DamagedValueError('a list is missing')
    return value
  }

  #pairs(value: unknown): [unknown, unknown][] {
    const list = this.#list(value)
    if (!list.every((pair) => Array.isArray(pair) && pair.length === 2))
      throw new DamagedValueError('a pair is missing')
    return list as [unknown, unknown][]
  }

  #entries(kept: unknown): [unknown, unknown][] {
    return this.#pairs(kept).map(([key, value]) => [this.value(key), this.value(value)])
  }

  #sparse(array: unknown[], length: number, pairs: [unknown, unknown][]): unknown[] {
    if (length < 0 || length > 2 ** 32 - 1) throw new DamagedValueError('an array has no length')
    array.length = length
    for (const [key, item] of pairs) {
      const index = this.#integer(key)
      if (index < 0 || index >= length) throw new DamagedValueError('an item stands outside its array')
      array[index] = this.value(item)
    }
    return array
  }

  #named(properties: Parsed, pairs: [unknown, unknown][]): Parsed {
    for (const [key, property] of pairs) {
      if (typeof key !== 'string') throw new DamagedValueError('a property has no name')
      define(properties, key, this.value(property), true)
    }
    return properties
  }

  #map(map: Map<unknown, unknown>, pairs: [unknown, unknown][]): Map<unknown, unknown> {
    for (const [key, value] of pairs) map.set(this.value(key), this.value(value))
    return map
  }

  #set(set: Set<unknown>, members: unknown[]): Set<unknown> {
    for (const member of members) set.add(this.value(member))
    return set
  }

  #pattern({ v: source, f: flags, i: lastIndex }: Parsed): RegExp {
    if (typeof source !== 'string' || typeof flags !== 'string') throw new DamagedValueError('a RegExp has no source')
    try {
      const pattern = new RegExp(source, flags)
      pattern.lastIndex = this.#integer(lastIndex)
      return pattern
    } catch (cause) {
      throw new DamagedValueError('a RegExp is none', { cause })
    }
  }

  // Made as an Error, so that it is one to the engine, and given its class then: no constructor of a class is called.
  #error(form: Parsed, number: number | undefined): Error {
    const { c: builtIn, t: type, h: hidden, v: shown } = form
    const prototype =
      type === undefined ? builtInErrorPrototype(String(builtIn)) : this.#typeNamed(type, 'error').prototype
    if (prototype === undefined || !isObject(hidden) || !isObject(shown)) {
      throw new DamagedValueError('an error is not as it is written')
    }
    const error = this.#knowing(number, new Error())
    Object.setPrototypeOf(error, prototype)
    delete error.stack
    for (const key of Object.keys(hidden)) define(error, key, this.value(hidden[key]), false)
    for (const key of Object.keys(shown)) define(error, key, this.value(shown[key]), true)
    return error
  }

  #partition(forms: unknown[]): Partition {
    const parts = new Map<string, Part>()
    for (const form of forms) {
      const [name, where, size, attachments] = this.#list(form)
      if (typeof name !== 'string' || parts.has(name)) throw new DamagedValueError('a part has no name of its own')
      if (size === undefined) {
        parts.set(name, new Part(this.#apart(this.#bytes({ v: where }))))
        continue
      }
      const written = this.#written(where, size, attachments)
      parts.set(name, new Part(undefined, written, () => this.#apart(written.bytes(written.hash))))
    }
    return new Partition(parts)
  }

  #written(hash: unknown, size: unknown, attachments: unknown): WrittenPart {
    if (!isHash(hash)) throw new DamagedValueError('a part is missing')
    const sizes = new Map([[hash, this.#integer(size)]])
    for (const [one, its] of this.#pairs(attachments)) {
      if (!isHash(one)) throw new DamagedValueError('a part of a part is missing')
      sizes.set(one, this.#integer(its))
    }
    const bytes = (of: string): Uint8Array => this.#bytes({ h: of, n: sizes.get(of) })
    const its = new Map([...sizes].filter(([one]) => one !== hash))
    return { types: this.#types, hash, size: this.#integer(size), attachments: its, bytes }
  }

  /** A value that was written by itself. */
  #apart(bytes: Uint8Array): unknown {
    return decode(bytes, { types: this.#types, attachment: this.#attachment, isLazy: this.#isLazy })
  }

  #typeNamed(name: unknown, kind?: RegisteredType['kind']): RegisteredType {
    if (typeof name !== 'string') throw new DamagedValueError('a class has no name')
    const type = this.#types.named(name)
    if (type === undefined) throw new UnknownTypeError(name)
    if (kind !== undefined && type.kind !== kind) throw new DamagedValueError(`${name} is registered as ${type.kind}`)
    return type
  }

  #registered(form: Parsed): unknown {
    const type = this.#typeNamed(form['t'])
    const kept = this.value(form['v'])
    if (type.decode !== undefined) return type.decode(kept)
    if (type.kind !== 'class' || !isObject(kept))
      throw new DamagedValueError(`${type.name} is registered as ${type.kind}`)
    const instance = Object.create(type.prototype) as object
    for (const key of Object.keys(kept)) define(instance, key, kept[key], true)
    return instance
  }

  #binary(form: Parsed): unknown {
    const kind = binaryNamed(String(form['$']))
    if (kind === undefined)
      throw new DamagedValueError(`it holds a ${String(form['$'])}, which this version does not know`)
    const bytes = this.#bytes(form)
    if (bytes.length % kind.size !== 0) throw new DamagedValueError(`a ${kind.name} has a part of an element`)
    // A buffer of its own, from its beginning: what is read belongs to the reader, and elements are aligned.
    const isOwn = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
    return kind.make((isOwn ? bytes.buffer : new Uint8Array(bytes).buffer) as ArrayBuffer)
  }

  #bytes(form: Parsed): Buffer {
    const { v: inline, h: hash, n: size } = form
    if (typeof inline === 'string') {
      const bytes = Buffer.from(inline, 'base64')
      // What is no base64 is skipped when it is read.
      if (bytes.length !== Buffer.byteLength(inline, 'base64')) throw new DamagedValueError('it holds no base64')
      return bytes
    }
    if (!isHash(hash)) throw new DamagedValueError('bytes are missing')
    const bytes = this.#attachment(hash)
    if (bytes === undefined) throw new DamagedValueError(`its part ${hash} is not there`)
    if (bytes.length !== size) throw new DamagedValueError(`its part ${hash} has another length`)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true })
}
