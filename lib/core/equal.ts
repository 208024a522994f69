/**
 * Equality and hashing by content of plain data, Immutable collections and ValueObjects; everything else by identity.
 * Arguments (R1) and results (R10) differ in two points only: for arguments 0 and -0 are one and an undefined property
 * is none; for results they are told apart.
 */
import { hash as immutableHash, is, isImmutable, isValueObject } from 'immutable'

type Data = object & { readonly [key: string]: unknown }

const { getPrototypeOf, keys, is: same } = Object

/** A plain object: made by a literal, JSON or `Object.create(null)`. */
export function isPlain(value: object): value is Data {
  const prototype = getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Counts by its content; other objects count by identity. */
export function isStructural(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Array.isArray(value) ||
      isPlain(value) ||
      value instanceof Date ||
      value instanceof Map ||
      value instanceof Set ||
      ArrayBuffer.isView(value) ||
      value instanceof ArrayBuffer ||
      isImmutable(value) ||
      isValueObject(value))
  )
}

/** Are two arguments one and the same (R1)? */
export function sameArgument(a: unknown, b: unknown): boolean {
  return equal(a, b, true, 0)
}

/** Are two results one and the same (R10)? */
export function sameValue(a: unknown, b: unknown): boolean {
  return equal(a, b, false, 0)
}

// Deeper than any plain data that people write, and shallower than the stack: a cyclic result is equal to itself only.
const DEEPEST = 500

function equal(a: unknown, b: unknown, argument: boolean, depth: number): boolean {
  if (same(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return argument && a === b
  if (depth > DEEPEST) return false
  if (isImmutable(a) || isValueObject(a)) return is(a, b)
  if (getPrototypeOf(a) !== getPrototypeOf(b)) return isPlain(a) && isPlain(b) && equalPlain(a, b, argument, depth)
  if (Array.isArray(a)) {
    const other = b as unknown[]
    if (a.length !== other.length) return false
    for (let i = 0; i < a.length; i++) if (!equal(a[i], other[i], argument, depth + 1)) return false
    return true
  }
  if (isPlain(a)) return equalPlain(a, b as Data, argument, depth)
  if (a instanceof Date) return same(a.getTime(), (b as Date).getTime())
  if (a instanceof Map) return equalMap(a, b as Map<unknown, unknown>, argument, depth)
  if (a instanceof Set) return equalSet(a, b as Set<unknown>, argument, depth)
  if (ArrayBuffer.isView(a)) return equalView(a, b as ArrayBufferView, argument)
  if (a instanceof ArrayBuffer) return equalView(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), argument)
  return false
}

function equalPlain(a: Data, b: Data, argument: boolean, depth: number): boolean {
  let count = 0
  for (const key of keys(a)) {
    const value = a[key]
    if (argument && value === undefined) continue
    if (!Object.hasOwn(b, key) || !equal(value, b[key], argument, depth + 1)) return false
    count++
  }
  for (const key of keys(b)) if (!argument || b[key] !== undefined) count--
  return count === 0
}

function equalMap(a: Map<unknown, unknown>, b: Map<unknown, unknown>, argument: boolean, depth: number): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    if (b.has(key) && !isStructural(key)) {
      if (!equal(value, b.get(key), argument, depth + 1)) return false
      continue
    }
    let found = false
    for (const [otherKey, otherValue] of b) {
      if (!equal(key, otherKey, argument, depth + 1)) continue
      found = equal(value, otherValue, argument, depth + 1)
      break
    }
    if (!found) return false
  }
  return true
}

function equalSet(a: Set<unknown>, b: Set<unknown>, argument: boolean, depth: number): boolean {
  if (a.size !== b.size) return false
  for (const value of a) {
    if (b.has(value)) continue
    let found = false
    for (const other of b) if (equal(value, other, argument, depth + 1)) found = true
    if (!found) return false
  }
  return true
}

function equalView(a: ArrayBufferView, b: ArrayBufferView, argument: boolean): boolean {
  if (a.byteLength !== b.byteLength) return false
  if (a instanceof DataView || b instanceof DataView) return equalView(bytes(a), bytes(b), argument)
  const left = a as unknown as ArrayLike<unknown>
  const right = b as unknown as ArrayLike<unknown>
  for (let i = 0; i < left.length; i++) {
    if (!same(left[i], right[i]) && !(argument && left[i] === right[i])) return false
  }
  return true
}

function bytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** A bucket for content: equal arguments (and equal results) have equal hashes. Not an address. */
export function hashOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'number':
      return value === 0 ? 0 : immutableHash(value)
    case 'object':
      break
    case 'undefined':
      return 0x42108423
    default:
      return immutableHash(value)
  }
  if (value === null) return 0x42108422
  if (depth > DEEPEST) return 1
  if (isImmutable(value) || isValueObject(value)) return immutableHash(value)
  if (Array.isArray(value)) {
    let h = value.length
    for (let i = 0; i < value.length; i++) h = (Math.imul(h, 31) + hashOf(value[i], depth + 1)) | 0
    return h
  }
  if (isPlain(value)) {
    let h = 7
    for (const key of keys(value)) {
      const property = value[key]
      if (property !== undefined) h = (h + mixed(immutableHash(key), hashOf(property, depth + 1))) | 0
    }
    return h
  }
  if (value instanceof Date) return immutableHash(value.getTime())
  if (value instanceof Map) {
    let h = value.size
    for (const [key, item] of value) h = (h + mixed(hashOf(key, depth + 1), hashOf(item, depth + 1))) | 0
    return h
  }
  if (value instanceof Set) {
    let h = value.size
    for (const item of value) h = (h + hashOf(item, depth + 1)) | 0
    return h
  }
  if (ArrayBuffer.isView(value)) return hashView(value instanceof DataView ? bytes(value) : value)
  if (value instanceof ArrayBuffer) return hashView(new Uint8Array(value))
  return immutableHash(value)
}

/** The hash of a pair. The multipliers are those of MurmurHash3's finalizer (Austin Appleby, public domain). */
function mixed(key: number, value: number): number {
  let h = (Math.imul(key, 0x85ebca6b) + value) | 0
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return h ^ (h >>> 13)
}

function hashView(view: ArrayBufferView): number {
  const items = view as unknown as ArrayLike<number | bigint>
  let h = items.length
  for (let i = 0; i < items.length; i++) h = (Math.imul(h, 31) + hashOf(items[i])) | 0
  return h
}
