// Runs build/examples/*/index.js one after the other, or those named, and fails when one of them does.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../build/examples/', import.meta.url))
const names = process.argv.length > 2 ? process.argv.slice(2) : examples()
if (names.length === 0) throw new Error('no examples')

for (const name of names) {
  process.stdout.write(`--- ${name}\n`)
  const options = { stdio: ['ignore', 'inherit', 'inherit'], timeout: 5 * 60_000 }
  const { status, signal } = spawnSync(process.execPath, ['--enable-source-maps', `${folder}${name}/index.js`], options)
  if (status === 0) continue
  process.stdout.write(`--- ${name} ended with ${status ?? signal}\n`)
  process.exitCode = 1
}

function examples() {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => existsSync(`${folder}${name}/index.js`))
}
