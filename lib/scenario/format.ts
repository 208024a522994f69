/** Cells as text, and tables of them for files. */
import type { Column } from './report.js'

/** Six significant digits for people. */
export function shown(value: unknown, kind: Column['kind'] = 'number'): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return failure(value)
  if (typeof value !== 'number') return exactly(value)
  if (kind === 'share') return `${digits(100 * value, 4)} %`
  return digits(value, 6)
}

function digits(value: number, count: number): string {
  if (!Number.isFinite(value) || value === 0) return value === 0 ? '0' : String(value)
  const rounded = Number(value.toPrecision(count))
  return Math.abs(rounded) >= 1e15 || Math.abs(rounded) < 1e-6 ? rounded.toExponential() : String(rounded)
}

/** Nothing lost. */
export function exactly(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Error) return failure(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (typeof value === 'object') return objectText(value)
  return typeof value === 'symbol' ? value.toString() : `${value as string | number | boolean | bigint}`
}

/** What JSON cannot say, for itself. */
function objectText(value: object): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return Object.prototype.toString.call(value)
  }
}

function failure(error: Error): string {
  return `#ERROR ${error.message.split('\n', 1)[0] ?? error.name}`
}

/** RFC 4180, lines ended by CRLF as it says. */
export function csv(heading: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const field = (value: unknown): string => {
    const text = exactly(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [heading, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

export function markdown(columns: readonly Column[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`
  const rule = columns.map(({ kind }) => (kind === 'text' ? '---' : '--:'))
  const body = rows.map((row) => line(columns.map(({ kind }, at) => shown(row[at], kind))))
  return line(columns.map(heading)) + line(rule) + body.join('')
}

/** The name of a column with its unit. */
export function heading({ name, unit }: Column): string {
  return unit === undefined || unit === '' ? name : `${name} (${unit})`
}
