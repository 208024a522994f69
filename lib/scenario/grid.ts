/** A table over two axes as people know it: rows down, columns across, a grid for each output. */
import { heading, markdown, shown } from './format.js'
import type { Column } from './report.js'
import { text } from './text.js'

/** An axis with what stands at each of its steps. */
export interface Edge extends Column {
  readonly labels: readonly unknown[]
}

/** A grid for each output; `at(output, row, column)` gives a value, or an Error. */
export class Grids {
  readonly #down: Edge
  readonly #across: Edge
  readonly #outputs: readonly Column[]
  readonly #at: (output: number, row: number, column: number) => unknown

  constructor(
    down: Edge,
    across: Edge,
    outputs: readonly Column[],
    at: (output: number, row: number, column: number) => unknown,
  ) {
    this.#down = down
    this.#across = across
    this.#outputs = outputs
    this.#at = at
  }

  /** For a terminal that is so many characters wide. */
  toText(width: number): string {
    return this.#each((title, columns, rows) => `${title}\n${text(columns, rows, width)}`).join('\n\n')
  }

  toMarkdown(): string {
    return this.#each((title, columns, rows) => markdown(columns, rows, title)).join('\n')
  }

  #each(drawn: (title: string, columns: readonly Column[], rows: readonly (readonly unknown[])[]) => string): string[] {
    const [down, across] = [this.#down, this.#across]
    return this.#outputs.map((output, i) => {
      const steps = across.labels.map((label): Column => ({ name: shown(label, across.kind), kind: output.kind }))
      const rows = down.labels.map((label, row) => [label, ...steps.map((_, column) => this.#at(i, row, column))])
      return drawn(`${heading(output)}, across: ${heading(across)}`, [down, ...steps], rows)
    })
  }
}
