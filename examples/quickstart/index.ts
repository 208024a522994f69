/** The first steps: functions, a base, a scenario, a scenario under a scenario. */
import { setTimeout } from 'node:timers/promises'
import { Context, scale, tracked } from 'dugout'

const price = tracked(function price() {
  return 100
})

const volume = tracked(async function volume(region: string): Promise<number> {
  await setTimeout(20) // A database, say.
  return region === 'EU' ? 500 : 300
})

const revenue = tracked(async function revenue() {
  const [europe, america] = await Promise.all([volume('EU'), volume('US')])
  return price() * (europe + america)
})

const base = new Context({ name: 'base' })
using cheaper = base.fork({ name: 'cheaper' }).tweak(price, 90)
using popular = cheaper.fork({ name: 'cheaper, so more is sold' }).adjust(volume, scale(1.2))

// Prints a revenue, and how many nodes were evaluated for it: what is still right is not evaluated again.
async function print(context: Context) {
  const before = context.stats().evaluations
  console.log(`${context.name}: ${await context.get(revenue)}, ${context.stats().evaluations - before} evaluated`)
}

await print(base) // base: 80000, 4 evaluated
await print(cheaper) // cheaper: 72000, 1 evaluated
await print(popular) // cheaper, so more is sold: 86400, 1 evaluated

base.tweak(volume.at('US'), 400)

await print(base) // base: 90000, 1 evaluated
await print(popular) // cheaper, so more is sold: 97200, 1 evaluated
