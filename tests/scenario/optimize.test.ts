// Optimisation: known minima, bounds, asynchronous models, errors.
import t from 'tap'
import { Context, InvalidQuestionError, optimize, tracked } from '../../lib/index.js'
import { rejects } from '../core/helpers.js'

function model(f: (x: readonly number[]) => number, start: readonly number[]) {
  const inputs = start.map((value, i) => tracked(`x${i}`, () => value))
  const y = tracked('y', () => f(inputs.map((input) => input())))
  return { inputs, y, base: new Context() }
}

/** Not smooth, and the same at every run. */
const ripple = (x: readonly number[]): number => x.reduce((sum, value) => Math.sin(78.233 * (sum + value) + 1), 0)

const branin = ([x = 0, y = 0]: readonly number[]): number =>
  (y - (5.1 * x ** 2) / (4 * Math.PI ** 2) + (5 * x) / Math.PI - 6) ** 2 +
  10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
  10

const rosenbrock = (x: readonly number[]): number =>
  x.slice(1).reduce((sum, next, i) => sum + (1 - (x[i] as number)) ** 2 + 100 * (next - (x[i] as number) ** 2) ** 2, 0)

const valleys = ([x = 0]: readonly number[]): number => (x - 0.3) ** 2 + 0.1 * Math.cos(20 * x)

/** By looking everywhere. */
const LOWEST = Math.min(...Array.from({ length: 100_001 }, (_, i) => valleys([i / 100_000])))

/**
 * Test functions with the minimum that is known of each, how near it comes, and how many evaluations that may take: in all
 * of its searches. Branin's is 10 / (8 pi); those on the bounds are at a corner.
 */
const KNOWN = [
  ['Rosenbrock', rosenbrock, [-1.2, 1], -2, 2, 0, 1e-12, 1300],
  ['Rosenbrock in six dimensions', rosenbrock, [-1, 1, -1, 1, -1, 1], -2, 2, 0, 1e-12, 9000],
  ['Branin', branin, [2.5, 7.5], -5, 15, 10 / (8 * Math.PI), 1e-11, 1000],
  ['Himmelblau', ([x = 0, y = 0]) => (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2, [0, 0], -5, 5, 0, 1e-11, 1000],
  [
    'Rastrigin',
    (x) => x.reduce((sum, v) => sum + 10 + v * v - 10 * Math.cos(2 * Math.PI * v), 0),
    [3, -3],
    -5.12,
    5.12,
    0,
    1e-9,
    1000,
  ],
  [
    'a sphere in six dimensions',
    (x) => x.reduce((sum, v, i) => sum + (v - i / 10) ** 2, 0),
    [1, 1, 1, 1, 1, 1],
    -2,
    2,
    0,
    1e-12,
    6000,
  ],
  [
    'a quadratic beyond two of its bounds',
    ([x = 0, y = 0, z = 0]) => (x - 3) ** 2 + (y + 2) ** 2 + x * y + (z - 0.5) ** 2,
    [0.5, 0.5, 0.5],
    0,
    1,
    8,
    1e-12,
    1400,
  ],
  ['a sharp valley', ([x = 0, y = 0]) => Math.abs(x - 0.123) + 10 * Math.abs(y - x), [1, 0], 0, 1, 0, 1e-6, 1100],
  [
    'ripples of 1e-4',
    (x) => (x[0] as number) ** 2 + (x[1] as number) ** 2 + 1e-4 * ripple(x),
    [1, 1],
    -2,
    2,
    0,
    1e-4,
    1100,
  ],
  [
    'steps',
    ([x = 0, y = 0]) => Math.floor(10 * Math.abs(x - 0.3)) + Math.floor(10 * Math.abs(y - 0.7)),
    [1, 0],
    0,
    1,
    0,
    1e-12,
    1100,
  ],
  ['flat', () => 1, [0.5, 0.5], 0, 1, 1, 1e-12, 1100],
  ['several valleys', valleys, [1], 0, 1, LOWEST, 1e-6, 500],
] as const satisfies readonly (readonly [
  string,
  (x: readonly number[]) => number,
  readonly number[],
  number,
  number,
  number,
  number,
  number,
])[]

void t.test('known minima: how near, and for how many evaluations', async (t) => {
  for (const [name, f, start, low, high, minimum, near, most] of KNOWN) {
    const { inputs, y, base } = model(f, start)
    const by = inputs.map((input) => [input, low, high] as const)
    const found = await optimize(base, { minimize: y, by, maxEvaluations: 1200 })
    const off = (found.value ?? Number.NaN) - minimum
    t.comment(`${name}: off by ${off.toExponential(1)} after ${found.cost.cells} evaluations`)
    t.ok(Math.abs(off) <= near, `${name}: off by ${off}`)
    t.ok(found.cost.cells <= most, `${name}: ${found.cost.cells} evaluations`)
    t.ok(
      found.values?.every((value) => value >= low && value <= high),
      name,
    )
    t.equal(found.converged, true, name)
    t.equal(base.get(y), f(start))
    t.equal(base.stats().contexts, 1)
    const again = await optimize(base, { minimize: y, by, maxEvaluations: 1200 })
    t.same([again.values, again.trace], [found.values, found.trace], `${name}: the same again`)
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
