/**
 * Vega-Lite specifications, one a kind of answer. Fields have names of their own, and what the model calls things stands in
 * titles and data: Vega-Lite takes dots and brackets in names of fields for paths, and two things may have one name.
 */
import { heading, shown } from './format.js'
import { type Column, distinct, type VegaLite } from './report.js'

type Rows = readonly Readonly<Record<string, unknown>>[]

/** What is on an axis. */
export interface Axis {
  readonly name: string
  readonly unit?: string
}

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json'
const CONFIG = {
  axis: { labelLimit: 300, titleLimit: 400 },
  legend: { titleLimit: 300, labelLimit: 300 },
  header: { labelLimit: 400 },
  view: { step: 30 },
}
/** Numbers without the digits that nobody reads. */
const FORMAT = '.4~g'
const ROUNDED = { labelExpr: `isNumber(datum.value) ? format(datum.value, '${FORMAT}') : datum.value` }
const [BLUE, RED, GREY] = ['#4c78a8', '#e45756', '#9d9d9d']

function titled({ name, unit = '' }: Axis): string {
  return heading({ name, unit, kind: 'number' })
}

/** A number beside a bar. */
function brief(value: number): string {
  return shown(Number(value.toPrecision(4)))
}

function chart(rows: Rows, rest: object): VegaLite {
  return { $schema: SCHEMA, config: CONFIG, data: { values: rows.map(drawable) }, ...rest }
}

/** What cannot be drawn is left out. */
function drawable(row: Rows[number]): object {
  return Object.fromEntries(
    Object.entries(row).filter(
      ([, value]) => !(value instanceof Error) && !(typeof value === 'number' && !Number.isFinite(value)),
    ),
  )
}

/** More cells than these have no room for their numbers. */
const NUMBERED = 400
/** Labels longer than these are written at a slant. */
const SHORT = 8

/** A colour, and a number, for each pair of x and y. */
export function heatMap(
  axes: { readonly x?: Axis; readonly y?: Axis; readonly colour: Axis },
  rows: readonly { readonly x: unknown; readonly y: unknown; readonly value: unknown }[],
  scale: 'from low to high' | 'around zero' = 'from low to high',
): VegaLite {
  const isAround = scale === 'around zero'
  const format = isAround ? '+.1%' : FORMAT
  const numbers = rows.map(({ value }) => value).filter((value) => typeof value === 'number' && Number.isFinite(value))
  const low = numbers.reduce((least: number, value) => Math.min(least, value as number), Number.POSITIVE_INFINITY)
  const high = numbers.reduce((most: number, value) => Math.max(most, value as number), Number.NEGATIVE_INFINITY)
  const size = Math.max(Math.abs(low), Math.abs(high))
  // where the colours are dark
  const dark = isAround ? `abs(datum.value) > ${0.6 * size}` : `datum.value < ${low + 0.6 * (high - low)}`
  const isShort = rows.every(({ x }) => (typeof x === 'number' ? x.toPrecision(4) : String(x)).length <= SHORT)
  const color = {
    field: 'value',
    type: 'quantitative',
    title: titled(axes.colour),
    scale: isAround ? { scheme: 'blueorange', domainMid: 0 } : { scheme: 'viridis' },
    legend: { format },
  }
  const label = {
    transform: [{ filter: 'isValid(datum.value)' }],
    mark: { type: 'text', fontSize: 10 },
    encoding: {
      text: { field: 'value', type: 'quantitative', format },
      color: { condition: { test: dark, value: 'white' }, value: 'black' },
    },
  }
  return chart(rows, {
    width: { step: 54 },
    encoding: {
      x: {
        field: 'x',
        type: 'ordinal',
        sort: null,
        title: axes.x === undefined ? null : titled(axes.x),
        axis: { ...ROUNDED, labelAngle: isShort ? 0 : -30 },
      },
      y: {
        field: 'y',
        type: 'ordinal',
        sort: null,
        title: axes.y === undefined ? null : titled(axes.y),
        axis: ROUNDED,
      },
    },
    layer: [
      { mark: { type: 'rect', tooltip: true }, encoding: { color } },
      ...(rows.length <= NUMBERED && numbers.length > 0 ? [label] : []),
    ],
  })
}

/** Points of lines: x, the name of the line, and the value there. */
export type LinePoints = readonly { readonly x: unknown; readonly name: string; readonly value: unknown }[]

function line(x: Axis, points: LinePoints): { mark: object; x: object } {
  const type = points.every((point) => typeof point.x === 'number') ? 'quantitative' : 'ordinal'
  return {
    mark: { type: 'line', point: true, tooltip: true },
    x: { field: 'x', type, sort: null, title: titled(x), scale: type === 'ordinal' ? {} : { zero: false } },
  }
}

/** Lines on one scale. */
export function lines(x: Axis, y: Axis, points: LinePoints): VegaLite {
  const drawn = line(x, points)
  return chart(points, {
    mark: drawn.mark,
    encoding: {
      x: drawn.x,
      y: { field: 'value', type: 'quantitative', title: titled(y), scale: { zero: false } },
      color: { field: 'name', type: 'nominal', sort: null, title: null },
    },
  })
}

/** One line below the other, each on a scale of its own. */
export function panels(x: Axis, points: LinePoints): VegaLite {
  const drawn = line(x, points)
  return chart(points, {
    ...below('name'),
    spec: {
      height: 160,
      mark: drawn.mark,
      encoding: {
        x: drawn.x,
        y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false } },
      },
    },
  })
}

/** Drawings below one another, one for each value of a field, under its name. */
function below(field: string): object {
  return {
    facet: {
      row: {
        field,
        type: 'nominal',
        sort: null,
        title: null,
        header: { labelAngle: 0, labelOrient: 'top', labelAnchor: 'start', labelFontWeight: 'bold', labelFontSize: 12 },
      },
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  }
}

/** One bar an input from where its low value takes the output to where its high value does; the values at the ends. */
export function tornado(
  output: Axis,
  base: number,
  rows: readonly {
    readonly input: string
    readonly side: 'low' | 'high'
    readonly value: number
    readonly to: number
  }[],
): VegaLite {
  const y = { field: 'input', type: 'nominal', sort: null, title: null }
  const scale = { zero: false, padding: 45 }
  const label = (isRight: boolean): object => ({
    transform: [{ filter: `datum.to ${isRight ? '>' : '<'} datum.from` }],
    mark: { type: 'text', align: isRight ? 'left' : 'right', dx: isRight ? 4 : -4, fontSize: 10, color: '#555' },
    encoding: {
      x: { field: 'to', type: 'quantitative' },
      y,
      text: { field: 'text' },
    },
  })
  return chart(
    rows.filter(({ to }) => Number.isFinite(to)).map((row) => ({ ...row, from: base, text: brief(row.value) })),
    {
      width: 420,
      layer: [
        {
          mark: { type: 'bar', tooltip: true },
          encoding: {
            x: { field: 'from', type: 'quantitative', title: titled(output), scale },
            x2: { field: 'to' },
            y,
            color: {
              field: 'side',
              type: 'nominal',
              title: 'input',
              scale: { domain: ['low', 'high'], range: [BLUE, RED] },
            },
          },
        },
        label(false),
        label(true),
        ...(Number.isFinite(base)
          ? [{ data: { values: [{ base }] }, mark: 'rule', encoding: { x: { field: 'base', type: 'quantitative' } } }]
          : []),
      ],
    },
  )
}

/** Steps that are smaller than this part of the whole are drawn without the part that they have in common. */
const SMALL = 0.2

/** From one value to another by steps, each with its number. */
export function waterfall(
  output: Axis,
  rows: readonly {
    readonly part: string
    readonly from: number
    readonly to: number
    readonly amount: number
    readonly kind: 'total' | 'increase' | 'decrease'
  }[],
): VegaLite {
  const steps = rows.filter(({ kind }) => kind !== 'total')
  const ends = rows.flatMap(({ kind, from, to }) => (kind === 'total' ? [to] : [from, to])).filter(Number.isFinite)
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const isSmall = steps.length > 0 && low * high > 0 && high - low < SMALL * Math.max(Math.abs(low), Math.abs(high))
  const margin = (high - low) / 4 || Math.abs(high) / 100
  const scale = isSmall ? { domain: [low - margin, high + margin], nice: false } : { zero: true }
  const floor = isSmall ? (low > 0 ? low - margin : high + margin) : 0
  const names = distinct(rows.map(({ part }): Column => ({ name: part, kind: 'text' })))
  const placed = rows.map((row, index) => {
    const text = `${row.kind === 'increase' ? '+' : ''}${brief(row.amount)}`
    const [from, to] = row.kind === 'total' ? [floor, row.to] : [row.from, row.to]
    return { ...row, part: names[index]?.name, from, to, above: Math.max(from, to), text }
  })
  const x = { field: 'part', type: 'ordinal', sort: null, title: null, axis: { labelAngle: -30 } }
  return chart(placed, {
    width: { step: 64 },
    encoding: { x },
    layer: [
      {
        mark: { type: 'bar', tooltip: true, clip: true },
        encoding: {
          y: { field: 'from', type: 'quantitative', title: titled(output), scale },
          y2: { field: 'to' },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: ['total', 'increase', 'decrease'], range: [GREY, BLUE, RED] },
          },
        },
      },
      {
        mark: { type: 'text', dy: -7, fontSize: 10 },
        encoding: { y: { field: 'above', type: 'quantitative' }, text: { field: 'text' } },
      },
    ],
  })
}

/** Bars over intervals, one drawing an output. */
export function histogram(
  rows: readonly { readonly output: string; readonly from: number; readonly to: number; readonly count: number }[],
): VegaLite {
  return chart(rows, {
    ...below('output'),
    spec: {
      width: 360,
      height: 200,
      mark: { type: 'bar', tooltip: true },
      encoding: {
        x: {
          field: 'from',
          type: 'quantitative',
          title: null,
          bin: { binned: true },
          axis: { format: FORMAT, grid: false },
        },
        x2: { field: 'to' },
        y: { field: 'count', type: 'quantitative', title: 'samples' },
      },
    },
  })
}

/** Bars with their uncertainty. */
export function bars(x: Axis, rows: Rows): VegaLite {
  return chart(rows, {
    width: 360,
    encoding: { y: { field: 'input', type: 'nominal', sort: null, title: null }, yOffset: { field: 'index' } },
    layer: [
      {
        mark: { type: 'bar', tooltip: true },
        encoding: {
          x: { field: 'value', type: 'quantitative', title: titled(x) },
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

/** One point an input, under its name. */
export function scatter(
  x: Axis,
  y: Axis,
  rows: readonly { readonly x: number; readonly y: number; readonly name: string }[],
): VegaLite {
  return chart(rows, {
    width: 360,
    height: 300,
    encoding: {
      x: { field: 'x', type: 'quantitative', title: titled(x) },
      y: { field: 'y', type: 'quantitative', title: titled(y) },
    },
    layer: [
      { mark: { type: 'point', filled: true, tooltip: true } },
      { mark: { type: 'text', align: 'left', dx: 6 }, encoding: { text: { field: 'name' } } },
    ],
  })
}
