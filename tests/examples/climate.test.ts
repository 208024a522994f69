import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { Context, type Node, TweakSet } from 'dugout'
import t from 'tap'
import * as model from '../../examples/climate/model.js'
import * as plain from '../../examples/climate/plain.js'
import { type Scenario, scenarios } from '../../examples/climate/scenarios.js'
import { checkInvariants } from '../../lib/core/check.js'

const example = new URL('../../examples/climate/', import.meta.url)
const tracked = { ...model }
const periods = Array.from({ length: model.PERIODS }, (_, i) => i + 1)

/** The scenarios as plain parameters. As a1 is 0, doubling a2 doubles the damages. */
const parameters: Record<Scenario, Partial<plain.Parameters>> = {
  'low climate sensitivity': { t2xco2: 2 },
  'high climate sensitivity': { t2xco2: 4.5 },
  'Stern discounting': { elasmu: 1, prstp: 0.001 },
  'doubled damages': { a2: 2 * plain.base.a2 },
  'backstop at half price': { pback: 0.5 * plain.base.pback },
  'carbon price from 50 $/t': { cprice0: 50 },
}
const names = Object.keys(parameters) as Scenario[]

// What grows by itself, whatever climate and economy do.
const exogenous = [
  'population',
  'productivityGrowth',
  'productivity',
  'intensityGrowth',
  'emissionsIntensity',
  'landEmissions',
  'otherForcing',
  'backstopPrice',
  'carbonPrice',
  'controlRate',
  'savingsRate',
  'abatementCostFactor',
  'discountFactor',
]

/** The nodes that are evaluated for `read`. */
function ran(context: Context, read: () => unknown): Node[] {
  const nodes: Node[] = []
  const stop = context.observe(({ type, node }) => {
    if (type === 'ran') nodes.push(node)
  })
  read()
  stop()
  return nodes
}

/** Where a context and the plain model differ in a single bit. */
function differences(context: Context, changed: Partial<plain.Parameters>): string[] {
  const all = { ...plain.base, ...changed }
  const { welfare, ...quantities } = plain.run(all)
  const found: string[] = []
  const compare = (id: string, ours: number, theirs: number) => {
    if (!Object.is(ours, theirs)) found.push(`${id}: ${ours}, not ${theirs}`)
  }
  context.run(() => {
    compare('welfare', model.welfare(), welfare())
    compare('socialCostOfCarbon(2)', model.socialCostOfCarbon(2), plain.socialCostOfCarbon(2, all))
    for (const [name, quantity] of Object.entries(quantities)) {
      const ours = tracked[name as keyof typeof quantities]
      for (const period of periods) compare(`${name}(${period})`, ours(period), quantity(period))
    }
  })
  return found
}

t.test('every quantity of expected-base.csv', async (t) => {
  const [heading = '', ...lines] = readFileSync(new URL('expected-base.csv', example), 'utf8').trim().split('\n')
  const columns = heading.split(',').slice(2)
  t.same(columns, Object.keys(model.quantities), 'the columns')
  t.equal(lines.length, model.PERIODS)
  const base = new Context()
  const off = lines.flatMap((line) => {
    const [period = 0, year = 0, ...expected] = line.split(',').map(Number)
    if (model.period(year) !== period) return [`${year} is not period ${period}`]
    return Object.entries(model.quantities).flatMap(([name, quantity], i) => {
      const value = base.get(quantity.at(period))
      const right = expected[i] ?? Number.NaN
      return Math.abs(value - right) <= 1e-9 * Math.abs(right) ? [] : [`${name}(${period}): ${value}, not ${right}`]
    })
  })
  t.same(off, [])
  checkInvariants(base)
})

t.test('the social cost of carbon is as published', async (t) => {
  const base = new Context()
  const published = [
    [2015, 31.2, 31.2303],
    [2020, 37.3, 37.2532],
    [2025, 44.0, 44.0382],
    [2030, 51.6, 51.6187],
  ] as const
  for (const [year, rounded, exact] of published) {
    const cost = base.get(model.socialCostOfCarbon.at(model.period(year)))
    t.ok(Math.abs(cost - rounded) <= 0.05, `${year}: ${cost}, published ${rounded}`)
    t.ok(Math.abs(cost - exact) <= 1e-4, `${year}: ${cost}, expected ${exact}`)
  }
})

t.test('the plain model agrees to the last bit', async (t) => {
  const base = new Context()
  t.same(differences(base, {}), [], 'base')
  for (const name of names) t.same(differences(base.with(scenarios[name]), parameters[name]), [], name)
  t.same(differences(base, {}), [], 'base, after all of them')
  for (const [i, outer] of names.entries()) {
    const inner = names.at(i - 1) ?? outer
    const nested = base.with(scenarios[outer]).with(scenarios[inner])
    t.same(differences(nested, { ...parameters[outer], ...parameters[inner] }), [], `${inner}, under ${outer}`)
  }
  checkInvariants(base)
})

t.test('a scenario evaluates less than the base, and leaves the base alone', async (t) => {
  const base = new Context()
  const whole = ran(base, () => base.get(model.welfare)).length
  for (const name of names) {
    const scenario = base.fork({ name, tweaks: scenarios[name] })
    t.ok(ran(base, () => scenario.get(model.welfare)).length < whole, `${name} evaluates less`)
    t.equal(ran(base, () => scenario.get(model.welfare)).length, 0, `${name} is kept`)
    t.equal(ran(base, () => base.get(model.welfare)).length, 0, `base is untouched by ${name}`)
    scenario.dispose()
  }
})

t.test('what does not depend on a scenario is not evaluated in it', async (t) => {
  const base = new Context()
  base.get(model.welfare)
  const stern = base.fork({ tweaks: scenarios['Stern discounting'] })
  t.same(
    ran(base, () => stern.run(() => periods.map((period) => model.temperature(period)))),
    [],
    'discounting does not warm',
  )
  t.same(
    new Set(ran(base, () => stern.get(model.welfare)).map((node) => node.function.name)),
    new Set(['utility', 'discountFactor', 'discountedUtility', 'welfare']),
  )
  const warm = base.fork({ tweaks: scenarios['high climate sensitivity'] })
  const evaluated = new Set(ran(base, () => warm.get(model.welfare)).map((node) => node.function.name))
  t.same(
    exogenous.filter((name) => evaluated.has(name)),
    [],
    'warming leaves exogenous paths alone',
  )
})

t.test('a pulse reaches later periods only', async (t) => {
  const base = new Context()
  base.get(model.welfare)
  const whole = base.stats().evaluations
  const nodes = ran(base, () => base.get(model.socialCostOfCarbon.at(4)))
  t.same(nodes.filter(({ args: [period] }) => (period as number) < 4).map(String), [], 'not the periods before')
  t.same(nodes.filter((node) => exogenous.includes(node.function.name)).map(String), [], 'not the exogenous paths')
  t.ok(nodes.length < 2 * whole, `four runs of the model for less than two: ${nodes.length} of ${4 * whole} nodes`)
})

t.test('a scenario under a scenario', async (t) => {
  const base = new Context()
  const cost = (...path: Scenario[]) =>
    path.reduce((context, name) => context.with(scenarios[name]), base).get(model.socialCostOfCarbon.at(2))
  const nested = cost('Stern discounting', 'high climate sensitivity')
  t.ok(nested > cost('Stern discounting'))
  t.ok(nested > cost('high climate sensitivity'))
  t.equal(cost('high climate sensitivity', 'Stern discounting'), nested, 'in either order')
})

t.test('elasmu 1 is the logarithm', async (t) => {
  const base = new Context()
  const utility = (elasmu: number) => base.with([[model.elasmu, elasmu]]).get(model.utility.at(1))
  t.equal(utility(1), Math.log(base.get(model.consumptionPerHead.at(1))) - 1)
  t.ok(Math.abs(utility(1) - utility(1 + 1e-6)) < 1e-5, 'without a jump')
})

t.test('the last period can be asked for first', async (t) => {
  t.equal(new Context().get(model.temperature.at(model.PERIODS)), plain.run().temperature(model.PERIODS))
  t.equal(new Context().get(model.socialCostOfCarbon.at(4)), plain.socialCostOfCarbon(4))
})

t.test('a period outside the model', async (t) => {
  const base = new Context()
  t.throws(() => base.get(model.savingsRate.at(101)), { name: 'RangeError', message: /101/ })
})

t.test('scenarios can be written down', async (t) => {
  for (const name of names) {
    const json = JSON.stringify(scenarios[name])
    const read = TweakSet.fromJSON(model, JSON.parse(json))
    t.equal(JSON.stringify(read), json, json)
    const base = new Context()
    t.equal(base.with(read), base.with(scenarios[name]), 'the same context')
  }
})

t.test('every node says what it is', async (t) => {
  const functions = Object.values(tracked).filter((value) => typeof value === 'function' && 'at' in value)
  t.same(functions.filter(({ options }) => !options.description || options.unit === undefined).map(String), [])
  const tagged = functions.filter(({ options }) => options.tags?.includes('parameter')).map(({ name }) => name)
  t.same(tagged, Object.keys(plain.base).sort(), 'the parameters')
})

t.test('the main job', async (t) => {
  const output = execFileSync(process.execPath, [fileURLToPath(new URL('index.js', example))], { encoding: 'utf8' })
  t.match(output, /2015 +31\.23 +31\.2 +[\d,]+\n.*2020 +37\.25 +37\.3 +[\d,]+\n.*2025 +44\.04 +44\.0 +[\d,]+\n/)
  t.match(output, /2030 +51\.62 +51\.6 +[\d,]+\n/)
  for (const name of names) t.ok(output.includes(`\n${name} `), name)
  t.match(output, /\nStern, high climate sensitivity .* 1415\.3 +[\d,]+\n/)
})

t.test('over a store, the second process runs no body and shows the same', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dugout-climate-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const run = (): string =>
    execFileSync(process.execPath, [fileURLToPath(new URL('kept.js', example)), folder], { encoding: 'utf8' })
  const [first, second] = [run(), run()]
  t.match(first, /\n\d{3} bodies ran, of \d+ functions\.\n/)
  t.match(second, /\nNo body ran: all of it stood in the store\.\n/)
  t.equal(second.split('\n\n')[0], first.split('\n\n')[0], 'the table')
})
