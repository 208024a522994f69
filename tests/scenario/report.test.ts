// How answers are shown: CSV, Markdown, text for a terminal, JSON, Vega-Lite and SVG.
import t from 'tap'
import {
  attribute,
  Context,
  DataTable,
  dataTable,
  distribution,
  goalSeek,
  linear,
  morris,
  optimize,
  type Report,
  scale,
  scenarios,
  sensitivity,
  simulate,
  sobol,
  TweakSet,
  tracked,
} from '../../lib/index.js'

const price = tracked('price', () => 100, { unit: '$' })
const volume = tracked('volume', (region: string) => region.length)
const profit = tracked('profit, "net"', () => price() * (volume('EU') + volume('APAC')) - 300, { unit: '$' })
const risky = tracked('risky', () => {
  if (price() > 110) throw new RangeError('too dear | really')
  return price()
})

async function answers(): Promise<Record<string, Report>> {
  const base = new Context()
  const range = distribution.uniform(80, 120)
  const table = await scenarios(base, { dear: [[price, 120]], more: new TweakSet().adjust(volume, scale(2)) }, [
    profit,
    risky,
  ])
  const found = await sensitivity(base, profit)
  return {
    scenarios: table,
    'one axis': await dataTable(base, [price, linear(80, 120, 5)], [profit, risky]),
    'heat map': await dataTable(
      base,
      [[price, linear(80, 120, 5)], { scenarios: { a: [], b: [[volume, 1]] } }],
      profit,
    ),
    'goal seek': await goalSeek(base, { set: profit, to: 0, by: price }),
    optimize: await optimize(base, { maximize: profit, by: [[price, 50, 150]], starts: 0 }),
    sensitivity: found,
    attribute: await attribute(base, base.with(new TweakSet().tweak(price, 90).adjust(volume, scale(2))), profit),
    simulate: await simulate(base, [[price, range]], [profit, risky], { samples: 200 }),
    morris: await morris(
      base,
      [
        [price, range],
        [volume, distribution.normal(1, 0.1)],
      ],
      profit,
    ),
    sobol: await sobol(
      base,
      [
        [price, range],
        [volume, distribution.normal(1, 0.1)],
      ],
      profit,
      { samples: 32 },
    ),
  }
}

void t.test('every answer is plain data, in every form', async (t) => {
  for (const [name, answer] of Object.entries(await answers())) {
    const rows = answer.toRows()
    t.same(
      Object.keys(rows[0] ?? {}),
      answer.columns.map(({ name }) => name),
      name,
    )
    const json = JSON.parse(JSON.stringify(answer)) as { rows?: unknown[]; cost: { evaluated: number } }
    t.ok(json.cost.evaluated > 0)
    const csv = answer.toCSV().split('\r\n')
    t.equal(csv.length, rows.length + 2)
    // over two axes a grid for each output, each with a title
    const grids = answer instanceof DataTable && answer.axes.length === 2 ? answer : undefined
    const down = grids?.axes[0]?.steps.length ?? 0
    const lines = grids === undefined ? rows.length + 2 : grids.outputs.length * (down + 5) - 1
    t.equal(answer.toMarkdown().trim().split('\n').length, lines)
    const text = answer.toText(60)
    for (const line of text.split('\n')) t.ok(line.length <= 80, line)
    const spec = answer.toVegaLite()
    t.match(spec.$schema, /vega-lite\/v6/)
    t.ok(JSON.stringify(spec).length > 100)
    const svg = await answer.toSVG()
    t.match(svg, /^<svg[^>]*>[^]*<\/svg>$/, `${name} is drawn`)
    t.match(svg, /<path/)
    t.notMatch(svg, /NaN|undefined|Infinity/, name)
  }
})

void t.test('a spider', async (t) => {
  const found = await sensitivity(new Context(), profit)
  const values = (found.toSpider().data as { values: unknown[] }).values
  t.equal(values.length, 5 * 3)
})

void t.test('quoting', async (t) => {
  const all = await answers()
  t.match(all.scenarios?.toCSV(), /^scenario,price,volume,"profit, ""net""",/)
  t.match(all.scenarios?.toCSV(), /#ERROR too dear \| really/)
  t.match(all.scenarios?.toMarkdown(), /#ERROR too dear \\\| really/)
  t.match(JSON.stringify(all.scenarios), /"name":"RangeError","message":"too dear/)
})

void t.test('a table for a terminal', async (t) => {
  const all = await answers()
  t.same((all['one axis']?.toText(100) ?? '').split('\n'), [
    '             profit,',
    'price ($)  "net" ($)                     risky',
    '──────────────────────────────────────────────',
    '       80        180                        80',
    '       90        240                        90',
    '      100        300                       100',
    '      110        360                       110',
    '      120        420  #ERROR too dear | really',
  ])
  const narrow = all.scenarios?.toText(50).split('\n\n') ?? []
  t.ok(narrow.length > 1, 'goes on below')
  for (const block of narrow) t.match(block, /^ *scenario|\nscenario/)
})
