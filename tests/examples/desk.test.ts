import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { add, Context, percent, TweakSet } from 'dugout'
import t from 'tap'
import { entry, positions } from '../../examples/desk/book.js'
import { closedForm } from '../../examples/desk/closed-form.js'
import * as desk from '../../examples/desk/model.js'
import { normalDistribution } from '../../examples/desk/normal.js'
import { checkInvariants } from '../../lib/core/check.js'

const evaluations = (context: Context, read: () => unknown): number => {
  const before = context.stats().evaluations
  read()
  return context.stats().evaluations - before
}

const relative = (value: number, expected: number): number => Math.abs(value / expected - 1)

t.test('the normal distribution', async (t) => {
  // From 60-digit arithmetic.
  const known = [
    [-8, 6.220960574271784e-16],
    [-3, 0.0013498980316300946],
    [-1, 0.15865525393145705],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [2.5, 0.9937903346742238],
    [6, 0.9999999990134123],
  ] as const
  for (const [x, expected] of known) {
    t.ok(Math.abs(normalDistribution(x) - expected) < 1e-15, `at ${x}: ${normalDistribution(x)}`)
  }
  t.equal(normalDistribution(-40), 0)
  t.equal(normalDistribution(40), 1)
})

t.test('prices and greeks agree with their formulas, in the base and in scenarios', async (t) => {
  const base = new Context()
  const scenarios = [
    base,
    base.with(new TweakSet().adjust(desk.spot, percent(-15)).adjust(desk.volatility, add(0.1))),
    base.with([[desk.rate, 0.01]]).with([[desk.today, 0.1]]),
  ]
  for (const context of scenarios) {
    for (const option of Object.keys(positions)) {
      const expected = context.get(closedForm.at(option))
      t.ok(relative(context.get(desk.price.at(option)), expected.price) < 1e-12, `${option}: price`)
      for (const [name, greek] of Object.entries(desk.greeks)) {
        const value = context.get(greek.at(option))
        const formula = expected[name as keyof typeof desk.greeks]
        t.ok(relative(value, formula) < 1e-5, `${option}: ${name} ${value}, by formula ${formula}`)
      }
    }
  }
  checkInvariants(base)
})

t.test('the exposure of the book is that of its positions', async (t) => {
  const base = new Context()
  for (const asset of ['AMBER', 'BASALT', 'CEDAR']) {
    const deltas = base.run(() =>
      desk.options().map((option) => {
        const { underlying, quantity } = desk.terms(option)
        return underlying === asset ? quantity * desk.delta(option) * desk.exchangeRate(desk.currency(asset)) : 0
      }),
    )
    const sum = deltas.reduce((a, b) => a + b)
    t.ok(relative(base.get(desk.exposure.at(asset)), sum) < 1e-6, asset)
  }
})

t.test('a greek is kept, and evaluated again only when what it depends on changes (R15)', async (t) => {
  const base = new Context()
  const read = () => base.get(desk.gamma.at('AMBER call 100'))
  read()
  t.equal(evaluations(base, read), 0, 'asked again')
  base.tweak(desk.spot.at('CEDAR'), 41)
  t.equal(evaluations(base, read), 0, 'another underlying moved')
  base.tweak(desk.spot.at('AMBER'), 101)
  t.ok(evaluations(base, read) > 0, 'its own moved')
  t.ok(relative(read(), base.get(closedForm.at('AMBER call 100')).gamma) < 1e-5)
})

t.test('a grid evaluates rows by row and columns by column (R30)', async (t) => {
  const base = new Context()
  const whole = evaluations(base, () => base.get(desk.value))
  const runs = new Map<string, number>()
  base.observe(({ type, node }) => {
    if (type === 'ran') runs.set(node.function.name, (runs.get(node.function.name) ?? 0) + 1)
  })
  const spots = [-10, -5, 5, 10]
  const volatilities = [-0.05, 0.05, 0.1]
  for (const spot of spots) {
    for (const volatility of volatilities) {
      const context = base.with(
        new TweakSet()
          .adjust(desk.spot.at('AMBER'), percent(spot))
          .adjust(desk.volatility.at('AMBER'), add(volatility)),
      )
      const before = context.stats().evaluations
      context.get(desk.value)
      t.ok(context.stats().evaluations - before < whole)
    }
  }
  const held = Object.values(positions).filter(({ underlying }) => underlying === 'AMBER').length
  const cells = spots.length * volatilities.length
  // The adjusted quotes themselves.
  runs.delete('spot')
  runs.delete('volatility')
  t.same(Object.fromEntries(runs), {
    forward: held * spots.length,
    deviation: held * volatilities.length,
    price: held * cells,
    worth: held * cells,
    value: cells,
  })
})

t.test('an unknown name', async (t) => {
  t.throws(() => new Context().get(desk.spot.at('OPAL')), { name: 'RangeError', message: /no OPAL, only AMBER/ })
  t.throws(() => entry(positions, 'toString'), { name: 'RangeError' })
})

t.test('the example runs', async (t) => {
  const script = fileURLToPath(new URL('../../examples/desk/index.js', import.meta.url))
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' })
  t.match(output, /^The book is worth 21,478 dollars/)
  for (const option of Object.keys(positions)) t.ok(output.includes(`\n${option} `), option)
})
