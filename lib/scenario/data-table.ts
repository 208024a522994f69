/**
 * Data tables: outputs at every combination of the values of some axes.
 *
 * Contexts are nested, one level an axis, so what depends on the outer axes alone is evaluated once for all cells below
 * them; the axis that most of the model depends on is the outermost. What depends on inner axes alone is found sideways, in
 * a cell that had the same values there (R30), as long as such a cell is alive: those at the first value of an outer axis
 * are kept for it. Together this evaluates every part once for each combination of the axes that it depends on.
 *
 * Looking sideways costs time: more than it saves where bodies are cheap, or all parts depend on all axes. So a long table
 * tries it: the first row shares nothing and shows what an evaluation costs, the cells of the second are kept, and the third
 * shows how many evaluations that saves. Where it is not worth its while, the cells are let go. A short table goes by the
 * evaluations of its first two rows.
 */
import { type Context, Node } from '../core/index.js'
import { type Axed, type Axis, axed } from './axis.js'
import { heatMap, panels } from './charts.js'
import { heading } from './format.js'
import { type Edge, Grids } from './grid.js'
import { type AskOptions, type Cell, type Cost, Inquiry } from './inquiry.js'
import { type Column, distinct, Report, type VegaLite } from './report.js'
import { type Named, namedOutputs, type Outputs } from './target.js'

const TOOL = 'dataTable'

export interface DataTableOptions extends AskOptions {
  /**
   * Keep cells for others to share with? Sharing evaluates the fewest nodes and costs time for looking: it pays where a body
   * takes some ten microseconds or more. Default: found out in the first rows.
   */
  readonly sideways?: boolean
}

/** Outputs over one or more axes. The first axis varies slowest. Rejects with AbortedError; errors of the model are cells. */
export async function dataTable(
  context: Context,
  axes: Axis | readonly Axis[],
  outputs: Outputs,
  options: DataTableOptions = {},
): Promise<DataTable> {
  const asked = namedOutputs(TOOL, context, outputs)
  const list = (isOne(axes) ? [axes] : axes).map((axis) => axed(TOOL, context, axis))
  const count = list.reduce((product, { steps }) => product * steps.length, 1)
  const inquiry = new Inquiry(context, TOOL, options, count + 1)
  const base = await inquiry.ask(context, asked)
  const nested = byReach(context, list)
  const size = count / (nested[0]?.steps.length ?? 1)
  using levels = new Levels(context, nested)
  const table = new Array<TableCell>(count)
  let quickest = Number.POSITIVE_INFINITY
  const fill = (from: number, to: number): Promise<void[]> =>
    inquiry.each(to - from, async (offset) => {
      const start = performance.now()
      const inner = place(from + offset, nested)
      const cells = await inquiry.ask(levels.open(inner), asked)
      levels.close(inner)
      const at = list.map((axis) => inner[nested.indexOf(axis)] as number)
      table[indexOf(at, list)] = { at, cells }
      quickest = Math.min(quickest, performance.now() - start)
    })
  const rows = nested[0]?.steps.length ?? 1
  const isLong = rows >= LONG
  const lastTried = isLong ? 3 : 2
  if (options.sideways === false) levels.keepNone()
  else if (options.sideways === undefined && isLong) levels.keepFrom(1)
  const evaluated: number[] = []
  /** Of the first row: the quickest cell shows what a body costs, others what compiling it does. */
  let perEvaluation = Number.POSITIVE_INFINITY
  let done = 0
  for (const row of [...new Set([1, 2, lastTried, rows])].filter((row) => row <= rows)) {
    const before = inquiry.evaluated()
    await fill(done, row * size)
    done = row * size
    evaluated.push(inquiry.evaluated() - before)
    const [first = 0] = evaluated
    if (row === 1 && isLong) perEvaluation = (1000 * quickest * size) / first
    if (options.sideways !== undefined || row !== lastTried || row === rows) continue
    if (!isWorthSharing(first, evaluated.at(-1) ?? 0, perEvaluation)) levels.keepNone()
  }
  return new DataTable(list, asked, base, table, await inquiry.cost(asked))
}

/** The axes with that first on which most of the base depends; as they are where two of them say something of one function. */
function byReach(context: Context, axes: readonly Axed[]): readonly Axed[] {
  const functions = axes.map(
    ({ steps }) => new Set(steps.flatMap(({ tweaks }) => [...tweaks].map(([key]) => functionOf(key)))),
  )
  const all = functions.flatMap((set) => [...set])
  if (axes.length < 2 || new Set(all).size < all.length) return axes
  const reach = new Map(
    axes.map((axis) => {
      using first = context.fork({ tweaks: axis.steps[0]?.tweaks ?? [] })
      return [axis, first.stats().masked]
    }),
  )
  return [...axes].sort((a, b) => (reach.get(b) ?? 0) - (reach.get(a) ?? 0))
}

function functionOf(key: unknown): unknown {
  return key instanceof Node ? key.function : key
}

/** So many rows, and one more without sharing is a cheap trial. */
const LONG = 8
/** Sharing goes on where a row that shares took at most this part of the evaluations of one that does not. */
const WORTH_SHARING = 0.75
/** Looking sideways for a node that is not there takes about so many microseconds. */
const LOOKING = 5

/** Do the evaluations that are saved cost more than looking for the others? */
function isWorthSharing(alone: number, sharing: number, perEvaluation: number): boolean {
  return sharing <= WORTH_SHARING * alone && (alone - sharing) * perEvaluation > sharing * LOOKING
}

function isOne(axes: Axis | readonly Axis[]): axes is Axis {
  // a pair begins with a target, a list of axes with an axis
  return !Array.isArray(axes) || axes[0] instanceof Node || typeof axes[0] === 'function'
}

/** Which step of each axis a cell is at. */
function place(index: number, axes: readonly Axed[]): number[] {
  const at: number[] = []
  let rest = index
  for (const { steps } of [...axes].reverse()) {
    at.unshift(rest % steps.length)
    rest = Math.floor(rest / steps.length)
  }
  return at
}

function indexOf(at: readonly number[], axes: readonly Axed[]): number {
  return at.reduce((index, step, axis) => index * (axes[axis]?.steps.length ?? 1) + step, 0)
}

/** The contexts of the cells and of the rows that they are in. */
class Levels implements Disposable {
  readonly #root: Context
  readonly #axes: readonly Axed[]
  /** By the steps that lead there. */
  readonly #open = new Map<string, { readonly context: Context; left: number }>()
  readonly #kept = new Set<Context>()
  #keeps = true
  /** The value of the outermost axis whose cells are kept; before it, none are. */
  #from = 0

  constructor(root: Context, axes: readonly Axed[]) {
    this.#root = root
    this.#axes = axes
  }

  /** The context of a cell. */
  open(at: readonly number[]): Context {
    return at.reduce((above, step, axis) => {
      const key = keyOf(at, axis)
      const known = this.#open.get(key)
      if (known !== undefined) return known.context
      const context = above.fork({ tweaks: this.#axes[axis]?.steps[step]?.tweaks ?? [] })
      const left = this.#axes.slice(axis + 1).reduce((product, { steps }) => product * steps.length, 1)
      this.#open.set(key, { context, left })
      return context
    }, this.#root)
  }

  /** A cell is done: those levels go that no cell needs any more and nobody shares. */
  close(at: readonly number[]): void {
    for (let axis = at.length - 1; axis >= 0; axis--) {
      const key = keyOf(at, axis)
      const level = this.#open.get(key)
      if (level === undefined || --level.left > 0) continue
      this.#open.delete(key)
      if (this.#keeps && this.#isShared(at.slice(0, Math.min(axis + 1, at.length - 1)))) this.#kept.add(level.context)
      else level.context.dispose()
    }
  }

  #isShared([outermost, ...inner]: readonly number[]): boolean {
    if (outermost === undefined || outermost < this.#from) return false
    return outermost === this.#from || inner.includes(0)
  }

  /** Cells are kept from this value of the outermost axis on. */
  keepFrom(step: number): void {
    this.#from = step
  }

  keepNone(): void {
    this.#keeps = false
    for (const context of this.#kept) context.dispose()
    this.#kept.clear()
  }

  [Symbol.dispose](): void {
    this.keepNone()
    for (const { context } of this.#open.values()) context.dispose()
  }
}

function keyOf(at: readonly number[], axis: number): string {
  return at.slice(0, axis + 1).join(' ')
}

/** A cell of a table: where it is on each axis, and what each output is there. */
export interface TableCell {
  readonly at: readonly number[]
  readonly cells: readonly Cell[]
}

export class DataTable extends Report {
  readonly tool = TOOL
  readonly axes: readonly Axed[]
  readonly outputs: readonly Named[]
  /** The outputs in the given context. */
  readonly base: readonly Cell[]
  readonly table: readonly TableCell[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(
    axes: readonly Axed[],
    outputs: readonly Named[],
    base: readonly Cell[],
    table: readonly TableCell[],
    cost: Cost,
  ) {
    super()
    this.axes = axes
    this.outputs = outputs
    this.base = base
    this.table = table
    this.cost = cost
    this.columns = distinct([
      ...axes.map(({ name, unit, isNumeric }): Column => ({ name, unit, kind: isNumeric ? 'number' : 'text' })),
      ...outputs.map(({ name, unit }): Column => ({ name, unit, kind: 'number' })),
    ])
  }

  protected cells(): unknown[][] {
    return this.table.map(({ at, cells }) => [
      ...this.axes.map(({ steps }, axis) => steps[at[axis] as number]?.label),
      ...cells.map(({ value, error }) => error ?? value),
    ])
  }

  /** Over two axes a grid for each output; the first axis goes down. Else a row a cell, as `toRows` has it. */
  override toText(width = 100): string {
    return this.#grids()?.toText(width) ?? super.toText(width)
  }

  override toMarkdown(): string {
    return this.#grids()?.toMarkdown() ?? super.toMarkdown()
  }

  #grids(): Grids | undefined {
    const { axes, columns, table } = this
    if (axes.length !== 2) return undefined
    const edge = (at: number): Edge => ({
      ...(columns[at] as Column),
      labels: (axes[at] as Axed).steps.map(({ label }) => label),
    })
    const [down, across] = [edge(0), edge(1)]
    return new Grids(down, across, columns.slice(2), (output, row, column) => {
      const { value, error } = table[row * across.labels.length + column]?.cells[output] ?? {}
      return error ?? value
    })
  }

  /** A heat map of the first output over the first two axes, with those that follow where they begin; over one axis, a line an output. */
  toVegaLite(): VegaLite {
    const [first, second] = this.axes
    const [output] = this.outputs
    const at = (cell: TableCell, axis: number): unknown => this.axes[axis]?.steps[cell.at[axis] ?? 0]?.label
    if (first === undefined || second === undefined || output === undefined) {
      const points = this.table.flatMap((cell) =>
        this.outputs.map(({ name, unit }, i) => ({
          x: at(cell, 0),
          name: heading({ name, unit, kind: 'number' }),
          value: cell.cells[i]?.value,
        })),
      )
      return panels(first ?? { name: '' }, points)
    }
    const rows = this.table
      .filter((cell) => cell.at.slice(2).every((step) => step === 0))
      .map((cell) => ({ x: at(cell, 1), y: at(cell, 0), value: cell.cells[0]?.value }))
    return heatMap({ x: second, y: first, colour: output }, rows)
  }
}
