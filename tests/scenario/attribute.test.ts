// Attribution: hand-worked games, parts that sum up, orders, nested contexts.
import * as fc from 'fast-check'
import t from 'tap'
import { add, attribute, Context, InvalidQuestionError, scale, TweakSet, tracked } from '../../lib/index.js'
import { rejects } from '../core/helpers.js'

/** A game: the output is what the coalition of the tweaked players is worth. */
function game(names: readonly string[], worth: (members: ReadonlySet<string>) => number) {
  const players = names.map((name) => tracked(name, () => 0))
  const value = tracked('value', () => worth(new Set(names.filter((_, i) => (players[i] as () => number)() === 1))))
  const base = new Context({ name: 'nobody' })
  const all = base.fork({ name: 'all', tweaks: players.map((player) => [player, 1] as const) })
  return { base, all, value, players }
}

const amounts = (parts: readonly { name: string; amount: number }[]): Record<string, number> =>
  Object.fromEntries(parts.map(({ name, amount }) => [name, Number(amount.toFixed(12))]))

void t.test('Shapley values of games worked by hand', async (t) => {
  // gloves: a has a left one, b and c a right one each; a pair is worth 1
  const gloves = game(['a', 'b', 'c'], (m) => (m.has('a') && (m.has('b') || m.has('c')) ? 1 : 0))
  const found = await attribute(gloves.base, gloves.all, gloves.value, { method: 'shapley' })
  t.same(amounts(found.parts), { a: 0.666666666667, b: 0.166666666667, c: 0.166666666667 })
  t.equal(found.isExact, true)
  // an airport: a runway for planes that need 1, 2 and 4; the longest need pays
  const airport = game(['small', 'middle', 'large'], (m) =>
    m.has('large') ? 4 : m.has('middle') ? 2 : m.has('small') ? 1 : 0,
  )
  const runway = await attribute(airport.base, airport.all, airport.value, { method: 'shapley' })
  t.same(amounts(runway.parts), { small: 0.333333333333, middle: 0.833333333333, large: 2.833333333333 })
  // three against one: a has two votes, b, c, d one each; three of five win
  const votes = game(['a', 'b', 'c', 'd'], (m) =>
    [...m].reduce((sum, name) => sum + (name === 'a' ? 2 : 1), 0) >= 3 ? 1 : 0,
  )
  const power = await attribute(votes.base, votes.all, votes.value, { method: 'shapley' })
  t.same(amounts(power.parts), { a: 0.5, b: 0.166666666667, c: 0.166666666667, d: 0.166666666667 })
  t.equal(votes.base.stats().contexts, 2, 'only the two that were there')
})

function shop() {
  const price = tracked('price', () => 100)
  const volume = tracked('volume', (region: string) => region.length)
  const fee = tracked('fee', () => 5)
  const revenue = tracked('revenue', () => price() * (volume('EU') + volume('APAC')) - fee())
  return { price, volume, fee, revenue }
}

void t.test('a waterfall, in the order of the tweaks or another', async (t) => {
  const { price, volume, fee, revenue } = shop()
  const base = new Context()
  const scenario = base.with(new TweakSet().tweak(price, 90).adjust(volume, scale(2)).tweak(fee, 5))
  const found = await attribute(base, scenario, revenue, { order: [volume] })
  t.same(amounts(found.parts), { volume: 600, price: -120, fee: 0 })
  t.same(
    found.parts.map(({ before, after }) => [before, after]),
    [
      ['', 'adjust scale(2)'],
      ['', '90'],
      ['', '5'],
    ],
  )
  t.equal(found.difference, 480)
  const rows = found.toRows()
  t.match(rows[0], { part: 'from', revenue: 595 })
  t.match(rows.at(-1), { part: 'to', revenue: 1075 })
  const other = await attribute(base, scenario, revenue, { order: [price] })
  t.match(amounts(other.parts), { price: -60, volume: 540 })
})

void t.test('between cousins: what both say is no change, adjustments compose', async (t) => {
  const { price, volume, fee, revenue } = shop()
  const root = new Context()
  const plan = root.fork().tweak(fee, 0).adjust(price, scale(2))
  const one = plan.fork().adjust(price, add(1)).tweak(volume.at('EU'), 3)
  const other = root.fork().tweak(fee, 0).tweak(price, 50)
  const found = await attribute(one, other, revenue, { method: 'shapley' })
  t.same(found.parts.map(({ name }) => name).sort(), ['price', 'volume("EU")'])
  t.equal(found.from.value, one.get(revenue))
  t.equal(found.to.value, other.get(revenue))
  t.ok(Math.abs(found.parts.reduce((sum, { amount }) => sum + amount, 0) - found.difference) < 1e-9)
  await rejects(t, attribute(one, new Context(), revenue), InvalidQuestionError)
  t.same((await attribute(one, one, revenue)).parts, [])
})

void t.test('a function and a node of it are one change', async (t) => {
  const { volume, revenue } = shop()
  const base = new Context()
  const scenario = base.fork().tweak(volume, 1).tweak(volume.at('EU'), 7)
  const found = await attribute(base, scenario, revenue)
  t.equal(found.parts.length, 1)
  t.equal(found.difference, found.parts[0]?.amount)
})

void t.test('many changes are sampled, with an error; the same seed gives the same answer', async (t) => {
  const names = Array.from({ length: 12 }, (_, i) => `p${i}`)
  const additive = game(
    names,
    (m) => [...m].reduce((sum, name) => sum + Number(name.slice(1)), 0) + (m.size > 6 ? 6 : 0),
  )
  const ask = () => attribute(additive.base, additive.all, additive.value, { method: 'shapley', samples: 200, seed: 7 })
  const found = await ask()
  t.equal(found.isExact, false)
  t.ok(Math.abs(found.parts.reduce((sum, { amount }) => sum + amount, 0) - found.difference) < 1e-9)
  for (const { name, amount, standardError } of found.parts) {
    const i = Number(name.slice(1))
    t.ok(standardError > 0 && Math.abs(amount - (i + 0.5)) < 5 * standardError, `${i}: ${amount} ± ${standardError}`)
  }
  t.same((await ask()).toRows(), found.toRows())
})

void t.test('errors stand in the parts that needed the value', async (t) => {
  const a = tracked('a', () => 0)
  const b = tracked('b', () => 0)
  const sum = tracked('sum', () => {
    if (a() === 1 && b() === 0) throw new RangeError('not a alone')
    return a() + b()
  })
  const base = new Context()
  const found = await attribute(
    base,
    base.with([
      [a, 1],
      [b, 1],
    ]),
    sum,
  )
  t.match(found.parts[0]?.error, /not a alone/)
  t.equal(found.difference, 2)
  const right = await attribute(
    base,
    base.with([
      [a, 1],
      [b, 1],
    ]),
    sum,
    { order: [b] },
  )
  t.same(amounts(right.parts), { b: 1, a: 1 })
})

void t.test('parts sum to the difference, by both methods', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 }), async (changes) => {
      const inputs = changes.map((_, i) => tracked(`i${i}`, () => i + 1))
      const output = tracked('output', async () => inputs.reduce((product, input) => product * input() + 1, 1))
      const base = new Context()
      const scenario = base.with(inputs.map((input, i) => [input, changes[i]] as const))
      for (const method of ['waterfall', 'shapley'] as const) {
        const { parts, difference } = await attribute(base, scenario, output, { method })
        const sum = parts.reduce((total, { amount }) => total + amount, 0)
        if (Math.abs(sum - difference) > 1e-9 * (1 + Math.abs(difference)))
          throw new Error(`${sum} is not ${difference}`)
      }
    }),
    { numRuns: 30 },
  )
})
