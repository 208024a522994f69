/**
 * An option book as tracked functions: market and positions are nodes, prices are by Black and Scholes, and the greeks are
 * what-ifs. A greek asks for a price in contexts of its own, so it needs no formula and is right in every scenario.
 *
 * Source: F. Black and M. Scholes, "The pricing of options and corporate liabilities", Journal of Political Economy 81(3),
 * 1973, written with the forward as in F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3,
 * 1976.
 */
import { add, Context, type Node, TweakSet, tracked } from 'dugout'
import { dollars, entry, type Position, positions, quotes, rates } from './book.js'
import { normalDistribution } from './normal.js'

// The market.

export const spot = tracked('spot', (underlying: string): number => entry(quotes, underlying).spot, {
  description: 'price of the underlying',
})

export const volatility = tracked('volatility', (underlying: string): number => entry(quotes, underlying).volatility, {
  description: 'implied volatility',
  unit: 'per square root of a year',
})

export const currency = tracked('currency', (underlying: string): string => entry(quotes, underlying).currency, {
  description: 'currency in which the underlying is traded',
})

export const rate = tracked('rate', (currency: string): number => entry(rates, currency), {
  description: 'interest rate, compounded continuously',
  unit: 'per year',
})

export const exchangeRate = tracked('exchangeRate', (currency: string): number => entry(dollars, currency), {
  description: 'price of the currency',
  unit: '$',
})

export const today = tracked('today', (): number => 0, { description: 'the day of valuation', unit: 'years' })

// The book.

export const options = tracked('options', (): readonly string[] => Object.keys(positions), {
  description: 'the options held',
})

export const terms = tracked('terms', (option: string): Position => entry(positions, option), {
  description: 'what the option pays, and how many are held',
})

// Prices.

export const timeToExpiry = tracked('timeToExpiry', (option: string): number => terms(option).expiry - today(), {
  description: 'time to expiry',
  unit: 'years',
})

/** exp(-r T). */
export const discount = tracked(
  'discount',
  (option: string): number => Math.exp(-rate(currency(terms(option).underlying)) * timeToExpiry(option)),
  { description: 'value today of a unit of money at expiry' },
)

/** F = S exp(r T). */
export const forward = tracked(
  'forward',
  (option: string): number => spot(terms(option).underlying) / discount(option),
  {
    description: 'forward price of the underlying at expiry',
  },
)

/** sigma sqrt(T). */
export const deviation = tracked(
  'deviation',
  (option: string): number => volatility(terms(option).underlying) * Math.sqrt(timeToExpiry(option)),
  { description: 'standard deviation of the logarithm of the underlying at expiry' },
)

/** exp(-r T) (F N(d1) - K N(d2)) for a call, where d1 = log(F / K) / s + s / 2, d2 = d1 - s and s is the deviation. */
export const price = tracked(
  'price',
  (option: string): number => {
    const { kind, strike } = terms(option)
    const sign = kind === 'call' ? 1 : -1
    const d1 = Math.log(forward(option) / strike) / deviation(option) + deviation(option) / 2
    const d2 = d1 - deviation(option)
    const expected = forward(option) * normalDistribution(sign * d1) - strike * normalDistribution(sign * d2)
    return discount(option) * sign * expected
  },
  { description: 'price of the option' },
)

/** Quantity times price, in dollars. */
export const worth = tracked(
  'worth',
  (option: string): number => {
    const { quantity, underlying } = terms(option)
    return quantity * price(option) * exchangeRate(currency(underlying))
  },
  { description: 'value of a position', unit: '$' },
)

export const value = tracked('value', (): number => options().reduce((sum, option) => sum + worth(option), 0), {
  description: 'value of the book',
  unit: '$',
})

// Greeks.

export const delta = tracked(
  'delta',
  (option: string): number => {
    const { underlying } = terms(option)
    return slope(price.at(option), spot.at(underlying), 1e-4 * spot(underlying))
  },
  { description: 'change of the price with the spot' },
)

/** A what-if of a what-if: delta at two spots, each of which asks for the price at two. */
export const gamma = tracked(
  'gamma',
  (option: string): number => {
    const { underlying } = terms(option)
    return slope(delta.at(option), spot.at(underlying), 1e-4 * spot(underlying))
  },
  { description: 'change of delta with the spot' },
)

export const vega = tracked(
  'vega',
  (option: string): number => slope(price.at(option), volatility.at(terms(option).underlying), 1e-4),
  { description: 'change of the price with the volatility' },
)

export const theta = tracked('theta', (option: string): number => slope(price.at(option), today.at(), 1e-4), {
  description: 'change of the price with time',
  unit: 'per year',
})

export const rho = tracked(
  'rho',
  (option: string): number => slope(price.at(option), rate.at(currency(terms(option).underlying)), 1e-4),
  { description: 'change of the price with the interest rate' },
)

export const greeks = { delta, gamma, vega, theta, rho } as const

/** The same question of the whole book. */
export const exposure = tracked(
  'exposure',
  (underlying: string): number => slope(value.at(), spot.at(underlying), 1e-4 * spot(underlying)),
  { description: 'change of the value of the book with a spot', unit: '$' },
)

type Figure = Node<(...args: never[]) => number>

/** How a figure moves with another: central differences, so exact to the square of the step. */
function slope(figure: Figure, input: Figure, step: number): number {
  const figureAt = (change: number): number =>
    Context.current()
      .with(new TweakSet().adjust(input, add(change)))
      .get(figure)
  return (figureAt(step) - figureAt(-step)) / (2 * step)
}
