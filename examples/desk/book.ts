/** The day's market and positions: made up. Times in years, money in the currency of the underlying. */

export interface Quote {
  readonly currency: string
  readonly spot: number
  readonly volatility: number
}

export interface Position {
  readonly quantity: number
  readonly kind: 'call' | 'put'
  readonly underlying: string
  readonly strike: number
  readonly expiry: number
}

export const quotes: Readonly<Record<string, Quote>> = {
  AMBER: { currency: 'USD', spot: 100, volatility: 0.22 },
  BASALT: { currency: 'USD', spot: 250, volatility: 0.31 },
  CEDAR: { currency: 'EUR', spot: 42, volatility: 0.18 },
}

export const rates: Readonly<Record<string, number>> = { USD: 0.041, EUR: 0.023 }

export const dollars: Readonly<Record<string, number>> = { USD: 1, EUR: 1.09 }

export const positions: Readonly<Record<string, Position>> = {
  'AMBER call 100': { quantity: 1000, kind: 'call', underlying: 'AMBER', strike: 100, expiry: 0.5 },
  'AMBER call 120': { quantity: -2000, kind: 'call', underlying: 'AMBER', strike: 120, expiry: 0.5 },
  'AMBER put 90': { quantity: 1500, kind: 'put', underlying: 'AMBER', strike: 90, expiry: 0.25 },
  'BASALT call 260': { quantity: 400, kind: 'call', underlying: 'BASALT', strike: 260, expiry: 1 },
  'BASALT put 230': { quantity: -600, kind: 'put', underlying: 'BASALT', strike: 230, expiry: 1 },
  'CEDAR put 40': { quantity: 5000, kind: 'put', underlying: 'CEDAR', strike: 40, expiry: 2 },
}

/** The entry of a name, or an error that says which names there are. */
export function entry<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined) throw new RangeError(`there is no ${name}, only ${Object.keys(table).join(', ')}`)
  return found
}
