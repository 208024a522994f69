/** Tables for a terminal. */
import { heading, shown } from './format.js'
import type { Column } from './report.js'

const GAP = 2
/** No column is wider: what is longer is cut. */
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
 * Columns side by side, text to the left and numbers to the right, under headings broken at spaces. Where they are wider
 * than the terminal, the table goes on below with its first column again.
 */
export function text(columns: readonly Column[], rows: readonly (readonly unknown[])[], width: number): string {
  const drawn = columns.map((column, at) =>
    draw(
      column,
      rows.map((row) => row[at]),
    ),
  )
  return blocks(drawn, width)
    .map((block) => table(block, rows.length))
    .join('\n\n')
}

function draw(column: Column, values: readonly unknown[]): Drawn {
  const cells = values.map((value) => cut(shown(value, column.kind)))
  const body = Math.max(0, ...cells.map((cell) => cell.length))
  const lines = broken(cut(heading(column)), Math.max(NARROWEST, body))
  const width = Math.max(body, ...lines.map((line) => line.length))
  return { width, lines, cells, alignLeft: column.kind === 'text' }
}

function cut(cell: string): string {
  const line = cell.replace(/\s+/g, ' ')
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line
}

function broken(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
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
      .map((column) => (column.alignLeft ? cell(column).padEnd(column.width) : cell(column).padStart(column.width)))
      .join(gap)
      .trimEnd()
  const above = Array.from({ length: height }, (_, at) => line(({ lines }) => lines[at - height + lines.length] ?? ''))
  const rule = '─'.repeat(block.reduce((sum, { width }) => sum + width, GAP * (block.length - 1)))
  const below = Array.from({ length: rows }, (_, at) => line(({ cells }) => cells[at] ?? ''))
  return [...above, rule, ...below].join('\n')
}
