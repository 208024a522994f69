/**
 * Which calls are the same node (R1): the nodes of one function are the leaves of a trie, one step an argument.
 * Primitives, functions and class instances are keys of a Map; what counts by content is looked for in a bucket of
 * equal hashes. Arguments are kept as they were at the call: content is copied when the node is made, and copied again
 * for every run of the body, so that neither the caller nor the body can change an identity.
 */
import { isImmutable, isValueObject } from 'immutable'
import { hashOf, isPlain, isStructural, sameArgument } from './equal.js'
import { CyclicArgumentError } from './errors.js'

/** One step of the trie. What ends here is `leaf`; `keys` leads on. */
export class Branch<Leaf extends object> {
  leaf: Leaf | null = null
  keys: Map<unknown, Branch<Leaf> | Leaf> | null = null
  buckets: Map<number, { readonly key: unknown; readonly next: Branch<Leaf> }[]> | null = null
}

/** The arguments that identify a call: trailing undefined dropped. */
export function trimmed(args: ArrayLike<unknown>): unknown[] {
  let length = args.length
  while (length > 0 && args[length - 1] === undefined) length--
  const kept = new Array<unknown>(length)
  for (let i = 0; i < length; i++) kept[i] = args[i]
  return kept
}

/** Walk to the branch of these keys, making what is missing unless `make` is false. */
export function branchOf<Leaf extends object>(
  root: Branch<Leaf>,
  keys: readonly unknown[],
  make: boolean,
): Branch<Leaf> | undefined {
  let branch = root
  for (const key of keys) {
    const next = isStructural(key) ? byContent(branch, key, make) : byKey(branch, key, make)
    if (next === undefined) return undefined
    branch = next
  }
  return branch
}

function byKey<Leaf extends object>(branch: Branch<Leaf>, key: unknown, make: boolean): Branch<Leaf> | undefined {
  const found = branch.keys?.get(key)
  if (found instanceof Branch) return found
  if (found === undefined && !make) return undefined
  // A bare leaf stands for a branch with nothing but that leaf: the common case of one primitive argument.
  const next = new Branch<Leaf>()
  next.leaf = found ?? null
  if (!make) return next
  branch.keys ??= new Map()
  branch.keys.set(key, next)
  return next
}

function byContent<Leaf extends object>(branch: Branch<Leaf>, key: object, make: boolean): Branch<Leaf> | undefined {
  const hash = hashOf(key)
  const bucket = branch.buckets?.get(hash)
  if (bucket !== undefined) for (const entry of bucket) if (sameArgument(entry.key, key)) return entry.next
  if (!make) return undefined
  const entry = { key, next: new Branch<Leaf>() }
  branch.buckets ??= new Map()
  if (bucket === undefined) branch.buckets.set(hash, [entry])
  else bucket.push(entry)
  return entry.next
}

/** Forget the leaf of these keys, and the branches that led to nothing else. */
export function removeLeaf<Leaf extends object>(root: Branch<Leaf>, keys: readonly unknown[], at = 0): boolean {
  const key = keys[at]
  if (at === keys.length) {
    root.leaf = null
  } else if (isStructural(key)) {
    const hash = hashOf(key)
    const bucket = root.buckets?.get(hash) ?? []
    const index = bucket.findIndex((entry) => sameArgument(entry.key, key))
    const entry = bucket[index]
    if (entry !== undefined && removeLeaf(entry.next, keys, at + 1)) {
      bucket.splice(index, 1)
      if (bucket.length === 0) root.buckets?.delete(hash)
    }
  } else {
    const next = root.keys?.get(key)
    if (next !== undefined && (!(next instanceof Branch) || removeLeaf(next, keys, at + 1))) root.keys?.delete(key)
  }
  return root.leaf === null && !root.keys?.size && !root.buckets?.size
}

/** Every leaf below a branch. */
export function* leaves<Leaf extends object>(branch: Branch<Leaf>): Generator<Leaf> {
  if (branch.leaf !== null) yield branch.leaf
  if (branch.keys !== null) {
    for (const next of branch.keys.values()) {
      if (next instanceof Branch) yield* leaves(next)
      else yield next
    }
  }
  if (branch.buckets !== null)
    for (const bucket of branch.buckets.values()) for (const { next } of bucket) yield* leaves(next)
}

/** A copy of an argument that nobody else holds; what counts by identity is kept as it is. */
export function copyOf(value: unknown, what: () => string): unknown {
  return isStructural(value) ? copy(value, what, []) : value
}

function copy(value: unknown, what: () => string, path: object[]): unknown {
  if (!isStructural(value) || isImmutable(value) || isValueObject(value)) return value
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (ArrayBuffer.isView(value)) return copyView(value)
  if (path.includes(value)) throw new CyclicArgumentError(what())
  path.push(value)
  let made: unknown
  if (Array.isArray(value)) {
    const items = new Array<unknown>(value.length)
    for (let i = 0; i < items.length; i++) items[i] = copy(value[i], what, path)
    made = items
  } else if (value instanceof Map) {
    const entries = new Map<unknown, unknown>()
    for (const [key, item] of value) entries.set(copy(key, what, path), copy(item, what, path))
    made = entries
  } else if (value instanceof Set) {
    const items = new Set<unknown>()
    for (const item of value) items.add(copy(item, what, path))
    made = items
  } else if (isPlain(value)) {
    const properties = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>
    for (const key of Object.keys(value)) {
      // defineProperty, not assignment: a key called __proto__ is a key
      Object.defineProperty(properties, key, {
        value: copy(value[key], what, path),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    made = properties
  }
  path.pop()
  return made
}

function copyView(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof DataView) {
    return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))
  }
  const items = view as unknown as Uint8Array
  return Buffer.isBuffer(items) ? Buffer.from(items) : items.slice()
}
