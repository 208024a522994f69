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

const { prototype: typedArray } = getPrototypeOf(Uint8Array) as { readonly prototype: object }
const builtIn = new Set<unknown>(
  [Array, Date, Map, Set, ArrayBuffer, DataView, Buffer].map(({ prototype }): unknown => prototype),
)

/** Made by one of the language's own classes that count by content. A subclass of one is a class like any other. */
function isBuiltIn(value: object): boolean {
  const prototype = getPrototypeOf(value) as object
  return builtIn.has(prototype) || getPrototypeOf(prototype) === typedArray
}

/** Says itself what it is equal to. */
function isComparable(value: object): boolean {
  return isImmutable(value) || isValueObject(value)
}

/** Counts by its content; other objects count by identity. */
export function isStructural(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (isPlain(value) || isBuiltIn(value) || isComparable(value))
}

/** Are two arguments one and the same (R1)? */
export function sameArgument(a: unknown, b: unknown): boolean {
  return equal(a, b, true, null)
}

/** Are two results one and the same (R10)? */
export function sameValue(a: unknown, b: unknown): boolean {
  return equal(a, b, false, null)
}

// Deeper than any plain data that people write, and shallower than the stack. Results deeper than that are equal to
// themselves only; of arguments one is a copy, and what could not be copied is not compared.
const DEEPEST = 500

/** The containers around what is looked at, the innermost first: what is met again in itself is cyclic. */
interface Path {
  readonly container: object
  readonly outer: Path | null
  readonly depth: number
}

function within(container: object, outer: Path | null): Path {
  return { container, outer, depth: outer === null ? 1 : outer.depth + 1 }
}

function isAround(value: object, path: Path | null): boolean {
  for (let at = path; at !== null; at = at.outer) if (at.container === value) return true
  return false
}

function equal(a: unknown, b: unknown, argument: boolean, outer: Path | null): boolean {
  if (same(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return argument && a === b
  if (isComparable(a)) return isComparable(b) && is(a, b)
  if (isAround(a, outer) || (!argument && outer !== null && outer.depth > DEEPEST)) return false
  const path = within(a, outer)
  if (isPlain(a)) return isPlain(b) && equalPlain(a, b, argument, path)
  if (getPrototypeOf(a) !== getPrototypeOf(b) || !isBuiltIn(a)) return false
  if (Array.isArray(a)) {
    const other = b as unknown[]
    if (a.length !== other.length) return false
    for (let i = 0; i < a.length; i++) if (!equal(a[i], other[i], argument, path)) return false
    return true
  }
  if (a instanceof Date) return same(a.getTime(), (b as Date).getTime())
  if (a instanceof Map || a instanceof Set) return equalKeyed(a, b as Keyed, argument, path)
  return equalItems(itemsOf(a as View), itemsOf(b as View), argument)
}

function equalPlain(a: Data, b: Data, argument: boolean, path: Path): boolean {
  let count = 0
  for (const key of keys(a)) {
    const value = a[key]
    if (argument && value === undefined) continue
    if (!Object.hasOwn(b, key) || !equal(value, b[key], argument, path)) return false
    count++
  }
  for (const key of keys(b)) if (!argument || b[key] !== undefined) count--
  return count === 0
}

type Keyed = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>

/** Maps, and Sets as Maps without values. Keys that count by content are matched one to one. */
function equalKeyed(a: Keyed, b: Keyed, argument: boolean, path: Path): boolean {
  if (a.size !== b.size) return false
  let unmatched: Map<number, unknown[]> | null = null
  for (const key of a.keys()) {
    const item = itemOf(a, key)
    if (!isStructural(key)) {
      if (!b.has(key) || !equal(item, itemOf(b, key), argument, path)) return false
      continue
    }
    unmatched ??= keysByHash(b)
    const bucket = unmatched.get(hashOf(key)) ?? []
    const at = bucket.findIndex(
      (other) => equal(key, other, argument, path) && equal(item, itemOf(b, other), argument, path),
    )
    if (at < 0) return false
    bucket.splice(at, 1)
  }
  return true
}

/** The keys that count by content, in buckets of equal hashes. */
function keysByHash(keyed: Keyed): Map<number, unknown[]> {
  const found = new Map<number, unknown[]>()
  for (const key of keyed.keys()) {
    if (!isStructural(key)) continue
    const hash = hashOf(key)
    const bucket = found.get(hash)
    if (bucket === undefined) found.set(hash, [key])
    else bucket.push(key)
  }
  return found
}

function itemOf(keyed: Keyed, key: unknown): unknown {
  return keyed instanceof Map ? keyed.get(key) : undefined
}

type View = ArrayBufferView | ArrayBuffer
type Items = ArrayLike<number | bigint>

function itemsOf(view: View): Items {
  if (view instanceof ArrayBuffer) return new Uint8Array(view)
  return view instanceof DataView
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : (view as unknown as Items)
}

function equalItems(a: Items, b: Items, argument: boolean): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i]) && !(argument && a[i] === b[i])) return false
  return true
}

/** Of all that contains itself, and of what is too deep to look into. */
const UNKNOWN = 1

/** What a hash has walked into. */
class Walk {
  readonly path: object[] = []
  isCyclic = false
}

/** A bucket for content: equal arguments (and equal results) have equal hashes. Not an address. */
export function hashOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return hashSimple(value)
  const walk = new Walk()
  const h = hashContent(value, walk)
  return walk.isCyclic ? UNKNOWN : h
}

function hashSimple(value: unknown): number {
  if (value === undefined) return 0x42108423
  if (value === null) return 0x42108422
  return value === 0 ? 0 : immutableHash(value)
}

function hashIn(value: unknown, walk: Walk): number {
  return typeof value === 'object' && value !== null ? hashContent(value, walk) : hashSimple(value)
}

function hashContent(value: object, walk: Walk): number {
  if (!isStructural(value) || isComparable(value)) return immutableHash(value)
  const { path } = walk
  if (path.includes(value)) walk.isCyclic = true
  if (walk.isCyclic || path.length > DEEPEST) return UNKNOWN
  path.push(value)
  const h = hashParts(value, walk)
  path.pop()
  return h
}

function hashParts(value: object, walk: Walk): number {
  if (Array.isArray(value)) return hashItems(value, walk)
  if (isPlain(value)) {
    let h = 7
    for (const key of keys(value)) {
      const property = value[key]
      if (property !== undefined) h = (h + mixed(immutableHash(key), hashIn(property, walk))) | 0
    }
    return h
  }
  if (value instanceof Date) return immutableHash(value.getTime())
  if (value instanceof Map) {
    let h = value.size
    for (const [key, item] of value) h = (h + mixed(hashIn(key, walk), hashIn(item, walk))) | 0
    return h
  }
  if (value instanceof Set) {
    let h = value.size
    for (const item of value) h = (h + hashIn(item, walk)) | 0
    return h
  }
  return hashItems(itemsOf(value as View), walk)
}

function hashItems(items: ArrayLike<unknown>, walk: Walk): number {
  let h = items.length
  for (let i = 0; i < items.length; i++) h = (Math.imul(h, 31) + hashIn(items[i], walk)) | 0
  return h
}

/** The hash of a pair. The multipliers are those of MurmurHash3's finalizer (Austin Appleby, public domain). */
function mixed(key: number, value: number): number {
  let h = (Math.imul(key, 0x85ebca6b) + value) | 0
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return h ^ (h >>> 13)
}
