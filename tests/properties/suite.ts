// One suite as a test: the cases that failed once, then the volume, with a seed that is printed.
//
// The seed is the same each time, so that the tests are about the change and not about luck; soak.ts goes on to others.
//
//   SEED=n           other cases
//   SEED=n PATH_=p   one of them
//   VOLUME=n         so many cases instead
import type { Test } from 'tap'
import { keepFailure, keptFailures } from './failing.js'
import { runGuarded } from './guard.js'
import type { Mode } from './program.js'
import { runPlan } from './volume.js'

/** The seed of the test command. */
export const SEED = 20_261_125

/** The runner has a limit of its own. */
const HOUR = 3_600_000

/** Runs the suites of some modes, each with so many cases. */
export async function testSuites(t: Test, volumes: Partial<Record<Mode, number>>): Promise<void> {
  t.setTimeout(HOUR)
  const seed = Number(process.env['SEED'] ?? SEED)
  const path = process.env['PATH_']
  const kept = path === undefined ? keptFailures() : []
  for (const [mode, cases] of Object.entries(volumes) as [Mode, number][]) {
    await t.test(`${mode}: what failed once`, async (t) => {
      for (const { plan, what } of kept.filter((one) => one.mode === mode)) {
        const violation = await runPlan(plan, mode)
        t.equal(violation?.message, undefined, what.slice(0, 100))
      }
    })
    const count = Math.max(1, Math.round(Number(process.env['VOLUME'] ?? cases)))
    await t.test(`${mode}: ${count} cases, SEED=${seed}`, { timeout: 0 }, async (t) => {
      const suite = { mode, cases: count, seed, shrinks: true, ...(path === undefined ? {} : { path }) }
      const { volumes, story } = await runGuarded([suite], { tellsStory: true })
      const failure = volumes[0]?.failure
      if (failure === null || failure === undefined) {
        t.pass(`${volumes[0]?.cases} cases hold`)
        return
      }
      keepFailure(failure)
      t.comment(story)
      t.fail(`SEED=${seed} PATH_=${failure.path} ${failure.what}`)
    })
  }
}
