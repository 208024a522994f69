// Many live contexts at once: a data table of 100 x 100 over a model whose rows and columns meet only at the end (R30), and
// 10,000 scenarios of a model of 1e5 nodes (R29).
import { strictEqual } from 'node:assert'
import { Context, tracked } from 'dugout'
import { add, layers } from '../layers.js'
import { bytesInUse } from '../memory.js'
import { makeModel, useManyFunctions } from '../peers/dugout.js'
import type { Measured, Row } from '../row.js'

export const row: Row = { id: 'table', what: 'many live contexts: time and bytes of one', goals: [] }

async function dataTable(side: number): Promise<Record<string, number>> {
  const runs = { row: 0, column: 0, cell: 0 }
  const x = tracked(function x() {
    return 0
  })
  const y = tracked(function y() {
    return 0
  })
  const rowPart = tracked(function rowPart() {
    runs.row++
    return 10 * x() + 1
  })
  const columnPart = tracked(function columnPart() {
    runs.column++
    return y() + 1
  })
  const cell = tracked(function cell() {
    runs.cell++
    return rowPart() * columnPart()
  })
  const base = new Context()
  base.get(cell)
  const contexts: Context[] = []
  const before = await bytesInUse()
  const start = performance.now()
  for (let row = 1; row <= side; row++) {
    for (let column = 1; column <= side; column++) {
      const context = base.fork()
      context.tweak(x, row)
      context.tweak(y, column)
      strictEqual(context.get(cell), (10 * row + 1) * (column + 1))
      contexts.push(context)
    }
  }
  const elapsed = performance.now() - start
  const bytes = (await bytesInUse()) - before
  const cells = side * side
  base.dispose()
  const name = `table ${side} x ${side}`
  return {
    [`${name}, a cell, us`]: (1000 * elapsed) / cells,
    [`${name}, a cell, B`]: bytes / cells,
    [`${name}, runs of the row's part`]: runs.row - 1,
    [`${name}, runs of the column's part`]: runs.column - 1,
    [`${name}, runs of the cell`]: runs.cell - 1,
  }
}

async function siblings(count: number, reach: number): Promise<Record<string, number>> {
  const { base, leaf, target } = makeModel(layers(1e5, reach), add)
  const expected = base.get(target)
  const contexts: Context[] = []
  const before = await bytesInUse()
  const elapsed: number[] = []
  for (let part = 0; part < 10; part++) {
    const start = performance.now()
    for (let i = 0; i < count / 10; i++) {
      const context = base.fork()
      context.tweak(leaf, 1 + contexts.length)
      context.get(target)
      contexts.push(context)
    }
    elapsed.push(performance.now() - start)
  }
  const bytes = (await bytesInUse()) - before
  strictEqual(base.get(target), expected)
  const start = performance.now()
  for (const context of contexts) context.dispose()
  const disposal = performance.now() - start
  const left = (await bytesInUse()) - before
  base.dispose()
  const a = (milliseconds: number | undefined): number => (1000 * (milliseconds as number)) / (count / 10)
  const name = `${count} siblings, k = ${reach}`
  return {
    [`${name}, one of the first tenth, us`]: a(elapsed[0]),
    [`${name}, one of the last tenth, us`]: a(elapsed[9]),
    [`${name}, a context, B`]: bytes / count,
    [`${name}, a masked entry, B`]: bytes / count / reach,
    [`${name}, dispose, us`]: (1000 * disposal) / count,
    [`${name}, left of a disposed context, B`]: left / count,
  }
}

export async function measure(): Promise<Measured> {
  useManyFunctions()
  await dataTable(10)
  const table = await dataTable(100)
  return { figures: [], detail: { ...table, ...(await siblings(10_000, 10)), ...(await siblings(1000, 100)) } }
}
