// Data tables: every cell is what a fresh evaluation gives, what is shared is evaluated once, errors stay in their cells.
import * as fc from 'fast-check'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  AbortedError,
  Context,
  dataTable,
  InvalidQuestionError,
  linear,
  logarithmic,
  type Progress,
  percentages,
  type Target,
  TweakSet,
  tracked,
} from '../../lib/index.js'
import { Runs, rejects, throws } from '../core/helpers.js'

/** f = g + h, where g depends on x and h on y. */
function separable() {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const y = runs.leaf('y', 2)
  const g = tracked('g', () => {
    runs.count('g')
    return x() * 10
  })
  const h = tracked('h', () => {
    runs.count('h')
    if (y() === 13) throw new RangeError('no 13')
    return y() + 1
  })
  const f = tracked('f', () => {
    runs.count('f')
    return g() + h()
  })
  return { runs, x, y, g, h, f }
}

void t.test('two axes: what depends on a row runs once a row, on a column once a column', async (t) => {
  const { runs, x, y, f } = separable()
  const base = new Context()
  base.get(f)
  runs.take()
  const table = await dataTable(base, [{ target: x, values: linear(1, 7, 4) }, [y, [3, 4, 5]]], { total: f })
  t.same(runs.take(), { g: 3, h: 3, f: 12 }, 'the base has g at x = 1')
  t.equal(table.table.length, 12)
  t.same(table.toRows()[5], { x: 3, y: 5, total: 36 })
  t.equal(
    table.toRows().every((row) => row.total === 10 * Number(row.x) + Number(row.y) + 1),
    true,
  )
  t.same(table.cost, { evaluated: 18, fromScratch: 5 * 13, cells: 13 })
  t.same(base.get(f), 13)
  const again = await dataTable(
    new Context(),
    [
      [x, [1, 2, 3]],
      [y, [3, 4]],
    ],
    f,
    { sideways: false },
  )
  t.same(
    again.toRows().map(({ f }) => f),
    [14, 15, 24, 25, 34, 35],
  )
  runs.take()
  t.same(runs.take(), {}, 'the base is as it was')
  t.equal(base.stats().contexts, 1)
  checkInvariants(base)
})

void t.test('errors are cells', async (t) => {
  const { x, y, f } = separable()
  const base = new Context()
  const table = await dataTable(
    base,
    [
      { target: x, values: [1, 2] },
      { target: y, values: [12, 13] },
    ],
    f,
  )
  const [fine, failed] = table.table.map(({ cells }) => cells[0])
  t.equal(fine?.value, 23)
  t.match(failed?.error, /no 13/)
  t.match(table.toCSV(), /^x,y,f\r\n1,12,23\r\n1,13,#ERROR no 13\r\n/)
  t.match(JSON.parse(JSON.stringify(table)), {
    rows: [
      [1, 12, 23],
      [1, 13, { error: { name: 'RangeError' } }],
    ],
  })
  t.equal(
    table.toMarkdown(),
    '**f, across: y**\n\n| x | 12 | 13 |\n| --: | --: | --: |\n| 1 | 23 | #ERROR no 13 |\n| 2 | 33 | #ERROR no 13 |\n',
  )
  t.match(table.toText(40), /^f, across: y\nx {2}12 +13\n─+\n1 {2}23 {2}#ERROR no 13\n/)
})

void t.test('named scenarios, percentages of the base, three axes', async (t) => {
  const { x, y, g, f } = separable()
  const base = new Context().tweak(x, 5)
  const table = await dataTable(
    base,
    [
      { scenarios: { none: [], double: new TweakSet().replace(g, () => 100) }, name: 'case' },
      { target: x, values: percentages(-10, 0, 10) },
      { target: y, values: [2] },
    ],
    f,
  )
  t.same(
    table.toRows().map(({ case: name, x, f }) => [name, x, f]),
    [
      ['none', '-10 %', 48],
      ['none', '+0 %', 53],
      ['none', '+10 %', 58],
      ['double', '-10 %', 103],
      ['double', '+0 %', 103],
      ['double', '+10 %', 103],
    ],
  )
})

void t.test('ranges', async (t) => {
  t.same(linear(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
  t.same(
    logarithmic(1, 1000, 4).map((value) => Math.round(value)),
    [1, 10, 100, 1000],
  )
  throws(t, () => logarithmic(-1, 1, 3), InvalidQuestionError)
  throws(t, () => linear(0, 1, 0), InvalidQuestionError)
  const { x, f } = separable()
  await rejects(t, dataTable(new Context(), { target: x, values: [] }, f), InvalidQuestionError)
  await rejects(t, dataTable(new Context(), { target: x, values: [1] }, []), InvalidQuestionError)
})

void t.test('asynchronous models, progress and abort', async (t) => {
  let open = 0
  let most = 0
  const x = tracked('x', () => 1)
  const slow = tracked('slow', async () => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 2))
    open--
    return x() * 2
  })
  const base = new Context()
  const seen: Progress[] = []
  const values = linear(1, 20, 20)
  const table = await dataTable(base, [x, values], slow, { concurrency: 4, onProgress: (one) => seen.push(one) })
  t.same(
    table.toRows().map(({ slow }) => slow),
    values.map((value) => 2 * value),
  )
  t.equal(most, 4)
  t.same(seen.at(-1), { tool: 'dataTable', done: 21, total: 21 })
  const stop = new AbortController()
  const asked = dataTable(base, [x, linear(30, 90, 500)], slow, { signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 10)
  const error = await rejects(t, asked, AbortedError)
  t.match(error.cause, /enough/)
  t.equal(base.stats().contexts, 1, 'all contexts are disposed')
  t.equal(base.stats().inFlight, 0)
  await rejects(t, dataTable(base, [x, [1]], slow, { signal: stop.signal }), AbortedError)
})

/** A model by chance: each node is a sum of some before it, or one of two by a condition. */
const models = fc.array(
  fc.record({ kind: fc.constantFrom('sum', 'choice'), reads: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }) }),
  { minLength: 2, maxLength: 12 },
)

void t.test('a table equals a loop of fresh evaluations', async () => {
  await fc.assert(
    fc.asyncProperty(
      models,
      fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (nodes, rows, columns, isAsync) => {
        const x = tracked('x', () => 1)
        const y = tracked('y', () => 2)
        const all: (() => number)[] = [x, y]
        for (const [index, { kind, reads }] of nodes.entries()) {
          const [a, b, c] = reads.map((read) => all[read % all.length] as () => number) as [
            () => number,
            () => number,
            () => number,
          ]
          all.push(tracked(`n${index}`, () => (kind === 'sum' ? a() + 2 * b() - c() : a() > 0 ? b() : c())))
        }
        const last = all.at(-1) as () => number
        const output = isAsync ? tracked('output', async () => last()) : tracked('output', () => last())
        const base = new Context()
        const table = await dataTable(
          base,
          [
            [x, rows],
            [y, columns],
          ],
          output,
        )
        for (const row of table.toRows()) {
          const fresh = new Context().tweak(x, row.x as number).tweak(y, row.y as number)
          const expected = await (fresh.get(output as Target<() => number>) as number | Promise<number>)
          if (row.output !== expected) throw new Error(`${String(row.output)} is not ${expected}`)
        }
        checkInvariants(base)
      },
    ),
    { numRuns: 60 },
  )
})

void t.test('cells that are asked at once share all the same', async (t) => {
  const runs = new Runs()
  const x = tracked('x', () => 0)
  const y = tracked('y', () => 0)
  const slowly = (name: string, of: () => number) =>
    tracked(name, async () => {
      runs.count(name)
      const value = of()
      await new Promise((resolve) => setTimeout(resolve, 1))
      return value
    })
  const g = slowly('g', () => 10 * x())
  const h = slowly('h', () => y())
  const f = tracked('f', async () => (await g()) + (await h()))
  const base = new Context()
  await base.get(f)
  runs.take()
  const table = await dataTable(
    base,
    [
      [x, [1, 2, 3]],
      [y, [1, 2, 3, 4]],
    ],
    f,
  )
  t.same(runs.take(), { g: 3, h: 4 })
  t.same(
    table.toRows().map(({ f }) => f),
    [11, 12, 13, 14, 21, 22, 23, 24, 31, 32, 33, 34],
  )
})

t.test('a long table shares sideways from its second row on, where a body costs more than looking', async (t) => {
  const runs = new Runs()
  const x = tracked('x', () => 0)
  const y = tracked('y', () => 0)
  const h = tracked('h', async () => {
    runs.count('h')
    const value = y()
    await new Promise((resolve) => setTimeout(resolve, 1))
    return value
  })
  const g = tracked('g', () => x())
  const most = tracked('most', () => g())
  const f = tracked('f', async () => most() + (await h()))
  const axes = [
    [x, linear(1, 12, 12)],
    [y, [1, 2, 3, 4]],
  ] as const
  for (const [options, most] of [
    [{}, 8],
    [{ sideways: true }, 4],
    [{ sideways: false }, 48],
  ] as const) {
    const base = new Context()
    await base.get(f)
    runs.take()
    const table = await dataTable(base, axes, f, options)
    const times = runs.take().h ?? 0
    // without looking sideways it is shared all the same by cells that are open at once
    if (most === 48) t.ok(times > 8 && times <= most, `${times} without sharing`)
    else t.equal(times, most, JSON.stringify(options))
    t.ok(table.toRows().every(({ x, y, f }) => f === Number(x) + Number(y)))
    t.equal(base.stats().contexts, 1)
  }
})
