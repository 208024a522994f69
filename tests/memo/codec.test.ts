// Values as bytes: what comes back is what was put in, what has no form is refused by its path, and damage is an error.
import { inspect, isDeepStrictEqual, types as nodeTypes } from 'node:util'
import fc from 'fast-check'
import {
  Map as ImmutableMap,
  Set as ImmutableSet,
  is,
  List,
  OrderedMap,
  OrderedSet,
  Record,
  Seq,
  Stack,
} from 'immutable'
import t from 'tap'
import {
  DamagedValueError,
  DuplicateTypeError,
  decode,
  type EncodeOptions,
  encode,
  NotStorableError,
  Types,
  UnknownTypeError,
} from '../../lib/memo/codec/index.js'

function roundTrip(value: unknown, options: EncodeOptions = {}): unknown {
  const { bytes, attachments } = encode(value, options)
  const attachment = (hash: string) => attachments.get(hash)
  return decode(bytes, { attachment, ...(options.types && { types: options.types }) })
}

// What differs is said in a text: tap cannot print every value.
function same(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  const text = (value: unknown): string => inspect(value, { depth: null, showHidden: true, maxArrayLength: null })
  const [one, other] = [text(actual), text(expected)]
  // Node 20 takes two invalid dates for different ones.
  if (one === other && one.includes('Invalid Date')) return
  throw new Error(`${one.slice(0, 2000)}\n is not\n${other.slice(0, 2000)}`)
}

function thrownBy(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  return undefined
}

const memory = [
  new Uint8Array([1, 2, 255]),
  new Int8Array([-1, 2]),
  new Uint8ClampedArray([300, 2]),
  new Int16Array([-300, 2]),
  new Uint16Array([60_000]),
  new Int32Array([-70_000]),
  new Uint32Array([4_000_000_000]),
  new Float32Array([1.5, Number.NaN, -0]),
  new Float64Array([0.1, Number.POSITIVE_INFINITY, -0]),
  new BigInt64Array([-5n]),
  new BigUint64Array([2n ** 64n - 1n]),
  Buffer.from('buffer'),
  new Uint8Array([1, 2, 3]).buffer,
  new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2),
  new Uint8Array(0),
]

t.test('what comes back is what was put in', async (t) => {
  const bare = Object.assign(Object.create(null) as object, { a: 1 })
  const strange = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "$": "Date", "toString": 3}') as object
  const sparse: unknown[] = []
  const holed: unknown[] = []
  holed[1] = 1
  sparse[3] = 'x'
  sparse.length = 100
  const values = [
    ...[undefined, null, true, false, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1, 1e21],
    ...['', 'ä', '€', '😀', '\ud800', 'a\udc00b', '\u0000', '__proto__', 10n ** 40n, -5n, 0n],
    ...[new Date(5), new Date(Number.NaN), /a+/giu, Object.assign(/x/y, { lastIndex: 3 })],
    ...[new Map<unknown, unknown>([[{ a: 1 }, new Set([1, '1'])]]), new Set([new Map(), undefined]), ...memory],
    ...[bare, strange, Object.assign(Object.create(null) as object, strange), { $: '=' }, sparse, holed, [undefined]],
    ...[{ a: undefined }, { a: { b: [{ c: -0 }] } }, [strange, { deep: strange }, undefined]],
  ]
  for (const value of values) same(roundTrip(value), value)
  const valid = values.filter((value) => !(value instanceof Date && Number.isNaN(value.getTime())))
  same(roundTrip(valid), valid)
  for (const view of memory) t.equal(Object.getPrototypeOf(roundTrip(view)), Object.getPrototypeOf(view))
  t.equal(Object.hasOwn(roundTrip([strange, undefined]) as object[], '0'), true)
  t.notOk(0 in (roundTrip(holed) as object), 'a hole stays a hole')
})

t.test('Immutable collections', async (t) => {
  const Point = Record({ x: 0, y: List<number>() }, 'Point')
  const types = new Types().record('Point', Point)
  const collections = [
    List([1, List(['a'])]),
    ImmutableMap<List<number>, unknown>([[List([1]), true]]).set(List([2]), 2),
    OrderedMap([
      ['b', 1],
      ['a', 2],
    ]),
    ImmutableSet([1, '1']),
    OrderedSet([3, 1, 2]),
    Stack([1, 2, 3]),
    Point({ x: 5, y: List([1]) }),
  ]
  for (const collection of collections) {
    const back = roundTrip([collection, undefined], { types }) as unknown[]
    t.equal(Object.getPrototypeOf(back[0]), Object.getPrototypeOf(collection))
    t.ok(is(back[0], collection))
  }
  t.throws(() => encode(Point()), { code: 'DUGOUT_NOT_STORABLE' })
  t.throws(() => encode(Seq([1]).map((x) => x)), { code: 'DUGOUT_NOT_STORABLE' })
})

class PriceError extends RangeError {
  readonly sku: string
  constructor(sku: string) {
    super(`no price for ${sku}`)
    this.sku = sku
    if (arguments.length === 0) throw new Error('the constructor is not called when it is read')
  }
}

class Money {
  readonly amount: number
  readonly currency: string
  constructor(amount: number, currency: string) {
    this.amount = amount
    this.currency = currency
  }
  get text(): string {
    return `${this.amount} ${this.currency}`
  }
}

class Secret {
  readonly #value: number
  constructor(value: number) {
    this.#value = value
  }
  static encode(secret: Secret): unknown {
    return secret.#value
  }
  get value(): number {
    return this.#value
  }
}

t.test('errors come back with class, message, stack, cause and what else they hold', async (t) => {
  const types = new Types().error('PriceError', PriceError)
  const cause = Object.assign(new TypeError('first'), { code: 'ENOENT', at: new Date(3) })
  const error = Object.assign(new PriceError('x1'), { cause })
  const all = new AggregateError([error, new URIError('u')], 'several')
  const back = roundTrip(all, { types }) as AggregateError
  t.ok(back instanceof AggregateError)
  const [price] = back.errors as [PriceError]
  t.ok(price instanceof PriceError && price instanceof RangeError)
  t.equal(price.message, 'no price for x1')
  t.equal(price.sku, 'x1')
  t.equal(price.stack, error.stack)
  t.equal(String(price), String(error))
  t.same(Object.keys(price), Object.keys(error), 'what is not enumerable stays so')
  t.ok(price.cause instanceof TypeError)
  same(price.cause, cause)
  t.ok(nodeTypes.isNativeError(price))
  const loop = new Error('loop')
  loop.cause = loop
  const loopBack = roundTrip(loop) as Error
  t.equal(loopBack.cause, loopBack)
  t.throws(() => encode(error), { code: 'DUGOUT_NOT_STORABLE', message: /PriceError.*types\.error/ })
})

t.test('registered classes, and what their names guard', async (t) => {
  const types = new Types()
    .class('Money', Money)
    .class('Secret', Secret, {
      encode: (secret) => Secret.encode(secret),
      decode: (kept) => new Secret(kept as number),
    })
    .custom('greet', { is: (value): value is typeof greet => value === greet, encode: () => null, decode: () => greet })
  function greet(): void {}
  const back = roundTrip({ price: new Money(5, 'EUR'), secret: new Secret(7), greet }, { types }) as {
    price: Money
    secret: Secret
    greet: unknown
  }
  t.equal(back.price.text, '5 EUR')
  t.equal(back.secret.value, 7)
  t.equal(back.greet, greet)
  const { bytes } = encode(new Money(1, 'EUR'), { types })
  t.throws(() => decode(bytes), UnknownTypeError)
  t.match(
    thrownBy(() => decode(bytes)),
    { type: 'Money' },
  )
  t.throws(() => types.class('Money', Date), DuplicateTypeError)
  t.throws(() => types.class('Geld', Money), DuplicateTypeError)
})

t.test('what is met twice comes back as one, also where it contains itself', async (t) => {
  const shared = { a: 1 }
  const date = new Date(1)
  const list = List([shared])
  const back = roundTrip({ one: shared, two: [shared, date], three: date, list, again: list }) as {
    one: object
    two: object[]
    three: object
    list: List<object>
    again: object
  }
  t.equal(back.one, back.two[0])
  t.equal(back.two[1], back.three)
  t.equal(back.list, back.again)
  t.equal(back.list.get(0), back.one)
  const ring: { self?: unknown; map: Map<unknown, unknown>; $?: unknown } = { map: new Map() }
  ring.self = ring
  ring.$ = [ring]
  ring.map.set(ring, ring.map)
  const round = roundTrip(ring) as typeof ring
  t.equal(round.self, round)
  t.equal((round.$ as unknown[])[0], round)
  t.equal(round.map.get(round), round.map)
  const holder = { list: List<unknown>() }
  holder.list = List([holder])
  t.same((roundTrip(holder) as typeof holder).list.size, 1)
  const types = new Types().class('Money', Money)
  const money = new Money(1, 'EUR') as Money & { self?: unknown }
  money.self = money
  t.match(
    thrownBy(() => encode(money, { types })),
    { path: 'result.Money.self', code: 'DUGOUT_NOT_STORABLE' },
  )
})

t.test('what has no form is refused by its path', async (t) => {
  const refused: [unknown, string][] = [
    [{ items: [1, 2, 3, { callback: () => 1 }] }, 'result.items[3].callback'],
    [{ 'a b': Symbol('s') }, 'result["a b"]'],
    [new Map([['k', Promise.resolve()]]), 'result.get("k")'],
    [new Set([new WeakMap()]), 'result.member(0)'],
    [{ [Symbol('s')]: 1 }, 'result'],
    [Object.assign([1], { extra: 1 }), 'result'],
    [Object.assign(new Error('x'), { fn: Math.max }), 'result.fn'],
    [{ money: new Money(1, 'EUR') }, 'result.money'],
    [{ n: new Number(1) }, 'result.n'],
    [class extends Map {}, 'result'],
    [new (class Own extends Map {})(), 'result'],
    [[List([Math.max])], 'result[0].member(0)'],
  ]
  for (const [value, path] of refused) {
    t.throws(() => encode(value), NotStorableError, path)
    t.match(
      thrownBy(() => encode(value)),
      { path, code: 'DUGOUT_NOT_STORABLE' },
    )
  }
  let deep: unknown = null
  for (let i = 0; i < 100_000; i++) deep = [deep]
  t.throws(() => encode(deep), /nested deeper/)
})

t.test('large parts are attachments, loaded when touched where that is asked for', async (t) => {
  const value = {
    numbers: Float64Array.from({ length: 10_000 }, (_, i) => i / 3),
    text: 'ä'.repeat(50_000),
    broken: `${'x'.repeat(50_000)}\ud800`,
    inMap: new Map([['buffer', Buffer.alloc(50_000, 7)]]),
    small: new Uint8Array([1]),
  }
  const { bytes, attachments } = encode(value)
  t.equal(attachments.size, 4)
  t.ok(bytes.length < 2000)
  const asked: string[] = []
  const attachment = (hash: string): Uint8Array | undefined => {
    asked.push(hash)
    return attachments.get(hash)
  }
  same(decode(bytes, { attachment }), value)
  asked.length = 0
  const lazy = decode(bytes, { attachment, isLazy: true }) as typeof value
  t.equal(asked.length, 1, 'only what stands in a Map')
  t.same(Object.keys(lazy), Object.keys(value))
  same(lazy.numbers, value.numbers)
  t.equal(asked.length, 2)
  t.equal(lazy.numbers, lazy.numbers, 'once')
  lazy.text = 'set'
  t.equal(lazy.text, 'set')
  same(lazy.broken, value.broken)
  t.throws(() => decode(bytes), DamagedValueError)
  t.throws(() => decode(bytes, { attachment: (hash) => attachments.get(hash)?.subarray(1) }), DamagedValueError)
})

const arbitrary = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.anything({
      withBigInt: true,
      withDate: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
    }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '$', 'h', 'v', 'constructor', '0')), tie('value')),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
    fc.array(tie('value')).map((members) => new Set(members)),
    fc.string().map((message) => new TypeError(message)),
  ),
})).value

t.test('any value comes back, as it was', async (t) => {
  fc.assert(
    fc.property(arbitrary, fc.constantFrom(1, 8, 1000), (value, attachFrom) => {
      same(roundTrip(value, { attachFrom }), value)
    }),
    { numRuns: 600 },
  )
  t.pass()
})

t.test('damaged bytes are an error, never another value and never a crash', async (t) => {
  fc.assert(
    fc.property(arbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat({ max: 3 }), (value, at, flip, how) => {
      const { bytes } = encode(value)
      const place = at % bytes.length
      let damaged = Buffer.from(bytes)
      if (how === 0) damaged.writeUInt8(damaged.readUInt8(place) ^ flip, place)
      else if (how === 1) damaged = damaged.subarray(0, place)
      else if (how === 2)
        damaged = Buffer.concat([damaged.subarray(0, place), Buffer.of(flip), damaged.subarray(place)])
      else damaged = Buffer.concat([damaged.subarray(0, place), damaged.subarray(place + 1)])
      if (damaged.equals(bytes)) return
      if (!(thrownBy(() => decode(damaged)) instanceof DamagedValueError)) throw new Error(inspect(damaged))
    }),
    { numRuns: 600 },
  )
  t.pass()
})

t.test('bytes with a right checksum and wrong content are an error too', async (t) => {
  const { frame } = await import('../../lib/memo/codec/frame.js')
  const form = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, 1, -1, 'a', '-0', '0f', 'AAAA', 'a'.repeat(64)),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.record(
        {
          $: fc.constantFrom(
            ...[
              '=',
              '@',
              '#',
              'undefined',
              'number',
              'bigint',
              'Date',
              'RegExp',
              'sparse',
              'object',
              'bare',
              'Map',
              'Set',
            ],
            ...['Error', 'List', 'OrderedMap', 'Stack', 'utf8', 'Float64Array', 'Buffer', 'toString', '__proto__'],
          ),
          ...{
            v: tie('any'),
            i: tie('any'),
            n: tie('any'),
            h: tie('any'),
            t: tie('any'),
            c: tie('any'),
            f: tie('any'),
          },
        },
        { requiredKeys: ['$'] },
      ),
    ),
  })).any
  const known = [DamagedValueError, UnknownTypeError]
  fc.assert(
    fc.property(form, (parsed) => {
      try {
        decode(frame(JSON.stringify(parsed), true))
      } catch (error) {
        if (!known.some((kind) => error instanceof kind)) throw error
      }
    }),
    { numRuns: 2000 },
  )
  t.throws(() => decode(frame('{"$":', false)), DamagedValueError)
})
