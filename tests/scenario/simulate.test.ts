// Simulation: known means and deviations, correlations, strata, seeds, errors.
import t from 'tap'
import {
  AbortedError,
  Context,
  distribution,
  InvalidQuestionError,
  type SimulateOptions,
  samplings,
  simulate,
  tracked,
} from '../../lib/index.js'
import { statistics } from '../../lib/scenario/distribution.js'
import { rejects } from '../core/helpers.js'

const { normal, uniform, lognormal, truncated } = distribution

function model() {
  const x = tracked('x', () => 1)
  const y = tracked('y', () => 2)
  const sum = tracked('sum', () => x() + y())
  const product = tracked('product', () => x() * y())
  return { x, y, sum, product }
}

for (const sampling of samplings) {
  void t.test(`${sampling}: means and deviations within their errors`, async (t) => {
    const { x, y, sum, product } = model()
    const base = new Context()
    const found = await simulate(
      base,
      [
        [x, normal(10, 2)],
        [y, uniform(0, 6)],
      ],
      { sum, product },
      { samples: 2048, sampling, seed: 5 },
    )
    const [s, p] = found.outputs
    t.ok(s && p)
    if (!s || !p) return
    t.ok(Math.abs(s.mean - 13) < 4 * s.standardError, `${s.mean} ± ${s.standardError}`)
    t.ok(Math.abs(p.mean - 30) < 4 * p.standardError, `${p.mean} ± ${p.standardError}`)
    t.ok(Math.abs(s.deviation - Math.sqrt(4 + 3)) < 0.15)
    const median = s.quantiles.find((one) => one.p === 0.5)
    t.ok(
      Math.abs((median?.value ?? 0) - 13) < 5 * (median?.standardError ?? 0),
      `${median?.value} ± ${median?.standardError}`,
    )
    t.equal(
      s.histogram.reduce((total, { count }) => total + count, 0),
      2048,
    )
    if (sampling !== 'random') t.ok(s.standardError < 0.01, 'far less than 0.058, the error of random points')
    t.equal(base.get(sum), 3)
    t.equal(base.stats().contexts, 1)
  })

  void t.test(`${sampling}: correlations`, async (t) => {
    const { x, y, sum } = model()
    const found = await simulate(
      new Context(),
      [
        [x, normal(0, 1)],
        [y, normal(0, 1)],
      ],
      sum,
      {
        samples: 2048,
        sampling,
        correlations: [[x, y, -0.8]],
      },
    )
    const [xs, ys] = found.inputs.map(({ values }) => values) as [Float64Array, Float64Array]
    const r = xs.reduce((total, value, i) => total + value * (ys[i] as number), 0) / 2048
    t.ok(Math.abs(r + 0.8) < 0.06, `${r}`)
    t.ok(Math.abs((found.outputs[0]?.deviation ?? 0) - Math.sqrt(2 - 1.6)) < 0.04)
    if (sampling !== 'latin hypercube') return
    // each of 16 sets has 128 strata, each filled once
    const { normal: family } = await statistics()
    const strata = new Set([...xs.subarray(0, 128)].map((value) => Math.floor(128 * family.cdf(value, 0, 1))))
    t.equal(strata.size, 128)
  })
}

void t.test('the same seed gives the same answer in any concurrency, another seed another one', async (t) => {
  const x = tracked('x', () => 1)
  const y = tracked('y', () => 1)
  const slow = tracked('slow', async () => {
    if (x() > 1) await new Promise((resolve) => setImmediate(resolve))
    return x() / y()
  })
  const ask = (concurrency: number, seed = 3) =>
    simulate(
      new Context(),
      [
        [x, lognormal(0, 0.5)],
        [y, uniform(1, 2)],
      ],
      slow,
      { samples: 60, seed, concurrency },
    )
  const one = await ask(1)
  t.same((await ask(7)).toJSON(), one.toJSON())
  t.not((await ask(1, 4)).outputs[0]?.mean, one.outputs[0]?.mean)
})

void t.test('no seed begins with a rare number, 0 no more than others', async (t) => {
  const { x } = model()
  for (const sampling of samplings) {
    const first: number[] = []
    for (let seed = 0; seed < 100; seed++) {
      const found = await simulate(new Context(), [[x, uniform(0, 1)]], x, { samples: 256, seed, sampling })
      first.push(found.outputs[0]?.values[0] ?? 9)
    }
    t.ok(
      first.every((p) => p > 1e-5 && p < 1 - 1e-5),
      `${sampling}: ${Math.min(...first)} to ${Math.max(...first)}`,
    )
    const mean = first.reduce((sum, p) => sum + p, 0) / 100
    t.ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(1 / 12 / 100), `${sampling}: ${mean} on average`)
  }
})

void t.test('inputs that determine one another; correlations that contradict one another', async (t) => {
  const { x, y } = model()
  const z = tracked('z', () => 0)
  const standard = [x, y, z].map((input) => [input, normal(0, 1)] as const)
  const ask = (correlations: SimulateOptions['correlations'] & object) =>
    simulate(new Context(), standard, { x, y, z }, { samples: 50, correlations })
  for (const r of [1, -1]) {
    const [one, other] = (await ask([[x, y, r]])).outputs
    t.ok(one?.values.every((value, i) => Math.abs(r * value - (other?.values[i] ?? 0)) < 1e-6))
  }
  // z = 0.8 x + 0.6 e, y = 0.6 x + 0.8 e
  const plane = await ask([
    [x, y, 0.6],
    [x, z, 0.8],
    [y, z, 0.96],
  ])
  const [a, b, c] = plane.outputs.map(({ values }) => values)
  const off = (i: number): number =>
    (c?.[i] ?? 9) - 0.8 * (a?.[i] ?? 9) - (0.6 * ((b?.[i] ?? 9) - 0.6 * (a?.[i] ?? 9))) / 0.8
  t.ok(Array.from({ length: 50 }, (_, i) => Math.abs(off(i))).every((distance) => distance < 1e-6))
  for (const [xy, xz, yz] of [
    [0.9, 0.9, -0.9],
    [1, 0.5, 0.6],
  ] as const) {
    const asked = ask([
      [x, y, xy],
      [x, z, xz],
      [y, z, yz],
    ])
    t.match((await rejects(t, asked, InvalidQuestionError)).message, /contradict/)
  }
  const twice = ask([
    [x, y, 0.5],
    [y, x, 0.4],
  ])
  t.match((await rejects(t, twice, InvalidQuestionError)).message, /x.*two correlations/)
})

void t.test('samples that fail are counted and left out', async (t) => {
  const x = tracked('x', () => 1)
  const root = tracked('root', () => {
    if (x() > 0.9) throw new RangeError('too much')
    return Math.sqrt(x())
  })
  const found = await simulate(new Context(), [[x, uniform(-1, 1)]], root, { samples: 400 })
  const [output] = found.outputs
  t.ok(output && output.failed > 150 && output.failed < 270)
  t.equal(output?.failed, found.failures.length)
  t.ok(found.failures.some(({ error }) => /too much/.test(error.message)))
  t.ok(found.failures.some(({ error }) => /finite number/.test(error.message)))
  t.match(found.toRows()[0], { output: 'root', failed: output?.failed })
})

void t.test('a function as a whole, by a factor; a truncated distribution', async (t) => {
  const part = tracked('part', (n: number) => n)
  const sum = tracked('sum', () => part(1) + part(2))
  const found = await simulate(new Context(), [[part, truncated(normal(1, 1), 0.5, 1.5)]], sum, { samples: 300 })
  t.ok(found.outputs[0] && found.outputs[0].min >= 1.5 && found.outputs[0].max <= 4.5)
  t.ok(Math.abs((found.outputs[0]?.mean ?? 0) - 3) < 0.2)
})

void t.test('questions without sense, abort, progress', async (t) => {
  const { x, y, sum } = model()
  const base = new Context()
  await rejects(t, simulate(base, [], sum), InvalidQuestionError)
  await rejects(t, simulate(base, [[x, normal(0, -1)]], sum), InvalidQuestionError)
  await rejects(
    t,
    simulate(
      base,
      [
        [x, normal(0, 1)],
        [x, normal(0, 1)],
      ],
      sum,
    ),
    InvalidQuestionError,
  )
  await rejects(t, simulate(base, [[x, normal(0, 1)]], sum, { samples: 0 }), InvalidQuestionError)
  await rejects(t, simulate(base, [[x, normal(0, 1)]], sum, { correlations: [[x, y, 0.5]] }), InvalidQuestionError)
  await rejects(
    t,
    simulate(
      base,
      [
        [x, normal(0, 1)],
        [y, normal(0, 1)],
      ],
      sum,
      { correlations: [[x, y, 1.01]] },
    ),
    InvalidQuestionError,
  )
  const stop = new AbortController()
  const seen: number[] = []
  const asked = simulate(base, [[x, normal(0, 1)]], sum, {
    samples: 1_000_000,
    signal: stop.signal,
    onProgress: ({ done }) => {
      seen.push(done)
      if (seen.length === 3) stop.abort()
    },
  })
  await rejects(t, asked, AbortedError)
  t.equal(base.stats().contexts, 1)
})
