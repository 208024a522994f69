/** A table of anything, printed like the reports of the scenario room. */
import { type Column, Report, type VegaLite } from '../index.js'
import { UsageError } from './errors.js'

export class Listing extends Report {
  readonly tool: string
  readonly columns: readonly Column[]
  readonly cost = { evaluated: 0, fromScratch: 0, cells: 0 }
  readonly #rows: readonly (readonly unknown[])[]

  constructor(tool: string, columns: readonly Column[], rows: readonly (readonly unknown[])[]) {
    super()
    this.tool = tool
    this.columns = columns
    this.#rows = rows
  }

  protected cells(): readonly (readonly unknown[])[] {
    return this.#rows
  }

  toVegaLite(): VegaLite {
    throw new UsageError(`There is no drawing of ${this.tool}.`)
  }
}

/** Milliseconds, to the microsecond. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

/** The first lines of a report. */
export function topOf(report: Report, count: number): Listing {
  const rows = report.toRows().slice(0, count)
  return new Listing(
    report.tool,
    report.columns,
    rows.map((row) => report.columns.map(({ name }) => row[name])),
  )
}
