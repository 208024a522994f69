/** Optimisation: which values of several inputs, each within bounds, make an output smallest or largest. */
import type { Context } from '../core/index.js'
import { lines } from './charts.js'
import { checkCount, InvalidQuestionError } from './errors.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numeric } from './inquiry.js'
import { checkApart, type Lever, leverOf, tweaksOf } from './lever.js'
import { nelderMead, type Vertex } from './nelder-mead.js'
import { type Column, Report, type VegaLite } from './report.js'
import { sobolPoints } from './sobol-sequence.js'
import { type AnyTarget, type Named, namedOutputs } from './target.js'

const TOOL = 'optimize'

/** What is sought. */
export interface Objective {
  /** The output to make smallest; this or `maximize`. */
  readonly minimize?: AnyTarget
  readonly maximize?: AnyTarget
  /** The inputs with their bounds, both included. */
  readonly by: readonly (readonly [input: AnyTarget, low: number, high: number])[]
  /** Searches begin where the inputs are now, and at this many other points all over the bounds. Default 4. */
  readonly starts?: number
  /** How exactly inputs are found, as a share of their bounds. Default 1e-7. */
  readonly tolerance?: number
  /** Evaluations of one search at most. Default 200 for each input. */
  readonly maxEvaluations?: number
}

/**
 * The downhill simplex from several points; the best of what they find, which need not be the best there is. Points at which
 * the model throws or gives no number are avoided. Rejects with InvalidQuestionError and AbortedError.
 */
export async function optimize(context: Context, objective: Objective, options: AskOptions = {}): Promise<Optimum> {
  const { by, starts = 4, tolerance = 1e-7, maxEvaluations = 200 * by.length } = objective
  const target = objective.minimize ?? objective.maximize
  if (target === undefined || (objective.minimize !== undefined && objective.maximize !== undefined)) {
    throw new InvalidQuestionError(TOOL, 'say what to minimize or what to maximize, one of both.')
  }
  checkCount(TOOL, 'starts', starts, 0)
  checkCount(TOOL, 'maxEvaluations', maxEvaluations, 1)
  if (!(tolerance > 0)) throw new InvalidQuestionError(TOOL, `tolerance is ${tolerance}; it is more than 0.`)
  const [output] = namedOutputs(TOOL, context, target) as [Named]
  const inquiry = new Inquiry(context, TOOL, options)
  const levers = await Promise.all(by.map(([input]) => leverOf(inquiry, input)))
  if (levers.length === 0) throw new InvalidQuestionError(TOOL, 'no inputs were given.')
  checkApart(TOOL, levers)
  for (const [i, [, low, high]] of by.entries()) {
    if (low < high && Number.isFinite(high - low)) continue
    throw new InvalidQuestionError(
      TOOL,
      `the bounds of ${levers[i]?.name} are ${low} and ${high}; low is below high, both finite.`,
    )
  }
  const base = numeric(output, (await inquiry.ask(context, [output]))[0] as Cell)
  const sign = objective.minimize === undefined ? -1 : 1
  const trace: number[] = []
  let error: Error | undefined
  const evaluate = async (x: readonly number[]): Promise<number> => {
    const cell = await inquiry.numberUnder(tweaksOf(levers, valuesAt(by, x)), output)
    error = cell.error ?? error
    const y = sign * (cell.value ?? Number.NaN)
    trace.push(Math.min(trace.at(-1) ?? Number.POSITIVE_INFINITY, Number.isNaN(y) ? Number.POSITIVE_INFINITY : y))
    return y
  }
  const found: { best: Vertex; converged: boolean }[] = []
  for (const start of startsOf(levers, by, starts)) {
    const first = await nelderMead(evaluate, start, 0.1, tolerance, maxEvaluations)
    // a simplex may collapse where it should not: from a new one at the same place it goes on
    const second = await nelderMead(evaluate, first.best.x, 0.02, tolerance, maxEvaluations)
    found.push(second.best.y <= first.best.y ? second : first)
  }
  const best = found.reduce((one, other) => (other.best.y < one.best.y ? other : one))
  const isNumber = Number.isFinite(best.best.y)
  const values = isNumber ? valuesAt(by, best.best.x) : undefined
  return new Optimum(
    output,
    levers,
    {
      base,
      values,
      output: isNumber ? sign * best.best.y : undefined,
      converged: best.converged,
      error: isNumber ? undefined : error,
    },
    trace.map((y) => sign * y),
    await inquiry.cost([output]),
  )
}

function valuesAt(by: Objective['by'], x: readonly number[]): number[] {
  return by.map(([, low, high], i) => low + (high - low) * (x[i] as number))
}

/** Where the inputs are, if that is within the bounds; and points all over them. */
function startsOf(levers: readonly Lever[], by: Objective['by'], count: number): number[][] {
  const here = by.map(([, low, high], i) => ((levers[i] as Lever).base - low) / (high - low))
  const isInside = here.every((x) => x >= 0 && x <= 1)
  const others = sobolPoints(TOOL, isInside ? count : Math.max(count, 1), by.length, 0)
  const starts = isInside ? [here] : []
  for (let i = 0; i < others.length; i += by.length) starts.push([...others.subarray(i, i + by.length)])
  return starts
}

export class Optimum extends Report {
  readonly tool = TOOL
  readonly output: Named
  readonly inputs: readonly Lever[]
  readonly base: Cell<number>
  /** Of the inputs, in their order; undefined where the output was a number nowhere. */
  readonly values: readonly number[] | undefined
  /** The output there. */
  readonly value: number | undefined
  /** False where the search ended by maxEvaluations. */
  readonly converged: boolean
  /** What the model threw, where the output was a number nowhere. */
  readonly error: Error | undefined
  /** The best so far, evaluation by evaluation. */
  readonly trace: readonly number[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    output: Named,
    inputs: readonly Lever[],
    found: {
      readonly base: Cell<number>
      readonly values: readonly number[] | undefined
      readonly output: number | undefined
      readonly converged: boolean
      readonly error: Error | undefined
    },
    trace: readonly number[],
    cost: Cost,
  ) {
    super()
    this.output = output
    this.inputs = inputs
    this.base = found.base
    this.values = found.values
    this.value = found.output
    this.converged = found.converged
    this.error = found.error
    this.trace = trace
    this.cost = cost
    this.columns = [
      { name: 'name', kind: 'text' },
      { name: 'base', kind: 'number' },
      { name: 'best', kind: 'number' },
    ]
  }

  protected cells(): unknown[][] {
    return [
      ...this.inputs.map(({ name, base }, i) => [name, base, this.values?.[i]]),
      [this.output.name, this.base.error ?? this.base.value, this.error ?? this.value],
    ]
  }

  /** The best so far over the evaluations. */
  toVegaLite(): VegaLite {
    const { name } = this.output
    return lines(
      { name: 'evaluation' },
      this.output,
      this.trace.map((value, i) => ({ x: i + 1, name, value })),
    )
  }
}
