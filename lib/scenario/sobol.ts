/**
 * Global sensitivity by variance: which share of the variance of an output is due to each input alone (S1), to each with all
 * that it takes part in (ST), and to each pair beyond its two (S2).
 *
 * Source: A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181,
 * 2010, table 2: S1 by (b), ST by (f), which is M. Jansen's; S2 as A. Saltelli, "Making best use of model evaluations to
 * compute sensitivity indices", Computer Physics Communications 145, 2002. Confidence by bootstrap over the samples.
 */

import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { Context } from '../core/index.js'
import { bars } from './charts.js'
import { checkCount, InvalidQuestionError } from './errors.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn, numeric } from './inquiry.js'
import { type Lever, tweaksOf } from './lever.js'
import { random } from './random.js'
import { type Column, Report, type VegaLite } from './report.js'
import { sobolPoints } from './sobol-sequence.js'
import { type AnyTarget, type Named, namedOutputs } from './target.js'
import { type Distributions, uncertain } from './uncertain.js'

const TOOL = 'sobol'

export interface SobolOptions extends AskOptions {
  /** A power of 2 is best. Default 1024. */
  readonly samples?: number
  /** Pairs cost as many evaluations again. Default true. */
  readonly pairs?: boolean
  readonly seed?: number
  /** Of the confidence intervals. Default 0.95. */
  readonly confidence?: number
}

const RESAMPLINGS = 200

/**
 * Costs samples (inputs + 2) evaluations, with pairs samples (2 inputs + 2). A sample at which the model throws or gives no
 * finite number is left out. In each sample, inputs are exchanged in a context below the sample's: what does not depend on
 * them is reused.
 */
export async function sobol(
  context: Context,
  distributions: Distributions,
  output: AnyTarget,
  options: SobolOptions = {},
): Promise<Sobol> {
  const { samples = 1024, pairs = true, seed = 0, confidence = 0.95 } = options
  checkCount(TOOL, 'samples', samples, 2)
  if (!(confidence > 0 && confidence < 1)) {
    throw new InvalidQuestionError(TOOL, `confidence is ${confidence}; it is between 0 and 1.`)
  }
  const [asked] = namedOutputs(TOOL, context, output) as [Named]
  const inquiry = new Inquiry(context, TOOL, options)
  const { levers, quantiles } = await uncertain(inquiry, distributions)
  const k = levers.length
  const points = sobolPoints(TOOL, samples, 2 * k, seed)
  inquiry.total = 1 + samples * (pairs ? 2 * k + 2 : k + 2)
  await inquiry.ask(context, [asked])
  const rows = await inquiry.each(samples, async (sample): Promise<Row | Error> => {
    const value = (i: number): number =>
      (quantiles[i % k] as (p: number) => number)(points[sample * 2 * k + i] as number)
    const a = levers.map((_, i) => value(i))
    const b = levers.map((_, i) => value(k + i))
    const one = await exchanged(inquiry, asked, levers, a, b)
    const other = await exchanged(inquiry, asked, levers, b, pairs ? a : [])
    const failed = [...one, ...other].find(({ error }) => error !== undefined)?.error
    if (failed !== undefined) return failed
    const [fa = Number.NaN, ...ab] = one.map(numberIn)
    const [fb = Number.NaN, ...ba] = other.map(numberIn)
    return { a: fa, b: fb, ab, ba }
  })
  const known = rows.filter((row): row is Row => !(row instanceof Error))
  const failures = rows.filter((row) => row instanceof Error)
  const found = indicesOf(known, k, pairs)
  const spread = bootstrap(known, k, pairs, seed, confidence)
  return new Sobol(asked, levers, samples, failures, found, spread, await inquiry.cost([asked]))
}

/** The output at a row, and with each input exchanged for that of another row. */
async function exchanged(
  inquiry: Inquiry,
  output: Named,
  levers: readonly Lever[],
  row: readonly number[],
  other: readonly number[],
): Promise<Cell<number>[]> {
  const ask = async (at: Context): Promise<Cell<number>> =>
    numeric(output, (await inquiry.ask(at, [output]))[0] as Cell)
  using whole = inquiry.context.fork({ tweaks: tweaksOf(levers, row) })
  const cells = [await ask(whole)]
  for (const [i, value] of other.entries()) {
    using below = whole.fork({ tweaks: tweaksOf([levers[i] as Lever], [value]) })
    cells.push(await ask(below))
  }
  return cells
}

interface Row {
  readonly a: number
  readonly b: number
  /** The row a with input i of b. */
  readonly ab: readonly number[]
  readonly ba: readonly number[]
}

interface Indices {
  readonly first: readonly number[]
  readonly total: readonly number[]
  /** [i][j] for i < j; empty where they were not asked for. */
  readonly second: readonly (readonly number[])[]
  readonly variance: number
}

function indicesOf(rows: readonly Row[], k: number, pairs: boolean): Indices {
  const n = rows.length
  // both matrices for mean and variance, and everything about the mean: products of small numbers lose less
  const mean = rows.reduce((sum, { a, b }) => sum + a + b, 0) / (2 * n)
  const variance = rows.reduce((sum, { a, b }) => sum + (a - mean) ** 2 + (b - mean) ** 2, 0) / (2 * n)
  const average = (term: (row: Row) => number): number => rows.reduce((sum, row) => sum + term(row), 0) / n / variance
  const inputs = Array.from({ length: k }, (_, i) => i)
  const first = inputs.map((i) => average(({ a, b, ab }) => (b - mean) * ((ab[i] as number) - a)))
  const total = inputs.map((i) => average(({ a, ab }) => (a - (ab[i] as number)) ** 2) / 2)
  const second = pairs
    ? inputs.map((i) =>
        inputs.map((j) => {
          if (j <= i) return Number.NaN
          const closed = average(
            ({ a, b, ab, ba }) => ((ba[i] as number) - mean) * ((ab[j] as number) - mean) - (a - mean) * (b - mean),
          )
          return closed - (first[i] as number) - (first[j] as number)
        }),
      )
    : []
  return { first, total, second, variance }
}

/** Half the width of the intervals that hold the given share of what resampled rows give. */
function bootstrap(rows: readonly Row[], k: number, pairs: boolean, seed: number, confidence: number): Indices {
  const generator = random(seed, 1)
  const all = Array.from({ length: RESAMPLINGS }, () => {
    const drawn = rows.map(() => rows[uniformInt(generator, 0, rows.length - 1)] as Row)
    return indicesOf(drawn, k, pairs)
  })
  const half = (pick: (one: Indices) => number): number => {
    const values = all.map(pick).sort((a, b) => a - b)
    const at = (p: number): number => values[Math.min(values.length - 1, Math.round(p * (values.length - 1)))] as number
    return (at((1 + confidence) / 2) - at((1 - confidence) / 2)) / 2
  }
  const inputs = Array.from({ length: k }, (_, i) => i)
  return {
    first: inputs.map((i) => half(({ first }) => first[i] as number)),
    total: inputs.map((i) => half(({ total }) => total[i] as number)),
    second: pairs
      ? inputs.map((i) => inputs.map((j) => half(({ second }) => (second[i] as readonly number[])[j] as number)))
      : [],
    variance: half(({ variance }) => variance),
  }
}

/** An index with half the width of its confidence interval. */
export interface Index {
  readonly value: number
  readonly confidence: number
}

export interface Decomposed {
  readonly input: Lever
  readonly first: Index
  readonly total: Index
}

export interface Pair {
  readonly inputs: readonly [Lever, Lever]
  readonly second: Index
}

export class Sobol extends Report {
  readonly tool = TOOL
  readonly output: Named
  readonly samples: number
  /** Why samples were left out. */
  readonly failures: readonly Error[]
  readonly variance: Index
  /** As given. */
  readonly inputs: readonly Decomposed[]
  /** Empty where they were not asked for. */
  readonly pairs: readonly Pair[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    output: Named,
    levers: readonly Lever[],
    samples: number,
    failures: readonly Error[],
    found: Indices,
    spread: Indices,
    cost: Cost,
  ) {
    super()
    this.output = output
    this.samples = samples
    this.failures = failures
    this.variance = { value: found.variance, confidence: spread.variance }
    const index = (values: readonly number[], widths: readonly number[], i: number): Index => ({
      value: values[i] as number,
      confidence: widths[i] as number,
    })
    this.inputs = levers.map((input, i) => ({
      input,
      first: index(found.first, spread.first, i),
      total: index(found.total, spread.total, i),
    }))
    this.pairs = found.second.flatMap((row, i) =>
      levers.slice(i + 1).map((other, at): Pair => {
        const j = i + 1 + at
        return { inputs: [levers[i] as Lever, other], second: index(row, spread.second[i] as readonly number[], j) }
      }),
    )
    this.cost = cost
    this.columns = [
      { name: 'inputs', kind: 'text' },
      { name: 'index', kind: 'text' },
      { name: 'value', kind: 'number' },
      { name: 'confidence', kind: 'number' },
    ]
  }

  /** Empty where the output has no variance: of nothing there are no shares. */
  protected cells(): unknown[][] {
    const rows = [
      ...this.inputs.map(({ input, first }) => [input.name, 'S1', first.value, first.confidence]),
      ...this.inputs.map(({ input, total }) => [input.name, 'ST', total.value, total.confidence]),
      ...this.pairs.map(({ inputs, second }) => [
        inputs.map(({ name }) => name).join(', '),
        'S2',
        second.value,
        second.confidence,
      ]),
    ]
    return rows.map((row) => row.map((cell) => (Number.isNaN(cell) ? undefined : cell)))
  }

  /** S1 and ST of each input, with their confidence. */
  toVegaLite(): VegaLite {
    return bars(
      { name: 'share of the variance' },
      this.inputs.flatMap(({ input, first, total }) =>
        [['S1', first] as const, ['ST', total] as const].map(([index, { value, confidence }]) => ({
          input: input.name,
          index,
          value,
          low: value - confidence,
          high: value + confidence,
        })),
      ),
    )
  }
}
