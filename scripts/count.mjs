// Counts the test points of TAP files: `node scripts/count.mjs build/tap` prints `N passed, N failed`.
// A file that ends early, bails out or holds no plan counts as one failure more. Skipped and todo points count as neither.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { Parser } from 'tap-parser'

export function tally(places) {
  const total = { passed: 0, failed: 0 }
  for (const file of places.flatMap(tapFiles)) {
    const { passed, failed } = count(readFileSync(file, 'utf8'))
    total.passed += passed
    total.failed += failed
  }
  return total
}

function count(text) {
  let passed = 0
  let failed = 0
  const parser = new Parser()
  parser.on('pass', () => (passed += 1))
  parser.on('fail', () => (failed += 1))
  parser.end(text)
  return { passed, failed: failed === 0 && !parser.ok ? 1 : failed }
}

function tapFiles(place) {
  if (!existsSync(place)) throw new Error(`${place}: no such file or folder`)
  if (statSync(place).isFile()) return [place]
  return readdirSync(place, { recursive: true })
    .filter((file) => file.endsWith('.tap'))
    .map((file) => path.join(place, file))
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed } = tally(process.argv.slice(2))
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  if (failed > 0 || passed === 0) process.exitCode = 1
}
