/** Cells as text, and tables of them for files. */
import { plain } from '../core/rooms.js'
import type { Column } from './report.js'

/** Six significant digits for people, and all of those before the point. */
export function shown(value: unknown, kind: Column['kind'] = 'number'): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return failure(value)
  if (typeof value !== 'number') return exactly(value)
  if (kind === 'share') return `${digits(100 * value, 4)} %`
  return digits(value, 6)
}

function digits(value: number, count: number): string {
  if (!Number.isFinite(value) || value === 0) return value === 0 ? '0' : String(value)
  const size = Math.abs(value)
  // whole numbers are never cut short
  if (size >= 10 ** count && size < 1e15) return String(Math.round(value))
  const rounded = Number(value.toPrecision(count))
  return size >= 1e15 || Math.abs(rounded) < 1e-6 ? rounded.toExponential() : String(rounded)
}

/** Nothing lost. */
export function exactly(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return failure(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (typeof value === 'object') return JSON.stringify(plain(value))
  return typeof value === 'symbol' ? value.toString() : `${value as string | number | boolean | bigint}`
}

function failure(error: Error): string {
  return `#ERROR ${error.message.split('\n', 1)[0] ?? error.name}`
}

/** Text that spreadsheets run as a formula: not what they read as a number, such as -5 or +10 %. */
const FORMULA = /^(?:[=@\t\r]|[+-](?!\d*\.?\d+(?:e[+-]?\d+)?(?: ?%)?$))/i

/** RFC 4180, lines ended by CRLF as it says; text is kept from being run as a formula by an apostrophe before it. */
export function csv(heading: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const field = (value: unknown): string => {
    const text = exactly(value)
    const safe = typeof value !== 'number' && FORMULA.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return [heading, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

/** As GitHub draws it; under a title, if it has one. */
export function markdown(columns: readonly Column[], rows: readonly (readonly unknown[])[], title?: string): string {
  const above = title === undefined ? '' : `**${literal(title)}**\n\n`
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const rule = columns.map(({ kind }) => (kind === 'text' ? '---' : '--:'))
  const body = rows.map((row) => line(columns.map(({ kind }, at) => literal(shown(row[at], kind)))))
  return above + line(columns.map((column) => literal(heading(column)))) + line(rule) + body.join('')
}

/** Text that Markdown shows as it is: nothing in it is emphasis, a link, a tag or the end of a cell. */
function literal(text: string): string {
  return text.replace(/[\\`*_[\]<>|~&]/g, '\\$&').replace(/\s+/g, ' ')
}

/** The name of a column with its unit. */
export function heading({ name, unit }: Column): string {
  return unit === undefined || unit === '' ? name : `${name} (${unit})`
}
