/** What does one more ton of CO2 cost, and what would it cost if? Run it with `npm start`. */
import { Context } from 'dugout'
import { counted, grouped, table } from '../report.js'
import * as dice from './model.js'
import { scenarios } from './scenarios.js'

const base = new Context({ name: 'base' })

console.log("DICE-2016R: Nordhaus's model of climate and economy, a hundred periods of five years from 2015.")

const { value: welfare, evaluated: wholeRun } = counted(base, () => base.get(dice.welfare))
console.log(`Welfare in the base: ${welfare.toFixed(2)}, ${grouped(wholeRun)} nodes evaluated.\n`)

// The social cost of carbon, beside table 1 of the paper.

const published = [
  { year: 2015, cost: 31.2 },
  { year: 2020, cost: 37.3 },
  { year: 2025, cost: 44.0 },
  { year: 2030, cost: 51.6 },
]

const costs = published.map(({ year, cost }) => {
  const { value, evaluated } = counted(base, () => base.get(dice.socialCostOfCarbon.at(dice.period(year))))
  return [`$/tCO2 in ${year}`, value.toFixed(2), cost.toFixed(1), grouped(evaluated)]
})

console.log(table(['social cost\nof carbon', 'this\nmodel', 'published', 'nodes\nevaluated'], costs))

// Scenarios, each under the base; the last is a scenario under a scenario.

function outlook(name: string, context: Context): string[] {
  const { value, evaluated } = counted(context, () =>
    context.run(() => {
      const t = dice.period(2100)
      return [
        dice.temperature(t).toFixed(2),
        dice.damages(t).toFixed(1),
        (100 * dice.damageFraction(t)).toFixed(1),
        dice.consumptionPerHead(t).toFixed(1),
        dice.socialCostOfCarbon(dice.period(2020)).toFixed(1),
      ]
    }),
  )
  return [name, ...value, grouped(evaluated)]
}

const comparison = [
  outlook('base', base),
  ...Object.entries(scenarios).map(([name, tweaks]) => outlook(name, base.with(tweaks))),
  outlook(
    'Stern, high climate sensitivity',
    base.with(scenarios['Stern discounting']).with(scenarios['high climate sensitivity']),
  ),
]

const heading = [
  'what if, in 2100',
  'warming\n°C',
  'damages\ntrillion $',
  'damages\n% of output',
  'consumption a\nhead, 1000 $',
  'cost of carbon\n2020, $/tCO2',
  'nodes\nevaluated',
]
console.log(`\n${table(heading, comparison)}\n`)

// A run for welfare in the base, four for each cost, and in each scenario one of its own besides.
const runs = 1 + 4 * costs.length + 5 * (comparison.length - 1)
const all = grouped(base.stats().evaluations)
console.log(`${all} nodes evaluated in all; from scratch, ${runs} runs of the model: ${grouped(runs * wholeRun)}.`)
