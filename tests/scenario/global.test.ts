// Global sensitivity against what is known of the Ishigami function, and of a linear one.
import t from 'tap'
import { Context, distribution, morris, sobol, tracked } from '../../lib/index.js'
import { Runs } from '../core/helpers.js'

/**
 * sin x1 + a sin^2 x2 + b x3^4 sin x1, each x uniform from -pi to pi. Source: T. Ishigami and T. Homma, "An importance
 * quantification technique in uncertainty analysis for computer models", ISUMA 1990.
 */
function ishigami(a = 7, b = 0.1) {
  const x1 = tracked('x1', () => 0)
  const x2 = tracked('x2', () => 0)
  const x3 = tracked('x3', () => 0)
  const f = tracked('f', () => Math.sin(x1()) + a * Math.sin(x2()) ** 2 + b * x3() ** 4 * Math.sin(x1()))
  const range = distribution.uniform(-Math.PI, Math.PI)
  const variance = a ** 2 / 8 + (b * Math.PI ** 4) / 5 + (b ** 2 * Math.PI ** 8) / 18 + 1 / 2
  const v1 = 0.5 * (1 + (b * Math.PI ** 4) / 5) ** 2
  const v13 = (b ** 2 * Math.PI ** 8 * 8) / 225
  const known = {
    variance,
    first: [v1 / variance, a ** 2 / 8 / variance, 0],
    total: [(v1 + v13) / variance, a ** 2 / 8 / variance, v13 / variance],
    second: [0, v13 / variance, 0],
  }
  return {
    f,
    inputs: [
      [x1, range],
      [x2, range],
      [x3, range],
    ] as const,
    known,
  }
}

void t.test('Sobol: S1, ST and S2 of the Ishigami function', async (t) => {
  const { f, inputs, known } = ishigami()
  t.same(
    known.first.map((x) => Number(x.toFixed(4))),
    [0.3139, 0.4424, 0],
  )
  const base = new Context()
  const found = await sobol(base, inputs, f, { samples: 2048, seed: 1 })
  for (const [i, { first, total }] of found.inputs.entries()) {
    const [s, st] = [known.first[i] as number, known.total[i] as number]
    t.ok(Math.abs(first.value - s) < 0.02, `S1: ${first.value} is ${s}`)
    t.ok(Math.abs(total.value - st) < 0.02, `ST: ${total.value} is ${st}`)
    t.ok(Math.abs(first.value - s) <= 2 * first.confidence + 1e-12 && first.confidence < 0.1)
  }
  for (const [i, { second }] of found.pairs.entries()) {
    t.ok(Math.abs(second.value - (known.second[i] as number)) < 0.03, `S2: ${second.value} ± ${second.confidence}`)
  }
  t.ok(Math.abs(found.variance.value / known.variance - 1) < 0.02)
  t.equal(found.cost.cells, 2048 * 8 + 1)
  t.equal(base.stats().contexts, 1)
  t.same(found.toRows()[0]?.inputs, 'x1')
})

void t.test('Morris: mu, mu* and sigma', async (t) => {
  const { f, inputs } = ishigami()
  const found = await morris(new Context(), inputs, f, { trajectories: 200, seed: 2 })
  const by = Object.fromEntries(found.inputs.map((one) => [one.input.name, one]))
  // by the grid of four levels: x2 moves from sin^2(-pi) to sin^2(pi / 3) and from sin^2(-pi / 3) to sin^2(pi)
  t.ok(Math.abs((by.x2?.muStar ?? 0) - (7 * 0.75) / (2 / 3)) < 1e-9)
  t.ok(Math.abs(by.x2?.mu ?? 9) < 1.5)
  // x1 from 0 at an end to sin(pi / 3) (1 + x3^4 / 10)
  const ends = [Math.PI, Math.PI / 3].map((x3) => 1 + x3 ** 4 / 10)
  const expected = (Math.sin(Math.PI / 3) * ((ends[0] as number) + (ends[1] as number))) / 2 / (2 / 3)
  t.ok(Math.abs((by.x1?.muStar ?? 0) - expected) < 3 * (by.x1?.standardError ?? 0), `${by.x1?.muStar} is ${expected}`)
  t.ok((by.x3?.sigma ?? 0) > 1, 'x3 acts only together with x1')
})

void t.test('Morris: a linear function has equal effects, and what does not move is reused', async (t) => {
  const runs = new Runs()
  const a = tracked('a', () => 0)
  const b = tracked('b', () => 0)
  const slow = tracked('slow', async () => {
    runs.count('slow')
    return 3 * a()
  })
  const sum = tracked('sum', async () => (await slow()) - 2 * b())
  const found = await morris(
    new Context(),
    [
      [a, distribution.uniform(0, 1)],
      [b, distribution.normal(0, 1)],
    ],
    sum,
    {
      trajectories: 10,
    },
  )
  const first = found.inputs.find(({ input }) => input.name === 'a')
  t.ok(first && Math.abs(first.mu - 3) < 1e-9 && first.sigma < 1e-9)
  t.ok((runs.take().slow ?? 99) <= 21, 'two a walk, and the base')
})

void t.test('errors are counted', async (t) => {
  const x = tracked('x', () => 0)
  const f = tracked('f', () => {
    if (x() > 0.9) throw new RangeError('too far')
    return x()
  })
  const found = await morris(new Context(), [[x, distribution.uniform(0, 1)]], f, { trajectories: 20 })
  t.ok(found.inputs[0] && found.inputs[0].failed > 0 && found.inputs[0].failed < 20)
  t.ok(Math.abs((found.inputs[0]?.mu ?? 0) - 1) < 1e-9)
  const shares = await sobol(new Context(), [[x, distribution.uniform(0, 1)]], f, { samples: 64 })
  t.ok(shares.failures.length > 0 && shares.failures.length < 32)
})

t.test('Sobol: of no variance there are no shares', async (t) => {
  const x = tracked('x', () => 0)
  const fixed = tracked('fixed', () => 5)
  const found = await sobol(new Context(), [[x, distribution.uniform(0, 1)]], fixed, { samples: 16 })
  t.match(found.toRows(), [
    { index: 'S1', value: undefined },
    { index: 'ST', value: undefined },
  ])
  t.equal(found.variance.value, 0)
})
