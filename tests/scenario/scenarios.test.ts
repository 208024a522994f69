// Scenario comparison.
import t from 'tap'
import { Context, InvalidQuestionError, scale, scenarios, TweakSet, tracked } from '../../lib/index.js'
import { Runs, rejects } from '../core/helpers.js'

function shop() {
  const runs = new Runs()
  const price = runs.leaf('price', 100)
  const fee = tracked('fee', () => 5, { unit: '$' })
  const volume = tracked('volume', (region: string) => region.length)
  const revenue = tracked('revenue', () => {
    runs.count('revenue')
    return price() * (volume('EU') + volume('APAC')) + fee()
  })
  return { runs, price, fee, volume, revenue }
}

void t.test('the base first, changed inputs, outputs, differences', async (t) => {
  const { runs, price, fee, volume, revenue } = shop()
  const base = new Context({ name: 'plan' })
  const table = await scenarios(
    base,
    {
      both: { extends: 'cheap', tweaks: [[fee, 0]] },
      cheap: [[price, 90]],
      more: new TweakSet().adjust(volume, scale(2)),
      broken: new TweakSet().replace(fee, () => {
        throw new Error('no fee')
      }),
    },
    revenue,
  )
  t.same(runs.take(), { price: 1, revenue: 5 })
  t.same(
    table.scenarios.map(({ name }) => name),
    ['plan', 'both', 'cheap', 'more', 'broken'],
  )
  const [plan, both, cheap, more, broken] = table.toRows()
  t.match(plan, { scenario: 'plan', price: 100, fee: 5, revenue: 605 })
  t.match(both, { price: 90, fee: 0, revenue: 540, 'change of revenue': -65 })
  t.match(cheap, { price: 90, fee: 5, revenue: 545, 'change of revenue': -60, 'relative change of revenue': -60 / 605 })
  t.match(more, { price: 100, volume: '×2', revenue: 1205 })
  t.match(broken?.revenue, /no fee/)
  t.equal(broken?.['change of revenue'], undefined)
  t.equal(base.stats().contexts, 1)
  t.match(table.toText(200), /plan +100 +5/)
})

void t.test('what a scenario may not extend', async (t) => {
  const { price, revenue } = shop()
  const base = new Context()
  await rejects(t, scenarios(base, { a: { extends: 'b', tweaks: [[price, 1]] } }, revenue), InvalidQuestionError)
  await rejects(
    t,
    scenarios(base, { a: { extends: 'b', tweaks: [] }, b: { extends: 'a', tweaks: [] } }, revenue),
    InvalidQuestionError,
  )
})

void t.test('names that objects have by themselves are names like others', async (t) => {
  const { price, revenue } = shop()
  const base = new Context()
  for (const name of ['constructor', 'toString', '__proto__']) {
    const missing = scenarios(base, { a: { extends: name, tweaks: [[price, 1]] } }, revenue)
    t.match((await rejects(t, missing, InvalidQuestionError)).message, `a extends ${name}, which is none of a.`)
    const cheap = [[price, 90]] as const
    const named = Object.fromEntries([
      [name, cheap],
      ['below', { extends: name, tweaks: [] }],
    ])
    const table = await scenarios(base, named, revenue)
    t.same(
      table.toRows().map(({ scenario, price }) => [scenario, price]),
      [
        ['base', 100],
        [name, 90],
        ['below', 90],
      ],
    )
  }
})

void t.test('adjustments of scenarios that extend one another are shown all', async (t) => {
  const { volume, revenue } = shop()
  const table = await scenarios(
    new Context(),
    {
      more: [[volume, scale(1.5)]],
      most: { extends: 'more', tweaks: [[volume, scale(2)]] },
      fixed: { extends: 'most', tweaks: [[volume, 7]] },
      less: { extends: 'fixed', tweaks: [[volume, scale(0.5)]] },
    },
    revenue,
  )
  t.same(
    table.toRows().map(({ volume }) => volume),
    [undefined, '×1.5', '×1.5, then ×2', 7, '7, then ×0.5'],
  )
})

void t.test('an input that is an output too', async (t) => {
  const { price, revenue } = shop()
  const table = await scenarios(new Context(), { cheap: [[price, 90]] }, [price, revenue])
  t.match(table.toRows()[1], { price: 90, 'price 2': 90, 'change of price': -10 })
})

void t.test('an asynchronous model', async (t) => {
  const price = tracked('price', () => 2)
  const total = tracked('total', async () => {
    await Promise.resolve()
    return price() * 3
  })
  const table = await scenarios(new Context(), { up: [[price, 3]] }, { total })
  t.match(table.toRows()[1], { price: 3, total: 9, 'change of total': 3 })
})
