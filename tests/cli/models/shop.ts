// A model for the tests of the command: names that collide, a package, JSON, import.meta, methods, async, errors.
import { readFileSync } from 'node:fs'
import { tracked } from 'dugout'
import { List } from 'immutable'
import { tax as otherTax } from './other.js'
import rates from './rates.json' with { type: 'json' }

export const price = tracked(function price(): number {
  return 100
})

export const volume = tracked(
  'volume',
  async (region: string): Promise<number> => (List(['EU', 'US']).includes(region) ? rates.volume : missing(region)),
  { description: 'sold', unit: 'pieces', tags: ['data'] },
)

export const revenue = tracked(async function revenue(): Promise<number> {
  return price() * ((await volume('EU')) + (await volume('US')))
})

export const bad = tracked('bad', async (): Promise<number> => (await volume('XX')) + 1)

export const tax = tracked('local tax', (): number => otherTax() + 1)

export const source = tracked('source', (): string => readFileSync(new URL(import.meta.url), 'utf8').slice(0, 10))

class Portfolio {
  readonly size: number

  constructor(size: number) {
    this.size = size
  }
}

export const portfolio = {
  holding: new Portfolio(3),
  worth: tracked('worth', (count: number): number => price() * count),
}

function missing(region: string): never {
  throw new RangeError(`nobody knows ${region}`)
}
