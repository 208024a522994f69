/** Vega-Lite specifications, one a kind of answer. */
import type { VegaLite } from './report.js'

type Rows = readonly Readonly<Record<string, unknown>>[]

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json'
const CONFIG = { axis: { labelLimit: 300 }, legend: { titleLimit: 300 }, view: { step: 30 } }
/** Values on an axis, without the digits that nobody reads. */
const ROUNDED = { labelExpr: "isNumber(datum.value) ? format(datum.value, '.4~g') : datum.value" }
const [BLUE, RED, GREY] = ['#4c78a8', '#e45756', '#9d9d9d']

function chart(rows: Rows, rest: object): VegaLite {
  return { $schema: SCHEMA, config: CONFIG, data: { values: rows.map(drawable) }, ...rest }
}

/** What cannot be drawn is left out. */
function drawable(row: Rows[number]): object {
  const known = Object.entries(row).filter(([, value]) => !(value instanceof Error) && !Number.isNaN(value))
  return Object.fromEntries(known.map(([name, value]) => [field(name), value]))
}

/**
 * A field by its name, whatever characters that has: Vega-Lite takes dots, brackets and quotes for paths. Rows that are
 * drawn have all of these replaced; what people read are titles.
 */
function field(name: string): string {
  return name.replace(/[\\.,[\]'"]/g, '_')
}

/** A colour for each pair of x and y. */
export function heatMap(x: string, y: string, colour: string, rows: Rows, aroundZero = false): VegaLite {
  const scale = aroundZero ? { scheme: 'blueorange', domainMid: 0 } : { scheme: 'viridis' }
  return chart(rows, {
    mark: { type: 'rect', tooltip: true },
    encoding: {
      x: { field: field(x), type: 'ordinal', sort: null, title: x, axis: ROUNDED },
      y: { field: field(y), type: 'ordinal', sort: null, title: y, axis: ROUNDED },
      color: { field: field(colour), type: 'quantitative', title: colour, scale },
    },
  })
}

/** A line for each of some columns over another one. */
export function lines(x: string, columns: readonly string[], rows: Rows): VegaLite {
  const values = rows.flatMap((row) => columns.map((name) => ({ [x]: row[x], name, value: row[name] })))
  const type = rows.every((row) => typeof row[x] === 'number') ? 'quantitative' : 'ordinal'
  return chart(values, {
    mark: { type: 'line', point: true, tooltip: true },
    encoding: {
      x: { field: field(x), type, sort: null, title: x, scale: { zero: false } },
      y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false } },
      color: { field: 'name', type: 'nominal', title: null },
    },
  })
}

/** One bar an input from where its low value takes the output to where its high value does. */
export function tornado(output: string, base: number, rows: Rows): VegaLite {
  return chart(rows, {
    layer: [
      {
        mark: { type: 'bar', tooltip: true },
        encoding: {
          x: { field: 'from', type: 'quantitative', title: output, scale: { zero: false } },
          x2: { field: 'to' },
          y: { field: 'input', type: 'nominal', sort: null, title: null },
          color: {
            field: 'side',
            type: 'nominal',
            title: null,
            scale: { domain: ['low', 'high'], range: [BLUE, RED] },
          },
        },
      },
      { data: { values: [{ base }] }, mark: 'rule', encoding: { x: { field: 'base', type: 'quantitative' } } },
    ],
  })
}

/** From one value to another by steps. */
export function waterfall(output: string, rows: Rows): VegaLite {
  return chart(rows, {
    mark: { type: 'bar', tooltip: true },
    encoding: {
      x: { field: 'part', type: 'nominal', sort: null, title: null },
      y: { field: 'from', type: 'quantitative', title: output, scale: { zero: false } },
      y2: { field: 'to' },
      color: {
        field: 'kind',
        type: 'nominal',
        title: null,
        scale: { domain: ['total', 'increase', 'decrease'], range: [GREY, BLUE, RED] },
      },
    },
  })
}

/** Bars over intervals, one drawing an output. */
export function histogram(rows: Rows): VegaLite {
  return chart(rows, {
    facet: { row: { field: 'output', type: 'nominal', title: null } },
    resolve: { scale: { x: 'independent', y: 'independent' } },
    spec: {
      mark: { type: 'bar', tooltip: true },
      encoding: {
        x: { field: 'from', type: 'quantitative', title: null, bin: { binned: true } },
        x2: { field: 'to' },
        y: { field: 'count', type: 'quantitative', title: 'samples' },
      },
    },
  })
}

/** Bars with their uncertainty. */
export function bars(rows: Rows): VegaLite {
  return chart(rows, {
    encoding: { y: { field: 'input', type: 'nominal', sort: null, title: null }, yOffset: { field: 'index' } },
    layer: [
      {
        mark: { type: 'bar', tooltip: true },
        encoding: {
          x: { field: 'value', type: 'quantitative', title: null },
          color: { field: 'index', type: 'nominal', title: null },
        },
      },
      {
        mark: 'rule',
        encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
    ],
  })
}

/** One point an input: how much it matters against how unevenly. */
export function scatter(x: string, y: string, name: string, rows: Rows): VegaLite {
  const encoding = {
    x: { field: field(x), type: 'quantitative', title: x },
    y: { field: field(y), type: 'quantitative', title: y },
  }
  return chart(rows, {
    encoding,
    layer: [
      { mark: { type: 'point', filled: true, tooltip: true } },
      { mark: { type: 'text', align: 'left', dx: 6 }, encoding: { text: { field: field(name) } } },
    ],
  })
}
