/** Amounts, times and mementos, as they are written on a line and printed. */

import type { Column } from '../../index.js'
import type { Description } from '../../memo/index.js'
import { type Answer, answerOf } from '../answer.js'
import { UsageError } from '../errors.js'
import { Listing, rounded } from '../listing.js'

const UNITS = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 } as const
const SPANS = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8, y: 3.15576e10 } as const

/** `500MB` in bytes. */
export function bytesFrom(text: string, option: string): number {
  return amount(text, UNITS, `${option} is ${text}; it is bytes: 500MB, 2GB, 1000000.`)
}

/** `30d` in milliseconds. */
export function spanFrom(text: string, option: string): number {
  return amount(text, SPANS, `${option} is ${text}; it is a time: 30d, 12h, 90m.`)
}

function amount(text: string, units: Readonly<Record<string, number>>, wrong: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = unit === '' && units === UNITS ? 1 : units[unit.toLowerCase()]
  if (digits === '' || factor === undefined) throw new UsageError(wrong)
  return Number(digits) * factor
}

/** A date, or a time before now: `2026-01-31`, `12h`. */
export function timeFrom(text: string, option: string): Date {
  const time = /^\d+(\.\d+)?[a-z]$/i.test(text) ? Date.now() - spanFrom(text, option) : Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`${option} is ${text}; it is a date (2026-01-31) or a time ago (12h).`)
  return new Date(time)
}

/** `1.2 MB`. */
export function size(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (bytes >= factor) return `${Number((bytes / factor).toPrecision(3))} ${unit}`
  return `${bytes} B`
}

const MEMENTOS: readonly Column[] = [
  { name: 'id', kind: 'text' },
  { name: 'call', kind: 'text' },
  { name: 'kind', kind: 'text' },
  { name: 'bytes', kind: 'number' },
  { name: 'started', kind: 'text' },
  { name: 'own', unit: 'ms', kind: 'number' },
  { name: 'total', unit: 'ms', kind: 'number' },
  { name: 'tweaks', kind: 'text' },
]

function rowOf({ id, node, kind, size: bytes, startedAt, ownDuration, duration, tweaks }: Description): unknown[] {
  const told = tweaks.replaceAll('\n', ', ')
  return [id, node, kind, bytes, startedAt, rounded(ownDuration), rounded(duration), told]
}

/** A list of mementos. A terminal is told of tweaks only where there are some. */
export function mementosTold(
  what: string,
  mementos: readonly Description[],
  notes: readonly string[],
  json: () => unknown,
): Answer {
  const rows = mementos.map(rowOf)
  const answer = answerOf(new Listing(what, MEMENTOS, rows), ...notes)
  if (mementos.some(({ tweaks }) => tweaks !== '')) return { ...answer, json }
  const short = new Listing(
    what,
    MEMENTOS.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  )
  return { ...answer, text: (width) => answerOf(short, ...notes).text(width), json }
}

/** What others wrote into a store, as a terminal shows it: nothing in it moves the cursor, colours or turns the text. */
export function legible(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/** A table with a note below it; the note alone where the table has no rows. */
export function noted(
  what: string,
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  note: string,
  json: () => unknown,
): Answer {
  const listing = answerOf(new Listing(what, columns, rows), note)
  return { ...listing, ...(rows.length === 0 && { text: () => note }), json }
}
