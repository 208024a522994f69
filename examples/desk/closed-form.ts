import { tracked } from 'dugout'
import { currency, rate, spot, terms, timeToExpiry, volatility } from './model.js'
import { normalDensity, normalDistribution } from './normal.js'

/**
 * Price and greeks of an option by their formulas, for an underlying that pays nothing: to compare the what-ifs with.
 *
 * Source: J. Hull, "Options, Futures, and Other Derivatives", the chapters on Black and Scholes and on the Greek letters.
 */
export const closedForm = tracked(
  'closedForm',
  (option: string) => {
    const { kind, underlying, strike } = terms(option)
    const [s, sigma, r, time] = [
      spot(underlying),
      volatility(underlying),
      rate(currency(underlying)),
      timeToExpiry(option),
    ]
    const sign = kind === 'call' ? 1 : -1
    const root = Math.sqrt(time)
    const d1 = (Math.log(s / strike) + (r + sigma ** 2 / 2) * time) / (sigma * root)
    const d2 = d1 - sigma * root
    const paid = strike * Math.exp(-r * time) * normalDistribution(sign * d2)
    return {
      price: sign * (s * normalDistribution(sign * d1) - paid),
      delta: sign * normalDistribution(sign * d1),
      gamma: normalDensity(d1) / (s * sigma * root),
      vega: s * root * normalDensity(d1),
      theta: (-s * normalDensity(d1) * sigma) / (2 * root) - sign * r * paid,
      rho: sign * time * paid,
    }
  },
  { description: 'price and greeks by their formulas' },
)
