/** Simulation: the distribution of outputs, from those of inputs. */
import type { Context } from '../core/index.js'
import { plain } from '../core/rooms.js'
import { histogram } from './charts.js'
import { cholesky } from './correlation.js'
import { checkCount, InvalidQuestionError } from './errors.js'
import { heading } from './format.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn, numeric } from './inquiry.js'
import { type Lever, tweaksOf } from './lever.js'
import { type Column, Report, type VegaLite } from './report.js'
import { pointsOf, type Sampling, samplings } from './sampling.js'
import { type Summary, summarise } from './statistics.js'
import { type AnyTarget, isMeantBy, type Named, namedOutputs, type Outputs } from './target.js'
import { type Distributions, uncertain } from './uncertain.js'

const TOOL = 'simulate'

export interface SimulateOptions extends AskOptions {
  /** Default 1000. Sobol points are best where a sixteenth of it is a power of 2. */
  readonly samples?: number
  /** The same seed gives the same answer. Default 0. */
  readonly seed?: number
  /** Default `random`. */
  readonly sampling?: Sampling
  /** Of the normal scores of two inputs, from -1 to 1 (Gaussian copula). */
  readonly correlations?: readonly (readonly [one: AnyTarget, other: AnyTarget, correlation: number])[]
  /** Default 0.05, 0.25, 0.5, 0.75, 0.95. */
  readonly quantiles?: readonly number[]
}

/**
 * Monte Carlo: the outputs at samples of the inputs. Samples at which the model throws, or gives no finite number, are counted
 * and left out. Costs an evaluation a sample. Rejects with InvalidQuestionError and AbortedError.
 */
export async function simulate(
  context: Context,
  distributions: Distributions,
  outputs: Outputs,
  options: SimulateOptions = {},
): Promise<Simulation> {
  const { samples = 1000, seed = 0, sampling = 'random', quantiles = [0.05, 0.25, 0.5, 0.75, 0.95] } = options
  checkCount(TOOL, 'samples', samples, 1)
  if (!samplings.includes(sampling)) throw new InvalidQuestionError(TOOL, `sampling is one of ${samplings.join(', ')}.`)
  if (!quantiles.every((p) => p >= 0 && p <= 1)) throw new InvalidQuestionError(TOOL, 'quantiles are from 0 to 1.')
  const asked = namedOutputs(TOOL, context, outputs)
  const inquiry = new Inquiry(context, TOOL, options, samples + 1)
  const inputs = await uncertain(inquiry, distributions)
  const { levers } = inputs
  const lower = factorOf(levers, options.correlations ?? [])
  const dimensions = levers.length
  const { points, sets } = await pointsOf(TOOL, { sampling, samples, dimensions, seed, lower })
  await inquiry.ask(context, asked)
  const values = Float64Array.from(points, (p, i) => (inputs.quantiles[i % dimensions] as (p: number) => number)(p))
  const found = asked.map(() => new Float64Array(samples))
  const failures: Failure[] = []
  await inquiry.each(samples, async (sample) => {
    const row = values.subarray(sample * dimensions, (sample + 1) * dimensions)
    const cells = await inquiry.askUnder(tweaksOf(levers, Array.from(row)), asked)
    for (const [i, output] of asked.entries()) {
      const cell = numeric(output, cells[i] as Cell)
      ;(found[i] as Float64Array)[sample] = numberIn(cell)
      if (cell.error !== undefined) failures.push({ sample, output: output.name, error: cell.error })
    }
  })
  failures.sort((a, b) => a.sample - b.sample)
  const simulated = await Promise.all(
    asked.map(async (output, i): Promise<Simulated> => {
      const all = found[i] as Float64Array
      const parts = sets.map((from, at) => all.slice(from, sets[at + 1] ?? samples).filter((x) => !Number.isNaN(x)))
      const summary = await summarise(parts, quantiles)
      return { output, values: all, failed: samples - summary.count, ...summary }
    }),
  )
  const inputsFound = levers.map((lever, i) => ({ ...lever, values: values.filter((_, at) => at % dimensions === i) }))
  return new Simulation({ samples, seed, sampling }, inputsFound, simulated, failures, await inquiry.cost(asked))
}

function factorOf(
  levers: readonly Lever[],
  correlations: NonNullable<SimulateOptions['correlations']>,
): number[][] | undefined {
  if (correlations.length === 0) return undefined
  const matrix = levers.map((_, i) => levers.map((_, j) => (i === j ? 1 : 0)))
  const indexOf = (target: AnyTarget): number => {
    const index = levers.findIndex(
      (lever) => lever.target === target || ('equals' in target && isMeantBy(lever.target, target)),
    )
    if (index < 0) throw new InvalidQuestionError(TOOL, 'a correlation is of an input that has no distribution.')
    return index
  }
  const given = new Set<string>()
  for (const [one, other, correlation] of correlations) {
    const [i, j] = [indexOf(one), indexOf(other)]
    if (i === j || !(Math.abs(correlation) <= 1)) {
      throw new InvalidQuestionError(TOOL, `a correlation is of two inputs, and from -1 to 1; not ${correlation}.`)
    }
    if (given.has(`${Math.min(i, j)} ${Math.max(i, j)}`)) {
      throw new InvalidQuestionError(TOOL, `${levers[i]?.name} and ${levers[j]?.name} have two correlations.`)
    }
    given.add(`${Math.min(i, j)} ${Math.max(i, j)}`)
    ;(matrix[i] as number[])[j] = correlation
    ;(matrix[j] as number[])[i] = correlation
  }
  return cholesky(TOOL, matrix)
}

/** A sample at which an output was no number. */
export interface Failure {
  readonly sample: number
  readonly output: string
  readonly error: Error
}

/** One output: what it was at each sample (NaN where it was no number), and what that says. */
export interface Simulated extends Summary {
  readonly output: Named
  readonly values: Float64Array
  readonly failed: number
}

export class Simulation extends Report {
  readonly tool = TOOL
  readonly samples: number
  readonly seed: number
  readonly sampling: Sampling
  /** With the value that each had at each sample. */
  readonly inputs: readonly (Lever & { readonly values: Float64Array })[]
  readonly outputs: readonly Simulated[]
  readonly failures: readonly Failure[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    made: { readonly samples: number; readonly seed: number; readonly sampling: Sampling },
    inputs: Simulation['inputs'],
    outputs: readonly Simulated[],
    failures: readonly Failure[],
    cost: Cost,
  ) {
    super()
    this.samples = made.samples
    this.seed = made.seed
    this.sampling = made.sampling
    this.inputs = inputs
    this.outputs = outputs
    this.failures = failures
    this.cost = cost
    const number = (name: string): Column => ({ name, kind: 'number' })
    this.columns = [
      { name: 'output', kind: 'text' },
      ...['mean', 'standard error', 'deviation', 'min'].map(number),
      ...(outputs[0]?.quantiles ?? []).map(({ p }) => number(`${Number((100 * p).toPrecision(10))} %`)),
      ...['max', 'failed'].map(number),
    ]
  }

  protected cells(): unknown[][] {
    return this.outputs.map(({ output, mean, standardError, deviation, min, quantiles, max, failed }) =>
      [output.name, mean, standardError, deviation, min, ...quantiles.map(({ value }) => value), max, failed].map(
        (x) => (Number.isNaN(x) ? undefined : x),
      ),
    )
  }

  override toJSON(): object {
    const { samples, seed, sampling } = this
    const outputs = this.outputs.map((one) =>
      plain(
        Object.fromEntries(Object.entries({ ...one, output: one.output.name }).filter(([key]) => key !== 'values')),
      ),
    )
    return { ...super.toJSON(), samples, seed, sampling, outputs }
  }

  /** Histograms, one an output. */
  toVegaLite(): VegaLite {
    return histogram(
      this.outputs.flatMap(({ output: { name, unit }, histogram }) =>
        histogram.map((bin) => ({ output: heading({ name, unit, kind: 'number' }), ...bin })),
      ),
    )
  }
}
