// A configuration is found, held against its schema, and resolved: every value says where it came from.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { Context, tracked } from '../../lib/index.js'
import { describeStore, loadConfiguration, memoryStore, openMemo } from '../../lib/memo/index.js'

async function folder(t: Test, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const made = await realpath(await mkdtemp(path.join(tmpdir(), 'dugout-configuration-')))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(made, name)), { recursive: true })
    await writeFile(path.join(made, name), text)
  }
  return made
}

const YAML = `
environment: office
environments:
  office:
    clusters:
      heavy: { tags: [heavy, slow], store: cache/heavy.sqlite, policy: all }
      default: { store: { type: filesystem, path: cache/files, durability: power }, readOnly: true }
  shared:
    clusters:
      default: { store: 'redis://user:secret@example.org:6379' }
`

t.test('found upwards, and resolved with where each value came from', async (t) => {
  const at = await folder(t, { 'dugout.config.yaml': YAML, 'a/b/empty.txt': '' })
  const found = await loadConfiguration({ folder: path.join(at, 'a/b') })
  t.equal(found.file, path.join(at, 'dugout.config.yaml'))
  t.strictSame(found.environment, { value: 'office', from: 'dugout.config.yaml: environment' })
  const said = (where: string): string => `dugout.config.yaml: environments.office.clusters.${where}`
  t.strictSame(found.clusters, [
    {
      name: 'heavy',
      tags: { value: ['heavy', 'slow'], from: said('heavy.tags') },
      store: { value: { type: 'sqlite', path: path.join(at, 'cache/heavy.sqlite') }, from: said('heavy.store') },
      runner: { value: 'local', from: 'default' },
      policy: { value: 'all', from: said('heavy.policy') },
      readOnly: { value: false, from: 'default' },
    },
    {
      name: 'default',
      tags: { value: [], from: 'default' },
      store: {
        value: { type: 'filesystem', path: path.join(at, 'cache/files'), durability: 'power' },
        from: said('default.store'),
      },
      runner: { value: 'local', from: 'default' },
      policy: { value: 'marked', from: 'default' },
      readOnly: { value: true, from: said('default.readOnly') },
    },
  ])
})

t.test('the environment: an option beats the variable, which beats the file', async (t) => {
  const at = await folder(t, { 'dugout.config.yaml': YAML })
  const before = process.env['DUGOUT_ENVIRONMENT']
  t.teardown(() => {
    if (before === undefined) delete process.env['DUGOUT_ENVIRONMENT']
    else process.env['DUGOUT_ENVIRONMENT'] = before
  })
  process.env['DUGOUT_ENVIRONMENT'] = 'shared'
  const shared = await loadConfiguration({ folder: at })
  t.strictSame(shared.environment, { value: 'shared', from: 'DUGOUT_ENVIRONMENT' })
  const [cluster] = shared.clusters
  t.equal(
    cluster && describeStore(cluster.store.value),
    'redis example.org:6379'.replace(' ', ' redis://'),
    'no password is told',
  )
  const office = await loadConfiguration({ folder: at, environment: 'office' })
  t.strictSame(office.environment, { value: 'office', from: 'an option' })
  await t.rejects(loadConfiguration({ folder: at, environment: 'home' }), {
    code: 'DUGOUT_CONFIGURATION',
    message: /there is no environment "home", which an option asks for; there is office, shared/,
  })
})

t.test('in every form: TypeScript with imports, JavaScript, JSON, YAML', async (t) => {
  const json = JSON.stringify({ environments: { only: { clusters: { default: { store: 'here' } } } } })
  const forms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ts: {
      'dugout.config.ts': `import { name } from './name.ts'\nexport default { environments: { only: { clusters: { default: { store: name as string } } } } } satisfies object\n`,
      'name.ts': `export const name: string = 'here'\n`,
    },
    mjs: { 'dugout.config.mjs': `export default ${json}\n` },
    js: { 'dugout.config.js': `export default Promise.resolve(${json})\n` },
    json: { 'dugout.config.json': json },
    yaml: { 'dugout.config.yaml': 'environments: { only: { clusters: { default: { store: here } } } }' },
    yml: { 'dugout.config.yml': 'environments: { only: { clusters: { default: { store: here } } } }' },
  }
  for (const [form, files] of Object.entries(forms)) {
    const at = await folder(t, files)
    const { clusters, environment } = await loadConfiguration({ folder: at })
    t.strictSame(clusters[0]?.store.value, { type: 'filesystem', path: path.join(at, 'here') }, form)
    t.strictSame(environment, { value: 'only', from: 'the only one' }, form)
  }
})

t.test('without a file: files in .dugout, and nothing is made', async (t) => {
  const at = await folder(t)
  // nothing above a temporary folder has one
  const { file, environment, clusters } = await loadConfiguration({ folder: at })
  t.equal(file, undefined)
  t.strictSame(environment, { value: 'default', from: 'default' })
  t.strictSame(clusters[0]?.store, { value: { type: 'filesystem', path: path.join(at, '.dugout') }, from: 'default' })
  t.notOk(existsSync(path.join(at, '.dugout')))
})

t.test('what is wrong is said, with its place', async (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      'environments: { a: { clusters: { default: { stor: x } } } }',
      /environments\.a\.clusters\.default\.stor: unknown\. Did you mean store\?/,
    ],
    [
      'environments: { a: { clusters: { default: { policy: some } } } }',
      /environments\.a\.clusters\.default\.policy: /,
    ],
    [
      'environments: { a: { clusters: { default: { store: { type: oracle } } } } }',
      /environments\.a\.clusters\.default\.store/,
    ],
    [
      'environments: { a: { clusters: { default: { tags: heavy } } } }',
      /environments\.a\.clusters\.default\.tags: .*Array/,
    ],
    ...['cloud', 'null', '{ name: mine }'].map(
      (runner) =>
        [
          `environments: { a: { clusters: { default: { runner: ${runner} } } } }`,
          /environments\.a\.clusters\.default\.runner: it is neither 'local' nor 'null' in quotation marks, nor has it a name and run\(task\)/,
        ] as const,
    ),
    ['environments: { a: { clusters: {} } }', /environments\.a\.clusters: it has no cluster/],
    ['environment: 5', /environment: /],
    ['', /environments: missing/],
    ['environments: { __proto__: { clusters: {} } }', /__proto__ cannot be a name/],
    ['environments: [', /it cannot be read/],
  ]
  for (const [text, message] of wrong) {
    const at = await folder(t, { 'dugout.config.yaml': text })
    await t.rejects(loadConfiguration({ folder: at }), { code: 'DUGOUT_CONFIGURATION', message }, text)
    await t.rejects(loadConfiguration({ folder: at }), { message: /dugout\.config\.yaml/ }, text)
  }
  const at = await folder(t, {
    'dugout.config.mjs': 'throw new Error("no luck")',
    'x.txt': '',
    'none.mjs': 'export const a = 1',
  })
  await t.rejects(loadConfiguration({ folder: at }), { code: 'DUGOUT_CONFIGURATION', message: /no luck/ })
  await t.rejects(loadConfiguration({ folder: at, file: 'x.txt' }), { message: /it ends in none of/ })
  await t.rejects(loadConfiguration({ folder: at, file: 'none.mjs' }), { message: /no default export/ })
  await t.rejects(loadConfiguration({ folder: at, file: 'gone.yaml' }), { message: /it cannot be read/ })
})

t.test('a memo over a configuration keeps each function in the store of its cluster', async (t) => {
  const at = await folder(t, {
    'dugout.config.mjs': `export default { environments: { only: { clusters: {
      heavy: { tags: ['heavy'], store: 'heavy.sqlite', policy: 'all' },
      off: { tags: ['off'], store: 'off', policy: 'none' },
      default: { store: 'files', policy: (name) => name === 'plain' },
    } } } }\n`,
  })
  const configuration = await loadConfiguration({ folder: at })
  const process = async () => {
    let runs = 0
    const options = (...tags: string[]) => ({ tags, memo: { version: 1 } })
    const leaf = tracked('leaf', () => (runs++, 1), options('heavy'))
    const off = tracked('off', () => (runs++, 2), options('off'))
    const plain = tracked('plain', () => (runs++, leaf() + off()), { memo: { version: 1 } })
    const memo = await openMemo({ configuration })
    memo.registry.addModule({ leaf, off, plain }, 'the test')
    const base = new Context()
    memo.attach(base)
    return { memo, base, leaf, off, plain, runs: () => runs }
  }
  const first = await process()
  t.equal(first.base.get(first.plain), 3)
  const lists = await Promise.all(
    first.memo.clusters.map(async ({ name, records }) => [name, (await records.list()).map(({ node }) => node)]),
  )
  t.strictSame(lists, [
    ['heavy', ['leaf()']],
    ['off', []],
    ['default', ['plain()']],
  ])
  const plain = first.memo.memento(first.base, first.plain)
  t.strictSame(
    plain?.invocations,
    [
      { node: 'leaf()', memento: first.memo.memento(first.base, first.leaf)?.id },
      { node: 'off()', memento: undefined },
    ],
    'also across stores',
  )
  t.equal(first.memo.memento(first.base, first.leaf)?.correlation, plain?.correlation)
  t.match(first.memo.explainMiss(first.base, first.off), { why: 'its results are not kept' })
  await first.memo.close()
  await first.memo.close()
  const second = await process()
  t.equal(second.base.get(second.plain), 3)
  t.equal(second.base.get(second.leaf), 1)
  t.equal(second.runs(), 0)
  t.strictSame(second.memo.counts, { hits: 2, misses: 0 })
  await second.memo.close()
})

t.test('the runner of a cluster: by name, or in a module one of your own', async (t) => {
  const at = await folder(t, {
    'dugout.config.mjs': `export default { environments: { only: { clusters: {
      heavy: { tags: ['heavy'], store: { type: 'memory' }, runner: 'null' },
      told: { tags: ['told'], store: { type: 'memory' }, runner: { name: 'mine', run: (task) => task.here() } },
      here: { tags: ['here'], store: { type: 'memory' }, runner: 'local' },
    } } } }\n`,
    'other/dugout.config.yaml': `environments: { only: { clusters: { default: { runner: "null" } } } }`,
  })
  const configuration = await loadConfiguration({ folder: at })
  const told = 'dugout.config.mjs: environments.only.clusters'
  t.match(
    configuration.clusters.map(({ runner }) => runner),
    [
      { value: 'null', from: `${told}.heavy.runner` },
      { value: { name: 'mine' }, from: `${told}.told.runner` },
      { value: 'local', from: `${told}.here.runner` },
    ],
  )
  const other = await loadConfiguration({ folder: path.join(at, 'other') })
  t.equal(other.clusters[0]?.runner.value, 'null')

  await using memo = await openMemo({ configuration })
  const function_ = (name: string, tags: readonly string[]) => tracked(name, () => name, { tags, memo: { version: 1 } })
  const [heavy, mine, here] = [function_('a', ['heavy']), function_('b', ['told']), function_('c', ['here'])]
  const none = function_('d', [])
  memo.registry.addModule({ heavy, mine, here, none }, 'the test')
  const base = new Context()
  memo.attach(base)
  t.throws(() => base.get(heavy), { code: 'DUGOUT_NOT_RUN' })
  t.equal(base.get(mine), 'b')
  t.equal(base.get(here), 'c')
  t.equal(base.get(none), 'd', 'a function of no cluster runs here')
  t.equal(memo.get(base, heavy, { forceLocal: true }), 'a')
  t.strictSame(
    [heavy, mine, here, none].map((fn) => memo.memento(base, fn)?.runner),
    ['local', 'mine', 'local', undefined],
  )
})

t.test('a store or a configuration, not both and not neither', async (t) => {
  const configuration = await loadConfiguration({ folder: await folder(t) })
  await t.rejects(openMemo({}), { code: 'DUGOUT_CONFIGURATION' })
  await t.rejects(openMemo({ store: memoryStore(), configuration }), { code: 'DUGOUT_CONFIGURATION' })
})
