// R1: which calls are the same node.
import { Map as ImmutableMap, Record as ImmutableRecord, Set as ImmutableSet, List, OrderedMap } from 'immutable'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, CyclicArgumentError, Node, scale, tracked } from '../../lib/index.js'
import { Money, Runs, throws } from './helpers.js'

/** A function of anything that counts its runs. */
function anything() {
  const runs = new Runs()
  const f = tracked('f', (...args: unknown[]) => {
    runs.count('f')
    return args.length
  })
  return { runs, f }
}

/** True where both argument lists are one node, asserted to be so by node, by hash and by body runs. */
function one(a: readonly unknown[], b: readonly unknown[]): boolean {
  const { runs, f } = anything()
  const context = new Context()
  const nodes = f.at(...a).equals(f.at(...b))
  if (nodes && f.at(...a).hashCode() !== f.at(...b).hashCode()) throw new Error('equal nodes, unequal hashes')
  context.run(() => f(...a))
  context.run(() => f(...b))
  const called = runs.take()['f'] === 1
  if (nodes !== called) throw new Error(`at() says ${nodes}, calls say ${called}`)
  // The other way round, and from inside the values of collections.
  if (f.at(...b).equals(f.at(...a)) !== nodes) throw new Error('equals is not symmetric')
  checkInvariants(context)
  return nodes
}

class Point {
  readonly x: number
  readonly y: number
  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
}

void t.test('R1: the same arguments are one node, whoever asks for it', async (t) => {
  const { runs, f } = anything()
  const context = new Context()
  for (const args of [[], [1], ['a', 2, null], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]) {
    t.equal(
      context.run(() => f(...args)),
      args.length,
    )
    context.run(() => f(...args))
    context.get(f.at(...args))
    t.same(runs.take(), { f: 1 })
    t.ok(f.at(...args).equals(f.at(...args)))
  }
  checkInvariants(context)
})

void t.test('R1: a node is shared by contexts and by roots, its results are not shared by roots', async (t) => {
  const { runs, f } = anything()
  const one = new Context()
  const other = new Context()
  t.ok(f.at(1).equals(f.at(1)))
  one.get(f.at(1))
  other.get(f.at(1))
  t.same(runs.take(), { f: 2 })
  checkInvariants(one)
  checkInvariants(other)
})

void t.test('R1: numbers by SameValueZero', async (t) => {
  t.ok(one([Number.NaN], [Number.NaN]))
  t.ok(one([0], [-0]))
  t.ok(one([[0, Number.NaN]], [[-0, Number.NaN]]))
  t.ok(one([{ a: -0 }], [{ a: 0 }]))
  t.ok(one([1, -0], [1, 0]))
  t.notOk(one([0], [Number.NaN]))
  t.notOk(one([1], [1 + Number.EPSILON]))
  t.notOk(one([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]))
})

void t.test('R1: primitives of different types always differ, alone and inside plain data', async (t) => {
  const kinds = [1, '1', true, 1n, null, undefined, 0, '', false, 0n, 'null', 'undefined', 'true', Number.NaN, 'NaN']
  for (const [i, a] of kinds.entries()) {
    for (const [j, b] of kinds.entries()) {
      if (i === j) continue
      const names = `${typeof a} ${String(a)} and ${typeof b} ${String(b)}`
      t.notOk(one([a], [b]), names)
      t.notOk(one([a, 'end'], [b, 'end']), `${names} before another argument`)
      t.notOk(one(['start', a, 'end'], ['start', b, 'end']), `${names} between two arguments`)
      t.notOk(one([[a]], [[b]]), `${names} in an array`)
      t.notOk(one([new Map([['k', a]])], [new Map([['k', b]])]), `${names} in a Map`)
      t.notOk(one([new Set([a])], [new Set([b])]), `${names} in a Set`)
      t.notOk(one([List([a])], [List([b])]), `${names} in a List`)
      t.notOk(one([new Map([[a, 1]])], [new Map([[b, 1]])]), `${names} as keys of a Map`)
      t.notOk(one([{ k: a, l: 1 }], [{ k: b, l: 1 }]), `${names} in an object`)
    }
  }
})

void t.test('R1: symbols are themselves', async (t) => {
  const symbol = Symbol('s')
  t.ok(one([symbol], [symbol]))
  t.ok(one([Symbol.for('s')], [Symbol.for('s')]))
  t.notOk(one([symbol], [Symbol('s')]))
  t.notOk(one([symbol], ['s']))
})

void t.test('R1: trailing undefined arguments and undefined properties are dropped', async (t) => {
  t.ok(one([], [undefined]))
  t.ok(one([], [undefined, undefined, undefined]))
  t.ok(one([1], [1, undefined]))
  t.ok(one([1, undefined, 2], [1, undefined, 2, undefined]))
  t.ok(one([null], [null, undefined]))
  t.ok(one([{ a: 1 }], [{ a: 1, b: undefined }]))
  t.ok(one([{}], [{ b: undefined }]))
  t.ok(one([{ deep: [{ a: 1 }] }], [{ deep: [{ a: 1, b: undefined }] }]))
  t.notOk(one([1], [undefined, 1]), 'a leading undefined counts')
  t.notOk(one([1, 2], [1, undefined, 2]), 'one in the middle too')
  t.notOk(one([[]], [[undefined]]), 'an element of an array is not an argument')
  t.notOk(one([[1]], [[1, undefined]]))
  t.notOk(one([{}], [undefined]))
  t.notOk(one([{ a: null }], [{}]), 'null is not undefined')
  t.notOk(one([{}], []))
})

void t.test('R1: key order is ignored, array order is not', async (t) => {
  t.ok(one([{ a: 1, b: 2 }], [{ b: 2, a: 1 }]))
  t.ok(one([[{ a: { c: 1, d: 2 }, b: 2 }]], [[{ b: 2, a: { d: 2, c: 1 } }]]))
  t.notOk(one([[1, 2]], [[2, 1]]))
  t.notOk(one([1, 2], [2, 1]))
  t.notOk(one([{ a: 1, b: 2 }], [{ a: 2, b: 1 }]), 'the values belong to their keys')
  t.notOk(one([{ a: 1 }], [{ b: 1 }]))
  t.notOk(one([{ a: 1 }], [{ a: 1, b: 1 }]))
})

void t.test('R1: what is put together differently differs', async (t) => {
  t.notOk(one(['a', 'b'], ['a,b']))
  t.notOk(one(['a', 'b'], ['ab']))
  t.notOk(one(['a', 'b'], [['a', 'b']]))
  t.notOk(one([['a'], ['b']], [['a', 'b']]))
  t.notOk(one([[['a'], 'b']], [['a', ['b']]]))
  t.notOk(one([[[]]], [[]]))
  t.notOk(one([{ a: 1 }], ['{"a":1}']))
  t.notOk(one([[1]], ['[1]']))
  t.notOk(one([{ 0: 'a', length: 1 }], [['a']]))
  t.notOk(one([{}], [[]]))
  t.notOk(one([{}], [new Map()]))
  t.notOk(one([new Map()], [new Set()]))
  t.notOk(one([[]], [new Set()]))
  t.notOk(one([{ a: 1 }], [new Map([['a', 1]])]))
  t.notOk(one([['a', 1]], [new Map([['a', 1]])]))
  t.notOk(one([[['a', 1]]], [{ a: 1 }]))
  t.notOk(one([{ a: { b: 1 } }], [{ a: 1, b: 1 }]))
  t.notOk(one([{ 'a.b': 1 }], [{ a: { b: 1 } }]))
  t.notOk(one([JSON.parse('{"__proto__":1}')], [{}]), 'an own property called __proto__ counts')
  t.notOk(one([JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":2}')]))
  t.ok(one([JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":1}')]))
  t.ok(one([{ constructor: 1, hasOwnProperty: 2 }], [{ hasOwnProperty: 2, constructor: 1 }]))
})

void t.test('R1: Date, Map, Set and typed arrays by content', async (t) => {
  t.ok(one([new Date(5)], [new Date(5)]))
  t.ok(one([new Date(Number.NaN)], [new Date(Number.NaN)]))
  t.notOk(one([new Date(5)], [new Date(6)]))
  t.notOk(one([new Date(5)], [5]))
  t.notOk(one([new Date(0)], [new Date(0).toISOString()]))
  t.ok(one([new Map([['a', { b: 1 }]])], [new Map([['a', { b: 1 }]])]))
  t.ok(one([new Map([[{ k: 1 }, 'v']])], [new Map([[{ k: 1 }, 'v']])]), 'keys that are plain data')
  t.notOk(one([new Map([['a', 1]])], [new Map([['a', 2]])]))
  t.notOk(one([new Map([['a', undefined]])], [new Map()]), 'a key without a value is a key')
  t.ok(one([new Set([1, 'a', null])], [new Set([1, 'a', null])]))
  t.ok(one([new Set([{ a: 1 }])], [new Set([{ a: 1 }])]))
  t.notOk(one([new Set([1])], [new Set([1, 2])]))
  t.ok(one([new Uint8Array([1, 2])], [new Uint8Array([1, 2])]))
  t.ok(one([new Uint8Array([1, 2])], [new Uint8Array([0, 1, 2, 3]).subarray(1, 3)]), 'a view by what it shows')
  t.ok(one([new Float64Array([Number.NaN])], [new Float64Array([Number.NaN])]))
  t.ok(one([new BigInt64Array([1n])], [new BigInt64Array([1n])]))
  t.notOk(one([new Uint8Array([1, 2])], [new Uint8Array([2, 1])]))
  t.notOk(one([new Uint8Array([1, 2])], [new Uint8Array([1, 2, 0])]))
  t.notOk(one([new Uint8Array([1])], [new Int8Array([1])]))
  t.notOk(one([new Uint8Array([1])], [[1]]))
  t.notOk(one([new Float32Array([1])], [new Float64Array([1])]))
})

void t.test('R1: Immutable collections by content', async (t) => {
  const Person = ImmutableRecord({ name: '', age: 0 })
  const Other = ImmutableRecord({ name: '', age: 0 }, 'Other')
  t.ok(one([List([1, 2])], [List([1, 2])]))
  t.ok(one([ImmutableMap({ a: 1, b: 2 })], [ImmutableMap({ b: 2, a: 1 })]))
  t.ok(one([ImmutableSet([1, 2])], [ImmutableSet([2, 1])]))
  t.ok(one([List([ImmutableMap({ a: List([1]) })])], [List([ImmutableMap({ a: List([1]) })])]))
  t.ok(one([new Person({ name: 'a' })], [new Person({ name: 'a' })]))
  t.ok(one([{ list: List([1]) }], [{ list: List([1]) }]), 'inside plain data')
  t.notOk(one([List([1, 2])], [List([2, 1])]))
  t.notOk(one([new Person({ name: 'a' })], [new Person({ name: 'b' })]))
  t.notOk(one([new Person({ name: 'a' })], [{ name: 'a', age: 0 }]))
  t.ok(one([new Other()], [new Other()]))
  t.notOk(
    one(
      [
        OrderedMap([
          ['a', 1],
          ['b', 2],
        ]),
      ],
      [
        OrderedMap([
          ['b', 2],
          ['a', 1],
        ]),
      ],
    ),
    'an ordered map has an order',
  )
  t.notOk(one([List([1])], [[1]]), 'a List is not an array')
  t.notOk(one([ImmutableMap({ a: 1 })], [{ a: 1 }]))
  t.notOk(one([ImmutableMap({ a: 1 })], [new Map([['a', 1]])]))
  t.notOk(one([List([1])], [ImmutableSet([1])]))
})

void t.test('R1: value objects by equals and hashCode', async (t) => {
  t.ok(one([new Money(5, 'EUR')], [new Money(5, 'EUR')]))
  t.ok(one([{ price: [new Money(5, 'EUR')] }], [{ price: [new Money(5, 'EUR')] }]))
  t.ok(one([List([new Money(5, 'EUR')])], [List([new Money(5, 'EUR')])]))
  t.ok(one([new Map([[new Money(5, 'EUR'), 1]])], [new Map([[new Money(5, 'EUR'), 1]])]))
  t.notOk(one([new Money(5, 'EUR')], [new Money(5, 'USD')]), 'equal hashes do not make them equal')
  t.notOk(one([new Money(5, 'EUR')], [{ amount: 5, currency: 'EUR' }]))
  const { runs, f } = anything()
  const context = new Context()
  for (const currency of ['EUR', 'USD', 'CHF', 'EUR', 'USD', 'CHF']) context.get(f.at(new Money(5, currency)))
  t.same(runs.take(), { f: 3 }, 'three in one bucket')
})

void t.test('R1: other class instances and functions by identity', async (t) => {
  const point = new Point(1, 2)
  const fn = () => 1
  t.ok(one([point], [point]))
  t.notOk(one([point], [new Point(1, 2)]))
  t.notOk(one([point], [{ x: 1, y: 2 }]))
  t.ok(one([{ at: [point] }], [{ at: [point] }]))
  t.notOk(one([[point]], [[new Point(1, 2)]]))
  t.notOk(one([new Map([['p', point]])], [new Map([['p', new Point(1, 2)]])]))
  t.ok(one([fn], [fn]))
  t.notOk(one([fn], [() => 1]))
  t.notOk(one([/a/], [/a/]))
  t.notOk(one([new Error('a')], [new Error('a')]))
  const cyclic: { self?: unknown } = new (class Self {
    self?: unknown
  })()
  cyclic.self = cyclic
  t.ok(one([cyclic], [cyclic]), 'an instance may hold itself')
})

void t.test('R1: arguments count as they were at the call: changing them later changes nothing', async (t) => {
  const runs = new Runs()
  const size = runs.leaf('size', 10)
  const sum = tracked('sum', (values: { list: number[] }) => {
    runs.count('sum')
    return values.list.reduce((a, b) => a + b, 0) * size()
  })
  const context = new Context()
  const values = { list: [1, 2] }
  const node = sum.at(values)
  t.equal(
    context.run(() => sum(values)),
    30,
  )
  values.list.push(3)
  t.equal(
    context.run(() => sum(values)),
    60,
    'another call now',
  )
  t.same(runs.take(), { sum: 2, size: 1 })
  t.equal(
    context.run(() => sum({ list: [1, 2] })),
    30,
  )
  t.same(runs.take(), {}, 'the first call is still known')
  t.strictSame(node.args, [{ list: [1, 2] }])
  context.tweak(size, 100)
  t.equal(context.get(node), 300, 'and runs again on the arguments it was called with')
  t.equal(context.get(sum.at({ list: [1, 2] })), 300)
  t.same(runs.take(), { sum: 1 })
  checkInvariants(context)
})

void t.test('R1: a node made by at() keeps the arguments it was made with, whatever their kind', async (t) => {
  const show = tracked('show', (value: unknown) => {
    if (value instanceof Date) return value.getTime()
    if (value instanceof Map || value instanceof Set) return value.size
    if (value instanceof Uint8Array) return value[0]
    return JSON.stringify(value)
  })
  const date = new Date(5)
  const map = new Map([['a', 1]])
  const set = new Set([1])
  const bytes = new Uint8Array([7])
  const object = { a: { b: 1 } }
  const array = [[1], [2]]
  const nodes = [date, map, set, bytes, object, array].map((value) => show.at(value))
  date.setTime(6)
  map.set('b', 2)
  set.add(2)
  bytes[0] = 8
  object.a.b = 2
  array[0]?.push(9)
  const context = new Context()
  t.strictSame(
    nodes.map((node) => context.get(node)),
    [5, 1, 1, 7, '{"a":{"b":1}}', '[[1],[2]]'],
  )
  t.strictSame(
    [date, map, set, bytes, object, array].map((value) => context.get(show.at(value))),
    [6, 2, 2, 8, '{"a":{"b":2}}', '[[1,9],[2]]'],
  )
})

void t.test('R1: a cyclic plain value is a TypeError and changes nothing', async (t) => {
  const { runs, f } = anything()
  const context = new Context()
  context.get(f.at(1))
  runs.take()
  const before = context.stats()
  const object: Record<string, unknown> = { a: 1 }
  object['self'] = { deep: [object] }
  const array: unknown[] = [1]
  array.push(array)
  const map = new Map<string, unknown>()
  map.set('self', { map })
  const set = new Set<unknown>()
  set.add([set])
  for (const cyclic of [object, array, map, set]) {
    const error = throws(t, () => context.run(() => f('x', cyclic)), CyclicArgumentError)
    t.ok(error instanceof TypeError)
    t.equal(error.code, 'DUGOUT_CYCLIC_ARGUMENT')
    t.match(error.message, /\bf\b/, 'names the function')
    throws(t, () => f.at(cyclic), CyclicArgumentError)
  }
  t.same(runs.take(), {})
  const after = context.stats()
  t.equal(after.results, before.results)
  t.equal(after.edges, before.edges)
  t.equal(after.evaluations, before.evaluations)
  checkInvariants(context)
})

void t.test('R1: one value at two places is not a cycle', async (t) => {
  const shared = { a: 1 }
  t.ok(one([{ l: shared, r: shared }], [{ l: { a: 1 }, r: { a: 1 } }]))
  t.ok(one([[shared, shared]], [[shared, { a: 1 }]]))
  let wide: unknown = 1
  for (let level = 0; level < 12; level++) wide = [wide, wide]
  t.ok(one([wide], [wide]))
})

void t.test('R1: two functions of the same name are two functions', async (t) => {
  const first = tracked('same', (n: number) => n)
  const second = tracked('same', (n: number) => -n)
  const context = new Context()
  t.equal(context.get(first.at(1)), 1)
  t.equal(context.get(second.at(1)), -1)
  t.notOk(first.at(1).equals(second.at(1)))
  const child = context.fork().tweak(first.at(1), 7)
  t.equal(child.get(second.at(1)), -1)
  t.equal(child.get(first.at(1)), 7)
  checkInvariants(context)
})

void t.test('R1: `key` gives the identity of an argument', async (t) => {
  const runs = new Runs()
  const load = tracked(
    'load',
    (row: { id: number; note: string }, other: { id: number; note: string }) => {
      runs.count('load')
      return row.id + other.id
    },
    { key: (arg, index) => (index === 0 ? (arg as { id: number }).id : arg) },
  )
  const context = new Context()
  context.get(load.at({ id: 1, note: 'a' }, { id: 2, note: 'a' }))
  context.get(load.at({ id: 1, note: 'b' }, { id: 2, note: 'a' }))
  t.same(runs.take(), { load: 1 })
  context.get(load.at({ id: 1, note: 'a' }, { id: 2, note: 'b' }))
  context.get(load.at({ id: 3, note: 'a' }, { id: 2, note: 'a' }))
  t.same(runs.take(), { load: 2 })
})

void t.test('R1: a node can be written down and is a value object', async (t) => {
  const volume = tracked('volume', (region: string) => region.length)
  const node = volume.at('EU')
  t.ok(node instanceof Node)
  t.equal(node.id, 'volume("EU")')
  t.strictSame(JSON.parse(JSON.stringify(node)), { function: 'volume', args: ['EU'] })
  t.strictSame(node.args, ['EU'])
  t.equal(node.function, volume)
  t.equal(ImmutableSet([volume.at('EU'), volume.at('EU'), volume.at('US')]).size, 2)
  t.notOk(node.equals(undefined))
  t.notOk(node.equals('volume("EU")'))
  t.equal(volume.name, 'volume')
  t.equal(tracked(function named() {}).name, 'named')
})

void t.test(
  'R1: buffers, views of bytes and their like are kept as they were, and come as what they are',
  async (t) => {
    const bytesOf = (value: ArrayBuffer | ArrayBufferView) =>
      ArrayBuffer.isView(value)
        ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        : new Uint8Array(value)
    const show = tracked('show', (value: ArrayBuffer | ArrayBufferView) => {
      return `${value.constructor.name} ${bytesOf(value).join(' ')}`
    })
    const make = () => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])
    const values = [
      make().buffer,
      new DataView(make().buffer, 2, 3),
      Buffer.from(make()),
      make().subarray(4),
      new Uint32Array(make().buffer, 4),
      new BigUint64Array(make().buffer),
    ]
    const texts = [
      'ArrayBuffer 1 2 3 4 5 6 7 8',
      'DataView 3 4 5',
      'Buffer 1 2 3 4 5 6 7 8',
      'Uint8Array 5 6 7 8',
      'Uint32Array 5 6 7 8',
      'BigUint64Array 1 2 3 4 5 6 7 8',
    ]
    const nodes = values.map((value) => show.at(value))
    const context = new Context()
    const called = values.map((value) => context.run(show, value))
    for (const view of values.map(bytesOf)) view.fill(0)
    t.strictSame(called, texts)
    t.strictSame(
      nodes.map((node) => context.get(node)),
      texts,
    )
    checkInvariants(context)
  },
)

void t.test('R1: a key that is another each time makes another node each time, and breaks no others', async (t) => {
  let calls = 0
  const f = tracked('f', (n: number) => n, { key: () => [calls++] })
  const g = tracked('g', (n: number) => n)
  const h = tracked('h', (n: number, _m: number) => n, { key: () => calls++ })
  const context = new Context()
  t.equal(
    context.run(() => f(1) + f(1) + g(1) + h(1, 1)),
    4,
  )
  t.equal(context.stats().nodes, 4)
  context.clear()
  t.equal(
    context.run(() => f(2) + g(2) + h(2, 2)),
    6,
  )
})

void t.test('a node is written down by what its arguments hold, in short', async (t) => {
  const f = tracked('f', (...args: unknown[]) => args.length)
  const bare = Object.create(Object.create(null) as object) as object
  const texts: [unknown, string][] = [
    [new Date(0), 'Date(1970-01-01T00:00:00.000Z)'],
    [new Date(Number.NaN), 'Date(invalid)'],
    [new Map([['a', 1]]), 'Map([["a", 1]])'],
    [new Set(['a']), 'Set(["a"])'],
    [new Float64Array(2), 'Float64Array(16 bytes)'],
    [new DataView(new ArrayBuffer(3)), 'DataView(3 bytes)'],
    [new ArrayBuffer(5), 'ArrayBuffer(5 bytes)'],
    [List([1, 2]), 'List [ 1, 2 ]'],
    [scale(2), 'scale(2)'],
    [Object.assign(Object.create(null), { a: undefined, b: 1 }), '{"b": 1}'],
    [new Point(1, 2), '[Point]'],
    [bare, '[object]'],
    [
      (
        () => () =>
          1
      )(),
      'function',
    ],
    [[[[[[1]]]]], '[[[[...]]]]'],
    [-0, '0'],
    [10n, '10n'],
    [Symbol('s'), 'Symbol(s)'],
    [null, 'null'],
  ]
  for (const [value, text] of texts) t.equal(f.at(value, 1).id, `f(${text}, 1)`)
  const long = f.at(Array.from({ length: 1000 }, () => 7)).id
  t.equal(long.length, 'f()'.length + 240 + '...'.length)
  t.match(long, /^f\(\[7, 7, .*\.\.\.\)$/)
})

void t.test(
  'R1: what a body read last time is not taken for what it reads now, of however many arguments',
  async (t) => {
    const last = tracked('last', (): unknown => 1)
    const f = tracked('f', (...args: unknown[]) => args.join(' '))
    const unnamed = tracked(
      (
        () => (n: unknown) =>
          `unnamed ${n}`
      )(),
    )
    const keyed = tracked('keyed', (n: unknown) => `keyed ${n}`, { key: (n) => n })
    const reads = tracked('reads', () => {
      const n = last()
      return [f(), f(n), f(1, n), f(1, 2, n), f(1, 2, 3, n), f(n, 2, 3), f(1, n, 3), unnamed(n), keyed(n)]
    })
    t.equal(unnamed.at(1).id, 'anonymous(1)')
    const context = new Context()
    for (const n of [1, 2, 2, 1, '1', 1]) {
      context.tweak(last, n)
      context.invalidate(reads)
      t.same(context.get(reads), [
        '',
        `${n}`,
        `1 ${n}`,
        `1 2 ${n}`,
        `1 2 3 ${n}`,
        `${n} 2 3`,
        `1 ${n} 3`,
        `unnamed ${n}`,
        `keyed ${n}`,
      ])
      checkInvariants(context)
    }
    t.same(
      context
        .dependencies(reads)
        .map(({ id }) => id)
        .slice(1, 5),
      ['f()', 'f(1)', 'f(1, 1)', 'f(1, 2, 1)'],
    )
  },
)

void t.test('R29: a node that is of no use any more goes, whatever its arguments count by', async (t) => {
  const f = tracked('f', (...args: unknown[]) => args.length)
  const zero = new Money(0, 'EUR')
  const lists = [[], [1], ['a', 2], [[1]], [[1], { a: 1 }], [zero, 1], [new Money(0, 'USD'), 1], [zero, [2]], [zero]]
  const base = new Context()
  const contexts = lists.map((args) => base.fork().tweak(f.at(...args), 7))
  t.equal(base.stats().nodes, lists.length)
  for (const [i, context] of contexts.entries()) {
    context.dispose()
    t.equal(base.stats().nodes, lists.length - i - 1)
    for (const [j, kept] of contexts.entries())
      if (j > i) t.equal(kept.peek(f.at(...(lists[j] as unknown[]))), 7, 'the others stay')
    checkInvariants(base)
  }
})

void t.test('R1: a key that cannot be kept is an error that names the call', async (t) => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  const f = tracked('f', (n: number) => n, { key: () => cyclic })
  const error = throws(t, () => new Context().run(() => f(7)), CyclicArgumentError)
  t.match(error.message, /f\(7\)/)
})

void t.test(
  'R1: a call of many arguments is the same node in a body, in a run inside it and after an await',
  async (t) => {
    let runs = 0
    const many = tracked('many', (a: string, b: number, c: boolean, d: number) => {
      runs++
      return `${a}${b}${c}${d}`
    })
    const body = tracked('body', () => many('a', 1, true, 2) + Context.current().run(() => many('a', 1, true, 2)))
    const later = tracked('later', async () => {
      await Promise.resolve()
      return many('a', 1, true, 2) + many('a', 1, true, 3)
    })
    const context = new Context()
    t.equal(context.get(body), 'a1true2a1true2')
    t.equal(await context.get(later), 'a1true2a1true3')
    t.equal(runs, 2)
    t.same(context.dependencies(body), [many.at('a', 1, true, 2)])
    t.equal(
      context.run(() => (many as (...args: unknown[]) => string)('a', 1, true, 3, undefined)),
      'a1true3',
    )
    t.equal(runs, 2, 'an undefined at the end is none')
  },
)
