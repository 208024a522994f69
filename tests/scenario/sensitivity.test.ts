// Sensitivities: tornado order, spider, derivatives against closed forms, inputs from the graph.
import t from 'tap'
import { closedForm } from '../../examples/desk/closed-form.js'
import * as desk from '../../examples/desk/model.js'
import { Context, InvalidQuestionError, sensitivity, tracked } from '../../lib/index.js'
import { derivative } from '../../lib/scenario/derivative.js'
import { rejects } from '../core/helpers.js'

function shop() {
  const price = tracked('price', () => 10, { unit: '$', tags: ['parameter'] })
  const cost = tracked('cost', () => -4, { tags: ['parameter'] })
  const volume = tracked('volume', (region: string) => (region === 'EU' ? 100 : 50))
  const label = tracked('label', () => 'a shop')
  const unused = tracked('unused', () => 7)
  const profit = tracked('profit', () => {
    label()
    return (price() + cost()) * (volume('EU') + volume('US'))
  })
  return { price, cost, volume, unused, profit }
}

void t.test('the graph knows the inputs', async (t) => {
  const { profit } = shop()
  const base = new Context()
  const found = await sensitivity(base, profit)
  t.same(
    found.inputs.map(({ input, low, high, swing }) => [
      input.name,
      ...[low, high, swing].map((x) => Number(x.toFixed(9))),
    ]),
    [
      ['price', 9, 11, 300],
      ['volume("EU")', 90, 110, 120],
      ['cost', -4.4, -3.6, 120],
      ['volume("US")', 45, 55, 60],
    ],
  )
  const [price] = found.inputs
  t.ok(Math.abs((price?.derivative ?? 0) - 150) < 1e-7)
  t.ok(Math.abs((price?.elasticity ?? 0) - 1500 / 900) < 1e-9)
  t.same(
    price?.spider.map(({ percent, output }) => [percent, output.value]),
    [
      [-20, 600],
      [-10, 750],
      [10, 1050],
      [20, 1200],
    ],
  )
  t.equal(base.stats().contexts, 1)
  t.ok(found.cost.evaluated < found.cost.fromScratch)
  const tagged = await sensitivity(base, profit, (leaf) => leaf.function.options.tags?.includes('parameter') === true)
  t.same(
    tagged.inputs.map(({ input }) => input.name),
    ['price', 'cost'],
  )
})

void t.test('inputs by name, with ranges, and functions as a whole', async (t) => {
  const { price, volume, unused, profit } = shop()
  const found = await sensitivity(
    new Context(),
    profit,
    [{ target: price, low: 4, high: 5, name: 'the price' }, volume, unused],
    { derivatives: false, steps: [] },
  )
  t.match(found.toRows(), [
    { input: 'the price', 'profit at low': 0, 'profit at high': 150, swing: 900, derivative: undefined },
    { input: 'volume', base: 1, low: 0.9 },
    { input: 'unused', swing: 0 },
  ])
  const one = await sensitivity(new Context(), profit, price as never)
  t.same(
    one.inputs.map(({ input }) => input.name),
    ['price'],
  )
  await rejects(t, sensitivity(new Context(), profit, [price, price]), InvalidQuestionError)
})

void t.test('errors are cells', async (t) => {
  const x = tracked('x', () => 1)
  const y = tracked('y', () => {
    if (x() > 1.05) throw new RangeError('too much')
    return x()
  })
  const found = await sensitivity(new Context(), y, [x])
  t.match(found.inputs[0]?.atHigh.error, /too much/)
  t.equal(found.inputs[0]?.atLow.value, 0.9)
  t.ok(Math.abs((found.inputs[0]?.derivative ?? 0) - 1) < 1e-9)
})

void t.test('Black and Scholes: greeks as closed forms have them, to 1e-6', async (t) => {
  const base = new Context()
  for (const option of base.get(desk.options)) {
    const { underlying } = base.get(desk.terms.at(option))
    const inputs = {
      delta: desk.spot.at(underlying),
      vega: desk.volatility.at(underlying),
      rho: desk.rate.at(base.get(desk.currency.at(underlying))),
      theta: desk.today.at(),
    }
    const expected = base.get(closedForm.at(option))
    const found = await sensitivity(base, desk.price.at(option), Object.values(inputs), { steps: [] })
    for (const [greek, input] of Object.entries(inputs)) {
      const moved = found.inputs.find(({ input: { target } }) => target === input)
      const error = Math.abs((moved?.derivative ?? Number.NaN) / expected[greek as keyof typeof inputs] - 1)
      t.ok(error < 1e-6, `${greek} of ${option}: ${error}`)
    }
    const [gamma] = (await sensitivity(base, desk.delta.at(option), [inputs.delta], { steps: [] })).inputs
    t.ok(Math.abs((gamma?.derivative ?? Number.NaN) / expected.gamma - 1) < 1e-6, `gamma of ${option}`)
  }
})

void t.test('an asynchronous model', async (t) => {
  const x = tracked('x', () => 3)
  const square = tracked('square', async () => {
    await Promise.resolve()
    return x() ** 2
  })
  const found = await sensitivity(new Context(), square)
  t.ok(Math.abs((found.inputs[0]?.derivative ?? 0) - 6) < 1e-9)
})

t.test('an input that is 0 has no percentages: it is not said to matter nothing', async (t) => {
  const shift = tracked('shift', () => 0)
  const scale = tracked('scale', () => 2)
  const output = tracked('output', () => 5 + 100 * shift() + scale())
  const found = await sensitivity(new Context(), output)
  const [first, last] = found.toRows()
  t.match(first, { input: 'scale', low: 1.8, high: 2.2 })
  t.match(last, { input: 'shift', low: undefined, base: 0, high: undefined, swing: undefined })
  t.ok(Math.abs(Number(last?.derivative) - 100) < 1e-6)
  const ranged = await sensitivity(new Context(), output, [{ target: shift, low: -1, high: 1 }])
  t.equal(ranged.inputs[0]?.swing, 200)
})

t.test('a derivative where the function is no number at one of the steps', async (t) => {
  for (const hole of [0.02, 0.01, 0.005]) {
    const f = async (x: number) => (Math.abs(Math.abs(x - 1) - hole) < 1e-12 ? Number.NaN : Math.exp(3 * x))
    const { value, error } = await derivative(f, 1, 0.02)
    t.ok(Math.abs(value - 3 * Math.exp(3)) < 1e-7, `${value}`)
    t.ok(error < 1e-6, `${error}`)
  }
})
