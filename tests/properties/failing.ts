// Cases that failed once: kept in failing-seeds.json, and tried first from then on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Failure } from './volume.js'

function file(): string {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder)
  return path.join(folder, 'tests/properties/failing-seeds.json')
}

export function keptFailures(): Failure[] {
  return existsSync(file()) ? (JSON.parse(readFileSync(file(), 'utf8')) as Failure[]) : []
}

/** Keep a failing case. */
export function keepFailure(failure: Failure): void {
  const kept = keptFailures()
  const text = JSON.stringify(failure.plan)
  if (kept.some((one) => one.mode === failure.mode && JSON.stringify(one.plan) === text)) return
  writeFileSync(file(), `[\n${[...kept, failure].map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`)
}
