// Many cases: the volume of a suite, through fast-check, which shrinks what fails. A failing case is written to
// failing-seeds.json, which is kept and tried first.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
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
  readonly seed?: number
  /** A path of fast-check: replays one case of a seed. */
  readonly path?: string
  /** Shrink what fails. */
  readonly shrinks?: boolean
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
  readonly seed: number
  readonly cases: number
  readonly failure: Failure | null
}

const size = { large: 20, huge: 1 }

/** Runs one case, whatever its mode. */
export async function runPlan(plan: Plan, mode: Mode): Promise<Violation | null> {
  return withUnhandled(() => (mode === 'sync' || mode === 'cyclic' ? runCase(plan, mode) : runAsyncCase(plan, mode)))
}

/** Runs a suite until something fails. */
export async function runVolume(suite: Suite): Promise<Volume> {
  const { mode } = suite
  Error.stackTraceLimit = 0
  const options = {
    numRuns: suite.cases,
    endOnFailure: suite.shrinks === false,
    ...(suite.seed === undefined ? {} : { seed: suite.seed }),
    ...(suite.path === undefined ? {} : { path: suite.path }),
  }
  const details = await withUnhandled(() =>
    mode === 'sync' || mode === 'cyclic'
      ? fc.check(
          fc.property(plans(size), (plan) => {
            const violation = runCase(plan, mode)
            if (violation !== null) throw violation
          }),
          options,
        )
      : fc.check(
          fc.asyncProperty(plans(size), async (plan) => {
            const violation = await runAsyncCase(plan, mode)
            if (violation !== null) throw violation
          }),
          options,
        ),
  )
  Error.stackTraceLimit = 10
  const { seed, numRuns } = details
  if (!details.failed || details.counterexample === null) return { seed, cases: numRuns, failure: null }
  const [plan] = details.counterexample
  const error = details.errorInstance as Partial<Violation> | null
  const failure = {
    mode,
    rule: error?.rule ?? 'unexpected',
    what: error?.stack ?? String(error),
    seed,
    path: details.counterexamplePath ?? '',
    plan,
  }
  return { seed, cases: numRuns, failure }
}

/** A rejection that nobody handles brings the process of a user down. */
async function withUnhandled<T>(run: () => T | Promise<T>): Promise<T> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  process.on('unhandledRejection', note)
  try {
    const result = await run()
    await new Promise((resolve) => setImmediate(resolve))
    if (unhandled.length > 0)
      throw new Error(`${unhandled.length} rejections were not handled, first: ${String(unhandled[0])}`)
    return result
  } finally {
    process.off('unhandledRejection', note)
  }
}

/** The story of a case, as a program that can nearly be run. */
export async function storyOf(plan: Plan, mode: Mode): Promise<string> {
  const test = caseOf(plan, mode, true)
  if (mode === 'sync' || mode === 'cyclic') runCase(plan, mode, test)
  else await runAsyncCase(plan, mode, test)
  return [...sourceOf(test.program), ...(test.story ?? [])].join('\n')
}

function fileOfFailures(): string {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder)
  return path.join(folder, 'tests/properties/failing-seeds.json')
}

/** Cases that failed once. */
export function keptFailures(): Failure[] {
  const file = fileOfFailures()
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Failure[]) : []
}

/** Keep a failing case, to be tried first from now on. */
export function keepFailure(failure: Failure): void {
  const kept = keptFailures()
  const text = JSON.stringify(failure.plan)
  if (kept.some((one) => one.mode === failure.mode && JSON.stringify(one.plan) === text)) return
  const lines = [...kept, failure].map((one) => `  ${JSON.stringify(one)}`)
  writeFileSync(fileOfFailures(), `[\n${lines.join(',\n')}\n]\n`)
}
