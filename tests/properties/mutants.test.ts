// The mutation gate: every seeded bug of the core is noticed within the ordinary volume.
//
//   BUG=name   just this one
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { bugs } from '../../lib/core/seeded.js'
import { runGuarded } from './guard.js'
import type { Mode } from './program.js'
import { SEED } from './suite.js'
import type { Failure, Suite } from './volume.js'

const seed = Number(process.env['SEED'] ?? SEED)
/** A little of each kind, then more of each, up to the ordinary volume. */
const pieces: readonly (readonly [Mode, number])[] = [250, 1000, 4000, 14_750].flatMap((cases) => [
  ['sync', cases] as const,
  ['async', cases] as const,
  ['cyclic', Math.round((cases * 2) / 20)] as const,
  ['async cyclic', Math.round(cases / 20)] as const,
])
const suites: Suite[] = pieces.map(([mode, cases], index) => ({ mode, cases, seed: seed + index, shrinks: false }))
const names = process.env['BUG'] === undefined ? bugs : bugs.filter((name) => name === process.env['BUG'])

t.setTimeout(3_600_000)
t.comment(`SEED=${seed}`)

t.test('there are enough of them, and no two of a name', async (t) => {
  t.ok(bugs.length >= 30, `${bugs.length} bugs`)
  t.equal(new Set(bugs).size, bugs.length)
  // a bug that is not in the code would be noticed by nothing but a mistake of the core
  const folder = path.join(import.meta.dirname, '../../lib/core')
  const code = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== 'seeded.js')
  const text = code.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n')
  for (const name of bugs) t.ok(text.includes(name), `${name} is in the code`)
})

t.test('without a bug nothing is noticed', { timeout: 0 }, async (t) => {
  const { volumes } = await runGuarded(suites.slice(0, 4))
  for (const { failure } of volumes) t.equal(failure?.what, undefined)
})

interface Kill {
  readonly name: string
  readonly cases: number
  readonly failure: Failure | null
}

async function kill(name: string): Promise<Kill> {
  const { volumes } = await runGuarded(suites, { bug: name, patience: 10_000 })
  const cases = volumes.reduce((sum, volume) => sum + volume.cases, 0)
  return { name, cases, failure: volumes.at(-1)?.failure ?? null }
}

t.test('each is noticed', { timeout: 0 }, async (t) => {
  // two at a time, as there are two cores
  const left = [...names]
  const next = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const { cases, failure } = await kill(name)
      const how = `case ${cases}, ${failure?.mode}, ${failure?.what.split('\n')[0]?.slice(0, 100)}`
      t.ok(failure, `${name}: ${failure === null ? `not noticed in ${cases} cases` : how}`)
    }
  }
  await Promise.all([next(), next()])
})
