// The long run: VOLUME cases of each kind, a million by default, in pieces of ten thousand, each with a seed of its own.
import process from 'node:process'
import { keepFailure } from './failing.js'
import { runGuarded } from './guard.js'
import type { Mode } from './program.js'

const PIECE = 10_000
const total = Number(process.env['VOLUME'] ?? 1_000_000)
const modes: readonly Mode[] = ['sync', 'async', 'cyclic', 'async cyclic']
let seed = Number(process.env['SEED'] ?? Date.now() | 0)
let failures = 0

async function piece(mode: Mode, cases: number): Promise<void> {
  const { volumes, story } = await runGuarded([{ mode, cases, seed, shrinks: true }], { tellsStory: true })
  const failure = volumes[0]?.failure
  if (failure == null) return
  failures++
  keepFailure(failure)
  console.log(`not ok ${mode} SEED=${seed} PATH_=${failure.path} ${failure.what}\n${story}`)
}

for (let done = 0; done < total; done += PIECE) {
  for (const mode of modes) {
    const started = Date.now()
    const cases = Math.min(PIECE, total - done)
    await piece(mode, cases)
    console.log(`${mode}: ${done + cases} of ${total}, SEED=${seed}, ${((Date.now() - started) / 1000).toFixed(0)} s`)
    seed = (seed + 1) | 0
  }
}
console.log(`${failures} failures`)
process.exitCode = failures === 0 ? 0 : 1
