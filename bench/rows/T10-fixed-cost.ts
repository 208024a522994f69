// What a scenario costs before anything depends on what it changes.
import { Context, tracked } from 'dugout'
import { useManyFunctions } from '../peers/dugout.js'
import { detail, race, time } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T10',
  what: 'fork, tweak, read and dispose, with no dependents',
  goals: [{ what: 'a context', unit: 'us', direction: 'at most', goal: 2, moonshot: 1 }],
}

export async function measure(): Promise<Measured> {
  useManyFunctions()
  const price = tracked(function price(product: number) {
    return product
  })
  const base = new Context()
  const product = price.at(7)
  base.get(product)
  const times = await race([
    {
      name: 'fork, tweak, read, dispose',
      run: (turn) => {
        const scenario = base.fork()
        scenario.tweak(product, turn)
        const result = scenario.get(product)
        scenario.dispose()
        return result
      },
    },
  ])
  const partTimes = await race(
    [
      { name: 'fork, dispose', run: () => base.fork().dispose() },
      {
        name: 'fork, tweak, dispose',
        run: (turn) => {
          const scenario = base.fork()
          scenario.tweak(product, turn)
          scenario.dispose()
        },
      },
    ],
    { compare: false },
  )
  return {
    figures: [time(times, 'fork, tweak, read, dispose') / 1000],
    detail: { ...detail(times, ''), ...detail(partTimes, '') },
  }
}
