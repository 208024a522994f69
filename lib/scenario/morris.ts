/**
 * Global sensitivity by elementary effects: each input is moved alone, from many places. Tells at a low price which inputs
 * matter at all, and which do so unevenly or together with others.
 *
 * Source: M. D. Morris, "Factorial sampling plans for preliminary computational experiments", Technometrics 33(2), 1991; mu*
 * by F. Campolongo, J. Cariboni, A. Saltelli, "An effective screening design for sensitivity analysis of large models",
 * Environmental Modelling & Software 22(10), 2007.
 */

import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { Context } from '../core/index.js'
import { scatter } from './charts.js'
import { checkCount, InvalidQuestionError } from './errors.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn, numeric } from './inquiry.js'
import { type Lever, tweaksOf } from './lever.js'
import { type RandomGenerator, random, shuffled } from './random.js'
import { type Column, Report, type VegaLite } from './report.js'
import { type AnyTarget, type Named, namedOutputs } from './target.js'
import { type Distributions, uncertain } from './uncertain.js'

const TOOL = 'morris'

export interface MorrisOptions extends AskOptions {
  /** Walks through the inputs, each of inputs + 1 evaluations. Default 20. */
  readonly trajectories?: number
  /** Of each input's probability; even. Default 4. */
  readonly levels?: number
  readonly seed?: number
}

/** Distributions that reach to infinity are taken from this probability to 1 less it. */
const TAIL = 0.005

/**
 * Effects are changes of the output over the change of the input's probability, so the unit is the output's, for a move of
 * the input over its whole range. A step of a walk is a context below the one before: what did not move is reused.
 */
export async function morris(
  context: Context,
  distributions: Distributions,
  output: AnyTarget,
  options: MorrisOptions = {},
): Promise<Morris> {
  const { trajectories = 20, levels = 4, seed = 0 } = options
  checkCount(TOOL, 'trajectories', trajectories, 2)
  checkCount(TOOL, 'levels', levels, 2)
  if (levels % 2 === 1) throw new InvalidQuestionError(TOOL, `levels is ${levels}; it is even.`)
  const [asked] = namedOutputs(TOOL, context, output) as [Named]
  const inquiry = new Inquiry(context, TOOL, options)
  const { levers, quantiles } = await uncertain(inquiry, distributions)
  const valueAt = (input: number, p: number): number => {
    const quantile = quantiles[input] as (p: number) => number
    const plain = quantile(p)
    return Number.isFinite(quantile(0)) && Number.isFinite(quantile(1)) ? plain : quantile(TAIL + (1 - 2 * TAIL) * p)
  }
  const generator = random(seed)
  const walks = Array.from({ length: trajectories }, () => walk(generator, levers.length, levels))
  inquiry.total = 1 + trajectories * (levers.length + 1)
  await inquiry.ask(context, [asked])
  const effects = await inquiry.each(trajectories, async (index) => {
    const { start, order, step } = walks[index] as Walk
    const found = levers.map((): Cell<number> => ({}))
    const [first] = [
      context.fork({
        tweaks: tweaksOf(
          levers,
          start.map((p, i) => valueAt(i, p)),
        ),
      }),
    ]
    try {
      let at = first
      let before = numeric(asked, (await inquiry.ask(at, [asked]))[0] as Cell)
      for (const input of order) {
        const p = start[input] as number
        const move = p + step <= 1 + 1e-12 ? step : -step
        at = at.fork({ tweaks: tweaksOf([levers[input] as Lever], [valueAt(input, Math.min(p + move, 1))]) })
        const after = numeric(asked, (await inquiry.ask(at, [asked]))[0] as Cell)
        const error = before.error ?? after.error
        found[input] = error === undefined ? { value: (numberIn(after) - numberIn(before)) / move } : { error }
        before = after
      }
    } finally {
      first.dispose()
    }
    return found
  })
  const screened = levers.map(
    (input, i) =>
      new Screened(
        input,
        effects.map((one) => one[i] as Cell<number>),
      ),
  )
  return new Morris(asked, screened, await inquiry.cost([asked]))
}

interface Walk {
  readonly start: readonly number[]
  readonly order: readonly number[]
  readonly step: number
}

/** From a grid point so that the step leads to another one; half of the starts below, half above. */
function walk(generator: RandomGenerator, count: number, levels: number): Walk {
  const start = Array.from({ length: count }, () => uniformInt(generator, 0, levels - 1) / (levels - 1))
  return { start, order: shuffled(generator, count), step: levels / (2 * (levels - 1)) }
}

/** What the walks say of one input. NaN where there are no effects to tell by. */
export class Screened {
  readonly input: Lever
  readonly effects: readonly Cell<number>[]
  /** The mean effect. */
  readonly mu: number
  /** The mean size of the effects. */
  readonly muStar: number
  /** Of mu*. */
  readonly standardError: number
  /** The deviation of the effects: large where the input acts unevenly, or together with others. */
  readonly sigma: number
  /** Effects that could not be had. */
  readonly failed: number

  constructor(input: Lever, effects: readonly Cell<number>[]) {
    this.input = input
    this.effects = effects
    const values = effects.map(numberIn).filter((value) => !Number.isNaN(value))
    this.failed = effects.length - values.length
    const sizes = values.map(Math.abs)
    this.mu = mean(values)
    this.muStar = mean(sizes)
    this.sigma = deviation(values)
    this.standardError = deviation(sizes) / Math.sqrt(values.length)
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}

export class Morris extends Report {
  readonly tool = TOOL
  readonly output: Named
  /** What matters most comes first. */
  readonly inputs: readonly Screened[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(output: Named, inputs: readonly Screened[], cost: Cost) {
    super()
    this.output = output
    this.inputs = [...inputs].sort(
      (a, b) => (Number.isNaN(b.muStar) ? -1 : b.muStar) - (Number.isNaN(a.muStar) ? -1 : a.muStar),
    )
    this.cost = cost
    const { unit } = output
    this.columns = [
      { name: 'input', kind: 'text' },
      { name: 'mu', unit, kind: 'number' },
      { name: 'mu*', unit, kind: 'number' },
      { name: 'standard error', unit, kind: 'number' },
      { name: 'sigma', unit, kind: 'number' },
      { name: 'failed', kind: 'number' },
    ]
  }

  protected cells(): unknown[][] {
    return this.inputs.map(({ input, mu, muStar, standardError, sigma, failed }) =>
      [input.name, mu, muStar, standardError, sigma, failed].map((x) => (Number.isNaN(x) ? undefined : x)),
    )
  }

  /** Sigma over mu*. */
  toVegaLite(): VegaLite {
    const { unit } = this.output
    return scatter(
      { name: 'mu*', unit },
      { name: 'sigma', unit },
      this.inputs.map(({ input, muStar, sigma }) => ({ x: muStar, y: sigma, name: input.name })),
    )
  }
}
