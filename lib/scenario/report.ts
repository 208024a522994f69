/** What all answers have in common: plain data, that can be looked at in many ways. */

import { plain } from '../core/rooms.js'
import { csv, markdown } from './format.js'
import type { Cost } from './inquiry.js'
import { svg } from './svg.js'
import { text } from './text.js'

/** A column of an answer. */
export interface Column {
  readonly name: string
  readonly unit?: string
  /** `share`: a number of which 1 is the whole, shown as per cent. */
  readonly kind: 'text' | 'number' | 'share'
}

/** Columns with names of their own: a second `price` is `price 2`. */
export function distinct(columns: readonly Column[]): Column[] {
  const taken = new Set<string>()
  return columns.map((column) => {
    let name = column.name
    for (let count = 2; taken.has(name); count++) name = `${column.name} ${count}`
    taken.add(name)
    return { ...column, name }
  })
}

/** A Vega-Lite specification, with its data. */
export type VegaLite = Readonly<Record<string, unknown>>

export abstract class Report {
  /** The tool that answered. */
  abstract readonly tool: string
  abstract readonly cost: Cost
  abstract readonly columns: readonly Column[]

  /** The cells, row by row in the order of the columns; an Error where one arose, undefined where nothing is due. */
  protected abstract cells(): readonly (readonly unknown[])[]

  /** A drawing of the answer. Rendered by anything that knows Vega-Lite, and by `toSVG`. */
  abstract toVegaLite(): VegaLite

  /** A record a row, by the names of the columns. */
  toRows(): Record<string, unknown>[] {
    return this.cells().map((row) => Object.fromEntries(this.columns.map(({ name }, at) => [name, row[at]])))
  }

  /** Plain data all through: errors as {@link ErrorJSON}, numbers that JSON has not as text, null where nothing is due. */
  toJSON(): object {
    const { tool, cost, columns } = this
    const rows = this.cells().map((row) => columns.map((_, at) => plain(row[at] ?? null)))
    return { tool, columns, rows, cost }
  }

  /**
   * As RFC 4180 has it, with a heading; numbers at full precision. Text that a spreadsheet would take for a formula has an
   * apostrophe before it.
   */
  toCSV(): string {
    return csv(
      this.columns.map(({ name }) => name),
      this.cells(),
    )
  }

  /** A table as GitHub draws it. */
  toMarkdown(): string {
    return markdown(this.columns, this.cells())
  }

  /** A table for a terminal that is so many characters wide. Default 100. */
  toText(width = 100): string {
    return text(this.columns, this.cells(), width)
  }

  /** The drawing as SVG, without a browser. Needs the packages vega and vega-lite: else MissingPackageError. */
  async toSVG(): Promise<string> {
    return await svg(this.toVegaLite())
  }
}
