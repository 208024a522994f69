// Each command against the climate model. Runs the built command.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DirectedGraph } from 'graphology'
import type { SerializedGraph } from 'graphology-types'
import t, { type Test } from 'tap'
import { book, climate, dugout, json, models, root, rows, start } from './run.js'

const cost = 'socialCostOfCarbon(1)'
const near = (t: Test, actual: unknown, due: number, by = 1e-3): boolean =>
  t.ok(typeof actual === 'number' && Math.abs(actual - due) <= by, `${String(actual)}, due ${due}`)

void t.test('list', async (t) => {
  const parameters = await rows('list', climate, '--tag', 'parameter')
  t.equal(parameters.length, 45)
  t.match(parameters[0], { function: 'a0', arguments: 0, tags: 'parameter' })
  const found = await rows('list', climate, 'warming of the')
  t.same(found.map((row) => [row['function'], row['arguments'], row['unit']]).slice(0, 2), [
    ['oceanTemperature', 1, '°C'],
    ['tatm0', 0, '°C'],
  ])
})

void t.test('get: values, tweaks, adjustments, scenarios, ranges', async (t) => {
  const [base, tweaked, adjusted, scenario, nested, range, outputs] = await Promise.all([
    rows('get', climate, 'welfare', cost),
    rows('get', climate, 'temperature(18)', '--tweak', 't2xco2=4.5'),
    rows('get', climate, 'pback', '--adjust', 'pback=*2', '--tweak', 'gback=0'),
    rows('get', climate, 't2xco2', '--book', book, '--scenario', 'high climate sensitivity'),
    rows('get', book, cost, '--scenario', 'Stern, high climate sensitivity', '--adjust', 't2xco2=-1.4'),
    rows('get', climate, 'temperature(3..1)'),
    rows('get', book),
  ])
  near(t, base[0]?.['value'], 4485.687)
  near(t, base[1]?.['value'], 31.23)
  near(t, tweaked[0]?.['value'], 5.0141)
  t.equal(adjusted[0]?.['value'], 1100)
  t.equal(scenario[0]?.['value'], 4.5)
  near(t, nested[0]?.['value'], 594.227)
  t.same(
    range.map(({ node }) => node),
    ['temperature(3)', 'temperature(2)', 'temperature(1)'],
  )
  t.same(
    outputs.map(({ node }) => node),
    ['temperature(18)', 'consumptionPerHead(18)', cost],
  )
})

void t.test('adjustments as they are written', async (t) => {
  const cases: [string, number][] = [
    ['*1.1', 110],
    ['/4', 25],
    ['+5', 105],
    ['-5', 95],
    ['+10%', 110],
    ['-10 %', 90],
    ['%10', 110],
    ['clamp(0, 50)', 50],
    ['*1e-1', 10],
  ]
  const found = await Promise.all(
    cases.map(([change]) => rows('get', `${models}/shop.ts`, 'price', '--adjust', `price=${change}`)),
  )
  for (const [i, [change, due]] of cases.entries())
    t.ok(Math.abs(Number(found[i]?.[0]?.['value']) - due) < 1e-9, change)
})

void t.test('graph', async (t) => {
  const found = DirectedGraph.from(await json<SerializedGraph>('graph', climate, 'b22', '--tweak', 'b12=0.2'))
  t.same(found.nodes().sort(), ['b12()', 'b21()', 'b22()', 'b23()', 'mateq()', 'mueq()'])
  t.match(found.getNodeAttributes('b12()'), { value: 0.2, masked: true, tweaks: ['b12 = 0.2 in "b12=0.2"'] })
  const [dot, mermaid, dependents] = await Promise.all([
    dugout('graph', climate, 'b22', '--depth', '1'),
    dugout('graph', climate, 'b22', '--as', 'mermaid', '--filter', 'b*'),
    dugout('graph', climate, 'b12', '--direction', 'dependents', '--of', 'b22', '--of', 'b22'),
  ])
  t.match(dot.stdout, /^digraph "base" \{[^]*"b21\(\)" -> "b22\(\)"\n/)
  t.notMatch(dot.stdout, 'mateq')
  t.match(mermaid.stdout, /^flowchart LR\n {2}n0\["b22\(\)<br\/>0\.797 per period"\]/)
  t.notMatch(mermaid.stdout, 'mateq')
  t.match(dependents.stdout, '"b21()" -> "b22()"')
})

void t.test('why and diff', async (t) => {
  const [why, kept, diff] = await Promise.all([
    dugout('why', climate, 'b22', '--tweak', 'b12=0.2'),
    json('why', climate, 'b22'),
    json('diff', book, cost, '--to', 'Stern discounting'),
  ])
  t.same(why.stdout.split('\n').slice(0, 3), [
    'b22() is 0.6663333333 in "b12=0.2", which keeps it.',
    'In "base" it is 0.797, because b21() is 0.196 there and 0.3266666667 here.',
    'It reaches the tweak b12 = 0.2 in "b12=0.2": b22() -> b21() -> b12().',
  ])
  t.match(kept, { node: 'b22()', standing: 'kept', result: 0.797, reads: ['b21()', 'b23()'] })
  const { causes, different } = diff as { causes: { node: string; path: string[] }[]; different: boolean }
  t.equal(different, true)
  t.same(causes.map(({ node }) => node).sort(), ['elasmu()', 'prstp()'])
  t.equal(causes[0]?.path[0], cost)
})

void t.test('scenario: a book as YAML, TOML or JSON', async (t) => {
  const [yaml, toml, asJSON, only] = await Promise.all([
    rows('scenario', book, 'temperature(18)'),
    rows('scenario', `${models}/book.toml`),
    rows('scenario', `${models}/book.json`),
    rows('scenario', book, 't2xco2', '--only', 'Stern, high climate sensitivity'),
  ])
  t.equal(yaml.length, 8)
  near(t, yaml[2]?.['temperature(18)'], 5.0141)
  t.same(toml, asJSON)
  t.same(
    toml.map(({ scenario, revenue }) => [scenario, revenue]),
    [
      ['base', 1400],
      ['cheaper', 1260],
      ['cheaper in the EU', 1890],
    ],
  )
  t.same(
    only.map(({ scenario }) => scenario),
    ['base', 'Stern discounting', 'Stern, high climate sensitivity'],
  )
})

void t.test('table', async (t) => {
  const [two, named] = await Promise.all([
    rows('table', climate, 'temperature(18)', '--axis', 't2xco2=linear(2, 4, 3)', '--axis', 'ga0=percentages(-10, 10)'),
    rows('table', book, 't2xco2', '--axis', 'scenarios', '--axis', 'ga0=0.05'),
  ])
  t.same(
    two.map((row) => [row['t2xco2'], row['ga0']]),
    [
      [2, '-10 %'],
      [2, '+10 %'],
      [3, '-10 %'],
      [3, '+10 %'],
      [4, '-10 %'],
      [4, '+10 %'],
    ].map(([a, b]) => [a, b]),
  )
  near(t, two[0]?.['temperature(18)'], 2.96417)
  t.equal(named.length, 8)
  t.same(named.at(-1), { scenario: 'Stern, high climate sensitivity', ga0: 0.05, t2xco2: 4.5 })
})

void t.test('goal-seek', async (t) => {
  const [found, never] = await Promise.all([
    rows('goal-seek', climate, cost, '--to', '50', '--by', 't2xco2', '--tolerance', '1e-6'),
    dugout('goal-seek', climate, 'temperature(2)', '--to', '50', '--by', 'scale1'),
  ])
  near(t, found[0]?.['value'], 4.50207)
  t.equal(found[0]?.['reason'], 'reached')
  t.match(never, { code: 1, stdout: /independent/ })
})

void t.test('sensitivity: the one that matters most first', async (t) => {
  const [tornado, chosen] = await Promise.all([
    rows('sensitivity', climate, 'temperature(18)', '--tag', 'parameter', '--no-derivatives'),
    rows('sensitivity', climate, 'temperature(18)', '--input', 't2xco2=2,4', '--input', 'ga0'),
  ])
  const swings = tornado.map(({ swing }) => Number(swing))
  t.same(
    swings,
    swings.toSorted((a, b) => b - a),
  )
  t.same(
    tornado.slice(0, 2).map(({ input }) => input),
    ['gama', 't2xco2'],
  )
  t.match(chosen, [{ input: 't2xco2', low: 2, high: 4 }, { input: 'ga0' }])
})

void t.test('attribute: the parts sum to the difference', async (t) => {
  for (const method of ['waterfall', 'shapley']) {
    const found = await rows(
      'attribute',
      book,
      cost,
      '--to',
      'Stern discounting',
      '--method',
      method,
      '--order',
      'prstp',
    )
    const [from, ...parts] = found.map((row) => Number(row[cost]))
    near(t, from, 31.23)
    near(t, parts.at(-1), 594.227)
    near(
      t,
      [from as number, ...parts.slice(0, -1)].reduce((a, b) => a + b),
      594.227,
    )
    if (method === 'waterfall') t.equal(found[1]?.['part'], 'prstp')
  }
})

void t.test('simulate: the same seed, the same answer', async (t) => {
  const line = [
    'simulate',
    climate,
    'temperature(18)',
    '--vary',
    't2xco2=truncated(normal(3.1, 0.8), 1, 6)',
    '--vary',
    'ga0=discrete([0.07, 0.08], [1, 3])',
    '-n',
    '200',
    '--csv',
  ]
  const [one, two, other] = await Promise.all([dugout(...line), dugout(...line), dugout(...line, '--seed', '1')])
  t.match(one, { code: 0, stderr: '', stdout: /^output,mean,standard error,.*\r\ntemperature\(18\),4\.\d+,/ })
  t.equal(one.stdout, two.stdout)
  t.not(one.stdout, other.stdout)
  t.equal(
    (await dugout('simulate', book, 'temperature(2)', '-n', '10', '--sampling', 'latin hypercube')).code,
    0,
    'what varies stands in the book',
  )
})

void t.test('simulate: interrupted', async (t) => {
  const { child } = start('simulate', book, cost, '-n', '1000000')
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  setTimeout(() => child.kill('SIGINT'), 1500)
  t.equal(await ended, 'SIGINT', 'a shell has 130 of it')
})

void t.test('optimize', async (t) => {
  const line = ['optimize', `${models}/shop.ts`, 'revenue', '--by', 'price=50,150', '--starts', '1']
  t.match(await rows(...line, '--maximize'), [
    { name: 'price', base: 100, best: 150 },
    { name: 'revenue', base: 1400, best: 2100 },
  ])
  t.match((await rows(...line, '--minimize'))[0], { best: 50 })
  t.match(await dugout(...line), { code: 2, stderr: /--minimize or --maximize/ })
  t.match(await dugout(...line, '--minimize', '--maximize'), { code: 2 })
})

void t.test('morris and sobol', async (t) => {
  const vary = ['--vary', 'price=uniform(90, 110)', '--vary', 'volume=uniform(0.5, 1.5)']
  const line = [`${models}/shop.ts`, 'revenue', ...vary]
  const screened = await rows('morris', ...line, '--trajectories', '6')
  t.same(
    screened.map(({ input }) => input),
    ['volume', 'price'],
  )
  const shares = await rows('sobol', ...line, '--samples', '256')
  t.same(
    shares.map(({ index }) => index),
    ['S1', 'S1', 'ST', 'ST', 'S2'],
  )
  // V(price) : V(volume) = (20 / 100)^2 : 1^2, and what they do together next to nothing
  t.ok(Math.abs(Number(shares[1]?.value) - 25 / 26) < 0.1, String(shares[1]?.value))
  t.equal((await rows('sobol', ...line, '--samples', '64', '--no-pairs')).length, 4)
  t.match(await dugout('morris', ...line, '--trajectories', '0.5'), { code: 2, stderr: /whole number/ })
})

void t.test('profile', async (t) => {
  const found = await json<{
    functions: { name: string; runs: number; self: number; total: number }[]
    elapsed: number
  }>('profile', climate, 'welfare')
  const welfare = found.functions.find(({ name }) => name === 'welfare')
  t.equal(found.functions.find(({ name }) => name === 'temperature')?.runs, 100)
  t.ok(welfare !== undefined && welfare.total <= found.elapsed && welfare.self < welfare.total)
  const { stdout } = await dugout('profile', climate, 'welfare', '--nodes', '--top', '3', '--tweak', 't2xco2=2')
  t.match(stdout, /^node +runs +verified +hits +self \(ms\) +total \(ms\)\n─+\n(.+\n){3}\n[\d.]+ ms in all\.\n$/)
})

void t.test('--watch: answers again when the model is saved, also after an error', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dugout-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const model = path.join(folder, 'model.ts')
  const other = path.join(folder, 'other.ts')
  copyFileSync(path.join(root, models, 'other.ts'), other)
  writeFileSync(
    model,
    "import { tracked } from 'dugout'\nimport { tax } from './other.ts'\nexport const total = tracked('total', () => tax() + 100)\n",
  )
  const { child, until } = start('get', model, 'total', '--watch')
  t.match(await until(/total .*\n/), '119')
  writeFileSync(other, readFileSync(other, 'utf8').replace('19', '25'))
  t.match(await until(/total .*\n/), '125', 'a file that the model imports')
  writeFileSync(model, 'export const = 1')
  t.match(await until(/could not be translated[^]*\n/), 'Expected identifier')
  writeFileSync(model, "import { tracked } from 'dugout'\nexport const total = tracked('total', () => 1)\n")
  t.match(await until(/total .*\n/), / 1\n/)
  writeFileSync(model, "import { tax } from './other.ts'\nexport const total = tax\n")
  writeFileSync(other, 'export const = 2')
  t.match(await until(/could not be translated[^]*\n/), 'Expected identifier')
  writeFileSync(other, "import { tracked } from 'dugout'\nexport const tax = tracked('total', () => 7)\n")
  t.match(await until(/total .*\n/), / 7\n/, 'mended in a file that could not be read before')
  child.kill('SIGKILL')
})

void t.test('table: a grid of two axes; cells kept to be shared, or not', async (t) => {
  const line = ['table', climate, 'temperature(18)', '--axis', 't2xco2=linear(2, 4, 9)', '--axis', 'ga0=0.07,0.08']
  const { stdout } = await dugout(...line)
  t.match(
    stdout,
    /^temperature\(18\) \(°C\), across: ga0 \(per period\)\nt2xco2 \(°C\) +0\.07 +0\.08\n─+\n +2 +[\d.]+ +[\d.]+\n/,
  )
  const evaluated = async (...more: readonly string[]): Promise<number> =>
    (await json<{ cost: { evaluated: number } }>(...line, ...more)).cost.evaluated
  t.ok((await evaluated('--sideways')) < (await evaluated('--no-sideways')))
  const cells = await rows(...line, '--sideways')
  t.equal(cells.length, 18)
  t.same(cells, await rows(...line, '--no-sideways'))
})
