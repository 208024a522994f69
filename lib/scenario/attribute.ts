/**
 * Attribution: why an output moved between two contexts, by the tweaks that they do not share. In the waterfall each change
 * is made on top of those before it; its part depends on the order. The Shapley value of a change is its part averaged over
 * all orders.
 *
 * Source: L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II, 1953. Sampled by orders:
 * J. Castro, D. Gomez, J. Tejada, "Polynomial calculation of the Shapley value based on sampling", Computers & Operations
 * Research 36(5), 2009.
 */
import type { Context } from '../core/index.js'
import { changesBetween, type Difference } from './changes.js'
import { waterfall } from './charts.js'
import { checkCount } from './errors.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn, numeric } from './inquiry.js'
import { random, shuffled } from './random.js'
import { type Column, Report, type VegaLite } from './report.js'
import { type AnyTarget, isMeantBy, type Named, namedOutputs, unitOf } from './target.js'

const TOOL = 'attribute'

/** Shapley values of more changes than these are sampled. */
const EXACT_UP_TO = 10

export interface AttributeOptions extends AskOptions {
  /** Default `waterfall`. */
  readonly method?: 'waterfall' | 'shapley'
  /** Of the waterfall: changes of these targets first, in this order; then the others as they were made. */
  readonly order?: readonly AnyTarget[]
  /** Shapley of more than 10 changes: so many random orders, by pairs of an order and its reverse. Default 100. */
  readonly samples?: number
  /** Of the random orders. Default 0. */
  readonly seed?: number
}

/**
 * The parts sum to the difference to rounding. Costs n + 1 evaluations for the waterfall of n changes, 2^n for exact Shapley
 * values, n a sample for sampled ones. Both contexts have to be of one graph, else InvalidQuestionError. An error of the
 * model on the way stands in the parts that needed it.
 */
export async function attribute(
  from: Context,
  to: Context,
  output: AnyTarget,
  options: AttributeOptions = {},
): Promise<Attribution> {
  const { method = 'waterfall', order = [], samples = 100, seed = 0 } = options
  const [asked] = namedOutputs(TOOL, from, output) as [Named]
  const difference = changesBetween(TOOL, from, to)
  const count = difference.changes.length
  const isExact = method === 'shapley' && count <= EXACT_UP_TO
  checkCount(TOOL, 'samples', samples, 4)
  const inquiry = new Inquiry(
    from,
    TOOL,
    options,
    isExact ? 2 ** count : method === 'waterfall' ? count + 1 : undefined,
  )
  const coalitions = new Coalitions(inquiry, asked, difference)
  const start = await coalitions.value([])
  const end = await coalitions.value([...difference.changes.keys()])
  const parts =
    method === 'waterfall'
      ? await alongOrder(coalitions, ordered(difference, order))
      : isExact
        ? await shapley(coalitions, count)
        : await sampledShapley(coalitions, count, Math.ceil(samples / 2), seed)
  const way = { method, isExact: method === 'waterfall' || isExact }
  const made = parts.map(({ change, ...part }) => ({ ...difference.changes[change], ...part }) as Part)
  return new Attribution(asked, way, start, end, made, await inquiry.cost([asked]))
}

/** The changes with those of some targets first. */
function ordered({ changes }: Difference, order: readonly AnyTarget[]): number[] {
  const rank = (index: number): number => {
    const targets = changes[index]?.targets ?? []
    const found = order.findIndex((one) => targets.some((target) => target === one || isSame(target, one)))
    return found < 0 ? order.length : found
  }
  return [...changes.keys()].sort((a, b) => rank(a) - rank(b))
}

function isSame(one: AnyTarget, other: AnyTarget): boolean {
  return 'equals' in one ? isMeantBy(other, one) : false
}

/** What the output is when some of the changes are made. Each is asked for once. */
class Coalitions {
  readonly #inquiry: Inquiry
  readonly #output: Named
  readonly #difference: Difference
  readonly #known = new Map<string, Promise<Cell<number>>>()

  constructor(inquiry: Inquiry, output: Named, difference: Difference) {
    this.#inquiry = inquiry
    this.#output = output
    this.#difference = difference
  }

  value(made: readonly number[]): Promise<Cell<number>> {
    const key = [...made].sort((a, b) => a - b).join(' ')
    let known = this.#known.get(key)
    if (known === undefined) {
      known = this.#ask(new Set(made))
      this.#known.set(key, known)
    }
    return known
  }

  /** Many at once. */
  each<T>(count: number, answer: (index: number) => Promise<T>): Promise<T[]> {
    return this.#inquiry.each(count, answer)
  }

  async #ask(made: ReadonlySet<number>): Promise<Cell<number>> {
    using below = this.#difference.open(made)
    const [cell] = await this.#inquiry.ask(below.context, [this.#output])
    return numeric(this.#output, cell as Cell)
  }
}

interface Found {
  readonly change: number
  readonly amount: number
  readonly standardError: number
  readonly error: Error | undefined
}

async function alongOrder(coalitions: Coalitions, order: readonly number[]): Promise<Found[]> {
  const values = await coalitions.each(order.length + 1, (made) => coalitions.value(order.slice(0, made)))
  return order.map((change, i) => {
    const [before, after] = [values[i], values[i + 1]]
    return {
      change,
      amount: numberIn(after) - numberIn(before),
      standardError: 0,
      error: before?.error ?? after?.error,
    }
  })
}

/** The sum over all sets without the change of |S|! (n - |S| - 1)! / n! times what it adds. */
async function shapley(coalitions: Coalitions, count: number): Promise<Found[]> {
  const members = (set: number): number[] => Array.from({ length: count }, (_, i) => i).filter((i) => (set >> i) & 1)
  const values = await coalitions.each(2 ** count, (set) => coalitions.value(members(set)))
  return Array.from({ length: count }, (_, change) => {
    let amount = 0
    let error: Error | undefined
    for (const [set, value] of values.entries()) {
      if ((set >> change) & 1) continue
      const joined = values[set | (1 << change)]
      const size = members(set).length
      amount += (numberIn(joined) - numberIn(value)) / (count * binomial(count - 1, size))
      error ??= value.error ?? joined?.error
    }
    return { change, amount, standardError: 0, error }
  })
}

function binomial(n: number, k: number): number {
  let value = 1
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i
  return value
}

/** The mean over random orders, each with its reverse: where two changes act on each other alone, a pair is exact. */
async function sampledShapley(coalitions: Coalitions, count: number, pairs: number, seed: number): Promise<Found[]> {
  const generator = random(seed)
  const orders = Array.from({ length: pairs }, () => shuffled(generator, count))
  const sampled = await coalitions.each(pairs, async (pair) => {
    const order = orders[pair] as number[]
    const one = await alongOrder(coalitions, order)
    const other = await alongOrder(coalitions, [...order].reverse())
    const amounts = new Array<number>(count).fill(0)
    for (const { change, amount } of [...one, ...other]) amounts[change] = (amounts[change] ?? 0) + amount / 2
    return { amounts, error: [...one, ...other].find(({ error }) => error !== undefined)?.error }
  })
  return Array.from({ length: count }, (_, change) => {
    const amounts = sampled.map(({ amounts }) => amounts[change] as number)
    const mean = amounts.reduce((sum, amount) => sum + amount, 0) / pairs
    const squares = amounts.reduce((sum, amount) => sum + (amount - mean) ** 2, 0)
    const standardError = pairs > 1 ? Math.sqrt(squares / (pairs - 1) / pairs) : Number.NaN
    const error = sampled.find(({ error }, i) => error !== undefined && Number.isNaN(amounts[i]))?.error
    return { change, amount: mean, standardError, error }
  })
}

/** What one change does to the output. */
export interface Part {
  readonly name: string
  /** What is changed; several where a function and nodes of it are tweaked. */
  readonly targets: readonly AnyTarget[]
  /** What each context says there; '' where it says nothing. */
  readonly before: string
  readonly after: string
  /** In the unit of the output; NaN where the model gave no number on the way. */
  readonly amount: number
  /** Of a sampled Shapley value; else 0. */
  readonly standardError: number
  readonly error: Error | undefined
}

export class Attribution extends Report {
  readonly tool = TOOL
  readonly output: Named
  readonly method: 'waterfall' | 'shapley'
  /** False for Shapley values that are sampled. */
  readonly isExact: boolean
  readonly from: Cell<number>
  readonly to: Cell<number>
  readonly difference: number
  readonly parts: readonly Part[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    output: Named,
    way: { readonly method: 'waterfall' | 'shapley'; readonly isExact: boolean },
    from: Cell<number>,
    to: Cell<number>,
    parts: readonly Part[],
    cost: Cost,
  ) {
    super()
    this.output = output
    this.method = way.method
    this.isExact = way.isExact
    this.from = from
    this.to = to
    this.difference = numberIn(to) - numberIn(from)
    this.parts = parts
    this.cost = cost
    const unit = unitOf(output.target)
    this.columns = [
      { name: 'part', kind: 'text' },
      { name: 'before', kind: 'text' },
      { name: 'after', kind: 'text' },
      { name: output.name, unit, kind: 'number' },
      { name: 'share', kind: 'share' },
      ...(way.isExact ? [] : [{ name: 'standard error', unit, kind: 'number' } as const]),
    ]
  }

  protected cells(): unknown[][] {
    const { from, to, difference, isExact } = this
    const error = (value: number): number[] => (isExact ? [] : [value])
    return [
      ['from', '', '', from.error ?? from.value, undefined],
      ...this.parts.map((part) => [
        part.name,
        part.before,
        part.after,
        part.error ?? part.amount,
        difference === 0 || Number.isNaN(part.amount) ? undefined : part.amount / difference,
        ...error(part.standardError),
      ]),
      ['to', '', '', to.error ?? to.value, undefined],
    ]
  }

  /** A waterfall from the one value to the other. */
  toVegaLite(): VegaLite {
    let level = numberIn(this.from)
    const steps = this.parts.map(({ name, amount }) => {
      const from = level
      level += Number.isNaN(amount) ? 0 : amount
      return { part: name, from, to: level, amount, kind: amount < 0 ? ('decrease' as const) : ('increase' as const) }
    })
    const total = (part: string, value: number) => ({ part, from: 0, to: value, amount: value, kind: 'total' as const })
    return waterfall(this.output, [total('from', numberIn(this.from)), ...steps, total('to', numberIn(this.to))])
  }
}
