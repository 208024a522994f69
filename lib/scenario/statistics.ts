/** What a sample of numbers says, by the package d3-array, loaded when first needed. */

export interface QuantileEstimate {
  readonly p: number
  readonly value: number
  readonly standardError: number
}

export interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** NaN where there are too few numbers to tell. */
export interface Summary {
  /** Numbers, without those samples at which the model gave none. */
  readonly count: number
  readonly mean: number
  readonly standardError: number
  /** Of the sample, with n - 1. */
  readonly deviation: number
  readonly min: number
  readonly max: number
  readonly quantiles: readonly QuantileEstimate[]
  readonly histogram: readonly Bin[]
}

/**
 * Of numbers in sets that are independent of one another. Within one set the numbers count as independent; of several sets
 * the standard errors are those of the mean over the sets. Quantiles interpolate linearly (type 7 of Hyndman and Fan, "Sample
 * quantiles in statistical packages", The American Statistician 50(4), 1996); their errors are half the distance of the
 * order statistics one binomial deviation to both sides.
 */
export async function summarise(sets: readonly Float64Array[], at: readonly number[]): Promise<Summary> {
  const d3 = await import('d3-array')
  // d3 takes anything that is indexed, its types only arrays
  const quantile = (values: Float64Array, p: number): number =>
    d3.quantileSorted(values as unknown as number[], p) ?? Number.NaN
  const sorted = Float64Array.from(sets.flatMap((set) => [...set])).sort()
  const ofSets = (statistic: (set: Float64Array) => number): number => {
    const values = sets.map(statistic)
    return (d3.deviation(values) ?? Number.NaN) / Math.sqrt(values.length)
  }
  const isPlain = sets.length === 1
  const [first = Number.NaN] = sorted
  const deviation = d3.deviation(sorted) ?? Number.NaN
  const errorAt = (p: number): number => {
    const reach = Math.sqrt((p * (1 - p)) / sorted.length)
    return (quantile(sorted, Math.min(p + reach, 1)) - quantile(sorted, Math.max(p - reach, 0))) / 2
  }
  return {
    count: sorted.length,
    mean: d3.fsum(sorted) / sorted.length,
    standardError: isPlain ? deviation / Math.sqrt(sorted.length) : ofSets((set) => d3.mean(set) ?? Number.NaN),
    deviation,
    min: first,
    max: sorted.at(-1) ?? Number.NaN,
    quantiles: at.map((p) => ({
      p,
      value: quantile(sorted, p),
      standardError: isPlain ? errorAt(p) : ofSets((set) => quantile(set.slice().sort(), p)),
    })),
    histogram: binned(sorted, d3.thresholdFreedmanDiaconis(sorted, first, sorted.at(-1) ?? first)),
  }
}

const MOST_BINS = 100

/** So many bins of one width over all numbers. */
function binned(sorted: Float64Array, suggested: number): Bin[] {
  const low = sorted[0]
  const high = sorted.at(-1)
  if (low === undefined || high === undefined) return []
  if (low === high) return [{ from: low, to: high, count: sorted.length }]
  const count = Math.min(MOST_BINS, Math.max(1, Number.isFinite(suggested) ? Math.ceil(suggested) : 1))
  const counts = new Array<number>(count).fill(0)
  for (const value of sorted) {
    const bin = Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const edge = (i: number): number => (i === count ? high : low + ((high - low) * i) / count)
  return counts.map((number, i) => ({ from: edge(i), to: edge(i + 1), count: number }))
}
