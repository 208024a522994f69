/** Goal seek: which value of an input makes an output what is wanted. */
import type { Context } from '../core/index.js'
import { brent, type Point } from './brent.js'
import { lines } from './charts.js'
import { checkCount, InvalidQuestionError } from './errors.js'
import { shown } from './format.js'
import { type AskOptions, type Cost, Inquiry } from './inquiry.js'
import { type Lever, leverOf, tweaksOf } from './lever.js'
import { type Column, Report, type VegaLite } from './report.js'
import { type AnyTarget, labelOf, type Named, namedOutputs } from './target.js'

const TOOL = 'goalSeek'

/** What is sought. */
export interface Goal {
  /** The output. */
  readonly set: AnyTarget
  /** What it is to be, in its unit. */
  readonly to: number
  /** The input: a node or function without parameters by its value, a function with parameters by a factor on all calls. */
  readonly by: AnyTarget
  /** Where the input is looked for, both included. Default: around its value in the context, ever farther away. */
  readonly within?: readonly [low: number, high: number]
  /** How far the output may be from the goal, in its unit. Default: 1e-9 of the goal, of 1 where that is 0. */
  readonly tolerance?: number
  /** Evaluations at most, once the goal is known to lie between two inputs. Default 100. */
  readonly maxIterations?: number
}

/**
 * - `reached`: the output is at the goal;
 * - `independent`: the output was computed without the input, so that no value of it changes anything;
 * - `no sign change`: wherever the output was asked for, it is on the same side of the goal;
 * - `not finite`: the output is no finite number, or the model throws, where the search has to go on;
 * - `jump`: the output passes the goal between two neighbouring numbers without taking it;
 * - `iterations`: maxIterations were not enough.
 */
export const goalSeekReasons = ['reached', 'independent', 'no sign change', 'not finite', 'jump', 'iterations'] as const
export type GoalSeekReason = (typeof goalSeekReasons)[number]

/**
 * Brackets the goal, then closes in by Brent's method. The best point that was seen is given also where the goal was not
 * reached, with the reason. Rejects with AbortedError, and with InvalidQuestionError for a question that makes no sense.
 */
export async function goalSeek(context: Context, goal: Goal, options: AskOptions = {}): Promise<GoalSeek> {
  const [output] = namedOutputs(TOOL, context, goal.set) as [Named]
  const inquiry = new Inquiry(context, TOOL, options)
  const input = await leverOf(inquiry, goal.by)
  check(goal, input)
  const search = new Search(inquiry, output, input, goal)
  const [base] = await inquiry.ask(context, [output])
  const reach = await inquiry.reach([output])
  const isKnown = base?.error === undefined
  const reason = isKnown && !reach.readsFrom(goal.by) ? 'independent' : await search.run()
  if (reason === 'independent' && typeof base?.value === 'number') search.note(input.base, base.value)
  return new GoalSeek(goal, output, input, reason, search, await inquiry.cost([output]))
}

function check({ to, within, tolerance, maxIterations, by }: Goal, input: Lever): void {
  if (!Number.isFinite(to)) throw new InvalidQuestionError(TOOL, `the goal ${to} is not finite.`)
  if (tolerance !== undefined && !(tolerance >= 0))
    throw new InvalidQuestionError(TOOL, `the tolerance is ${tolerance}.`)
  if (maxIterations !== undefined) checkCount(TOOL, 'maxIterations', maxIterations, 1)
  if (within === undefined) {
    if (Number.isFinite(input.base)) return
    const why = input.error === undefined ? 'is no finite number here' : `cannot be had here: ${input.error.message}`
    throw new InvalidQuestionError(TOOL, `${labelOf(by)} ${why}. Say where to look: within: [low, high].`)
  }
  if (!(within[0] < within[1] && Number.isFinite(within[1] - within[0]))) {
    throw new InvalidQuestionError(TOOL, `within is [${within.join(', ')}]; it is [low, high], both finite.`)
  }
}

/** How often an interval is halved in looking for a sign change, and how often the range is widened without one. */
const HALVINGS = 5
const WIDENINGS = 40

class Search {
  readonly trace: Point[] = []
  readonly residual: number
  iterations = 0
  error: Error | undefined
  readonly #inquiry: Inquiry
  readonly #output: Named
  readonly #input: Lever
  readonly #goal: Goal

  constructor(inquiry: Inquiry, output: Named, input: Lever, goal: Goal) {
    this.#inquiry = inquiry
    this.#output = output
    this.#input = input
    this.#goal = goal
    this.residual = goal.tolerance ?? 1e-9 * (Math.abs(goal.to) || 1)
  }

  /** The distances from the goal that were seen, the best first. */
  get best(): Point | undefined {
    return this.trace.filter(({ y }) => Number.isFinite(y)).sort((a, b) => Math.abs(a.y) - Math.abs(b.y))[0]
  }

  note(x: number, output: number): void {
    this.trace.push({ x, y: output - this.#goal.to })
  }

  async run(): Promise<GoalSeekReason> {
    const { within, maxIterations = 100 } = this.#goal
    const bracket = within === undefined ? await this.#widen() : await this.#divide(within)
    if (this.#isReached()) return 'reached'
    if (bracket === undefined) return this.trace.some(({ y }) => Number.isFinite(y)) ? 'no sign change' : 'not finite'
    const { stopped, iterations } = await brent((x) => this.#ask(x), ...bracket, this.residual, maxIterations)
    this.iterations = iterations
    if (stopped === 'residual' || this.#isReached()) return 'reached'
    if (stopped === 'limit') return 'iterations'
    return stopped === 'not finite' ? 'not finite' : 'jump'
  }

  #isReached(): boolean {
    return this.trace.some(({ y }) => Math.abs(y) <= this.residual)
  }

  async #ask(x: number): Promise<number> {
    const cell = await this.#inquiry.numberUnder(tweaksOf([this.#input], [x]), this.#output)
    this.error = cell.error
    this.note(x, cell.value ?? Number.NaN)
    return this.trace.at(-1)?.y ?? Number.NaN
  }

  async #point(x: number): Promise<Point> {
    return { x, y: await this.#ask(x) }
  }

  /** Ever finer over a range. */
  async #divide([low, high]: readonly [number, number]): Promise<[Point, Point] | undefined> {
    let points = [await this.#point(low), await this.#point(high)]
    for (let halving = 0; ; halving++) {
      const found = pairAround(points)
      if (found !== undefined || this.#isReached() || halving === HALVINGS) return found
      const finer: Point[] = []
      for (const [i, point] of points.entries()) {
        const before = points[i - 1]
        if (before !== undefined) finer.push(await this.#point((before.x + point.x) / 2))
        finer.push(point)
      }
      points = finer
    }
  }

  /** Ever farther from where the input is, to both sides; a side ends where the output is no number any more. */
  async #widen(): Promise<[Point, Point] | undefined> {
    const { base } = this.#input
    const start = await this.#point(base)
    const points = [start]
    const open = { '-1': true, 1: true }
    let width = Math.max(Math.abs(base) * 0.05, 0.01)
    for (let i = 0; i < WIDENINGS && (open[1] || open['-1']) && !this.#isReached(); i++, width *= 1.8) {
      for (const side of [1, -1] as const) {
        if (!open[side]) continue
        const x = base + side * width
        const point = Number.isFinite(x) ? await this.#point(x) : { x, y: Number.NaN }
        if (!Number.isFinite(point.y)) open[side] = false
        else points.push(point)
        const found = pairAround([...points].sort((a, b) => a.x - b.x))
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}

/** Two neighbours on different sides of the goal. */
function pairAround(points: readonly Point[]): [Point, Point] | undefined {
  for (const [i, point] of points.entries()) {
    const before = points[i - 1]
    if (before !== undefined && Math.sign(before.y) * Math.sign(point.y) < 0) return [before, point]
  }
  return undefined
}

export class GoalSeek extends Report {
  readonly tool = TOOL
  readonly goal: number
  readonly output: Named
  readonly input: Lever
  /** Of the input, the best that was found; undefined where the output was a number nowhere. */
  readonly value: number | undefined
  /** Output less goal there. */
  readonly residual: number | undefined
  /** Evaluations of Brent's method; finding a bracket before is not among them. */
  readonly iterations: number
  readonly converged: boolean
  readonly reason: GoalSeekReason
  /** The last error of the model, where that is what stopped the search. */
  readonly error: Error | undefined
  /** What was tried, in order. */
  readonly trace: readonly { readonly value: number; readonly output: number }[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    goal: Goal,
    output: Named,
    input: Lever,
    reason: GoalSeekReason,
    found: Pick<Search, 'best' | 'iterations' | 'error' | 'trace'>,
    cost: Cost,
  ) {
    super()
    this.goal = goal.to
    this.output = output
    this.input = input
    this.value = found.best?.x
    this.residual = found.best?.y
    this.iterations = found.iterations
    this.converged = reason === 'reached'
    this.reason = reason
    this.error = reason === 'not finite' ? found.error : undefined
    this.trace = found.trace.map(({ x, y }) => ({ value: x, output: y + goal.to }))
    this.cost = cost
    this.columns = [
      { name: 'input', kind: 'text' },
      { name: 'base', unit: input.unit, kind: 'number' },
      { name: 'value', unit: input.unit, kind: 'number' },
      { name: 'output', kind: 'text' },
      { name: 'goal', unit: output.unit, kind: 'number' },
      { name: 'residual', unit: output.unit, kind: 'number' },
      { name: 'iterations', kind: 'number' },
      { name: 'reason', kind: 'text' },
    ]
  }

  protected cells(): unknown[][] {
    const { input, value, output, goal, residual, iterations, reason } = this
    return [[input.name, input.base, value, output.name, goal, residual, iterations, reason]]
  }

  /** The output over the input, as far as it was asked for. */
  toVegaLite(): VegaLite {
    const { input, output } = this
    const points = [...this.trace].sort((a, b) => a.value - b.value)
    return lines(
      input,
      output,
      points.flatMap((point) => [
        { x: point.value, name: output.name, value: point.output },
        { x: point.value, name: `goal ${shown(this.goal)}`, value: this.goal },
      ]),
    )
  }
}
