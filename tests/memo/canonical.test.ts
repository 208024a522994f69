// Canonical bytes: equal for arguments that are one and the same (R1), different for all others, the same everywhere.
import { inspect } from 'node:util'
import fc from 'fast-check'
import { Map as ImmutableMap, Set as ImmutableSet, List, OrderedMap, OrderedSet, Record, Seq, Stack } from 'immutable'
import t from 'tap'
import { sameArgument } from '../../lib/core/equal.js'
import { trimmed } from '../../lib/core/identity.js'
import { canonicalArguments, canonicalBytes, NotStorableError, sha256, Types } from '../../lib/memo/codec/index.js'
import { read } from '../project/snippets.js'
import { madeFrom, type Vector, vectorTypes } from './vectors.js'

const hex = (value: unknown, types?: Types): string =>
  Buffer.from(canonicalBytes(value, types && { types })).toString('hex')

t.test('the vectors that another language can hold itself to', async (t) => {
  const vectors = JSON.parse(await read('tests/memo/vectors.json')) as Vector[]
  t.ok(vectors.length > 40)
  for (const { what, bytes, sha256: hash } of vectors) {
    const canonical = canonicalArguments(madeFrom(what), { types: vectorTypes })
    t.equal(Buffer.from(canonical).toString('hex'), bytes, what)
    t.equal(sha256(canonical), hash, what)
  }
})

t.test('what R1 takes for one has the same bytes', async (t) => {
  const nan = new Float64Array([Number.NaN])
  new Uint8Array(nan.buffer).fill(0xff)
  const holed: unknown[] = []
  holed.length = 1
  const pairs: [unknown, unknown][] = [
    [0, -0],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1, c: undefined },
    ],
    [Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    [new Map([['b', 1]]).set('a', 2), new Map([['a', 2]]).set('b', 1)],
    [new Set([1, 2]), new Set([2, 1])],
    [new Date(Number.NaN), new Date(Number.NaN)],
    [nan, new Float64Array([Number.NaN])],
    [new Float32Array([-0]), new Float32Array([0])],
    [holed, [undefined]],
    [List([1]), Stack([1])],
    [ImmutableMap({ a: 1, b: 2 }), ImmutableMap({ b: 2, a: 1 })],
    [
      { '\ue000': 1, '😀': 2 },
      { '😀': 2, '\ue000': 1 },
    ],
  ]
  for (const [one, other] of pairs) {
    t.ok(sameArgument(one, other), inspect(one))
    t.equal(hex(one), hex(other), inspect(one))
  }
  t.same(canonicalArguments([1, undefined, undefined]), canonicalArguments([1]))
})

t.test('what R1 tells apart has different bytes', async (t) => {
  const different = [
    ...[1, '1', true, 1n, null, undefined, Number.NaN, 'NaN', '', 0, '0', 0n, -1n, [], [undefined], {}, [[]], [null]],
    ...[new Map(), new Set(), new Date(0), new Date(Number.NaN), new Map([[1, 1]]), new Map([['1', 1]]), new Set([1])],
    ...[
      new Map([[1, undefined]]),
      '\ud800',
      '\udc00',
      '\ufffd',
      ['a', 'b'],
      ['ab'],
      ['a', ['b']],
      { a: 'b' },
      { ab: '' },
    ],
    ...[new Uint8Array(1), new Int8Array(1), Buffer.alloc(1), new ArrayBuffer(1), new DataView(new ArrayBuffer(1))],
    ...[new Uint8Array(2), new Uint16Array(1), List([1]), List(['1']), ImmutableSet([1]), OrderedSet([1]), [1]],
    ...[
      ImmutableMap({ a: 'b' }),
      OrderedMap({ a: 'b' }),
      OrderedSet([1, 2]),
      OrderedSet([2, 1]),
      { __proto__: null, b: 1 },
    ],
  ]
  const seen = new Map<string, unknown>()
  for (const value of different) {
    const bytes = hex(value)
    t.notOk(seen.has(bytes), `${inspect(value)} and ${inspect(seen.get(bytes))}`)
    seen.set(bytes, value)
  }
})

t.test('what counts by identity is refused by its path', async (t) => {
  class Point {
    x = 1
  }
  const Place = Record({ x: 1 })
  const loop: { self?: unknown } = {}
  loop.self = [loop]
  const refused: [unknown, string][] = [
    [{ callback: () => 1 }, 'arguments[0].callback'],
    [Symbol('s'), 'arguments[0]'],
    [[new Point()], 'arguments[0][0]'],
    [new (class Own extends Array<number> {})(), 'arguments[0]'],
    [new Map([[Point, 1]]), 'arguments[0].key(0)'],
    [Place(), 'arguments[0]'],
    [Seq([1]), 'arguments[0]'],
    [/a/, 'arguments[0]'],
    [new Error('e'), 'arguments[0]'],
    [loop, 'arguments[0].self[0]'],
  ]
  for (const [value, path] of refused) {
    try {
      canonicalArguments([value])
      t.fail(path)
    } catch (error) {
      t.ok(error instanceof NotStorableError)
      t.match(error, { path })
    }
  }
  const types = new Types().class('Point', Point).record('Place', Place)
  t.equal(hex(new Point(), types), hex(new Point(), types))
  t.not(hex(new Point(), types), hex(Object.assign(new Point(), { x: 2 }), types))
  t.equal(hex(Place(), types), hex(Place({ x: 1 }), types))
  t.not(hex(Place(), types), hex({ x: 1 }))
})

// Members and keys that equal one another by content count once: core and bytes agree on what they hold else.
const distinct = { selector: (value: unknown) => hex(value) }
const key = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('__proto__', 'a', 'b', '\ud800', '\ue000', '😀'))
const immutableValue = fc.oneof(fc.constantFrom<unknown>(0, -0, 1, '1', '', true, null, undefined), fc.integer())
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<unknown>(0, -0, 1, '1', 1n, -1n, true, false, null, undefined, Number.NaN, 'a', '\ud800', '\udc00'),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.double(),
    fc.constantFrom(new Date(0), new Date(1), new Date(Number.NaN)),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(key, tie('any'), { maxKeys: 3 }),
    fc.uniqueArray(tie('any'), { ...distinct, maxLength: 3 }).map((members) => new Set(members)),
    fc
      .uniqueArray(fc.tuple(tie('any'), tie('any')), { selector: ([name]) => hex(name), maxLength: 3 })
      .map((entries) => new Map(entries)),
    fc.array(fc.constantFrom(0, -0, 1, Number.NaN), { maxLength: 2 }).map((items) => new Float64Array(items)),
    fc.array(fc.constantFrom(0, 1), { maxLength: 2 }).map((items) => new Uint8Array(items)),
    fc.array(fc.constantFrom(0, 1), { maxLength: 2 }).map((items) => Buffer.from(items)),
    fc.array(immutableValue, { maxLength: 3 }).map((items) => List(items)),
    fc.array(immutableValue, { maxLength: 3 }).map((items) => OrderedSet(items)),
    fc.array(immutableValue, { maxLength: 3 }).map((items) => ImmutableSet(items)),
    fc.array(fc.tuple(immutableValue, immutableValue), { maxLength: 3 }).map((items) => ImmutableMap(items)),
    fc.array(fc.tuple(immutableValue, immutableValue), { maxLength: 3 }).map((items) => OrderedMap(items)),
  ),
})).any

/** The same again where R1 says so: other order, other objects, undefined properties. */
function rewritten(value: unknown): unknown {
  if (value === 0) return -0
  if (Array.isArray(value)) return value.map(rewritten)
  if (value instanceof Map) return new Map([...value].reverse().map(([k, v]) => [rewritten(k), rewritten(v)]))
  if (value instanceof Set) return new Set([...value].reverse().map(rewritten))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const made = Object.create(null) as object
  for (const [name, property] of Object.entries(value).reverse()) {
    Object.defineProperty(made, name, { value: rewritten(property), enumerable: true })
  }
  return made
}

t.test('bytes are equal exactly where the core takes arguments for one', async (t) => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), fc.array(value, { maxLength: 3 }), (one, other) => {
      const same = (a: unknown[], b: unknown[]): boolean => sameArgument(trimmed(a), trimmed(b))
      const equal = (a: unknown[], b: unknown[]): boolean =>
        Buffer.from(canonicalArguments(a)).equals(canonicalArguments(b))
      if (same(one, other) !== equal(one, other)) throw new Error(`${inspect(one)} and ${inspect(other)}`)
      const again = one.map(rewritten)
      if (!same(one, again) || !equal(one, again)) throw new Error(`${inspect(one)} and ${inspect(again)}`)
    }),
    { numRuns: 6000 },
  )
  t.pass()
})

t.test('no bytes are the beginning of others', async (t) => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      const [a, b] = [Buffer.from(canonicalBytes(one)), Buffer.from(canonicalBytes(other))]
      return a.equals(b) || !b.subarray(0, a.length).equals(a)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
