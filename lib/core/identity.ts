/**
 * Which calls are the same node (R1): the nodes of one function are the leaves of a trie, one step an argument. Most calls
 * have primitives, functions and class instances for arguments: for each number of them there is a trie of bare Maps, which
 * is as fast as it gets. Where one counts by content, steps are branches, and it is looked for in a bucket of equal hashes.
 * Arguments are kept as they were at the call: content is copied when the node is made, and copied again for every run of
 * the body, so that neither the caller nor the body can change an identity.
 */
import { isImmutable, isValueObject } from 'immutable'
import { hashOf, isPlain, isStructural, sameArgument } from './equal.js'
import { CyclicArgumentError } from './errors.js'

/** A step of a trie whose depth is known: at the last argument a leaf. */
export type Step<Leaf extends object> = Map<unknown, Step<Leaf> | Leaf>

/** All calls of one function, of one receiver where it is a method: a leaf for each list of arguments. */
export class Calls<Leaf extends object> {
  /** The call without arguments. */
  none: Leaf | null = null
  /** Calls of one argument, and of two and of three. */
  one: Map<unknown, Leaf> | null = null
  two: Map<unknown, Map<unknown, Leaf>> | null = null
  three: Map<unknown, Map<unknown, Map<unknown, Leaf>>> | null = null
  /** Calls of more, by how many. */
  more: Map<number, Step<Leaf>> | null = null
  /** Calls with an argument that counts by content. */
  content: Branch<Leaf> | null = null

  get(keys: readonly unknown[]): Leaf | undefined {
    if (keys.length === 0) return this.none ?? undefined
    if (keys.some(isStructural)) return leafOf(this.content, keys) ?? undefined
    return follow(this.#first(keys.length), keys)
  }

  /** Four or more primitives, as they came; undefined where they have to be looked at more closely. */
  ofMany(keys: readonly unknown[]): Leaf | undefined {
    return follow(this.more?.get(keys.length), keys)
  }

  set(keys: readonly unknown[], leaf: Leaf): void {
    if (keys.length === 0) this.none = leaf
    else if (keys.some(isStructural)) growBranch((this.content ??= new Branch()), keys).leaf = leaf
    else {
      let step = this.#first(keys.length) ?? this.#begin(keys.length)
      for (let i = 0; i < keys.length - 1; i++) {
        let next = step.get(keys[i]) as Step<Leaf> | undefined
        if (next === undefined) {
          next = new Map()
          step.set(keys[i], next)
        }
        step = next
      }
      step.set(keys.at(-1), leaf)
    }
  }

  /** Forget a leaf, and the steps that led to nothing else. */
  delete(keys: readonly unknown[]): void {
    if (keys.length === 0) this.none = null
    else if (keys.some(isStructural)) {
      if (this.content !== null) prune(this.content, keys, 0)
    } else {
      const first = this.#first(keys.length)
      if (first !== undefined) pruneSteps(first, keys, 0)
    }
  }

  *[Symbol.iterator](): Generator<Leaf> {
    if (this.none !== null) yield this.none
    for (let depth = 1; depth <= 3; depth++) {
      const first = this.#first(depth)
      if (first !== undefined) yield* ends(first, depth)
    }
    for (const [depth, first] of this.more ?? []) yield* ends(first, depth)
    if (this.content !== null) yield* leaves(this.content)
  }

  #first(depth: number): Step<Leaf> | undefined {
    switch (depth) {
      case 1:
        return this.one ?? undefined
      case 2:
        return (this.two as Step<Leaf> | null) ?? undefined
      case 3:
        return (this.three as Step<Leaf> | null) ?? undefined
      default:
        return this.more?.get(depth)
    }
  }

  #begin(depth: number): Step<Leaf> {
    const first: Step<Leaf> = new Map()
    if (depth === 1) this.one = first as Map<unknown, Leaf>
    else if (depth === 2) this.two = first as Map<unknown, Map<unknown, Leaf>>
    else if (depth === 3) this.three = first as Map<unknown, Map<unknown, Map<unknown, Leaf>>>
    else {
      this.more ??= new Map()
      this.more.set(depth, first)
    }
    return first
  }
}

function follow<Leaf extends object>(first: Step<Leaf> | undefined, keys: readonly unknown[]): Leaf | undefined {
  let step: Step<Leaf> | Leaf | undefined = first
  for (let i = 0; i < keys.length && step !== undefined; i++) step = (step as Step<Leaf>).get(keys[i])
  return step as Leaf | undefined
}

function* ends<Leaf extends object>(step: Step<Leaf>, depth: number): Generator<Leaf> {
  if (depth === 1) yield* step.values() as Iterable<Leaf>
  else for (const next of step.values()) yield* ends(next as Step<Leaf>, depth - 1)
}

function pruneSteps<Leaf extends object>(step: Step<Leaf>, keys: readonly unknown[], at: number): void {
  const key = keys[at]
  if (at < keys.length - 1) {
    const next = step.get(key) as Step<Leaf> | undefined
    // a key that is another each time finds nothing
    if (next === undefined) return
    pruneSteps(next, keys, at + 1)
    if (next.size > 0) return
  }
  step.delete(key)
}

/** One step where content is among the arguments. What ends here is `leaf`. */
class Branch<Leaf extends object> {
  leaf: Leaf | null = null
  keys: Map<unknown, Branch<Leaf>> | null = null
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

function leafOf<Leaf extends object>(root: Branch<Leaf> | null, keys: readonly unknown[]): Leaf | null {
  let branch: Branch<Leaf> | undefined = root ?? undefined
  for (let i = 0; i < keys.length && branch !== undefined; i++) branch = nextOf(branch, keys[i])
  return branch?.leaf ?? null
}

function nextOf<Leaf extends object>(branch: Branch<Leaf>, key: unknown): Branch<Leaf> | undefined {
  if (!isStructural(key)) return branch.keys?.get(key)
  return branch.buckets?.get(hashOf(key))?.find((entry) => sameArgument(entry.key, key))?.next
}

/** The branch of these keys, which are not there yet or only in part. */
function growBranch<Leaf extends object>(root: Branch<Leaf>, keys: readonly unknown[]): Branch<Leaf> {
  let branch = root
  for (const key of keys) {
    let next = nextOf(branch, key)
    if (next === undefined) {
      next = new Branch()
      if (isStructural(key)) {
        const hash = hashOf(key)
        branch.buckets ??= new Map()
        const bucket = branch.buckets.get(hash)
        if (bucket === undefined) branch.buckets.set(hash, [{ key, next }])
        else bucket.push({ key, next })
      } else {
        branch.keys ??= new Map()
        branch.keys.set(key, next)
      }
    }
    branch = next
  }
  return branch
}

/** Forget the leaf of these keys, and the branches that led to nothing else. Is there nothing left? */
function prune<Leaf extends object>(root: Branch<Leaf>, keys: readonly unknown[], at: number): boolean {
  const key = keys[at]
  if (at === keys.length) {
    root.leaf = null
  } else if (isStructural(key)) {
    const hash = hashOf(key)
    const bucket = root.buckets?.get(hash) ?? []
    const index = bucket.findIndex((entry) => sameArgument(entry.key, key))
    const entry = bucket[index]
    if (entry !== undefined && prune(entry.next, keys, at + 1)) {
      bucket.splice(index, 1)
      if (bucket.length === 0) root.buckets?.delete(hash)
    }
  } else {
    const next = root.keys?.get(key)
    if (next !== undefined && prune(next, keys, at + 1)) root.keys?.delete(key)
  }
  return root.leaf === null && !root.keys?.size && !root.buckets?.size
}

function* leaves<Leaf extends object>(branch: Branch<Leaf>): Generator<Leaf> {
  if (branch.leaf !== null) yield branch.leaf
  for (const next of branch.keys?.values() ?? []) yield* leaves(next)
  for (const bucket of branch.buckets?.values() ?? []) for (const { next } of bucket) yield* leaves(next)
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
