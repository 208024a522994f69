// A model whose results are kept, for the tests of the commands of stores.
import { tracked } from 'dugout'
import { MARGIN } from './margin.js'

export const price = tracked('price', (): number => 100)

export const volume = tracked('volume', (region: string): number => (region === 'EU' ? 500 : 300), { memo: true })

export const revenue = tracked('revenue', (): number => price() * (volume('EU') + volume('US')), { memo: true })

export const profit = tracked('profit', (): number => revenue() * MARGIN, { memo: true, tags: ['result'] })

export const sold = tracked(
  'sold',
  (region: string): number => {
    if (region !== 'EU') throw new RangeError(`nothing is sold in ${region}`)
    return volume(region)
  },
  { memo: { errors: true } },
)
