// Ten thousand scenarios, killed half way, go on where they stopped.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { filesystemStore } from '../../lib/memo/index.js'

const SCENARIOS = 10_000

/** Run the model, and kill it once it is at this scenario. */
function run(store: string, killAt = Number.POSITIVE_INFINITY): Promise<{ signal: string | null; output: string }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('model.js', import.meta.url)), store, String(SCENARIOS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_V8_COVERAGE: '' },
    },
  )
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += String(data)
    if (output.includes(`at ${killAt}\n`)) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.on('close', (_code, signal) => resolve({ signal, output })))
}

t.test('a run of 10,000 scenarios that was killed goes on where it stopped', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-resume-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const store = path.join(folder, 'results')
  const killed = await run(store, SCENARIOS / 2)
  t.equal(killed.signal, 'SIGKILL')
  const kept = [...filesystemStore(store).records({ function: 'answer' })].filter(({ id }) => id === 'memento').length
  t.ok(kept > SCENARIOS / 2 && kept < SCENARIOS, `${kept} were kept`)
  const resumed = JSON.parse((await run(store)).output.trim().split('\n').at(-1) ?? '') as { ran: number; sum: number }
  // an answer is (2 i + 1)
  t.strictSame(resumed, { ran: SCENARIOS - kept, sum: SCENARIOS * SCENARIOS })
})
