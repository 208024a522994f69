// The commands of stores and `dugout config`: the built command over a store that a model of another process filled.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { Context } from '../../lib/index.js'
import { filesystemStore, openMemo, openStore, Records, type Store, signedStore } from '../../lib/memo/index.js'
import { isRedisHere, startRedis } from '../memo/redis-server.js'
import * as model from './models/kept.js'
import { binary, dugout, json, type Ran, root, rows } from './run.js'

const source = path.join(root, 'tests/cli/models/kept.ts')

async function fill(store: Store): Promise<void> {
  const memo = await openMemo({ store, modules: [{ url: pathToFileURL(source), exports: model }] })
  const base = new Context()
  memo.attach(base)
  const get = async (context: Context, target: Parameters<Context['get']>[0]) => {
    await memo.prefetch(context, [target])
    return context.get(target)
  }
  await get(base, model.profit)
  await get(base.fork().tweak(model.price, 90), model.profit)
  await get(base, model.sold.at('US')).catch(() => undefined)
  await memo.settled()
}

async function folder(t: Test): Promise<string> {
  const made = await realpath(await mkdtemp(path.join(tmpdir(), 'dugout-cli-store-')))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

/** A store of files, filled. */
async function filled(t: Test) {
  const at = await folder(t)
  const where = path.join(at, 'store')
  const store = filesystemStore(where, { durability: 'process' })
  await fill(store)
  const records = new Records(store)
  return { at, where, store, records, option: ['--store', where] as const }
}

/** The model with another margin. */
async function copied(at: string, margin: string): Promise<string> {
  const folder = path.dirname(source)
  await cp(source, path.join(at, 'kept.ts'))
  await writeFile(
    path.join(at, 'margin.ts'),
    (await readFile(path.join(folder, 'margin.ts'), 'utf8')).replace('0.2', margin),
  )
  return path.join(at, 'kept.ts')
}

/** In another working directory. */
function dugoutIn(cwd: string, ...args: readonly string[]): Promise<Ran> {
  return dugoutWith({}, cwd, ...args)
}

/** With other environment variables. */
function dugoutWith(variables: Record<string, string>, cwd: string, ...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, COLUMNS: '160', NODE_V8_COVERAGE: '', ...variables }
  return new Promise((resolve) => {
    execFile(process.execPath, [binary, ...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

void t.test('ls: what is kept, and filters', async (t) => {
  const { option, records } = await filled(t)
  const calls = async (...args: readonly string[]) =>
    (await json<{ node: string }[]>('store', 'ls', ...args, ...option)).map(({ node }) => node).sort()
  const [all, volumes, tweaked, plain, errors, top, call] = await Promise.all([
    calls(),
    calls('volume'),
    calls('--tweaks', 'price=value 90'),
    calls('profit', '--tweaks', ''),
    calls('--errors'),
    calls('--top', '2'),
    calls('--call', 'volume("EU")'),
  ])
  t.same(all, ['profit()', 'profit()', 'revenue()', 'revenue()', 'sold("US")', 'volume("EU")', 'volume("US")'])
  t.same(volumes, ['volume("EU")', 'volume("US")'])
  t.same(tweaked, ['profit()', 'revenue()'])
  t.same(plain, ['profit()'])
  t.same(errors, ['sold("US")'])
  t.equal(top.length, 2)
  t.same(call, ['volume("EU")'])
  const [profit] = await records.list({ function: 'profit', tweaks: '' })
  t.same(await calls('--correlation', profit?.correlation ?? ''), [
    'profit()',
    'revenue()',
    'volume("EU")',
    'volume("US")',
  ])
  t.same(await calls('--since', '1h', '--until', '2000-01-01'), [])
  const text = await dugout('store', 'ls', 'profit', '--top', '1', ...option)
  t.match(text, { code: 0, stdout: /id +call +kind +bytes +started[^]*profit\(\)[^]*1 more; --top shows them\./ })
  const csv = await dugout('store', 'ls', 'profit', '--csv', ...option)
  t.match(csv.stdout, /^id,call,kind,bytes,started,own,total,tweaks\r\n/)
  const untouched = await dugout('store', 'ls', 'volume', ...option)
  t.notMatch(untouched.stdout, /tweaks/, 'where nothing is tweaked, nothing is said of tweaks')
  const nothing = await dugout('store', 'ls', 'nobody', ...option)
  t.match(nothing, { code: 0, stdout: /^Nothing is kept in .*store of which that is true\.\n$/ })
  for (const hash of ['missing', 'etag:"1"', 'last-modified:Tue, 24 Nov 2026 10:00:00 GMT'])
    t.same(await calls('--input', hash), [])
})

void t.test('show: a result by its id; metadata is put', async (t) => {
  const { option, records } = await filled(t)
  const [memento] = await records.list({ function: 'profit', tweaks: 'price' })
  const id = memento?.id ?? ''
  const shown = await json<Record<string, unknown>>('store', 'show', id, ...option)
  t.match(shown, {
    id,
    node: 'profit()',
    value: 14_400,
    tweaks: 'price=value 90',
    kind: 'value',
    invocations: [{ node: 'revenue()' }],
  })
  const text = await dugout('store', 'show', id, '--rules', ...option)
  t.match(text.stdout, /^profit\(\) = 14400\n/)
  t.match(text.stdout, /^tweaks:\n {2}price=value 90$/m)
  t.match(text.stdout, /^calls:\n {2}revenue\(\) [0-9a-f-]{36}$/m)
  t.match(text.stdout, /^ {2}code MARGIN [0-9a-f]{12} MARGIN = 0\.2$/m)
  t.equal((await dugout('store', 'show', id, '--put', 'reviewed={"by":"A"}', ...option)).code, 0)
  t.match(await json('store', 'show', id, ...option), { metadata: { reviewed: { by: 'A' } } })
  await records.putMetadata(id, '\u001b[2Jcleared', '\u202eturned')
  const printed = (await dugout('store', 'show', id, ...option)).stdout
  t.match(printed, '\ufffd[2Jcleared')
  for (const mark of ['\u001b', '\u202e'])
    t.notOk(printed.includes(mark), 'what others wrote does nothing to the terminal')
  const [error] = await records.list({ kind: 'error' })
  t.match(await json('store', 'show', error?.id ?? '', ...option), { error: 'RangeError: nothing is sold in US' })
})

void t.test('trace: a tree, and graphs', async (t) => {
  const { option, records } = await filled(t)
  const [memento] = await records.list({ function: 'profit', tweaks: 'price' })
  const [tree, shallow, dot] = await Promise.all([
    dugout('store', 'trace', memento?.id ?? '', ...option),
    dugout('store', 'trace', memento?.id ?? '', '--depth', '1', ...option),
    dugout('store', 'trace', memento?.id ?? '', '--as', 'dot', ...option),
  ])
  const line = '[\\d.]+ ms, [0-9a-f-]{36}'
  t.match(
    tree.stdout,
    new RegExp(
      `^profit\\(\\), ${line}\n└ revenue\\(\\), ${line}\n  ├ price\\(\\), tweaked\n  ├ volume\\("EU"\\), ${line}\n  └ volume\\("US"\\), ${line}\n$`,
    ),
  )
  t.equal(shallow.stdout.trimEnd().split('\n').length, 2)
  t.match(dot.stdout, /^digraph "profit\(\)" \{[^]*"revenue\(\)" -> "profit\(\)"/)
})

void t.test('why-miss: what changed, from what to what; and where nothing is missing', async (t) => {
  const { at, option } = await filled(t)
  const edited = await copied(at, '0.3')
  const [found, tweaked, changed, kept] = await Promise.all([
    dugout('store', 'why-miss', source, 'profit', ...option),
    dugout('store', 'why-miss', source, 'profit', '--tweak', 'price=80', ...option),
    json<{ changes: unknown }[]>('store', 'why-miss', edited, 'profit', ...option),
    dugout('store', 'why-miss', edited, 'revenue', ...option),
  ])
  t.match(found, { code: 0, stdout: 'profit() is answered by the store.\n' })
  t.match(tweaked, {
    code: 0,
    stdout: /is not answered: nothing is kept of this call under these tweaks: price=value 80/,
  })
  t.same(changed[0]?.changes, [{ function: 'profit', rule: 'MARGIN', from: 'MARGIN = 0.2', to: 'MARGIN = 0.3' }])
  t.match(kept, { stdout: 'revenue() is answered by the store.\n' }, 'what the edit does not reach')
})

void t.test('forget: says what it would be first', async (t) => {
  const { option, records } = await filled(t)
  const count = async () => (await records.list()).length
  const dry = await dugout('store', 'forget', '--function', 'volume', '--dry-run', ...option)
  t.match(dry, { code: 0, stdout: /volume\("EU"\)[^]*2 results would be forgotten\. Nothing was: --dry-run\./ })
  t.equal(await count(), 7)
  t.match(await dugout('store', 'forget', '--function', 'volume', '--call', 'volume("EU")', ...option), {
    stdout: /1 result forgotten\./,
  })
  t.equal(await count(), 6)
  const [profit] = await records.list({ function: 'profit' })
  t.match(await json('store', 'forget', profit?.id ?? '', ...option), {
    dryRun: false,
    mementos: [{ node: 'profit()' }],
  })
  t.match(await dugout('store', 'forget', '--errors', ...option), { stdout: /sold\("US"\)[^]*1 result forgotten/ })
  t.match(await dugout('store', 'forget', '--everything', ...option), { code: 0 })
  t.equal(await count(), 0)
})

void t.test('gc: limits, outdated code, dry run', async (t) => {
  const { at, option, records, store } = await filled(t)
  const before = store.stats().records
  const dry = await dugout('store', 'gc', '--max-count', '0', '--grace', '0s', '--dry-run', ...option)
  t.equal(dry.code, 2, 'a count is at least one')
  const gone = await json<{ removed: unknown[] }>('store', 'gc', '--max-count', '1', '--dry-run', ...option)
  t.equal(gone.removed.length, before - 1)
  t.equal(store.stats().records, before)
  const edited = await copied(at, '0.3')
  t.match(await dugout('store', 'gc', '--outdated', source, ...option), { stdout: /^0 records, / })
  const text = await dugout('store', 'gc', '--outdated', edited, ...option)
  t.match(text, { code: 0, stdout: /function +code version +records[^]*profit[^]*are gone\. \d+ records stay, / })
  t.same([...new Set((await records.list()).map(({ function: fn }) => fn))].sort(), ['revenue', 'sold', 'volume'])
  const dearer = path.join(at, 'dearer.ts')
  await writeFile(dearer, (await readFile(source, 'utf8')).replace('=> 100', '=> 110'))
  t.match(await dugout('store', 'gc', '--outdated', dearer, ...option), { stdout: /revenue[^]*are gone/ })
  t.same(
    (await records.list({ function: 'revenue' })).map(({ tweaks }) => tweaks),
    ['price=value 90'],
    'what reached the function that changed; where that was tweaked its code did not matter',
  )
  t.match(await dugout('store', 'gc', '--max-bytes', '0b', '--grace', '0s', ...option), { code: 0 })
  t.equal(store.stats().records + store.stats().blobs, 0)
})

void t.test('verify: exit code 1 where something is damaged; a dry run leaves it', async (t) => {
  const { where, option } = await filled(t)
  t.match(await dugout('store', 'verify', ...option), {
    code: 0,
    stdout: /^\d+ records and \d+ blobs are whole, 0 damaged\.\n$/,
  })
  const files = await readdir(path.join(where, 'v1/records'), { recursive: true, withFileTypes: true })
  const file = files.find((entry) => entry.isFile())
  await writeFile(path.join(file?.parentPath ?? '', file?.name ?? ''), 'damaged')
  t.match(await dugout('store', 'verify', '--dry-run', ...option), { code: 1, stdout: /record .*no\n[^]*1 damaged/ })
  t.match(await dugout('store', 'verify', ...option), { code: 1, stdout: /record .*yes\n[^]*1 damaged/ })
  t.match(await json('store', 'verify', ...option), { damages: [] })
})

void t.test('export and import, also into a store of another kind; stats', async (t) => {
  const { at, option, store } = await filled(t)
  const file = path.join(at, 'all.dugout')
  const sqlite = path.join(at, 'other.sqlite')
  t.match(await dugout('store', 'export', file, ...option), {
    code: 0,
    stdout: /^\d+ records and \d+ blobs, .* written to /,
  })
  t.match(await dugout('store', 'import', file, '--dry-run', '--store', sqlite), {
    code: 0,
    stdout: /all whole\. Nothing was imported/,
  })
  t.match(await dugout('store', 'import', file, '--store', sqlite), { code: 0, stdout: /imported\.\n$/ })
  const stats = await json<{ records: number; functions: { function: string; results: number }[] }>(
    'store',
    'stats',
    '--store',
    sqlite,
  )
  t.equal(stats.records, store.stats().records)
  t.same(stats.functions.map(({ function: fn, results }) => [fn, results]).sort(), [
    ['profit', 2],
    ['revenue', 2],
    ['sold', 1],
    ['volume', 2],
  ])
  t.match(await rows('store', 'ls', '--format', 'csv', '--store', sqlite).catch(() => 'not JSON'), 'not JSON')
  t.match(await dugout('store', 'why-miss', source, 'profit', '--store', sqlite), {
    stdout: /is answered by the store/,
  })
  await writeFile(file, 'x'.repeat(1000))
  t.match(await dugout('store', 'import', file, ...option), {
    code: 2,
    stderr: /cannot be imported: it is no export of a store/,
  })
})

void t.test(
  'a Redis server is a store like any other',
  { skip: isRedisHere() ? false : 'there is no redis-server here' },
  async (t) => {
    const server = await startRedis()
    t.teardown(server.stop)
    const file = path.join(await folder(t), 'all.dugout')
    const store = await openStore(server.url)
    await fill(store)
    await store.close()
    const option = ['--store', server.url] as const
    const listed = await json<{ node: string; id: string }[]>('store', 'ls', ...option)
    t.equal(listed.length, 7)
    const id = listed.find(({ node }) => node === 'profit()')?.id ?? ''
    t.match(await dugout('store', 'trace', id, ...option), { code: 0, stdout: /^profit\(\), .*\n└ revenue\(\), / })
    t.match(await dugout('store', 'why-miss', source, 'profit', ...option), {
      stdout: 'profit() is answered by the store.\n',
    })
    t.match(await dugout('store', 'verify', ...option), { code: 0 })
    t.match(await dugout('store', 'export', file, ...option), { code: 0 })
    t.match(await dugout('store', 'forget', '--everything', ...option), { stdout: /7 results forgotten/ })
    t.match(await dugout('store', 'import', file, ...option), { code: 0 })
    t.equal((await json<unknown[]>('store', 'ls', ...option)).length, 7)
  },
)

void t.test('wrong usage: exit code 2, and what to do; nothing is made', async (t) => {
  const { at, option, records } = await filled(t)
  const none = path.join(at, 'none')
  const text = path.join(at, 'text.db')
  await writeFile(text, 'this is no database, but somebody needs it')
  const wrong = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await dugout('store', ...args)
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
  }
  await Promise.all([
    wrong(/There is no store in .*none\. Name one/, 'ls', '--store', none),
    wrong(/none\.sqlite: no such file/, 'stats', '--store', `${none}.sqlite`),
    wrong(/text\.db is no SQLite database/, 'ls', '--store', text),
    wrong(/has no memento "zzz".*dugout store ls/, 'show', 'zzz', ...option),
    wrong(/\d mementos whose id begins with 0/, 'show', '0', ...option),
    wrong(/Say what to forget/, 'forget', ...option),
    wrong(/Say what to forget/, 'forget', '--everything', '--errors', ...option),
    wrong(/add --function/, 'forget', '--everything', '--call', 'x()', ...option),
  ])
  await Promise.all([
    wrong(/--since is soon; it is a date/, 'ls', '--since', 'soon', ...option),
    wrong(/--max-age is 30; it is a time/, 'gc', '--max-age', '30', ...option),
    wrong(/--max-bytes is much; it is bytes/, 'gc', '--max-bytes', 'much', ...option),
    wrong(/--input is prices; it is a file, or the hash/, 'ls', '--input', 'prices', ...option),
    wrong(/none: no such file/, 'import', none, ...option),
    wrong(/Did you mean verify\?/, 'verif', ...option),
    wrong(/A store in memory/, 'ls', '--store', 'memory'),
  ])
  t.notOk(existsSync(none) || existsSync(`${none}.sqlite`))
  t.equal(await readFile(text, 'utf8'), 'this is no database, but somebody needs it')
  t.equal((await records.list()).length, 7)
})

void t.test('config: resolved, with where each value came from; stores of commands come from it', async (t) => {
  const { at, where } = await filled(t)
  await cp(where, path.join(at, 'project/kept/heavy'), { recursive: true })
  const below = path.join(at, 'project/a/b')
  await cp(path.join(root, 'tests/cli/models'), below, { recursive: true })
  await writeFile(
    path.join(at, 'project/dugout.config.ts'),
    `const folder: string = 'kept'
export default {
  environments: {
    office: { clusters: { heavy: { tags: ['result'], store: \`\${folder}/heavy\`, runner: 'null' }, default: { store: 'kept/rest', policy: 'all', runner: { name: 'own', run: (task: { here(): unknown }) => task.here() } } } },
    shared: { clusters: { default: { store: 'redis://u:secret@example.org' } } },
  },
  environment: 'office',
}\n`,
  )
  const told = await dugoutIn(below, 'config')
  t.equal(told.code, 0, told.stderr)
  t.match(told.stdout, /environment +office +dugout\.config\.ts: environment\n/)
  t.match(
    told.stdout,
    /clusters\.heavy\.store +filesystem .*kept\/heavy +dugout\.config\.ts: environments\.office\.clusters\.heavy\.store\n/,
  )
  t.match(told.stdout, /clusters\.heavy\.policy +marked +default\n/)
  t.match(
    told.stdout,
    /clusters\.heavy\.runner +null +dugout\.config\.ts: environments\.office\.clusters\.heavy\.runner\n/,
  )
  t.match(told.stdout, /clusters\.default\.runner +own +dugout\.config\.ts: .*\n/)
  const shared = await dugoutIn(below, 'config', '--environment', 'shared', '--json')
  t.match(JSON.stringify(JSON.parse(shared.stdout)), /"clusters\.default\.store","redis redis:\/\/example\.org"/)
  t.notMatch(shared.stdout, /secret/)
  t.match(await dugoutIn(below, 'store', 'ls', 'profit', '--cluster', 'heavy', '--json'), {
    code: 0,
    stdout: /"node": "profit\(\)"/,
  })
  t.match(await dugoutIn(below, 'store', 'ls'), { code: 2, stderr: /There is no store in .*kept\/rest/ })
  t.match(await dugoutIn(below, 'store', 'ls', '--cluster', 'x'), {
    code: 2,
    stderr: /There is no cluster "x".*there is heavy, default/,
  })
  t.match(await dugoutIn(below, 'config', '--environment', 'x'), { code: 2, stderr: /there is no environment "x"/ })
  await writeFile(path.join(at, 'project/dugout.config.ts'), 'export default { environment: 1 }')
  t.match(await dugoutIn(below, 'config'), { code: 2, stdout: '', stderr: /environment: .*\n.*environments: missing/ })
  t.match(await dugoutIn(at, 'config'), { code: 0, stdout: /There is no dugout\.config\.\* here or above\./ })
})

void t.test(
  'a signed store: the configuration names the variable of its secret, and every command works on it',
  async (t) => {
    const at = await folder(t)
    const secret = 'pssst: a secret that is long enough'
    const variables = { DUGOUT_TEST_SECRET: secret }
    await fill(signedStore(filesystemStore(path.join(at, 'kept'), { durability: 'process' }), { secret }))
    const store = { type: 'filesystem', path: 'kept', secret: { env: 'DUGOUT_TEST_SECRET' } }
    await writeFile(
      path.join(at, 'dugout.config.json'),
      JSON.stringify({ environments: { only: { clusters: { default: { store } } } } }),
    )
    const ask = (...args: string[]) => dugoutWith(variables, at, ...args)
    const config = await ask('config')
    t.match(config, { code: 0, stdout: /store +filesystem .*kept signed by DUGOUT_TEST_SECRET +dugout\.config\.json/ })
    const listed = await ask('store', 'ls', '--json')
    const [first] = JSON.parse(listed.stdout) as { id: string }[]
    t.equal((JSON.parse(listed.stdout) as unknown[]).length, 7)
    const done = [
      config,
      listed,
      await ask('store', 'show', first?.id ?? ''),
      await ask('store', 'stats'),
      await ask('store', 'export', 'one.dugout'),
      await ask('store', 'forget', '--function', 'profit'),
      await ask('store', 'import', 'one.dugout'),
      await ask('store', 'verify'),
      await ask('store', 'gc', '--max-count', '100'),
    ]
    for (const { code, stdout, stderr } of done) {
      t.equal(code, 0, stdout + stderr)
      t.equal(stderr, '')
      t.notMatch(stdout, /pssst/)
    }
    t.equal((JSON.parse((await ask('store', 'ls', '--json')).stdout) as unknown[]).length, 7)
    const other = await dugoutWith({ DUGOUT_TEST_SECRET: secret.toUpperCase() }, at, 'store', 'ls', '--json')
    t.match(other, { code: 0, stdout: /^\[\]\n$/, stderr: /is not signed with a secret of this store/ })
    t.match(await dugoutIn(at, 'store', 'ls'), { code: 2, stdout: '', stderr: /variable DUGOUT_TEST_SECRET/ })
    t.match(await dugoutIn(at, 'config'), { code: 0 }, 'what a configuration comes to needs no secret')
  },
)

void t.test('completion of commands of stores', async (t) => {
  const complete = async (...words: string[]): Promise<string[]> =>
    (await dugout('complete', '--', ...words)).stdout.split('\n').slice(0, -1)
  const [commands, options, choices, targets, ids] = await Promise.all([
    complete('store', 's'),
    complete('store', 'gc', '--max-'),
    complete('store', 'trace', 'id', '--as', ''),
    complete('store', 'why-miss', source, 'pro'),
    complete('store', 'show', ''),
  ])
  t.same(commands, ['show', 'stats'])
  t.same(options, ['--max-bytes', '--max-age', '--max-count'])
  t.same(choices, ['tree', 'dot', 'mermaid'])
  t.same(targets, ['profit'])
  t.same(ids, [])
})

void t.test('every command of stores has help with examples', async (t) => {
  const names = ['ls', 'show', 'trace', 'why-miss', 'forget', 'gc', 'verify', 'export', 'import', 'stats']
  const helps = await Promise.all(names.map((name) => dugout('store', name, '--help')))
  for (const [i, help] of helps.entries())
    t.match(help, { code: 0, stdout: new RegExp(`Examples:\n {2}\\$ dugout store ${names[i]}`) })
})
