// R1 and R10: what counts by its content is equal where a slow reference says so, and equal values share a bucket.
import fc from 'fast-check'
import { Map as ImmutableMap, Set as ImmutableSet, List, OrderedMap } from 'immutable'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { hashOf, sameArgument, sameValue } from '../../lib/core/equal.js'
import { Context, CyclicArgumentError, tracked } from '../../lib/index.js'
import { Money, Runs, throws } from './helpers.js'

/** Equal both ways round, and then of one hash. */
function alike(same: (a: unknown, b: unknown) => boolean, a: unknown, b: unknown): boolean {
  const found = same(a, b)
  if (same(b, a) !== found) throw new Error('not symmetric')
  if (found && hashOf(a) !== hashOf(b)) throw new Error('equal, with unequal hashes')
  return found
}

const asArguments = (a: unknown, b: unknown) => alike(sameArgument, a, b)
const asResults = (a: unknown, b: unknown) => alike(sameValue, a, b)
const both = (a: unknown, b: unknown) => {
  const found = asArguments(a, b)
  if (asResults(a, b) !== found) throw new Error('arguments and results differ')
  return found
}

class Vector extends Array<number> {}
class Index extends Map<string, number> {}
class Bag extends Set<number> {}
class Day extends Date {}
class Bytes extends Uint8Array {}

const instances: readonly unknown[] = [new Error('e'), () => 1, Symbol('s'), /a/, new Vector(1, 2)]

/** The reference: a text of what counts. Two values are equal where their texts are. */
function textOf(value: unknown, argument: boolean): string {
  const text = (item: unknown): string => textOf(item, argument)
  const sorted = (items: string[]): string => items.sort().join(' ')
  if (instances.includes(value)) return `instance ${instances.indexOf(value)}`
  if (typeof value === 'number') return Object.is(value, -0) && !argument ? '-0' : `${value}`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`
  if (value instanceof Money) return `money ${value.amount} ${value.currency}`
  // of Immutable, 0 and -0 are one
  if (List.isList(value)) return `list ${[...value].map((item) => textOf(item, true)).join(' ')}.`
  if (OrderedMap.isOrderedMap(value)) return `ordered ${[...value].map((item) => textOf(item, true)).join(' ')}.`
  if (ImmutableMap.isMap(value)) return `map ${sorted([...value].map((item) => textOf(item, true)))}.`
  if (ImmutableSet.isSet(value)) return `set ${sorted([...value].map((item) => textOf(item, true)))}.`
  if (Array.isArray(value)) return `[${Array.from(value, text).join(' ')}]`
  if (value instanceof Date) return `Date ${value.getTime()}`
  if (value instanceof Map) return `Map {${sorted([...value].map((entry) => text(entry)))}}`
  if (value instanceof Set) return `Set {${sorted([...value].map(text))}}`
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${[...new Uint8Array(value)].join(' ')}.`
  if (value instanceof DataView)
    return `DataView ${[...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)].join(' ')}.`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${Array.from(value as Uint8Array, text).join(' ')}.`
  const entries = Object.entries(value).filter(([, item]) => !argument || item !== undefined)
  return `{${sorted(entries.map((entry) => text(entry)))}}`
}

/** Another object of the same content, its parts in another order where order does not count. */
function rebuilt(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || instances.includes(value)) return value
  if (value instanceof Money) return new Money(value.amount, value.currency)
  if (Array.isArray(value)) return value.map(rebuilt)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Map) return new Map([...value].reverse().map(([key, item]) => [rebuilt(key), rebuilt(item)]))
  if (value instanceof Set) return new Set([...value].reverse().map(rebuilt))
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== null && prototype !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, rebuilt(item)]),
  )
}

const small = fc.array(fc.nat(1), { maxLength: 2 })
const number = fc.constantFrom(0, -0, 1, Number.NaN)
const simple = fc.oneof(number, fc.constantFrom(undefined, null, '', 'a', true, 1n, ...instances))
const { data } = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: simple },
    { weight: 2, arbitrary: fc.array(tie('data'), { maxLength: 2 }) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom('a', 'b'), tie('data'), { maxKeys: 2 }) },
    { weight: 2, arbitrary: fc.array(fc.tuple(tie('data'), tie('data')), { maxLength: 3 }).map((all) => new Map(all)) },
    { weight: 2, arbitrary: fc.array(tie('data'), { maxLength: 3 }).map((all) => new Set(all)) },
    fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
    fc.array(number, { maxLength: 2 }).map((all) => new Float64Array(all)),
    small.map((all) => new Uint8Array([0, ...all]).subarray(1)),
    small.map((all) => new Int8Array(all)),
    small.map((all) => new BigInt64Array(all.map(BigInt))),
    small.map((all) => Buffer.from(all)),
    small.map((all) => new DataView(new Uint8Array([0, ...all]).buffer, 1)),
    small.map((all) => new Uint8Array(all).buffer),
    fc.array(simple, { maxLength: 2 }).map((all) => List(all)),
    fc.array(simple, { maxLength: 2 }).map((all) => ImmutableSet(all)),
    fc.array(fc.tuple(simple, simple), { maxLength: 2 }).map((all) => ImmutableMap(all)),
    fc.array(fc.tuple(simple, simple), { maxLength: 2 }).map((all) => OrderedMap(all)),
    fc.nat(1).map((amount) => new Money(amount, 'EUR')),
  ),
}))

/** Few different members, and many that are equal: where matching them matters. */
const word = fc.array(fc.constantFrom(0, -0), { minLength: 1, maxLength: 2 })
const bag = fc.oneof(
  fc.array(word, { minLength: 3, maxLength: 3 }).map((all) => new Set(all)),
  fc.array(fc.tuple(word, number), { minLength: 2, maxLength: 2 }).map((all) => new Map(all)),
)

/** Holds every two values against each other, both ways. How many pairs were equal. */
function compare(values: readonly unknown[], argument: boolean): number {
  const same = argument ? sameArgument : sameValue
  const seen: { readonly value: unknown; readonly text: string }[] = []
  let equals = 0
  for (const value of values) {
    const text = textOf(value, argument)
    if (!same(value, value)) throw new Error(`${text} is not itself`)
    for (const other of seen) {
      const found = alike(same, other.value, value)
      if (found !== (other.text === text)) throw new Error(`${other.text} and ${text}: ${found}`)
      if (found) equals++
    }
    seen.push({ value, text })
  }
  return equals
}

for (const [what, arbitrary] of [
  ['nested data', data],
  ['Sets and Maps with equal members', bag],
] as const) {
  void t.test(
    `R1, R10: equality of ${what} is an equivalence, agrees with the reference, goes by buckets`,
    async (t) => {
      let equals = 0
      const check = (values: unknown[]) => {
        const all = [...values, ...values.map(rebuilt)]
        equals += compare(all, true) + compare(all, false)
      }
      fc.assert(fc.property(fc.array<unknown>(arbitrary, { minLength: 3, maxLength: 6 }), check), { numRuns: 3000 })
      t.ok(equals > 20_000, `${equals} equal pairs`)
    },
  )
}

void t.test('R1, R10: members of a Set are matched one to one', async (t) => {
  t.notOk(both(new Set([[1], [1]]), new Set([[1], [2]])))
  t.ok(both(new Set([[1], [1], [2]]), new Set([[1], [2], [1]])))
  t.notOk(both(new Set([[1], [1], [2]]), new Set([[1], [2], [2]])))
  const member = [1]
  t.notOk(both(new Set([member, [1]]), new Set([member, [2]])), 'also where one is the same object')
  t.notOk(both(new Set<unknown>(['a', [1]]), new Set<unknown>(['a', 'b'])))
  t.ok(both(new Set([new Set([[1], [2]])]), new Set([new Set([[2], [1]])])), 'Sets in Sets')
})

void t.test('R1, R10: entries of a Map are matched one to one where keys count by content', async (t) => {
  const map = (...entries: [unknown, unknown][]) => new Map(entries)
  t.ok(both(map([[1], 'a'], [[1], 'b']), map([[1], 'b'], [[1], 'a'])), 'equal keys with their values in another order')
  t.notOk(both(map([[1], 'a'], [[1], 'b']), map([[1], 'a'], [[1], 'a'])))
  t.notOk(both(map([[1], 'a'], [[1], 'a']), map([[1], 'a'], [[2], 'a'])))
  const key = [1]
  t.ok(both(map([key, 'a'], [[1], 'b']), map([[1], 'a'], [key, 'b'])), 'also where one is the same object')
  t.notOk(both(map(['k', undefined]), map(['l', undefined])))
})

void t.test('R1, R10: an instance of a subclass of what counts by content counts by identity', async (t) => {
  const makers = [
    () => new Vector(1, 2),
    () => new Index([['a', 1]]),
    () => new Bag([1]),
    () => new Day(5),
    () => new Bytes([1]),
  ]
  for (const make of makers) {
    const one = make()
    t.notOk(both(one, make()), one.constructor.name)
    t.ok(both([one], [one]))
    const runs = new Runs()
    const f = tracked('f', (value: unknown) => {
      runs.count('f')
      return value === one
    })
    const context = new Context()
    t.equal(context.get(f.at(one)), true, 'the body gets the object itself')
    context.get(f.at(one))
    context.get(f.at(make()))
    context.get(f.at(make()))
    t.same(runs.take(), { f: 3 })
    checkInvariants(context)
  }
})

void t.test('R1, R10: values of different kinds differ, whatever they hold', async (t) => {
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])
  const kinds = [
    bytes,
    Buffer.from(bytes),
    bytes.buffer,
    new DataView(bytes.buffer),
    new Int8Array(bytes.buffer),
    new Uint8ClampedArray(bytes.buffer),
    new Float64Array(bytes.buffer),
    [...bytes],
    List(bytes),
    Object.fromEntries(bytes.entries()),
    new Set(bytes),
    new Map(bytes.entries()),
  ]
  for (const [i, one] of kinds.entries()) for (const [j, other] of kinds.entries()) t.equal(both(one, other), i === j)
  const five = new (class Five {
    valueOf = () => 5
    equals = (other: unknown) => Number(other) === 5
    hashCode = () => 5
  })()
  t.notOk(both(five, new Date(5)), 'what says itself what it is equal to is equal to its like only')
  t.notOk(both(five, Object(5)))
  t.notOk(both(List([1]), [1]))
})

void t.test('R1, R10: an array is its items, a plain object what it has under names', async (t) => {
  const sparse: unknown[] = []
  sparse[1] = 1
  t.ok(both(sparse, [undefined, 1]), 'a hole is an undefined item')
  t.notOk(both(sparse, [2, 1]))
  t.ok(both('ab'.match(/b/), ['b']), 'where a match was found is no item')
  t.ok(both({ a: 1, [Symbol('s')]: 1 }, { a: 1 }), 'a symbol is no name')
  t.ok(both(Object.assign(Object.create(null), { a: 1 }), { a: 1 }))
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 1, enumerable: false })
  t.ok(both(hidden, { a: 1 }), 'what is not enumerable does not count')
  const seen = tracked('seen', (value: object) => Reflect.ownKeys(value).map(String))
  const context = new Context()
  t.same(context.get(seen.at('ab'.match(/b/) as object)), ['0', 'length'], 'and the body does not get it')
  t.same(context.get(seen.at({ a: 1, [Symbol('s')]: 1 })), ['a'])
})

void t.test('R1, R10: -0 and undefined properties are told apart in results only', async (t) => {
  const pairs = [
    [[0], [-0]],
    [{ a: undefined }, {}],
    [new Map([['a', 0]]), new Map([['a', -0]])],
    [new Set([[0]]), new Set([[-0]])],
    [new Float64Array([0]), new Float64Array([-0])],
    [new Map([[{ a: undefined }, 1]]), new Map([[{}, 1]])],
  ]
  for (const [a, b] of pairs) {
    t.ok(asArguments(a, b))
    t.notOk(asResults(a, b))
  }
})

/** Arrays in arrays. */
function nested(depth: number, last: unknown): unknown {
  let value = last
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

void t.test(
  'R1: arguments are compared however deep; R10: a result that is very deep is equal to itself only',
  async (t) => {
    t.ok(asArguments(nested(2000, 1), nested(2000, 1)))
    t.notOk(asArguments(nested(2000, 1), nested(2000, 2)))
    t.ok(asResults(nested(400, 1), nested(400, 1)))
    t.notOk(asResults(nested(2000, 1), nested(2000, 1)))
    const runs = new Runs()
    const f = tracked('f', (...args: unknown[]) => runs.count(`f of ${args.length}`))
    const context = new Context()
    context.get(f.at(nested(2000, 1)))
    context.get(f.at(nested(2000, 1)))
    t.same(runs.take(), { 'f of 1': 1 })
    checkInvariants(context)
  },
)

/** A tree whose nodes know their parent: as many cycles as nodes, and far more ways round. */
function tree(depth: number, parent: unknown = null): { parent: unknown; children: unknown[] } {
  const node: { parent: unknown; children: unknown[] } = { parent, children: [] }
  if (depth > 0) node.children.push(tree(depth - 1, node), tree(depth - 1, node))
  return node
}

void t.test('R1: an argument with many cycles is an error at once', async (t) => {
  const f = tracked('f', (...args: unknown[]) => args.length)
  const g = tracked('g', () => f(tree(4)))
  const context = new Context()
  throws(t, () => context.get(g), CyclicArgumentError)
  throws(t, () => context.run(() => f(1, tree(4))), CyclicArgumentError)
  checkInvariants(context)
})

void t.test('R10: a cyclic result is equal to itself only, and is compared in no time', async (t) => {
  const one = tree(4)
  t.ok(asResults(one, one))
  t.notOk(asResults(one, tree(4)))
  t.ok(asResults([one, 1], [one, 1]), 'inside others, too')
  const loop: unknown[] = []
  const link = { loop }
  loop.push(link)
  t.ok(asResults(loop, [link]), 'the same part, of which one is part itself')
  const ring = () => {
    const set = new Set<unknown>()
    return set.add(set).add({ set }).add([set])
  }
  t.notOk(asResults(ring(), ring()))
  const map = () => {
    const made = new Map<unknown, unknown>()
    return made.set(made, made).set([made], made).set({ made }, made)
  }
  t.notOk(asResults(map(), map()))
})
