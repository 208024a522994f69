// Every line and branch of lib/core is run by its tests, or says why not: `npm run coverage`.
//
// A line is excused by a comment with its reason, `/* c8 ignore next: the reason */`, and by the name of a seeded bug: that
// each bug does its harm is what tests/properties/mutants.test.ts shows. Random programs run with a fixed seed.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = path.join(root, 'lib', 'core')
const tests = [
  'core/*',
  'suite/*',
  'inspect/*',
  'memo/hits',
  'memo/kept',
  'properties/sync',
  'properties/async',
  'properties/cyclic',
]

execFileSync(
  process.execPath,
  [
    path.join(root, 'node_modules/tap/dist/esm/run.mjs'),
    '--allow-incomplete-coverage',
    '--coverage-report=json',
    '--reporter=terse',
    ...tests.map((name) => `build/tests/${name}.test.js`),
  ],
  { cwd: root, stdio: 'inherit', env: { VOLUME: '1500', ...process.env } },
)

const report = JSON.parse(readFileSync(path.join(root, '.tap/report/coverage-final.json'), 'utf8'))
let missing = 0
let excused = 0
let files = 0
for (const [file, { b, branchMap, f, fnMap, s, statementMap }] of Object.entries(report)) {
  if (path.dirname(file) !== folder) continue
  files++
  const lines = readFileSync(file, 'utf8').split('\n')
  excused += lines.filter((line) => /c8 ignore/.test(line)).length
  const found = [
    ...uncovered(s, statementMap, (at) => at, 'line'),
    ...uncovered(b, branchMap, ({ loc }) => loc, 'branch'),
    ...uncovered(f, fnMap, ({ loc }) => loc, 'function'),
  ]
  const seen = new Set()
  for (const { at, kind } of found.toSorted((one, other) => one.at.start.line - other.at.start.line)) {
    const text = lines[at.start.line - 1]
    if (
      text.trim() === '}' ||
      text.includes('seeded.bug') ||
      isWithinSeeded(lines, at.start.line) ||
      seen.has(at.start.line)
    )
      continue
    seen.add(at.start.line)
    missing++
    const place = `${path.relative(root, file)}:${at.start.line}:${at.start.column + 1}`
    process.stdout.write(`${place} ${kind}  ${text.trim()}\n`)
  }
}
process.stdout.write(`lib/core, ${files} files: ${missing} places are not run, ${excused} are excused with a reason\n`)
if (missing > 0 || files === 0) process.exitCode = 1

function uncovered(counts, places, locate, kind) {
  return Object.entries(counts)
    .filter(([, count]) => (Array.isArray(count) ? count[0] : count) === 0)
    .map(([key]) => ({ at: locate(places[key]), kind }))
}

/** In the block that a seeded bug guards: the lines below `if (seeded.bug === ...) {`, as deep as it or deeper. */
function isWithinSeeded(lines, line) {
  const depth = (text) => text.search(/\S/)
  for (let at = line - 1; at > 0; at--) {
    if (depth(lines[at - 1]) < depth(lines[line - 1]) && lines[at - 1].trim() !== '')
      return lines[at - 1].includes('seeded.bug')
  }
  return false
}
