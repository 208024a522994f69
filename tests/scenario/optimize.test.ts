// Optimisation: known minima, bounds, asynchronous models, errors.
import t from 'tap'
import { Context, InvalidQuestionError, optimize, tracked } from '../../lib/index.js'
import { rejects } from '../core/helpers.js'

function model(f: (x: readonly number[]) => number, start: readonly number[]) {
  const inputs = start.map((value, i) => tracked(`x${i}`, () => value))
  const y = tracked('y', () => f(inputs.map((input) => input())))
  return { inputs, y, base: new Context() }
}

void t.test('known minima', async (t) => {
  const rosenbrock = ([x = 0, y = 0]: readonly number[]) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2
  const himmelblau = ([x = 0, y = 0]: readonly number[]) => (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2
  const sphere = (x: readonly number[]) => x.reduce((sum, value, i) => sum + (value - i / 10) ** 2, 0)
  const hill = ([x = 0]: readonly number[]) => (x - 0.3) ** 2 + 0.1 * Math.cos(20 * x)
  const lowest = Math.min(...Array.from({ length: 10_001 }, (_, i) => hill([i / 10_000])))
  for (const [name, f, start, low, high, minimum] of [
    ['Rosenbrock', rosenbrock, [-1.2, 1], -2, 2, 0],
    ['Himmelblau', himmelblau, [0, 0], -5, 5, 0],
    ['a sphere in five dimensions', sphere, [1, 1, 1, 1, 1], -2, 2, 0],
    ['several valleys', hill, [1], 0, 1, lowest],
  ] as const) {
    const { inputs, y, base } = model(f, start)
    const found = await optimize(base, {
      minimize: y,
      by: inputs.map((input) => [input, low, high] as const),
      maxEvaluations: 1000,
    })
    t.ok((found.value ?? 9) < minimum + 1e-4, `${name}: ${found.value} after ${found.cost.cells}`)
    t.equal(found.converged, true, name)
    t.equal(base.get(y), f(start))
    t.equal(base.stats().contexts, 1)
  }
})

void t.test('at the bounds, the largest, asynchronous', async (t) => {
  const price = tracked('price', () => 5)
  const profit = tracked('profit', async () => {
    await Promise.resolve()
    return price() * (20 - price())
  })
  const free = await optimize(new Context(), { maximize: profit, by: [[price, 0, 20]], starts: 1 })
  t.ok(Math.abs((free.value ?? 0) - 100) < 1e-6 && Math.abs((free.values?.[0] ?? 0) - 10) < 1e-3)
  const bound = await optimize(new Context(), { maximize: profit, by: [[price, 0, 8]], starts: 1 })
  t.same(bound.values, [8])
  t.match(bound.toRows(), [
    { name: 'price', base: 5, best: 8 },
    { name: 'profit', base: 75, best: 96 },
  ])
})

void t.test('where the model fails it is avoided; where it always fails that is said', async (t) => {
  const { inputs, y, base } = model(
    ([x = 0]) => {
      if (x > 2) throw new RangeError('too far')
      return -x
    },
    [0],
  )
  const found = await optimize(base, { minimize: y, by: [[inputs[0] as () => number as never, 0, 10]] })
  t.ok(Math.abs((found.values?.[0] ?? 0) - 2) < 1e-4)
  const never = await optimize(base, { minimize: y, by: [[inputs[0] as never, 5, 10]] })
  t.match(never, { converged: false, values: undefined, error: /too far/ })
  await rejects(t, optimize(base, { by: [[inputs[0] as never, 0, 1]] }), InvalidQuestionError)
  await rejects(t, optimize(base, { minimize: y, by: [[inputs[0] as never, 1, 0]] }), InvalidQuestionError)
  await rejects(t, optimize(base, { minimize: y, by: [] }), InvalidQuestionError)
})
