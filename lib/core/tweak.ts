/**
 * Tweaks: what a context says about a node instead of its body. Three kinds: a value, an adjustment of the value below
 * it, another function in place of the body (R11 to R13). A TweakSet is an immutable map of them, with content equality: it keeps
 * the order in which they were made, and that order does not count.
 */
import { hash, Map as ImmutableMap } from 'immutable'
import { hashOf, isPlain, isStructural, sameValue } from './equal.js'
import {
  DuplicateNameError,
  InvalidFunctionError,
  NotSerialisableError,
  PromiseTweakError,
  UnknownTargetError,
} from './errors.js'
import { type Definition, definitionFrom, describeValue, Node } from './node.js'
import type { AnyFunction, Result as ResultOf, Tracked, Value } from './tracked.js'

/** An adjustment that is a value: compared, printed and written down. */
export class Adjustment {
  readonly kind: 'scale' | 'add' | 'percent' | 'clamp'
  readonly operands: readonly number[]

  constructor(kind: Adjustment['kind'], operands: readonly number[]) {
    this.kind = kind
    this.operands = operands
  }

  /** The next value from the previous one. */
  apply(previous: number): number {
    const [a = 0, b = 0] = this.operands
    switch (this.kind) {
      case 'scale':
        return previous * a
      case 'add':
        return previous + a
      case 'percent':
        return previous * (1 + a / 100)
      default:
        return Math.min(Math.max(previous, a), b)
    }
  }

  equals(other: unknown): boolean {
    return other instanceof Adjustment && other.toString() === this.toString()
  }

  hashCode(): number {
    return hash(this.toString())
  }

  toString(): string {
    return `${this.kind}(${this.operands.map(textOfNumber).join(', ')})`
  }

  toJSON(): [string, ...number[]] {
    return [this.kind, ...this.operands]
  }
}

/** 0 and -0 are told apart: so are the results that they make. */
function textOfNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : `${value}`
}

/** Multiply what is below by a factor. */
export function scale(factor: number): Adjustment {
  return new Adjustment('scale', [factor])
}

/** Add to what is below. */
export function add(amount: number): Adjustment {
  return new Adjustment('add', [amount])
}

/** Raise what is below by so many percent: `percent(10)` is `scale(1.1)`. */
export function percent(points: number): Adjustment {
  return new Adjustment('percent', [points])
}

/** Keep what is below within bounds, both included. */
export function clamp(low: number, high: number): Adjustment {
  return new Adjustment('clamp', [low, high])
}

const adjustments: Record<string, (...operands: number[]) => Adjustment> = {
  __proto__: null as never,
  scale,
  add,
  percent,
  clamp,
}

/** A function that adjusts: it gets the value below and the arguments of the node. */
export type Adjuster = (previous: unknown, ...args: unknown[]) => unknown

const ids = new WeakMap<WeakKey, number>()
let lastId = 0

/** A number for anything that counts by identity. */
function identityOf(value: WeakKey): number {
  let id = ids.get(value)
  if (id === undefined) {
    id = ++lastId
    ids.set(value, id)
  }
  return id
}

/** What a context says about one node, or about all nodes of a function. */
export class Tweak {
  readonly kind: 'value' | 'adjust' | 'replace'
  readonly content: unknown

  constructor(kind: Tweak['kind'], content: unknown) {
    this.kind = kind
    this.content = content
  }

  equals(other: unknown): boolean {
    return other instanceof Tweak && other.kind === this.kind && sameValue(other.content, this.content)
  }

  hashCode(): number {
    return hash(this.kind) ^ hashOf(this.content)
  }

  /** Equal tweaks have equal keys: part of a producer (producer.ts). */
  get key(): string {
    const { kind, content } = this
    if (content instanceof Adjustment) return `${kind} ${content}`
    if (typeof content === 'string') return `${kind} ${JSON.stringify(content)}`
    if (typeof content === 'symbol' && Symbol.keyFor(content) !== undefined) return `${kind} ${String(content)}`
    if (
      (typeof content === 'object' && content !== null) ||
      typeof content === 'function' ||
      typeof content === 'symbol'
    )
      return `${kind} #${identityOf(content)}`
    return `${kind} ${typeof content} ${typeof content === 'number' ? textOfNumber(content) : String(content)}`
  }

  toString(): string {
    const text = describeValue(this.content)
    return this.kind === 'value' ? text : `${this.kind} ${text}`
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
  )
}

/** A node, or a tracked function: for all of its calls where it is tweaked, for the call without arguments elsewhere. */
export type Target<F extends AnyFunction = AnyFunction> = Tracked<F> | Node<F>

type Key = Node | AnyFunction

/** Pairs, or a set: what is taken wherever tweaks are due. */
export type TweakSetLike = TweakSet | Iterable<readonly [target: Target<never> | Target, value: unknown]>

/** The key of a target, checked. */
export function keyOfTarget(target: unknown): Key {
  if (target instanceof Node) return target
  if (definitionFrom(target) !== undefined) return target as AnyFunction
  throw new UnknownTargetError(describeValue(target))
}

export function valueTweak(target: Key, value: unknown): Tweak {
  if (isPromise(value)) throw new PromiseTweakError(describeTarget(target))
  return new Tweak('value', value)
}

export function functionTweak(kind: 'adjust' | 'replace', target: Key, content: unknown): Tweak {
  if (typeof content === 'function' || (kind === 'adjust' && content instanceof Adjustment))
    return new Tweak(kind, content)
  const what = `The ${kind === 'adjust' ? 'adjustment' : 'replacement'} of ${describeTarget(target)}`
  throw new InvalidFunctionError(what, `${describeValue(content)} is not a function.`)
}

function describeTarget(target: Key): string {
  return target instanceof Node ? target.id : (definitionFrom(target) as Definition).name
}

/** Two sets that say different things about one target. */
export interface Merge {
  readonly tweaks: TweakSet
  readonly conflicts: readonly Key[]
}

/** How a set is written down. */
export interface TweakJSON {
  readonly target: string | { readonly function: string; readonly args: readonly unknown[] }
  readonly value?: unknown
  readonly adjust?: readonly [string, ...number[]]
}

/** A tweak and its place in the order. Immutable's maps keep no order, its ordered ones cost several times as much to make. */
class Placed {
  readonly tweak: Tweak
  readonly place: number

  constructor(tweak: Tweak, place: number) {
    this.tweak = tweak
    this.place = place
  }

  equals(other: unknown): boolean {
    return other instanceof Placed && this.tweak.equals(other.tweak)
  }

  hashCode(): number {
    return this.tweak.hashCode()
  }
}

/** Tweaks as an immutable value, in the order in which they were made: every change gives a new set, equal sets are equal. */
export class TweakSet implements Iterable<[Key, Tweak]> {
  readonly #map: ImmutableMap<Key, Placed>
  /** No place is at or above it. */
  readonly #end: number

  constructor(map: ImmutableMap<Key, Placed> = ImmutableMap(), end = 0) {
    this.#map = map
    this.#end = end
  }

  /** From pairs of target and value; a value may be an adjustment such as `scale(1.1)`. */
  static from(tweaks: TweakSetLike): TweakSet {
    if (tweaks instanceof TweakSet) return tweaks
    let set = new TweakSet()
    for (const [target, value] of tweaks) {
      set = value instanceof Adjustment ? set.adjust(target, value as never) : set.tweak(target, value)
    }
    return set
  }

  /** How many targets are tweaked. */
  get size(): number {
    return this.#map.size
  }

  tweak<F extends AnyFunction>(target: Target<F>, value: Value<F>): TweakSet {
    const key = keyOfTarget(target)
    return this.with(key, valueTweak(key, value))
  }

  adjust<F extends AnyFunction>(
    target: Target<F>,
    adjustment: Adjustment | ((previous: Value<F>, ...args: Parameters<F>) => Value<F> | Promise<Value<F>>),
  ): TweakSet {
    const key = keyOfTarget(target)
    return this.with(key, functionTweak('adjust', key, adjustment))
  }

  replace<F extends AnyFunction>(target: Target<F>, fn: (...args: Parameters<F>) => ResultOf<F>): TweakSet {
    const key = keyOfTarget(target)
    return this.with(key, functionTweak('replace', key, fn))
  }

  untweak(target: Target<never> | Target): TweakSet {
    return new TweakSet(this.#map.delete(keyOfTarget(target)), this.#end)
  }

  /** The tweak of just this target. */
  get(target: Target<never> | Target): Tweak | undefined {
    return this.#map.get(keyOfTarget(target))?.tweak
  }

  has(target: Target<never> | Target): boolean {
    return this.#map.has(keyOfTarget(target))
  }

  /** With a tweak as it stands. For the rooms of dugout. */
  with(key: Key, tweak: Tweak): TweakSet {
    const place = this.#map.get(key)?.place ?? this.#end
    return new TweakSet(this.#map.set(key, new Placed(tweak, place)), Math.max(this.#end, place + 1))
  }

  /** Both; where they differ about a target the other set wins, and the target is reported. */
  merge(other: TweakSetLike): Merge {
    const conflicts: Key[] = []
    let tweaks = new TweakSet(this.#map, this.#end)
    for (const [key, tweak] of TweakSet.from(other)) {
      const mine = this.#map.get(key)?.tweak
      if (mine !== undefined && !mine.equals(tweak)) conflicts.push(key)
      tweaks = tweaks.with(key, tweak)
    }
    return { tweaks, conflicts }
  }

  equals(other: unknown): boolean {
    return other instanceof TweakSet && this.#map.equals(other.#map)
  }

  hashCode(): number {
    return this.#map.hashCode()
  }

  [Symbol.iterator](): Iterator<[Key, Tweak]> {
    const entries = [...this.#map]
    if (entries.length > 1) entries.sort(([, a], [, b]) => a.place - b.place)
    return entries.map(([key, { tweak }]): [Key, Tweak] => [key, tweak])[Symbol.iterator]()
  }

  toString(): string {
    return `{${[...this].map(([key, tweak]) => `${describeTarget(key)}: ${tweak}`).join(', ')}}`
  }

  /** Written down: targets by name and arguments. Functions have no text; name what they do by `scale` and its like. */
  toJSON(): TweakJSON[] {
    return [...this].map(([key, { kind, content }]) => {
      const target = key instanceof Node ? plainNode(key) : describeTarget(key)
      if (kind === 'adjust' && content instanceof Adjustment && content.operands.every(isJSON))
        return { target, adjust: content.toJSON() }
      if (kind !== 'value' && typeof content === 'function') {
        throw new NotSerialisableError(
          `The ${kind} of ${describeTarget(key)}`,
          'a function has no text. Use scale, add, percent or clamp.',
        )
      }
      if (!isJSON(content))
        throw new NotSerialisableError(`The tweak of ${describeTarget(key)}`, `${describeValue(content)} is not JSON.`)
      return { target, value: content }
    })
  }

  /** Read back what `toJSON` wrote. The model is an object or an iterable that holds its tracked functions. */
  static fromJSON(model: Model, json: unknown): TweakSet {
    const names = functionsOf(model)
    if (!Array.isArray(json)) throw new NotSerialisableError('A tweak set', 'its JSON is a list of tweaks.')
    let set = new TweakSet()
    for (const entry of json as readonly TweakJSON[]) {
      const target = targetFrom(names, entry)
      if (entry.adjust !== undefined) {
        set = set.adjust(target, adjustmentFrom(entry.adjust) as never)
      } else {
        if (!('value' in entry)) throw new NotSerialisableError('A tweak', 'it has neither a value nor an adjustment.')
        set = set.tweak(target, entry.value)
      }
    }
    return set
  }
}

/** What holds the tracked functions of a model: `import * as model`, or a list. */
export type Model = object | Iterable<unknown>

/** The tracked functions of a model by name. Two of one name are an error that says where both are. */
export function functionsOf(model: Model): Map<string, Tracked<AnyFunction>> {
  const found = new Map<string, { readonly fn: Tracked<AnyFunction>; readonly place: string }>()
  const entries: Iterable<readonly [unknown, unknown]> =
    Symbol.iterator in model ? [...model].map((fn, i) => [i, fn] as const) : Object.entries(model)
  for (const [place, value] of entries) {
    const definition = definitionFrom(value)
    if (definition === undefined) continue
    const known = found.get(definition.name)
    if (known !== undefined && known.fn !== value)
      throw new DuplicateNameError(definition.name, [known.place, String(place)])
    found.set(definition.name, { fn: value as Tracked<AnyFunction>, place: String(place) })
  }
  return new Map([...found].map(([name, { fn }]) => [name, fn]))
}

function targetFrom(names: Map<string, Tracked<AnyFunction>>, entry: TweakJSON): Target {
  const target = entry?.target
  const name = typeof target === 'string' ? target : target?.function
  const fn = names.get(name)
  if (fn === undefined) throw new UnknownTargetError(`${describeValue(name)}, which the model does not have,`)
  if (typeof target === 'string') return fn
  if (!Array.isArray(target.args)) throw new NotSerialisableError(`The target ${name}`, 'it has no list of arguments.')
  return fn.at(...(target.args as never[]))
}

function adjustmentFrom(json: unknown): Adjustment {
  const [kind, ...operands] = Array.isArray(json) ? (json as unknown[]) : [json]
  const make = typeof kind === 'string' ? adjustments[kind] : undefined
  const what = `The adjustment ${describeValue(kind)}`
  if (make === undefined) throw new NotSerialisableError(what, 'it is none of scale, add, percent, clamp.')
  if (operands.length !== make.length || !operands.every((operand) => typeof operand === 'number'))
    throw new NotSerialisableError(what, `it takes ${make.length === 1 ? 'one number' : 'two numbers'}.`)
  return make(...operands)
}

function plainNode(node: Node): { function: string; args: readonly unknown[] } {
  if (!node.args.every(isJSON)) throw new NotSerialisableError(node.id, 'its arguments are not JSON.')
  return node.toJSON()
}

function isJSON(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (!isStructural(value)) return false
  if (Array.isArray(value)) return value.every(isJSON)
  return isPlain(value) && Object.values(value).every(isJSON)
}
