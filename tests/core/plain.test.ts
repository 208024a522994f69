// Any value as JSON can say it: what reports, graphs and tables are written with.
import { Map as ImmutableMap, List } from 'immutable'
import t from 'tap'
import { plain } from '../../lib/core/rooms.js'
import { CycleError } from '../../lib/index.js'

void t.test('what JSON can say stands as it is', (t) => {
  for (const value of [1, -1.5, 'text', '', true, null, [1, [2]], { a: { b: 1 } }]) t.same(plain(value), value)
  t.equal(plain(undefined), undefined)
  t.end()
})

void t.test('what JSON would drop, change or throw at is text', (t) => {
  t.same(plain([Number.NaN, Number.POSITIVE_INFINITY, 5n, Symbol('s')]), ['NaN', 'Infinity', '5', 'Symbol(s)'])
  t.match(
    plain(() => 1),
    /=>/,
  )
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  t.same(plain(cycle), { self: '[object Object]' })
  const twice = { a: 1 }
  t.same(plain([twice, twice]), [{ a: 1 }, { a: 1 }], 'what stands beside itself is no cycle')
  t.end()
})

void t.test('collections are lists, dates and Immutable collections what they say of themselves', (t) => {
  t.same(plain(new Map([['a', 1]])), [['a', 1]])
  t.same(plain(new Set([1, Number.NaN])), [1, 'NaN'])
  t.same(plain(new Float64Array([1, Number.NaN])), [1, 'NaN'])
  t.same(plain(new Date(0)), '1970-01-01T00:00:00.000Z')
  t.same(plain(List([1, Number.NaN])), [1, 'NaN'])
  t.same(plain(ImmutableMap({ a: 1 })), { a: 1 })
  t.end()
})

void t.test('errors say what they are, objects of classes what they hold or what is asked of them', (t) => {
  t.same(plain(new RangeError('far')), { error: { name: 'RangeError', message: 'far' } })
  t.match(plain(new CycleError([])), { error: { code: 'DUGOUT_CYCLE' } })
  class Curve {
    readonly rate = 3
  }
  t.same(plain({ curve: new Curve() }), { curve: { rate: 3 } })
  t.same(
    plain({ curve: new Curve() }, (value) => value.constructor.name),
    { curve: 'Curve' },
  )
  t.end()
})
