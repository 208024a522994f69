import { HyperFormula } from 'hyperformula'
import { add, type Layers } from '../layers.js'
import type { MakeScenario } from './scenario.js'

// A layer is a column. The formula is the work `add`: a spreadsheet has no other.
function makeSheet(layers: Layers): {
  sheet: HyperFormula
  at: (node: number) => { sheet: 0; col: number; row: number }
} {
  const { starts, size, sources, inputs } = layers
  const columnOf = new Int32Array(size)
  for (const [column, start] of starts.entries()) columnOf.fill(column, start)
  const at = (node: number) => {
    const col = columnOf[node] as number
    return { sheet: 0 as const, col, row: node - (starts[col] as number) }
  }
  const name = (node: number): string => {
    const { col, row } = at(node)
    return `${columnName(col)}${row + 1}`
  }
  const rows: (string | number)[][] = []
  for (let node = 0; node < size; node++) {
    const { col, row } = at(node)
    const slot = 3 * node
    const [first, second, third] = sources.subarray(slot, slot + 3) as unknown as [number, number, number]
    rows[row] ??= []
    const content =
      first < 0 ? (inputs[node] as number) : `=0.6*${name(first)}-0.5*${name(second)}+0.624*${name(third)}`
    rows[row][col] = content
  }
  const sheet = HyperFormula.buildFromArray(rows, { licenseKey: 'gpl-v3', smartRounding: false })
  return { sheet, at }
}

function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26))
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter
}

function make(setsBack: boolean): MakeScenario {
  return (layers, work) => {
    if (work !== add) throw new Error('a spreadsheet does the work `add` only')
    const { sheet, at } = makeSheet(layers)
    const leaf = at(layers.leaf)
    const target = at(layers.target)
    const baseValue = sheet.getCellValue(leaf) as number
    const read = (): number => sheet.getCellValue(target) as number
    return {
      base() {
        if (!setsBack) sheet.setCellContents(leaf, baseValue)
        return read()
      },
      whatIf(value) {
        sheet.setCellContents(leaf, value)
        const result = read()
        if (setsBack) sheet.setCellContents(leaf, baseValue)
        return result
      },
    }
  }
}

/** Set the cell, read, and set it back. */
export const hyperFormula: MakeScenario = make(true)

/** Set the cell and read: the base is gone until somebody sets it back. */
export const hyperFormulaSet: MakeScenario = make(false)
