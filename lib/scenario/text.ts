/** Tables for a terminal. */
import widthOf from 'fast-string-truncated-width'
import { heading, shown } from './format.js'
import type { Column } from './report.js'

const GAP = 2
/** No column is wider, but the last where there is room: what is longer is cut. */
const WIDEST = 40
/** Headings are broken into lines of at least this width. */
const NARROWEST = 12

interface Drawn {
  readonly width: number
  readonly lines: readonly string[]
  readonly cells: readonly string[]
  readonly alignLeft: boolean
}

/**
 * Columns side by side, text to the left and numbers to the right, point below point, under headings broken
 * at spaces. Where they are wider than the terminal, the table goes on below with its first column again.
 */
export function text(columns: readonly Column[], rows: readonly (readonly unknown[])[], width: number): string {
  const valuesAt = (at: number): unknown[] => rows.map((row) => row[at])
  const drawn = columns.map((column, at) => draw(column, valuesAt(at), WIDEST))
  const last = columns.at(-1)
  const others = drawn.slice(0, -1).reduce((sum, one) => sum + one.width + GAP, 0)
  // what is left of the line belongs to text at its end
  if (last?.kind === 'text' && width - others > WIDEST) {
    drawn[columns.length - 1] = draw(last, valuesAt(columns.length - 1), width - others)
  }
  return blocks(drawn, width)
    .map((block) => table(block, rows.length))
    .join('\n\n')
}

function draw(column: Column, values: readonly unknown[], limit: number): Drawn {
  const texts = values.map((value) => cut(shown(value, column.kind), limit))
  const cells = column.kind === 'text' ? texts : aligned(values, texts)
  const body = widest(cells)
  const lines = broken(cut(heading(column), limit), Math.max(NARROWEST, body))
  return { width: Math.max(body, widest(lines)), lines, cells, alignLeft: column.kind === 'text' }
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text).width), 0)
}

/** Numbers with their points below one another. */
function aligned(values: readonly unknown[], texts: readonly string[]): string[] {
  const tails = texts.map((text, at) => (typeof values[at] === 'number' ? text.replace(/^-?\d+/, '').length : 0))
  const longest = tails.reduce((most, tail) => Math.max(most, tail), 0)
  return texts.map((text, at) =>
    typeof values[at] === 'number' ? text + ' '.repeat(longest - (tails[at] ?? 0)) : text,
  )
}

/** One line, not too wide, that shows what a terminal would obey: escapes, and what turns the direction of writing. */
function cut(cell: string, limit: number): string {
  const line = cell.replace(/\s+/g, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
  const { truncated, index } = widthOf(line, { limit, ellipsis: '…' })
  return truncated ? `${line.slice(0, index)}…` : line
}

/** To a width in columns of the terminal, where some characters take two and some none. */
function padded(text: string, width: number, alignLeft: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text).width))
  return alignLeft ? text + gap : gap + text
}

function broken(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(`${last} ${word}`).width <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function blocks(drawn: readonly Drawn[], width: number): Drawn[][] {
  const [first, ...others] = drawn
  if (first === undefined) return []
  const all: Drawn[][] = [[first]]
  let used = first.width
  for (const column of others) {
    const block = all.at(-1) as Drawn[]
    if (block.length > 1 && used + GAP + column.width > width) {
      all.push([first, column])
      used = first.width + GAP + column.width
    } else {
      block.push(column)
      used += GAP + column.width
    }
  }
  return all
}

function table(block: readonly Drawn[], rows: number): string {
  const height = Math.max(...block.map(({ lines }) => lines.length))
  const gap = ' '.repeat(GAP)
  const line = (cell: (column: Drawn) => string): string =>
    block
      .map((column) => padded(cell(column), column.width, column.alignLeft))
      .join(gap)
      .trimEnd()
  const above = Array.from({ length: height }, (_, at) => line(({ lines }) => lines[at - height + lines.length] ?? ''))
  const rule = '─'.repeat(block.reduce((sum, { width }) => sum + width, GAP * (block.length - 1)))
  const below = Array.from({ length: rows }, (_, at) => line(({ cells }) => cells[at] ?? ''))
  return [...above, rule, ...below].join('\n')
}
