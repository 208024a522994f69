// The climate example over a store: the second process runs nothing, and an edited equation reruns what depends on it.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

interface Told {
  readonly values: readonly (readonly number[])[]
  readonly ran: readonly string[]
  readonly why: readonly string[]
  readonly evaluations: number
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const library = new URL('../../lib/index.js', import.meta.url).href

/** The model in a folder of its own, and what asks it in a process of its own. */
async function copied(t: Test) {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-climate-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const model = path.join(folder, 'model.mjs')
  const source = await readFile(here('../../examples/climate/model.js'), 'utf8')
  const text = source.replace(/"[./]+lib\/index\.js"/, JSON.stringify(library)).replace('./savings.js', './savings.mjs')
  await writeFile(model, text)
  await copyFile(here('../../examples/climate/savings.js'), path.join(folder, 'savings.mjs'))
  await copyFile(here('../../examples/climate/savings-rates.csv'), path.join(folder, 'savings-rates.csv'))
  const ask = async (what: string): Promise<Told> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [here('climate-run.js'), model, path.join(folder, `${what}.store`), what],
      { env: { ...process.env, NODE_V8_COVERAGE: '' } },
    )
    return JSON.parse(stdout) as Told
  }
  const edit = async (from: string, to: string): Promise<void> => {
    const before = await readFile(model, 'utf8')
    t.ok(before.includes(from), from)
    await writeFile(model, before.replace(from, to))
  }
  return { ask, edit }
}

t.test('the second process answers the comparison of scenarios with no body run', async (t) => {
  const { ask } = await copied(t)
  const first = await ask('comparison')
  t.ok(first.evaluations > 1000)
  const second = await ask('comparison')
  t.strictSame(second.values, first.values)
  t.equal(second.evaluations, 0)
  t.strictSame(second.why, [''])
})

t.test('an edited equation reruns what depends on it alone, and explainMiss names it', async (t) => {
  const { ask, edit } = await copied(t)
  const first = await ask('all')
  await edit('Math.min(t - 1, 17) / 17', 'Math.min(t - 1, 17) / 16')
  const edited = await ask('all')
  t.equal(edited.why.length, 1)
  const [head, ...changes] = edited.why[0]?.split('\n') ?? []
  t.equal(head, 'the code of otherForcing changed:')
  t.equal(changes.length, 1, 'and nothing else')
  t.match(changes[0], /^ {2}otherForcing: .*\/ 17.* -> .*\/ 16/)
  t.notSame(edited.values, first.values)
  for (const name of ['otherForcing', 'forcing', 'temperature']) t.ok(edited.ran.includes(name), `${name} ran`)
  for (const name of [
    'population',
    'productivity',
    'landEmissions',
    'controlRate',
    'backstopPrice',
    'emissionsIntensity',
  ])
    t.notOk(edited.ran.includes(name), `${name} did not`)
  const again = await ask('all')
  t.strictSame([again.values, again.evaluations], [edited.values, 0])
})
