/** Sensitivities: how an output moves with each of its inputs, one at a time. */
import { type Context, Node } from '../core/index.js'
import { lines, tornado } from './charts.js'
import { derivative } from './derivative.js'
import { InvalidQuestionError } from './errors.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn, numeric } from './inquiry.js'
import { checkApart, type Lever, leverOf, tweaksOf } from './lever.js'
import { type Column, Report, type VegaLite } from './report.js'
import { type AnyTarget, type Named, namedOutputs } from './target.js'

const TOOL = 'sensitivity'

/** An input with the range that it is moved over. */
export interface InputRange {
  readonly target: AnyTarget
  readonly low: number
  readonly high: number
  readonly name?: string
}

/** Targets, with ranges or without; or which leaves of the graph. */
export type Inputs = readonly (AnyTarget | InputRange)[] | ((leaf: Node) => boolean)

export interface SensitivityOptions extends AskOptions {
  /** Low and high of inputs without a range of their own: so many percent of the base to both sides. Default 10. */
  readonly percent?: number
  /** The steps of the spider, in percent of the base. Default -20, -10, 10, 20; empty for none. */
  readonly steps?: readonly number[]
  /** Derivatives and elasticities cost 4 to 16 evaluations an input. Default true. */
  readonly derivatives?: boolean
}

/**
 * Moves each input alone and reads the output. Without `inputs`, those are the leaves that the output was computed from and
 * that are numbers: the graph knows them. A function with parameters among the inputs is moved as a whole, by a factor.
 * An input that is 0 has no percentages: without a range, low, high and swing are NaN, and it comes last. Errors of the model are cells; rejects with AbortedError.
 */
export async function sensitivity(
  context: Context,
  output: AnyTarget,
  inputs: Inputs = () => true,
  options: SensitivityOptions = {},
): Promise<Sensitivity> {
  const { percent = 10, steps = [-20, -10, 10, 20], derivatives = true } = options
  if (!(percent > 0)) throw new InvalidQuestionError(TOOL, `percent is ${percent}; it is more than 0.`)
  const [asked] = namedOutputs(TOOL, context, output) as [Named]
  const inquiry = new Inquiry(context, TOOL, options)
  const base = numeric(asked, (await inquiry.ask(context, [asked]))[0] as Cell)
  const ranges = await rangesOf(inquiry, asked, inputs, percent)
  checkApart(
    TOOL,
    ranges.map(({ lever }) => lever),
  )
  inquiry.total = 1 + ranges.length * (2 + steps.length + (derivatives ? 6 : 0))
  const moved = await inquiry.each(ranges.length, async (index): Promise<Moved> => {
    const { lever, low, high } = ranges[index] as Range
    const at = (x: number): Promise<Cell<number>> =>
      Number.isNaN(x)
        ? Promise.resolve({})
        : x === lever.base
          ? Promise.resolve(base)
          : inquiry.numberUnder(tweaksOf([lever], [x]), asked)
    const spider: { percent: number; output: Cell<number> }[] = []
    for (const points of lever.base === 0 ? [] : steps) {
      spider.push({ percent: points, output: await at(lever.base * (1 + points / 100)) })
    }
    const slope = derivatives
      ? await derivative(async (x) => numberIn(await at(x)), lever.base, Math.abs(lever.base) * 0.02 || 0.02)
      : undefined
    return new Moved(lever, base, low, high, await at(low), await at(high), spider, slope)
  })
  moved.sort((a, b) => (Number.isNaN(b.swing) ? -1 : b.swing) - (Number.isNaN(a.swing) ? -1 : a.swing))
  inquiry.total = inquiry.done
  return new Sensitivity(asked, base, moved, await inquiry.cost([asked]))
}

interface Range {
  readonly lever: Lever
  readonly low: number
  readonly high: number
}

async function rangesOf(inquiry: Inquiry, output: Named, inputs: Inputs, percent: number): Promise<Range[]> {
  if (isTarget(inputs)) return await rangesOf(inquiry, output, [inputs], percent)
  if (typeof inputs === 'function') {
    const { leaves } = await inquiry.reach([output])
    const chosen = leaves.filter((leaf) => inputs(leaf))
    const levers = await Promise.all(chosen.map((leaf) => leverOf(inquiry, leaf)))
    return levers.filter(({ base }) => Number.isFinite(base)).map((lever) => around(lever, percent))
  }
  return await Promise.all(
    inputs.map(async (input) => {
      if (!('low' in input)) {
        const lever = await leverOf(inquiry, input)
        if (Number.isFinite(lever.base)) return around(lever, percent)
        throw new InvalidQuestionError(TOOL, `${lever.name} is no finite number here.`)
      }
      const lever = await leverOf(inquiry, input.target, input.name)
      const { low, high } = input
      if (low < high && Number.isFinite(high - low)) return { lever, low, high }
      throw new InvalidQuestionError(
        TOOL,
        `the range of ${lever.name} is ${low} to ${high}; low is below high, both finite.`,
      )
    }),
  )
}

/** A tracked function is no predicate. */
function isTarget(inputs: unknown): inputs is AnyTarget {
  return inputs instanceof Node || (typeof inputs === 'function' && 'at' in inputs)
}

function around(lever: Lever, percent: number): Range {
  if (lever.base === 0) return { lever, low: Number.NaN, high: Number.NaN }
  const [low, high] = [lever.base * (1 - percent / 100), lever.base * (1 + percent / 100)]
  // low is the smaller one also where the base is negative
  return { lever, low: Math.min(low, high), high: Math.max(low, high) }
}

/** Nothing in place of NaN. */
function numberIfAny(value: number | undefined): number | undefined {
  return Number.isNaN(value) ? undefined : value
}

/** What one input does. */
export class Moved {
  readonly input: Lever
  readonly base: number
  /** NaN where the base is 0 and no range was given. */
  readonly low: number
  readonly high: number
  /** The output where the input is low, and where it is high. */
  readonly atLow: Cell<number>
  readonly atHigh: Cell<number>
  readonly spider: readonly { readonly percent: number; readonly output: Cell<number> }[]
  /** In units of the output per unit of the input; undefined where it was not asked for. */
  readonly derivative: number | undefined
  readonly derivativeError: number | undefined
  /** Percent of the output per percent of the input; undefined where one of both is 0. */
  readonly elasticity: number | undefined

  constructor(
    input: Lever,
    base: Cell<number>,
    low: number,
    high: number,
    atLow: Cell<number>,
    atHigh: Cell<number>,
    spider: Moved['spider'],
    slope: { readonly value: number; readonly error: number } | undefined,
  ) {
    this.input = input
    this.base = numberIn(base)
    this.low = low
    this.high = high
    this.atLow = atLow
    this.atHigh = atHigh
    this.spider = spider
    this.derivative = slope?.value
    this.derivativeError = slope?.error
    const elasticity = slope === undefined ? Number.NaN : (slope.value * input.base) / this.base
    this.elasticity = Number.isFinite(elasticity) && input.base !== 0 ? elasticity : undefined
  }

  /** How far apart the outputs are that it leads to, the base among them; NaN where the model gave no number. */
  get swing(): number {
    const all = [this.base, numberIn(this.atLow), numberIn(this.atHigh)]
    return Math.max(...all) - Math.min(...all)
  }
}

export class Sensitivity extends Report {
  readonly tool = TOOL
  readonly output: Named
  readonly base: Cell<number>
  /** In tornado order: what moves the output most comes first. */
  readonly inputs: readonly Moved[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(output: Named, base: Cell<number>, inputs: readonly Moved[], cost: Cost) {
    super()
    this.output = output
    this.base = base
    this.inputs = inputs
    this.cost = cost
    const { name, unit } = output
    this.columns = [
      { name: 'input', kind: 'text' },
      { name: 'low', kind: 'number' },
      { name: 'base', kind: 'number' },
      { name: 'high', kind: 'number' },
      { name: `${name} at low`, unit, kind: 'number' },
      { name, unit, kind: 'number' },
      { name: `${name} at high`, unit, kind: 'number' },
      { name: 'swing', unit, kind: 'number' },
      { name: 'derivative', kind: 'number' },
      { name: 'elasticity', kind: 'number' },
    ]
  }

  protected cells(): unknown[][] {
    const base = this.base.error ?? this.base.value
    return this.inputs.map(({ input, low, high, atLow, atHigh, swing, derivative, elasticity }) => [
      input.name,
      numberIfAny(low),
      input.base,
      numberIfAny(high),
      atLow.error ?? atLow.value,
      base,
      atHigh.error ?? atHigh.value,
      numberIfAny(swing),
      numberIfAny(derivative),
      elasticity,
    ])
  }

  /** A tornado: the 20 inputs that matter most. */
  toVegaLite(): VegaLite {
    const base = numberIn(this.base)
    const rows = this.inputs.slice(0, 20).flatMap(({ input, low, high, atLow, atHigh }) => [
      { input: input.name, side: 'low' as const, value: low, to: numberIn(atLow) },
      { input: input.name, side: 'high' as const, value: high, to: numberIn(atHigh) },
    ])
    return tornado(this.output, base, rows)
  }

  /** A spider: a line an input, of the 10 that matter most, over percent of its base. */
  toSpider(): VegaLite {
    const inputs = this.inputs.slice(0, 10).filter(({ spider }) => spider.length > 0)
    const points = inputs.flatMap(({ input: { name }, spider }) =>
      [{ percent: 0, output: this.base }, ...spider]
        .sort((a, b) => a.percent - b.percent)
        .map(({ percent, output }) => ({ x: percent, name, value: output.value })),
    )
    return lines({ name: 'change of the input', unit: '%' }, this.output, points)
  }
}
