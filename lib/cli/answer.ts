/** An answer, in whatever form it can be printed. */
import process from 'node:process'
import type { Report } from '../index.js'
import { UsageError } from './errors.js'

export interface Answer {
  /** For a terminal that is so many characters wide. */
  text(width: number): string
  json(): unknown
  csv?(): string
  markdown?(): string
  vegaLite?(): unknown
  svg?(): Promise<string>
  /** What went wrong in it, to be said on stderr. */
  readonly errors?: readonly Error[]
  /** Default 0. */
  readonly exitCode?: number
}

/** A report of the scenario room, with what is to be said below its table. */
export function answerOf(report: Report, ...notes: readonly string[]): Answer {
  const errors = report.toRows().flatMap((row) => Object.values(row).filter((value) => value instanceof Error))
  return {
    text: (width) => [report.toText(width), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n'),
    json: () => report.toJSON(),
    csv: () => report.toCSV(),
    markdown: () => report.toMarkdown(),
    vegaLite: () => report.toVegaLite(),
    svg: () => report.toSVG(),
    errors,
  }
}

/** `1,234 nodes evaluated; from scratch at least 12 × 3,340.` */
export function costOf({ cost }: Report): string {
  const { evaluated, fromScratch, cells } = cost
  const grouped = (amount: number): string => Math.round(amount).toLocaleString('en-US')
  const scratch = cells === 0 ? '' : `; from scratch at least ${grouped(cells)} × ${grouped(fromScratch / cells)}`
  return `${grouped(evaluated)} nodes evaluated${scratch}.`
}

export interface Printing {
  readonly json?: boolean
  readonly csv?: boolean
  readonly format?: string
}

/** The answer as text, in the format asked for. */
export async function rendered(answer: Answer, { json, csv, format }: Printing, width: number): Promise<string> {
  const asked = json ? 'json' : csv ? 'csv' : (format ?? 'text')
  switch (asked) {
    case 'text':
      return answer.text(width)
    case 'json':
      return JSON.stringify(answer.json(), null, 2)
    case 'csv':
      if (answer.csv) return answer.csv()
      break
    case 'markdown':
      if (answer.markdown) return answer.markdown()
      break
    case 'vega-lite':
      if (answer.vegaLite) return JSON.stringify(answer.vegaLite(), null, 2)
      break
    case 'svg':
      if (answer.svg) return await answer.svg()
  }
  throw new UsageError(`This answer cannot be printed as ${asked}.`)
}

/** How wide the terminal is; where there is none, COLUMNS or 120. */
export function widthOf(stream: { readonly columns?: number } = process.stdout): number {
  return stream.columns ?? (Number(process.env['COLUMNS']) || 120)
}
