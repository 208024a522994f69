// Goal seek: Brent's kind of test functions, by the graph, with reasons where it fails.
import t from 'tap'
import { AbortedError, Context, goalSeek, InvalidQuestionError, tracked } from '../../lib/index.js'
import { rejects } from '../core/helpers.js'

function model(f: (x: number) => number, start = 0) {
  const x = tracked('x', () => start)
  const y = tracked('y', () => f(x()))
  return { x, y, base: new Context() }
}

/**
 * Functions with known zeros, from G. E. Alefeld, F. A. Potra, Y. Shi, "Algorithm 748: enclosing zeros of continuous
 * functions", ACM Transactions on Mathematical Software 21(3), 1995, table 1, and the two classics of Brent's chapter 4.
 */
const functions: readonly [name: string, f: (x: number) => number, low: number, high: number, zero: number][] = [
  ['x^3', (x) => x ** 3, -1, 1.5, 0],
  ['x^9', (x) => x ** 9, -1, 1.1, 0],
  ['x^3 - 2x - 5', (x) => x ** 3 - 2 * x - 5, 2, 3, 2.0945514815423265],
  ['cos x - x', (x) => Math.cos(x) - x, 0, 1, 0.7390851332151607],
  ['sin x - x / 2', (x) => Math.sin(x) - x / 2, Math.PI / 2, Math.PI, 1.8954942670339809],
  [
    'x exp(-10) - exp(-10 x) and so on',
    (x) => 2 * x * Math.exp(-20) + 1 - 2 * Math.exp(-20 * x),
    0,
    1,
    0.03465735902085385,
  ],
  [
    '(1 + (1-20)^2) x - (1 - 20x)^2',
    (x) => (1 + 19 ** 2) * x - (1 - 20 * x) ** 2,
    0,
    1,
    (402 - Math.sqrt(402 ** 2 - 1600)) / 800,
  ],
  ['exp(-5x)(x-1) + x^5', (x) => Math.exp(-5 * x) * (x - 1) + x ** 5, 0, 1, 0.516153518757934],
  ['x^(1/3) with a steep rise', (x) => Math.cbrt(x) - 0.1, -1, 8, 0.001],
]

void t.test('known zeros', async (t) => {
  for (const [name, f, low, high, zero] of functions) {
    const { x, y, base } = model(f, low)
    const found = await goalSeek(base, { set: y, to: 0, by: x, within: [low, high], tolerance: 1e-14 })
    t.equal(found.converged, true, `${name}: ${found.reason}`)
    t.ok(Math.abs(f(found.value ?? Number.NaN)) <= 1e-14, `${name}: residual`)
    if (!name.startsWith('x^')) t.ok(Math.abs((found.value ?? Number.NaN) - zero) < 1e-8, `${name}: ${found.value}`)
    t.ok(found.iterations < 100, `${name}: ${found.iterations} iterations`)
    t.equal(base.get(y), f(low))
    t.equal(base.stats().contexts, 1)
  }
})

void t.test('without a range it looks around the value that the input has', async (t) => {
  const { x, y, base } = model((x) => x ** 2, 3)
  const found = await goalSeek(base, { set: y, to: 400, by: x })
  t.ok(Math.abs(Math.abs(found.value ?? 0) - 20) < 1e-8)
  t.match(found.toRows()[0], { input: 'x', base: 3, output: 'y', goal: 400, reason: 'reached' })
  t.ok(Math.abs(found.residual ?? 1) <= 4e-7)
  t.equal((await goalSeek(base, { set: y, to: 9, by: x })).value, 3)
})

void t.test('why there is no answer', async (t) => {
  const { x, y, base } = model((x) => x ** 2 + 1, 1)
  t.match(await goalSeek(base, { set: y, to: 0, by: x, within: [-5, 3] }), {
    converged: false,
    reason: 'no sign change',
  })
  t.match(await goalSeek(base, { set: y, to: 0, by: x }), { reason: 'no sign change', residual: Number })
  const other = tracked('other', () => 1)
  const independent = await goalSeek(base, { set: y, to: 3, by: other })
  t.match(independent, { converged: false, reason: 'independent', value: 1, residual: -1 })
  t.equal(independent.cost.cells, 1, 'asked of the graph')
  const root = model((x) => Math.sqrt(x), -1)
  t.match(await goalSeek(root.base, { set: root.y, to: -3, by: root.x, within: [-2, -1] }), {
    reason: 'not finite',
    value: undefined,
  })
  const throwing = model((x) => {
    if (x > 2) throw new RangeError('too far')
    return x - 3
  })
  const failed = await goalSeek(throwing.base, { set: throwing.y, to: 0, by: throwing.x, within: [4, 5] })
  t.match(failed, { reason: 'not finite', error: /too far/ })
  const jump = model((x) => (x < 0.3 ? -1 : 1))
  t.match(await goalSeek(jump.base, { set: jump.y, to: 0, by: jump.x, within: [0, 1] }), {
    reason: 'jump',
    converged: false,
  })
  const slow = model((x) => x ** 3 - 2)
  t.match(
    await goalSeek(slow.base, { set: slow.y, to: 0, by: slow.x, within: [-100, 1000], maxIterations: 2, tolerance: 0 }),
    { reason: 'iterations', iterations: 2 },
  )
})

void t.test('questions without sense', async (t) => {
  const { x, y, base } = model((x) => x)
  const text = tracked('text', () => 'a')
  await rejects(t, goalSeek(base, { set: y, to: Number.NaN, by: x }), InvalidQuestionError)
  await rejects(t, goalSeek(base, { set: y, to: 1, by: x, within: [2, 1] }), InvalidQuestionError)
  await rejects(t, goalSeek(base, { set: y, to: 1, by: text }), InvalidQuestionError)
  const stop = new AbortController()
  stop.abort()
  await rejects(t, goalSeek(base, { set: y, to: 1, by: x }, { signal: stop.signal }), AbortedError)
})

void t.test('asynchronous models, and a function moved as a whole', async (t) => {
  const part = tracked('part', async (n: number) => {
    await Promise.resolve()
    return n
  })
  const sum = tracked('sum', async () => (await part(1)) + (await part(2)))
  const found = await goalSeek(new Context(), { set: sum, to: 6, by: part })
  t.ok(Math.abs((found.value ?? 0) - 2) < 1e-8, 'each part twice as much')
  t.equal(found.input.unit, '×')
})
