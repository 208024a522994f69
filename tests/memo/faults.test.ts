// The faults that were verified in Two Sigma's Memento (the system that this room answers to), each shown to be absent. A
// test is named by the fault as it was seen there, with its number where the list of faults has one.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { definitionFrom } from '../../lib/core/node.js'
import { Context, DugoutError, tracked } from '../../lib/index.js'
import { frame } from '../../lib/memo/codec/frame.js'
import { sha256 } from '../../lib/memo/codec/index.js'
import {
  file,
  filesystemStore,
  loadConfiguration,
  memoryStore,
  openMemo,
  partition,
  Records,
  revalidate,
  type SyncStore,
} from '../../lib/memo/index.js'
import { readMemento, writeMemento } from '../../lib/memo/memento.js'
import { Versions } from '../../lib/memo/version.js'
import { Runs } from '../core/helpers.js'

const kept = { memo: { version: 1 } } as const

async function folder(t: Test): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'dugout-faults-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

/** A process of its own over a store, as far as its functions and its graph go. */
async function attached(store: SyncStore, functions: Readonly<Record<string, unknown>>, more: object = {}) {
  const warnings: string[] = []
  const memo = await openMemo({ store, onWarning: (message) => warnings.push(message), ...more })
  memo.registry.addModule(functions, 'the test')
  const base = new Context()
  memo.attach(base)
  return { memo, base, warnings, records: new Records(store) }
}

/** Does an edit of a module give its function `run` another code version? */
async function isSeen(t: Test, before: string, from: string, to: string, helper = ''): Promise<boolean> {
  const run = tracked('run', () => undefined)
  const version = async (text: string, other: string): Promise<string | undefined> => {
    const at = await folder(t)
    await writeFile(path.join(at, 'helper.ts'), other)
    await writeFile(path.join(at, 'model.ts'), `import { tracked } from 'dugout'\n${text}`)
    const versions = new Versions()
    await versions.addModule(pathToFileURL(path.join(at, 'model.ts')).href, { run })
    return versions.of(definitionFrom(run) as never)?.version
  }
  t.ok(before.includes(from) || helper.includes(from), from)
  const [old, edited] = await Promise.all([
    version(before, helper),
    version(before.replace(from, to), helper.replace(from, to)),
  ])
  t.match(old, /^[0-9a-f]{32}$/)
  return old !== edited
}

t.test('1: an edited default argument is not seen, and defaults go stale', async (t) => {
  t.ok(await isSeen(t, "export const run = tracked('run', (a, b = 1) => a + b)", 'b = 1', 'b = 2'))
  const store = memoryStore()
  const first = tracked('f', (a: number, b = 1) => a + b, { memo: { version: 'b = 1' } })
  const one = await attached(store, { first })
  t.strictSame([one.base.get(first.at(1)), one.base.get(first.at(1, 1))], [2, 2])
  const second = tracked('f', (a: number, b = 5) => a + b, { memo: { version: 'b = 5' } })
  const two = await attached(store, { second })
  t.strictSame([two.base.get(second.at(1)), two.base.get(second.at(1, 1))], [6, 2])
})

t.test('2: an entry that was cut, emptied or lost is computed at every call and never healed', async (t) => {
  const at = await folder(t)
  const open = () => filesystemStore(path.join(at, 'store'), { onWarning: () => undefined })
  const ask = async () => {
    const runs = new Runs()
    const table = tracked('table', () => (runs.count('table'), { rows: new Float64Array(10_000).fill(2), n: 1 }), kept)
    const { base } = await attached(open(), { table })
    t.equal(base.get(table).rows[9_999], 2)
    return runs.take()['table'] ?? 0
  }
  const files = () =>
    readdirSync(path.join(at, 'store/v1'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /records|blobs/.test(entry.parentPath ?? entry.path))
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .sort()
  t.equal(await ask(), 1)
  const count = files().length
  t.ok(count >= 3)
  for (const harm of [(one: string) => truncateSync(one, 0), (one: string) => truncateSync(one, 20), rmSync]) {
    for (let i = 0; i < count; i++) {
      const one = files()[i] as string
      harm(one)
      // what explains a version is not needed to find a result
      t.ok((await ask()) <= 1, path.relative(at, one))
      t.equal(await ask(), 0, 'healed')
    }
  }
})

t.test('3: the folder of the store cannot be moved', async (t) => {
  const at = await folder(t)
  const one = tracked('one', () => ({ rows: new Uint8Array(50_000).fill(7) }), kept)
  const first = await attached(filesystemStore(path.join(at, 'here')), { one })
  first.base.get(one)
  renameSync(path.join(at, 'here'), path.join(at, 'there'))
  cpSync(path.join(at, 'there'), path.join(at, 'copy'), { recursive: true })
  for (const place of ['there', 'copy']) {
    const moved = await attached(filesystemStore(path.join(at, place)), { one }, { offline: true })
    t.equal(moved.base.get(one).rows[49_999], 7)
    t.equal((await moved.records.list()).length, 1)
  }
})

t.test(
  '4: a memento that mentions a changed or removed function breaks lists, reads, and callers with a version',
  async (t) => {
    const store = memoryStore()
    const runs = new Runs()
    const callee = (version: number) => tracked('callee', () => version, { memo: { version } })
    const old = callee(1)
    const caller = (inner: () => number) => tracked('caller', () => (runs.count('caller'), inner() * 10), kept)
    const before = caller(old)
    const first = await attached(store, { old, before })
    t.equal(first.base.get(before), 10)
    const changed = callee(2)
    const after = caller(changed)
    const second = await attached(store, { changed, after })
    t.equal(second.base.get(after), 20, 'its version is the same, what it calls is not')
    const alone = caller(() => 3)
    const third = await attached(store, { alone })
    t.equal(third.base.get(alone), 30)
    t.strictSame(runs.take(), { caller: 3 })
    const listed = await third.records.list({ function: 'caller' })
    t.equal(listed.length, 3)
    for (const { id } of listed) t.ok(await third.records.trace(id))
    t.match(third.memo.explainMiss(third.base.fork().tweak(alone, 1), alone), { why: /under these tweaks/ })
  },
)

t.test(
  '5: an error that comes back differs from the first, and a call with too few arguments is remembered for ever',
  async (t) => {
    const store = memoryStore()
    const fails = tracked(
      'fails',
      () => {
        throw new RangeError('too far', { cause: new TypeError('because') })
      },
      { memo: { version: 1, errors: true } },
    )
    const strict = tracked('strict', (text: string) => text.length, kept)
    const caught = async (target: Parameters<Context['get']>[0]): Promise<Error> => {
      const { base } = await attached(store, { fails, strict })
      try {
        base.get(target)
      } catch (error) {
        return error as Error
      }
      throw new Error('it gave a value')
    }
    const errors = [await caught(fails), await caught(fails), await caught(fails)] as const
    for (const one of errors) {
      t.ok(one instanceof RangeError)
      t.strictSame([one.message, one.stack, String(one)], ['too far', errors[0].stack, 'RangeError: too far'])
      t.ok(one.cause instanceof TypeError)
    }
    t.ok((await caught(strict)) instanceof TypeError)
    t.strictSame(await new Records(store).list({ function: 'strict' }), [])
  },
)

t.test('6: rest parameters and methods fail', async (t) => {
  const store = memoryStore()
  const runs = new Runs()
  const sum = tracked('sum', (...all: number[]) => (runs.count('sum'), all.reduce((one, two) => one + two, 0)), kept)
  class Portfolio {
    readonly size = 3
    readonly worth = tracked('worth', () => this.size * sum(1, 2, 3), kept)
  }
  const first = await attached(store, { sum })
  t.equal(first.base.get(new Portfolio().worth), 18)
  const second = await attached(store, { sum })
  t.equal(second.base.get(sum.at(1, 2, 3)), 6)
  t.strictSame(runs.take(), { sum: 1 })
})

t.test('7: asynchronous functions are not supported, and nothing runs beside anything', async (t) => {
  const store = memoryStore()
  let inFlight = 0
  let most = 0
  const slow = tracked(
    'slow',
    async (n: number) => {
      most = Math.max(most, ++inFlight)
      await setTimeout(5)
      inFlight--
      return n
    },
    kept,
  )
  const all = tracked('all', async () => (await Promise.all([slow(1), slow(2), slow(3)])).length, kept)
  const first = await attached(store, { slow, all })
  t.equal(await first.base.get(all), 3)
  t.equal(most, 3)
  const second = await attached(store, { slow, all }, { offline: true })
  t.equal(await second.base.get(all), 3)
})

t.test(
  '8: a partition cannot be read by the call that made it, and an overlay is not kept the first time',
  async (t) => {
    const store = memoryStore()
    const runs = new Runs()
    const below = tracked('below', () => (runs.count('below'), partition({ a: 1, b: 2 })), kept)
    const above = tracked('above', () => (runs.count('above'), partition({ b: 20 }, { over: below() })), kept)
    for (const round of ['made', 'found', 'found again']) {
      const { base, warnings, records } = await attached(store, { below, above })
      t.strictSame([base.get(above).get('a'), base.get(above).get('b')], [1, 20], round)
      t.strictSame([base.get(below).get('a'), base.get(below).get('b')], [1, 2], round)
      t.strictSame([warnings, (await records.list()).length], [[], 2], round)
    }
    t.strictSame(runs.take(), { below: 1, above: 1 })
  },
)

t.test(
  '9: a configuration by a relative path fails, and its limit of memory is not used; sizes are far too small',
  async (t) => {
    const at = await folder(t)
    await mkdir(path.join(at, 'settings'))
    const text =
      'environments: { a: { clusters: { default: { store: { type: memory, maxBytes: 300000 }, policy: all } } } }'
    await writeFile(path.join(at, 'settings/dugout.config.yaml'), text)
    const configuration = await loadConfiguration({ folder: at, file: 'settings/dugout.config.yaml' })
    const memo = await openMemo({ configuration })
    const large = tracked('large', (n: number) => ({ bytes: new Uint8Array(200_000).fill(n) }), kept)
    memo.registry.addModule({ large }, 'the test')
    const base = new Context()
    memo.attach(base)
    base.get(large.at(1))
    const [first] = await memo.records.list()
    t.ok((first?.size ?? 0) > 200_000, 'what is in an object counts')
    for (let n = 2; n < 8; n++) base.get(large.at(n))
    const store = memo.clusters[0]?.store as SyncStore
    t.ok(store.gc({ maxBytes: 300_000, grace: 0 }).keptBytes <= 300_000)
    t.ok((await memo.records.list()).length < 7)
  },
)

t.test('10: a call with modifiers has no dependencies; mistakes are bare assertions', async (t) => {
  const store = memoryStore()
  const x = tracked('x', () => 1, kept)
  const top = tracked('top', () => x() + 1, kept)
  const { base, memo, records } = await attached(store, { x, top })
  await memo.get(base, top, { refresh: true, ignoreResult: true })
  t.match(await records.list({ function: 'top' }), [{ invocations: [{ node: 'x()' }] }])
  t.equal(base.fork().tweak(x, 5).get(top), 6, 'a tweak of what it called is seen')
  const mistakes = [
    () => openMemo({}),
    () => records.memento('none'),
    () => loadConfiguration({ file: 'nowhere.yaml' }),
    () => attached(store, { x, other: tracked('x', () => 2) }),
    () => Promise.resolve().then(() => top()),
  ]
  for (const mistake of mistakes) {
    const error: unknown = await mistake().catch((one: unknown) => one)
    t.ok(error instanceof DugoutError && error.code.startsWith('DUGOUT_'), String(error))
  }
})

t.test('11: reading what is stored runs code, and nothing is ever collected', async (t) => {
  const store = memoryStore()
  const runs = new Runs()
  const value = { name: 'x' }
  const one = tracked('one', () => (runs.count('one'), value), kept)
  const first = await attached(store, { one })
  first.base.get(one)
  // another value under the right key, with all checksums right, that names code in every way that a form can
  let isRun = false
  Object.assign(globalThis, { harm: () => (isRun = true) })
  t.teardown(() => delete (globalThis as { harm?: unknown }).harm)
  const forms = [
    '{"$":"#","t":"constructor","v":"harm()"}',
    '{"$":"#","t":"Function","v":["harm()"]}',
    '{"$":"Function","v":"harm()"}',
    '{"$":"Error","c":"harm","h":{},"v":{}}',
    '{"a":{"$":"__proto__","v":"harm()"}}',
  ]
  for (const form of forms) {
    for (const record of [...store.records()]) {
      const stored = record.id === 'memento' ? readMemento(record.bytes) : undefined
      if (stored === undefined) continue
      const bytes = frame(form, true)
      const changed = { ...stored.memento, hash: sha256(bytes) }
      store.writeRecord({ ...record, bytes: writeMemento(changed, bytes) })
    }
    const other = await attached(store, { one })
    t.strictSame(other.base.get(one), value, form)
    t.match(other.warnings, [/A stored result of one\(\) is not used/], form)
  }
  t.notOk(isRun)
  t.strictSame(runs.take(), { one: 1 + forms.length })
  // a blob of this very millisecond is not older than no grace at all
  await setTimeout(2)
  t.equal(store.gc({ maxCount: 0, grace: 0 }).keptRecords, 0)
  t.strictSame([store.stats().records, store.stats().bytes], [0, 0])
})

t.test(
  '12: the stack of calls is confused by what runs at once; times include callees; locks are left behind',
  async (t) => {
    const at = await folder(t)
    const store = filesystemStore(path.join(at, 'store'))
    const leaf = tracked('leaf', async (n: number) => (await setTimeout(n), n), kept)
    const top = tracked(
      'top',
      async (n: number) => (await setTimeout(3 - n), (await leaf(n)) + (await leaf(n + 10))),
      kept,
    )
    const { base, records } = await attached(store, { leaf, top })
    await Promise.all([1, 2, 3].map((n) => base.get(top.at(n))))
    for (const n of [1, 2, 3]) {
      const [memento] = await records.list({ node: `top(${n})` })
      t.strictSame(
        memento?.invocations.map(({ node }) => node),
        [`leaf(${n})`, `leaf(${n + 10})`],
      )
      const [one] = await records.list({ node: `leaf(${n + 10})` })
      t.ok((memento?.duration ?? 0) - (memento?.ownDuration ?? 0) >= (one?.duration ?? Number.NaN))
    }
    const locks = path.join(at, 'store/v1/locks')
    t.strictSame(existsSync(locks) ? readdirSync(locks) : [], [])
  },
)

t.test('a version of 0 is refused', async (t) => {
  const store = memoryStore()
  const zero = tracked('zero', () => 1, { memo: { version: 0 } })
  const { base, memo } = await attached(store, { zero })
  t.equal(base.get(zero), 1)
  t.match(memo.memento(base, zero), { version: 'v:0' })
})

t.test('to ignore the result of a hit that is an error gives nothing instead of throwing', async (t) => {
  const store = memoryStore()
  const fails = tracked(
    'fails',
    (): number => {
      throw new RangeError('no')
    },
    { memo: { version: 1, errors: true } },
  )
  for (const round of ['computed', 'found']) {
    const { base, memo } = await attached(store, { fails })
    t.throws(() => memo.get(base, fails, { ignoreResult: true }), RangeError, round)
  }
})

t.test('a value that cannot be stored is an error once the work is done', async (t) => {
  const { base, warnings } = await attached(memoryStore(), {})
  const made = () => 1
  const gives = tracked('gives', () => ({ made }), kept)
  t.equal(base.get(gives).made, made)
  t.match(warnings, [/^gives\(\) is not kept: the result of gives\(\)\.made cannot be stored/])
})

t.test('who changes a result changes what is stored', async (t) => {
  const store = memoryStore()
  const list = tracked('list', () => [1, 2], kept)
  const first = await attached(store, { list })
  first.base.get(list).push(3)
  const second = await attached(store, { list })
  const found = second.base.get(list)
  t.strictSame(found, [1, 2])
  found.push(4)
  t.strictSame((await attached(store, { list })).base.get(list), [1, 2])
})

t.test('a mere lookup leaves something in the store', async (t) => {
  const store = memoryStore()
  const one = tracked('one', () => 1, kept)
  const { base, memo, records } = await attached(store, { one }, { readOnly: true })
  base.get(one)
  memo.explainMiss(base, one)
  t.strictSame(await records.list(), [])
  t.equal(store.stats().records, 0)
})

t.test('to run nothing fails although the result is there', async (t) => {
  const store = memoryStore()
  const one = tracked('one', () => 1, kept)
  ;(await attached(store, { one })).base.get(one)
  const { base } = await attached(store, { one }, { offline: true })
  t.equal(base.get(one), 1)
  const other = tracked('other', () => 1, kept)
  t.throws(() => base.get(other), { code: 'DUGOUT_OFFLINE' })
})

t.test('a changed file is recorded, and the old result given all the same', async (t) => {
  const at = path.join(await folder(t), 'prices.csv')
  writeFileSync(at, '3')
  const store = memoryStore()
  const price = tracked('price', () => Number(String(file(at))), kept)
  const total = tracked('total', () => price() * 2, kept)
  const first = await attached(store, { price, total })
  t.equal(first.base.get(total), 6)
  writeFileSync(at, '4')
  t.equal((await attached(store, { price, total })).base.get(total), 8)
  await revalidate(first.base)
  t.equal(first.base.get(total), 8)
})

t.test('four processes compute the same four times', async (t) => {
  const at = await folder(t)
  const code = `
    import { Context, tracked } from ${JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)}
    import { filesystemStore, openMemo } from ${JSON.stringify(new URL('../../lib/memo/index.js', import.meta.url).href)}
    import { appendFileSync } from 'node:fs'
    import { setTimeout } from 'node:timers/promises'
    const slow = tracked('slow', async () => { appendFileSync('ran', 'x'); await setTimeout(300); return 1 }, { memo: { version: 1 } })
    const memo = await openMemo({ store: filesystemStore('store') })
    const base = new Context()
    memo.attach(base)
    if ((await base.get(slow)) !== 1) throw new Error('wrong')
  `
  await writeFile(path.join(at, 'run.mjs'), code)
  const run = () =>
    new Promise<number | null>((resolve) => {
      const env = { ...process.env, NODE_V8_COVERAGE: '' }
      spawn(process.execPath, ['run.mjs'], { cwd: at, env, stdio: 'inherit' }).on('exit', resolve)
    })
  t.strictSame(await Promise.all([run(), run(), run(), run()]), [0, 0, 0, 0])
  t.equal(readFileSync(path.join(at, 'ran'), 'utf8'), 'x')
})

const unseen: readonly (readonly [what: string, code: string, from: string, to: string, helper?: string])[] = [
  [
    'a method called through a local',
    "class Rate { of() { return 1 } }\nexport const run = tracked('run', () => { const rate = new Rate(); return rate.of() })",
    'return 1',
    'return 2',
  ],
  [
    'a constructor',
    "class Rate { constructor() { this.value = 1 } }\nexport const run = tracked('run', () => new Rate().value)",
    'value = 1',
    'value = 2',
  ],
  [
    'a base class',
    "class Base { of() { return 1 } }\nclass Rate extends Base {}\nexport const run = tracked('run', () => new Rate().of())",
    'return 1',
    'return 2',
  ],
  [
    'a helper in another file',
    "import { help } from './helper.ts'\nexport const run = tracked('run', () => help())",
    'return 1',
    'return 2',
    'export function help() { return 1 }',
  ],
  [
    'an import inside the function',
    "export const run = tracked('run', async () => (await import('./helper.ts')).help())",
    'return 1',
    'return 2',
    'export function help() { return 1 }',
  ],
  [
    'what a closure captured',
    "const make = (by) => (x) => x * by\nconst twice = make(2)\nexport const run = tracked('run', (x) => twice(x))",
    'make(2)',
    'make(3)',
  ],
  [
    'the target of a bound function',
    "function add(a, b) { return a + b }\nconst more = add.bind(null, 1)\nexport const run = tracked('run', (x) => more(x))",
    'a + b',
    'a - b',
  ],
  [
    'a set',
    "const regions = new Set(['EU'])\nexport const run = tracked('run', (x) => regions.has(x))",
    "'EU'",
    "'US'",
  ],
  ['bytes', "const key = new Uint8Array([1, 2])\nexport const run = tracked('run', () => key[0])", '[1, 2]', '[3, 2]'],
  [
    'a function looked up by name',
    "const table = { double: (x) => x * 2 }\nexport const run = tracked('run', (name, x) => table[name](x))",
    'x * 2',
    'x * 3',
  ],
]
for (const [what, code, from, to, helper] of unseen) {
  t.test(`an edit is not seen: of ${what}`, async (t) => {
    t.ok(await isSeen(t, code, from, to, helper))
  })
}

t.test('an edit that says nothing makes everything anew: of a comment, of the types', async (t) => {
  const code = "/** It runs. */\nexport const run = tracked('run', (x: number): number => x + 1)"
  t.notOk(await isSeen(t, code, 'It runs.', 'It goes.'))
  t.notOk(await isSeen(t, code, ': number => x', ': unknown => x'))
})
