// Many cases: the volume of a suite, through fast-check, which shrinks what fails.
import fc from 'fast-check'
import type { Violation } from './case.js'
import { type Plan, plans } from './choices.js'
import type { Mode } from './program.js'
import { caseOf, runAsyncCase, runCase } from './run.js'
import { sourceOf } from './source.js'

/** What a suite runs. */
export interface Suite {
  readonly mode: Mode
  readonly cases: number
  readonly seed: number
  /** A path of fast-check: replays one case of a seed. */
  readonly path?: string
  /** Shrink what fails. */
  readonly shrinks: boolean
}

/** What failed. */
export interface Failure {
  readonly mode: Mode
  readonly rule: string
  readonly what: string
  readonly seed: number
  readonly path: string
  readonly plan: Plan
}

/** How a suite went. */
export interface Volume {
  readonly cases: number
  readonly failure: Failure | null
}

const size = { large: 15, huge: 1 }

export function isAsyncMode(mode: Mode): mode is 'async' | 'async cyclic' {
  return mode === 'async' || mode === 'async cyclic'
}

/** The case at a path of a seed. */
export function planAt(seed: number, path: string): Plan {
  return fc.sample(plans(size), { seed, path, numRuns: 1 })[0] as Plan
}

/** Runs one case, whatever its mode. */
export async function runPlan(plan: Plan, mode: Mode): Promise<Violation | null> {
  return quietly(() => (isAsyncMode(mode) ? runAsyncCase(plan, mode) : runCase(plan, mode)))
}

/** Runs a suite until something fails; `progress` is called before each case. */
export async function runVolume(suite: Suite, progress: () => void = () => undefined): Promise<Volume> {
  const { mode, seed } = suite
  const options = {
    numRuns: suite.cases,
    seed,
    endOnFailure: !suite.shrinks,
    ...(suite.path === undefined ? {} : { path: suite.path }),
  }
  const property = isAsyncMode(mode)
    ? fc.asyncProperty(plans(size), async (plan) => {
        progress()
        throwIfAny(await runAsyncCase(plan, mode))
      })
    : fc.property(plans(size), (plan) => {
        progress()
        throwIfAny(runCase(plan, mode))
      })
  const details = await quietly(() => fc.check(property as fc.IAsyncProperty<[Plan]>, options))
  if (!details.failed || details.counterexample === null) return { cases: details.numRuns, failure: null }
  const [plan] = details.counterexample
  const error = details.errorInstance as Partial<Violation> | null
  const rule = error?.rule ?? 'unexpected'
  const what = error?.message ?? String(error)
  return { cases: details.numRuns, failure: { mode, rule, what, seed, path: details.counterexamplePath ?? '', plan } }
}

function throwIfAny(violation: Violation | null): void {
  if (violation !== null) throw violation
}

/** Errors without stacks, which cost more than the rest; and a rejection that nobody handles is a failure. */
async function quietly<T>(run: () => T | Promise<T>): Promise<T> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  process.on('unhandledRejection', note)
  try {
    const result = await run()
    await new Promise((resolve) => setImmediate(resolve))
    if (unhandled.length > 0)
      throw new Error(`${unhandled.length} rejections were not handled, first: ${String(unhandled[0])}`)
    return result
  } finally {
    process.off('unhandledRejection', note)
    Error.stackTraceLimit = limit
  }
}

/** The story of a case: its program, and what was done and seen. */
export async function storyOf(plan: Plan, mode: Mode): Promise<string> {
  const test = caseOf(plan, mode, true)
  try {
    await quietly(() => (isAsyncMode(mode) ? runAsyncCase(plan, mode, test) : runCase(plan, mode, test)))
  } catch (error) {
    test.say(() => `// ${(error as Error).stack ?? String(error)}`)
  }
  return [...sourceOf(test.program), ...(test.story ?? [])].join('\n')
}
