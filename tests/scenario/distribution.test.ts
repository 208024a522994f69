// Quantiles against those of SciPy 1.17, the Sobol sequence against SciPy's, which has the same direction numbers.
import t from 'tap'
import { type Distribution, distribution, InvalidQuestionError } from '../../lib/index.js'
import { quantileOf } from '../../lib/scenario/distribution.js'
import { SOBOL_DIMENSIONS, sobolPoints } from '../../lib/scenario/sobol-sequence.js'
import { rejects, throws } from '../core/helpers.js'

const probabilities = [1e-6, 0.01, 0.3, 0.5, 0.9, 0.999]

// scipy.stats.*.ppf at these probabilities
const known: readonly (readonly [Distribution, readonly number[]])[] = [
  [
    distribution.normal(2, 3),
    [-12.260272926468696, -4.979043622122522, 0.42679846187587733, 2.0, 5.8446546966338015, 11.27069691850344],
  ],
  [
    distribution.lognormal(0.5, 0.8),
    [
      0.03678226618667058, 0.2563841689945863, 1.0838067257408526, 1.6487212707001282, 4.596252292620807,
      19.534572509083212,
    ],
  ],
  [
    distribution.triangular(1, 2, 5),
    [1.002, 1.2, 2.1017246507621126, 2.550510257216822, 3.904554884989668, 4.890455488498967],
  ],
  [
    distribution.beta(2, 3),
    [
      0.0004083594602042573, 0.04199863562170072, 0.27238394207510536, 0.3857275681323895, 0.6795394162781817,
      0.9359618608971666,
    ],
  ],
  [
    distribution.pert(10, 12, 20),
    [
      10.001350718992688, 10.231345261922646, 11.859162489742328, 12.766722593925188, 15.45334050433582,
      18.575515687386783,
    ],
  ],
  [
    distribution.gamma(2.5, 3),
    [
      0.01934424030974563, 0.8314471150924159, 4.49986219913986, 6.52719028664329, 13.854535349671686,
      30.772508478649307,
    ],
  ],
  [
    distribution.gamma(0.5, 1),
    [
      7.853981633978593e-13, 7.854392895485092e-5, 0.07423593091627269, 0.227468211559786, 1.352771727047702,
      5.413783085331366,
    ],
  ],
  [
    distribution.exponential(4),
    [
      4.0000020000013335e-6, 0.04020134341400577, 1.4266997757549298, 2.772588722239781, 9.210340371976184,
      27.631021115928544,
    ],
  ],
  [
    distribution.weibull(1.5, 2),
    [
      0.00020000006666670567, 0.09314303369403937, 1.005877429831437, 1.5664395375493025, 3.4874430271928234,
      7.2541738246789516,
    ],
  ],
  [
    distribution.studentT(4),
    [-41.577854150450975, -3.746947387979197, -0.5686490630497053, 0.0, 1.533206274058944, 7.173182219782307],
  ],
  [distribution.poisson(3.5), [0.0, 0.0, 2.0, 3.0, 6.0, 11.0]],
]

void t.test('quantiles', async (t) => {
  for (const [given, expected] of known) {
    const quantile = await quantileOf('test', given)
    const tolerance = ['beta', 'pert', 'studentT'].includes(given.kind) ? 1e-7 : 1e-11
    const isBounded = ['triangular', 'beta', 'pert'].includes(given.kind)
    t.equal(Number.isFinite(quantile(1)), isBounded, `${given.kind} at 1`)
    t.equal(quantile(0) < quantile(1e-9) || quantile(0) === 0, true, `${given.kind} at 0`)
    for (const [i, p] of probabilities.entries()) {
      const [value, wanted] = [quantile(p), expected[i] as number]
      const error = Math.abs(value - wanted) / (Math.abs(wanted) || 1)
      t.ok(error <= tolerance, `${JSON.stringify(given)} at ${p}: ${value}, ${error}`)
    }
  }
})

void t.test('discrete and truncated', async (t) => {
  const dice = await quantileOf('test', distribution.discrete([3, 1, 2], [1, 2, 1]))
  t.same([0.1, 0.5, 0.51, 0.75, 0.76, 0.99].map(dice), [1, 1, 2, 2, 3, 3])
  const half = await quantileOf('test', distribution.truncated(distribution.normal(0, 1), 0, Number.POSITIVE_INFINITY))
  t.ok(Math.abs(half(0.5) - 0.6744897501960817) < 1e-9)
  await rejects(t, quantileOf('test', distribution.discrete([])), InvalidQuestionError)
  await rejects(
    t,
    quantileOf('test', distribution.truncated(distribution.discrete([1, 2]), 1.2, 1.8)),
    InvalidQuestionError,
  )
  await rejects(t, quantileOf('test', { kind: 'other' } as never), InvalidQuestionError)
})

void t.test('a truncated distribution holds both of its bounds', async (t) => {
  const grid = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000)
  const shares = async (given: Distribution): Promise<Record<string, number>> => {
    const quantile = await quantileOf('test', given)
    const counts: Record<string, number> = {}
    for (const p of grid) counts[quantile(p)] = (counts[quantile(p)] ?? 0) + 1
    return counts
  }
  t.same(await shares(distribution.truncated(distribution.discrete([1, 2, 3, 4]), 2, 3)), { 2: 500, 3: 500 })
  const rare = await shares(distribution.truncated(distribution.poisson(3), 1, 3))
  // 3, 4.5 and 4.5 of 12 parts
  t.same(rare, { 1: 250, 2: 375, 3: 375 })
  const gap = await quantileOf('test', distribution.truncated(distribution.discrete([0, 2, 9]), 1, 3))
  t.same([0, 0.5, 1].map(gap), [2, 2, 2], 'at the ends too, a value that there is')
})

void t.test('a value of weight 0 does not occur, not even at the ends', async (t) => {
  const quantile = await quantileOf('test', distribution.discrete([3, 1, 2], [0, 0, 1]))
  t.same([0, 0.5, 1].map(quantile), [2, 2, 2])
})

void t.test('the Sobol sequence', async (t) => {
  const seven = sobolPoints('test', 8, 7)
  t.same(
    [...seven.subarray(35, 56)],
    [
      0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.625, 0.125, 0.875, 0.625, 0.625, 0.875, 0.125, 0.125, 0.625,
      0.375, 0.125, 0.125, 0.375, 0.625,
    ],
  )
  const many = sobolPoints('test', 1024, 250)
  t.same(
    [0, 1, 2, 50, 100, 200, 249].map((dimension) => many[777 * 250 + dimension]),
    [0.6923828125, 0.9365234375, 0.1630859375, 0.0830078125, 0.8427734375, 0.9912109375, 0.8720703125],
  )
  throws(t, () => sobolPoints('test', 1, SOBOL_DIMENSIONS + 1), InvalidQuestionError)
})

void t.test('scrambled, each coordinate still fills each of 2^k intervals once', async (t) => {
  const points = sobolPoints('test', 256, 40, 11)
  for (let dimension = 0; dimension < 40; dimension++) {
    const filled = new Set(
      Array.from({ length: 256 }, (_, i) => Math.floor(256 * (points[i * 40 + dimension] as number))),
    )
    if (filled.size !== 256) t.fail(`dimension ${dimension}: ${filled.size}`)
  }
  // and each square of 16 x 16, in the first two dimensions
  const squares = new Set(
    Array.from({ length: 256 }, (_, i) => [0, 1].map((d) => Math.floor(16 * (points[i * 40 + d] as number))).join()),
  )
  t.equal(squares.size, 256)
  t.not(sobolPoints('test', 256, 40, 12)[0], points[0])
})
