// What answers become as text: nothing that a value or a name holds is run, lost or out of line.
import t from 'tap'
import { attribute, Context, dataTable, goalSeek, linear, sensitivity, tracked } from '../../lib/index.js'

t.test('CSV: text that a spreadsheet would run is kept from it; numbers are as they are', async (t) => {
  const bait = tracked('=1+1', () => '')
  const other = tracked('other', () => 0)
  const texts = ['=1+1', '@SUM(A1)', '+1+1', '-cmd', '\tx', -5, '-5', '+10 %', '-.5e-3', 'a, "b"', '', -0.5]
  const table = await dataTable(new Context(), [bait, texts], other)
  t.equal(
    table.toCSV(),
    [
      `'=1+1,other`,
      `'=1+1,0`,
      `'@SUM(A1),0`,
      `'+1+1,0`,
      `'-cmd,0`,
      `'\tx,0`,
      '-5,0',
      '-5,0',
      '+10 %,0',
      '-.5e-3,0',
      '"a, ""b""",0',
      ',0',
      '-0.5,0',
      '',
    ].join('\r\n'),
  )
})

t.test('Markdown: names and values are shown as they are', async (t) => {
  const odd = tracked('a|b*c*_d_', () => '<b>`x`</b>\n[y](z) \\|')
  const [head, , row] = (await dataTable(new Context(), [], odd)).toMarkdown().split('\n')
  t.equal(head, String.raw`| a\|b\*c\*\_d\_ |`)
  t.equal(row, `| ${String.raw`\<b\>\`x\`\</b\> \[y\](z) \\\|`} |`)
})

t.test('JSON: nothing is dropped, changed or thrown at', async (t) => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  const node = tracked('node', () => ({
    big: 10n,
    none: Number.NaN,
    far: [Number.POSITIVE_INFINITY],
    map: new Map([['a', new Set([1])]]),
    date: new Date(0),
    bytes: new Uint8Array([1, 2]),
    circle,
    error: new RangeError('no'),
  }))
  const table = await dataTable(new Context(), [], node)
  const written = JSON.parse(JSON.stringify(table)) as { rows: unknown[][] }
  const plain = {
    big: '10',
    none: 'NaN',
    far: ['Infinity'],
    map: [['a', [1]]],
    date: '1970-01-01T00:00:00.000Z',
    bytes: [1, 2],
    circle: { self: '[object Object]' },
    error: { error: { name: 'RangeError', message: 'no' } },
  }
  t.same(written.rows, [[plain]])
  t.match(table.toText(), /\{"big":"10","none":"NaN"/)
})

t.test('columns have names of their own, whatever outputs are called', async (t) => {
  const price = tracked('price', () => 1)
  const twice = tracked('twice', () => 2 * price())
  const table = await dataTable(new Context(), [price, [1, 2]], { 'price 2': twice, price })
  t.same(
    table.columns.map(({ name }) => name),
    ['price', 'price 2', 'price 3'],
  )
  t.same(table.toRows()[1], { price: 2, 'price 2': 4, 'price 3': 2 })
})

t.test('drawings: no name gets in the way of a field', async (t) => {
  for (const name of ['x', 'y', 'value', 'name', 'part', 'a.b[0]', `it's "it"`, '__proto__']) {
    const input = tracked(name, () => 2)
    const output = tracked(name, () => input() ** 2)
    const base = new Context()
    const table = await dataTable(base, [input, [1, 2, 3]], output)
    const { values } = table.toVegaLite().data as { values: unknown[] }
    t.same(
      values,
      [1, 2, 3].map((x) => ({ x, name, value: x ** 2 })),
    )
    for (const answer of [
      table,
      await goalSeek(base, { set: output, to: 9, by: input }),
      await attribute(base, base.with([[input, 3]]), output),
      await sensitivity(base, output),
    ]) {
      const svg = await answer.toSVG()
      t.ok(svg.includes(name.replaceAll('"', '&quot;')), `${answer.tool} of ${name}`)
    }
  }
})

t.test('a drawing of a two-way table has a number in each cell, and none where there is an error', async (t) => {
  const x = tracked('x', () => 1)
  const y = tracked('y', () => 1)
  const f = tracked('f', () => {
    if (x() + y() === 4) throw new RangeError('no')
    return 100 * x() + y()
  })
  const table = await dataTable(
    new Context(),
    [
      [x, [1, 2]],
      [y, [1, 2]],
    ],
    f,
  )
  const svg = await table.toSVG()
  for (const number of [101, 102, 201]) t.match(svg, `>${number}</text>`)
  t.notMatch(svg, /202|NaN/)
})

t.test('a terminal: characters that take two columns or none, escapes, long text', async (t) => {
  const city = tracked('city', () => '')
  const one = tracked('one', () => 1)
  const names = ['東京', 'abc', '👍🏽', 'e\u0301', '\u001b[31mred', 'x'.repeat(50), '\u202egnihtyreve']
  const table = await dataTable(new Context(), [city, names], one)
  t.same(table.toText(100).split('\n').slice(2), [
    `東京${' '.repeat(36)}    1`,
    `abc${' '.repeat(37)}    1`,
    `👍🏽${' '.repeat(38)}    1`,
    `e\u0301${' '.repeat(39)}    1`,
    `\ufffd[31mred${' '.repeat(32)}    1`,
    `${'x'.repeat(39)}…    1`,
    `\ufffdgnihtyreve${' '.repeat(29)}    1`,
  ])
})

t.test('numbers for people: point below point; six digits, and all of those before the point', async (t) => {
  const column = tracked('column', () => 0)
  const values = [1_234_567.89, 0.000123456789, -12.5, 3, 1e21, 0]
  const table = await dataTable(new Context(), [column, values], { it: column })
  t.same(
    table
      .toMarkdown()
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split(' | ')[1]?.replace(' |', '')),
    ['1234568', '0.000123457', '-12.5', '3', '1e+21', '0'],
  )
  t.same(
    table
      .toText()
      .split('\n')
      .slice(2)
      .map((line) => line.slice(0, 17).trimEnd()),
    ['1234568', '      0.000123457', '    -12.5', '      3', '      1e+21', '      0'],
  )
})

t.test('a table of very many rows', async (t) => {
  const input = tracked('input', () => 0)
  const table = await dataTable(new Context(), [input, linear(0, 1, 150_000)], input)
  t.equal(table.toText().split('\n').length, 150_002)
  t.equal(table.toCSV().split('\r\n').length, 150_002)
})
