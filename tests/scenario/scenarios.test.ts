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
