import type { Context } from 'dugout'

/**
 * Rows of text in columns, under a heading and a rule: the first column to the left, the others to the right.
 * Headings are broken where they say `\n`.
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const broken = heading.map((text) => text.split('\n'))
  const lines = Math.max(...broken.map((parts) => parts.length))
  const top = Array.from({ length: lines }, (_, line) =>
    broken.map((parts) => parts[line - lines + parts.length] ?? ''),
  )
  const widths = heading.map((_, column) => Math.max(...[...top, ...rows].map((row) => row[column]?.length ?? 0)))
  const align = (row: readonly string[]): string =>
    widths
      .map((width, column) => (column === 0 ? (row[0] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [...top.map(align), rule, ...rows.map(align)].join('\n')
}

/** What `read` gives, and how many nodes were evaluated for it: the rest was there already. */
export function counted<R>(context: Context, read: () => R): { value: R; evaluated: number } {
  const before = context.stats().evaluations
  const value = read()
  return { value, evaluated: context.stats().evaluations - before }
}

/** 1234567.8 as 1,234,568. */
export const grouped = (amount: number): string => Math.round(amount).toLocaleString('en-US')
