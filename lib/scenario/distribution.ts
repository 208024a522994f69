/**
 * Distributions as plain data, and their quantile functions, by which samples are made. Those of the normal, gamma, beta and
 * t distributions are the package jstat's, which is loaded when it is first needed: within 1e-11 relative for the first two,
 * 1e-7 for the others (tests/scenario/distribution.test.ts). The others have closed forms.
 */
import { InvalidQuestionError } from './errors.js'

export type Distribution =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'lognormal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'triangular'; readonly low: number; readonly mode: number; readonly high: number }
  | { readonly kind: 'pert'; readonly low: number; readonly mode: number; readonly high: number }
  | {
      readonly kind: 'beta'
      readonly alpha: number
      readonly beta: number
      readonly low: number
      readonly high: number
    }
  | { readonly kind: 'gamma'; readonly shape: number; readonly scale: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  | { readonly kind: 'weibull'; readonly shape: number; readonly scale: number }
  | { readonly kind: 'studentT'; readonly degrees: number; readonly location: number; readonly scale: number }
  | { readonly kind: 'discrete'; readonly values: readonly number[]; readonly weights: readonly number[] }
  | { readonly kind: 'poisson'; readonly mean: number }
  | { readonly kind: 'truncated'; readonly of: Distribution; readonly low: number; readonly high: number }

/** Distributions by name. Wrong parameters are InvalidQuestionErrors of the tool that is given them. */
export const distribution = {
  uniform: (low: number, high: number): Distribution => ({ kind: 'uniform', low, high }),
  normal: (mean: number, deviation: number): Distribution => ({ kind: 'normal', mean, deviation }),
  /** Mean and deviation are those of the logarithm. */
  lognormal: (mean: number, deviation: number): Distribution => ({ kind: 'lognormal', mean, deviation }),
  triangular: (low: number, mode: number, high: number): Distribution => ({ kind: 'triangular', low, mode, high }),
  /** A beta distribution by its ends and its mode, with mean (low + 4 mode + high) / 6. */
  pert: (low: number, mode: number, high: number): Distribution => ({ kind: 'pert', low, mode, high }),
  beta: (alpha: number, beta: number, low = 0, high = 1): Distribution => ({ kind: 'beta', alpha, beta, low, high }),
  gamma: (shape: number, scale: number): Distribution => ({ kind: 'gamma', shape, scale }),
  exponential: (mean: number): Distribution => ({ kind: 'exponential', mean }),
  weibull: (shape: number, scale: number): Distribution => ({ kind: 'weibull', shape, scale }),
  studentT: (degrees: number, location = 0, scale = 1): Distribution => ({
    kind: 'studentT',
    degrees,
    location,
    scale,
  }),
  /** Some values, all alike or by weights. */
  discrete: (values: readonly number[], weights: readonly number[] = values.map(() => 1)): Distribution => ({
    kind: 'discrete',
    values,
    weights,
  }),
  poisson: (mean: number): Distribution => ({ kind: 'poisson', mean }),
  /** Another one, given that it is within bounds. */
  truncated: (of: Distribution, low: number, high: number): Distribution => ({ kind: 'truncated', of, low, high }),
} as const

/** From a probability in (0, 1) to a value. */
export type Quantile = (p: number) => number

/** The quantile function. Throws InvalidQuestionError for parameters that make no distribution. */
export async function quantileOf(tool: string, given: Distribution): Promise<Quantile> {
  const check = (isRight: boolean): void => {
    if (!isRight) throw new InvalidQuestionError(tool, `${JSON.stringify(given)} is no distribution.`)
  }
  switch (given.kind) {
    case 'uniform': {
      const { low, high } = given
      check(low < high && Number.isFinite(high - low))
      return (p) => low + (high - low) * p
    }
    case 'normal':
    case 'lognormal': {
      const { mean, deviation, kind } = given
      check(Number.isFinite(mean) && deviation > 0 && Number.isFinite(deviation))
      const { normal } = await statistics()
      const score = ended(Number.NEGATIVE_INFINITY, (p) => normal.inv(p, 0, 1))
      const quantile: Quantile = (p) => mean + deviation * score(p)
      return kind === 'normal' ? quantile : (p) => Math.exp(quantile(p))
    }
    case 'triangular': {
      const { low, mode, high } = given
      check(low <= mode && mode <= high && low < high && Number.isFinite(high - low))
      const at = (mode - low) / (high - low)
      return (p) =>
        p < at
          ? low + Math.sqrt(p * (high - low) * (mode - low))
          : high - Math.sqrt((1 - p) * (high - low) * (high - mode))
    }
    case 'pert': {
      const { low, mode, high } = given
      check(low <= mode && mode <= high && low < high && Number.isFinite(high - low))
      const alpha = 1 + (4 * (mode - low)) / (high - low)
      return await quantileOf(tool, { kind: 'beta', alpha, beta: 6 - alpha, low, high })
    }
    case 'beta': {
      const { alpha, beta, low, high } = given
      check(alpha > 0 && beta > 0 && Number.isFinite(alpha + beta) && low < high && Number.isFinite(high - low))
      const family = (await statistics()).beta
      return (p) => low + (high - low) * family.inv(p, alpha, beta)
    }
    case 'gamma': {
      const { shape, scale } = given
      check(shape > 0 && scale > 0 && Number.isFinite(shape * scale))
      const { gamma } = await statistics()
      return ended(0, (p) => gamma.inv(p, shape, scale))
    }
    case 'exponential': {
      const { mean } = given
      check(mean > 0 && Number.isFinite(mean))
      return (p) => -mean * Math.log1p(-p)
    }
    case 'weibull': {
      const { shape, scale } = given
      check(shape > 0 && scale > 0 && Number.isFinite(shape * scale))
      return (p) => scale * (-Math.log1p(-p)) ** (1 / shape)
    }
    case 'studentT': {
      const { degrees, location, scale } = given
      check(degrees > 0 && scale > 0 && Number.isFinite(degrees + location + scale))
      const { studentt } = await statistics()
      return ended(Number.NEGATIVE_INFINITY, (p) => location + scale * studentt.inv(p, degrees))
    }
    case 'discrete': {
      const { values, weights } = given
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      check(values.length > 0 && values.length === weights.length && values.every(Number.isFinite))
      check(weights.every((weight) => weight >= 0) && total > 0 && Number.isFinite(total))
      const possible = [...values.keys()].filter((i) => (weights[i] as number) > 0)
      possible.sort((a, b) => (values[a] as number) - (values[b] as number))
      return discreteQuantile(
        possible.map((i) => values[i] as number),
        possible.map((i) => (weights[i] as number) / total),
      )
    }
    case 'poisson': {
      const { mean } = given
      check(mean > 0 && mean < 700)
      return ended(0, (p) => poissonQuantile(p, mean))
    }
    case 'truncated': {
      const { low, high } = given
      check(low < high)
      const whole = await quantileOf(tool, given.of)
      const from = low === Number.NEGATIVE_INFINITY ? 0 : lastWhere((p) => whole(p) < low)[1]
      const to = high === Number.POSITIVE_INFINITY ? 1 : lastWhere((p) => whole(p) <= high)[0]
      check(from < to)
      return (p) => Math.min(Math.max(whole(from + (to - from) * p), low), high)
    }
    default:
      return check(false) as never
  }
}

interface Family<P extends number[]> {
  readonly inv: (p: number, ...parameters: P) => number
  readonly cdf: (x: number, ...parameters: P) => number
}

interface Statistics {
  readonly normal: Family<[mean: number, deviation: number]>
  readonly gamma: Family<[shape: number, scale: number]>
  readonly beta: Family<[alpha: number, beta: number]>
  readonly studentt: Family<[degrees: number]>
}

/** The distribution functions of jstat. */
export async function statistics(): Promise<Statistics> {
  return (await import('jstat')).default.jStat as Statistics
}

/** Of a distribution without an upper end; jstat gives some large number there. */
function ended(low: number, quantile: Quantile): Quantile {
  return (p) => (p <= 0 ? low : p >= 1 ? Number.POSITIVE_INFINITY : quantile(p))
}

/** Of values in ascending order. */
function discreteQuantile(values: readonly number[], probabilities: readonly number[]): Quantile {
  const sums: number[] = []
  for (const probability of probabilities) sums.push((sums.at(-1) ?? 0) + probability)
  return (p) => {
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < p) low = middle + 1
      else high = middle
    }
    return values[low] as number
  }
}

function poissonQuantile(p: number, mean: number): number {
  let probability = Math.exp(-mean)
  let sum = probability
  let k = 0
  while (sum < p && probability > 0) {
    k++
    probability *= mean / k
    sum += probability
  }
  return k
}

/** The last probability at which something holds that holds from 0 to there, and the first at which it does not. */
function lastWhere(holds: (p: number) => boolean): [last: number, next: number] {
  let [last, next] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (last + next) / 2
    if (holds(middle)) last = middle
    else next = middle
  }
  return [last, next]
}
