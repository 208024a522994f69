/**
 * Points of the unit cube at which a model is asked. All of them are made beforehand from the seed, so the answers do not
 * depend on the order in which the model is asked. Stratified and quasi-random points come in several sets that are
 * independent of one another: how far their answers differ tells the error.
 *
 * Latin hypercube: M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21(2), 1979. With correlations, the strata of an
 * input are dealt by the ranks of its correlated scores, so that they stay filled once each: M. Stein, "Large sample
 * properties of simulations using Latin hypercube sampling", Technometrics 29(2), 1987, section 4.
 */
import { correlate } from './correlation.js'
import { statistics } from './distribution.js'
import { mixed, random, shuffled, uniform } from './random.js'
import { sobolPoints } from './sobol-sequence.js'

export const samplings = ['random', 'latin hypercube', 'sobol'] as const
export type Sampling = (typeof samplings)[number]

export interface Plan {
  readonly sampling: Sampling
  readonly samples: number
  readonly dimensions: number
  readonly seed: number
  /** Cholesky's factor of the correlations; undefined where there are none. */
  readonly lower?: readonly (readonly number[])[] | undefined
}

export interface Points {
  /** Row by row, each coordinate in (0, 1). */
  readonly points: Float64Array
  /** Where each independent set begins; one set where all points are independent. */
  readonly sets: readonly number[]
}

/** Independent sets of stratified or quasi-random points. */
const SETS = 16
/** With fewer points a set, there is one. */
const SMALLEST_SET = 8

export async function pointsOf(tool: string, plan: Plan): Promise<Points> {
  const { sampling, samples, dimensions, seed, lower } = plan
  const count = sampling === 'random' || samples < SETS * SMALLEST_SET ? 1 : SETS
  const points = new Float64Array(samples * dimensions)
  const sets = Array.from({ length: count }, (_, i) => Math.floor((samples * i) / count))
  for (const [i, from] of sets.entries()) {
    const size = (sets[i + 1] ?? samples) - from
    points.set(await setOf(tool, sampling, size, dimensions, mixed(mixed(seed) + i), lower), from * dimensions)
  }
  return { points, sets }
}

async function setOf(
  tool: string,
  sampling: Sampling,
  size: number,
  dimensions: number,
  seed: number,
  lower: Plan['lower'],
): Promise<Float64Array> {
  if (sampling === 'latin hypercube') return await hypercube(size, dimensions, seed, lower)
  const points = sampling === 'sobol' ? sobolPoints(tool, size, dimensions, seed) : independent(size, dimensions, seed)
  if (lower !== undefined) await correlatePoints(points, dimensions, lower)
  return points
}

function independent(size: number, dimensions: number, seed: number): Float64Array {
  const generator = random(seed)
  return Float64Array.from({ length: size * dimensions }, () => uniform(generator))
}

async function correlatePoints(
  points: Float64Array,
  dimensions: number,
  lower: NonNullable<Plan['lower']>,
): Promise<void> {
  const { normal } = await statistics()
  for (let row = 0; row < points.length; row += dimensions) {
    const scores = Array.from(points.subarray(row, row + dimensions), (p) => normal.inv(p, 0, 1))
    correlate(scores, lower)
    points.set(
      scores.map((score) => inside(normal.cdf(score, 0, 1))),
      row,
    )
  }
}

/** Rounding may have made 0 or 1 of it. */
function inside(p: number): number {
  return Math.min(Math.max(p, 2 ** -54), 1 - 2 ** -53)
}

async function hypercube(size: number, dimensions: number, seed: number, lower: Plan['lower']): Promise<Float64Array> {
  const generator = random(seed, 1)
  const strata = lower === undefined ? undefined : independent(size, dimensions, seed)
  if (strata !== undefined) await correlatePoints(strata, dimensions, lower as NonNullable<typeof lower>)
  const points = new Float64Array(size * dimensions)
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const order = strata === undefined ? shuffled(generator, size) : ranks(strata, size, dimensions, dimension)
    for (const [row, stratum] of order.entries()) {
      points[row * dimensions + dimension] = (stratum + uniform(generator)) / size
    }
  }
  return points
}

/** The rank of each row by one coordinate. */
function ranks(points: Float64Array, size: number, dimensions: number, dimension: number): number[] {
  const at = (row: number): number => points[row * dimensions + dimension] as number
  const order = Array.from({ length: size }, (_, row) => row).sort((a, b) => at(a) - at(b))
  const ranked = new Array<number>(size)
  for (const [rank, row] of order.entries()) ranked[row] = rank
  return ranked
}
