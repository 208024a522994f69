/** An option book: greeks by what-if beside their formulas, a grid of scenarios, and a tick of the market. */
import { add, Context, percent, TweakSet } from 'dugout'
import { counted, grouped, table } from '../report.js'
import { closedForm } from './closed-form.js'
import * as desk from './model.js'

const base = new Context({ name: 'close of business' })
const whole = counted(base, () => base.get(desk.value))
console.log(`The book is worth ${grouped(whole.value)} dollars: ${whole.evaluated} nodes evaluated.\n`)

// Greeks: what-ifs inside nodes, beside the formulas.

type Greek = keyof typeof desk.greeks
const names = Object.keys(desk.greeks) as Greek[]

/** The greeks of an option by what-if, and the largest relative difference from the formulas. */
function greeks(option: string): string[] {
  const expected = base.get(closedForm.at(option))
  const { value, evaluated } = counted(base, () => names.map((name) => base.get(desk.greeks[name].at(option))))
  const error = Math.max(...names.map((name, i) => Math.abs((value[i] ?? Number.NaN) / expected[name] - 1)))
  return [option, ...value.map((greek) => greek.toFixed(4)), error.toExponential(0), grouped(evaluated)]
}

console.log(
  table(['greeks by what-if', ...names, 'relative\nerror', 'nodes\nevaluated'], base.get(desk.options).map(greeks)),
)

// A grid of scenarios: the change of the value of the book, had AMBER's spot and volatility moved.

const spots = [-20, -10, -5, 0, 5, 10, 20]
const volatilities = [-0.05, 0, 0.05, 0.1]

const moved = (spot: number, volatility: number): Context =>
  base.with(
    new TweakSet().adjust(desk.spot.at('AMBER'), percent(spot)).adjust(desk.volatility.at('AMBER'), add(volatility)),
  )

const runs = new Map<string, number>()
const stop = base.observe(({ type, node }) => {
  const { name } = node.function
  if (type === 'ran') runs.set(name, (runs.get(name) ?? 0) + 1)
})
const grid = spots.map((spot) => {
  const row = counted(base, () => volatilities.map((volatility) => moved(spot, volatility).get(desk.value)))
  const changes = row.value.map((value) => grouped(value - whole.value))
  return [`spot ${signed(spot)} %`, ...changes, grouped(row.evaluated)]
})
stop()

const columns = volatilities.map((volatility) => `volatility\n${signed(100 * volatility)} points`)
console.log(`\n${table(['change of value, $\nwere AMBER to move', ...columns, 'nodes\nevaluated'], grid)}`)

const scenarios = spots.length * volatilities.length
const ran = [...runs].map(([name, count]) => `${name} ${count}`).join(', ')
console.log(`\n${scenarios} scenarios from scratch: ${grouped(scenarios * whole.evaluated)} nodes. Here: ${ran}.`)

// The market moves: what depends on it is evaluated when it is asked for, and nothing else.

base.tweak(desk.spot.at('CEDAR'), 41.5)
const tick = counted(base, () => base.get(desk.value))
console.log(`CEDAR at 41.50: ${grouped(tick.value - whole.value)} dollars, ${tick.evaluated} nodes evaluated.`)
const still = counted(base, () => base.get(desk.delta.at('AMBER call 100')))
console.log(`The delta of the AMBER call is still ${still.value.toFixed(4)}, ${still.evaluated} nodes evaluated.`)
const exposure = counted(base, () => base.get(desk.exposure.at('CEDAR')))
console.log(`Exposure to CEDAR: ${grouped(exposure.value)} dollars a euro, ${exposure.evaluated} nodes evaluated.`)

function signed(change: number): string {
  return change > 0 ? `+${change}` : String(change)
}
