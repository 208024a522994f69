// A signed store shows what was signed with its secret, for the place where it stands, and nothing else.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { Context, tracked } from '../../lib/index.js'
import {
  describeStore,
  exportStore,
  filesystemStore,
  importStore,
  layeredStore,
  loadConfiguration,
  memoryStore,
  type NewRecord,
  nullStore,
  openMemo,
  openStore,
  Records,
  SecretError,
  type StoreDescription,
  type StoredRecord,
  type SyncStore,
  signedStore,
} from '../../lib/memo/index.js'
import { type MakeFixture, storeConformance } from '../../lib/memo/testing.js'
import { later } from './later.js'

const ours = 'our secret, which is long enough: 0001'
const theirs = Buffer.from('their secret, which is long enough: 2')
const key = (digit: string): string => digit.repeat(64)

async function folder(): Promise<{ root: string; remove: () => Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'dugout-signed-'))
  return { root, remove: () => rm(root, { recursive: true }) }
}

function conforms(name: string, make: MakeFixture): void {
  void t.test(name, async (t) => storeConformance((name, body) => t.test(name, body), make))
}

conforms('signed memory', (options) => ({ store: signedStore(memoryStore(options), { secret: ours }) }))

conforms('signed files', async (options) => {
  const { root, remove } = await folder()
  const open = () => signedStore(filesystemStore(root, { ...options, durability: 'process' }), { secret: ours })
  return { store: open(), another: open, remove }
})

conforms('a signed store that has to be awaited', (options) => {
  const below = later(memoryStore(options))
  const open = () => signedStore(below, { secret: theirs })
  return { store: open(), another: open }
})

conforms('memory over signed files', async (options) => {
  const { root, remove } = await folder()
  const files = signedStore(filesystemStore(root, { ...options, durability: 'process' }), { secret: ours })
  return { store: layeredStore([memoryStore(options), files], options), remove }
})

conforms('signed, with an older secret beside it that another writer uses still', (options) => {
  const below = memoryStore(options)
  return {
    store: signedStore(below, { secrets: [ours, theirs] }),
    another: () => signedStore(below, { secrets: [ours, theirs] }),
  }
})

function record(more: Partial<NewRecord> = {}): NewRecord {
  return {
    key: key('a'),
    id: 'memento',
    function: 'price',
    version: 'v1',
    bytes: Buffer.from('42'),
    blobs: [],
    ...more,
  }
}

const texts = (store: SyncStore, of = key('a')): string[] =>
  Array.from(store.readRecords(of), ({ bytes }) => Buffer.from(bytes).toString())

/** Memory, and what is signed in it. */
function signed(secret: string | Uint8Array = ours, below = memoryStore()) {
  const warnings: string[] = []
  const store = signedStore(below, { secret, onWarning: ({ code, message }) => warnings.push(`${code} ${message}`) })
  return { below, store, warnings }
}

const only = (store: SyncStore): StoredRecord => [...store.records()][0] as StoredRecord

t.test(
  'what is altered, moved, forged or not signed is a miss with one warning, and healed by being written anew',
  async (t) => {
    const blob = Buffer.from('a blob')
    const other = Buffer.from('another blob')
    const altered: Readonly<Record<string, (was: StoredRecord, blobs: readonly string[]) => NewRecord>> = {
      'a bit of the bytes': (was) => {
        const bytes = Uint8Array.from(was.bytes)
        bytes.set([(bytes.at(-1) ?? 0) ^ 1], bytes.length - 1)
        return { ...was, bytes }
      },
      'a bit of the signature': (was) => {
        const bytes = Uint8Array.from(was.bytes)
        bytes.set([(bytes.at(20) ?? 0) ^ 128], 20)
        return { ...was, bytes }
      },
      'the function': (was) => ({ ...was, function: 'cost' }),
      'the version': (was) => ({ ...was, version: 'v2' }),
      'the blobs': (was, blobs) => ({ ...was, blobs: [...blobs].reverse() }),
      'a blob less': (was) => ({ ...was, blobs: was.blobs.slice(1) }),
      'no signature': (was) => ({ ...was, bytes: Buffer.from('42') }),
      'cut in the head': (was) => ({ ...was, bytes: was.bytes.slice(0, 20) }),
      'cut in the id': (was) => ({ ...was, bytes: was.bytes.slice(0, 40) }),
      nothing: (was) => ({ ...was, bytes: new Uint8Array() }),
    }
    for (const [what, alter] of Object.entries(altered)) {
      const { below, store, warnings } = signed()
      const blobs = [store.writeBlob(blob) ?? '', store.writeBlob(other) ?? '']
      store.writeRecord(record({ blobs }))
      t.strictSame(texts(store), ['42'], what)
      below.writeRecord(alter(only(below), blobs))
      for (let i = 0; i < 2; i++) t.strictSame(texts(store), [], what)
      t.strictSame([...store.records()], [], what)
      t.equal(warnings.length, 1, what)
      t.match(warnings[0], /^DUGOUT_STORE_DAMAGED memory, signed: the record /, what)
      store.writeRecord(record({ blobs, bytes: Buffer.from('43') }))
      t.strictSame(texts(store), ['43'], what)
      t.equal(store.stats().records, 1, what)
    }
  },
)

t.test('a record that was moved to another key or id is none', async (t) => {
  const { below, store, warnings } = signed()
  store.writeRecord(record())
  store.writeRecord(record({ key: key('b'), bytes: Buffer.from('7') }))
  const [a] = below.readRecords(key('a'))
  if (a === undefined) throw new Error('it is not there')
  below.writeRecord({ ...a, key: key('b') })
  t.strictSame(texts(store, key('b')), [])
  t.match(warnings, [/the record [0-9a-f]{64} of b{64} is damaged \(its signature is wrong\)/])
  t.equal(store.stats().damaged, 1)
  below.writeRecord({ ...a, id: key('c') })
  t.strictSame(texts(store), ['42'], 'a copy of it under another id is not a second one')
})

t.test('names and bytes cannot be shifted into each other', async (t) => {
  const { below, store } = signed()
  for (const [name, version] of [
    ['a', 'b'],
    ['a","b', ''],
    ['', 'a"\n,b'],
  ] as const) {
    store.writeRecord(record({ function: name, version }))
    t.match(only(store), { function: name, version })
    const was = only(below)
    below.writeRecord({ ...was, function: version, version: name })
    t.strictSame(texts(store), [])
    below.writeRecord({ ...was, function: name + version, version: '' })
    t.strictSame(texts(store), version === '' ? ['42'] : [])
  }
})

t.test('a blob is checked against its name whatever the store below does', async (t) => {
  const under = memoryStore()
  const read: string[] = []
  const careless: SyncStore = Object.assign(Object.create(under) as SyncStore, {
    checksBlobs: false,
    ...Object.fromEntries(
      (['writeBlob', 'writeRecord', 'readRecords', 'stats', 'blobSize'] as const).map((name) => [
        name,
        (under[name] as (...args: unknown[]) => unknown).bind(under),
      ]),
    ),
    readBlob: (hash: string) => {
      read.push(hash)
      return Buffer.from('b blob')
    },
  })
  const { store, warnings } = signed(ours, careless)
  const hash = store.writeBlob(Buffer.from('a blob')) ?? ''
  t.equal(store.readBlob(hash), undefined)
  t.equal(store.readBlob(hash), undefined)
  t.match(warnings, [/^DUGOUT_STORE_DAMAGED .*the blob [0-9a-f]{64} is damaged \(its hash is another\)/])
  t.equal(store.stats().damaged, 2)
  t.equal(read.length, 2)
  const awaited = signedStore(later(careless), { secret: ours, onWarning: () => undefined })
  t.equal(await awaited.readBlob(hash), undefined)
  const layered = layeredStore([memoryStore(), careless])
  t.equal(signedStore(layered, { secret: ours, onWarning: () => undefined }).readBlob(hash), undefined, 'in layers')
})

t.test(
  'writers of two secrets in one place: each reads its own, and neither destroys what is the other’s',
  async (t) => {
    const clock = { now: Date.now() }
    const below = memoryStore({ now: () => clock.now })
    const [one, other] = [signed(ours, below), signed(theirs, below)]
    const blob = one.store.writeBlob(Buffer.from('shared')) ?? ''
    one.store.writeRecord(record({ blobs: [blob] }))
    other.store.writeRecord(record({ bytes: Buffer.from('666'), blobs: [blob] }))
    t.strictSame([texts(one.store), texts(other.store)], [['42'], ['666']])
    t.strictSame([one.warnings.length, other.warnings.length], [1, 1], 'said once')
    t.match(one.warnings[0], /is not signed with a secret of this store/)
    t.equal(one.store.stats().damaged, 0, 'no damage')
    clock.now += 10 * 3_600_000
    const { removed, blobs } = one.store.gc({ isOutdated: () => true, removeOutdated: true })
    t.match(removed, [{ key: key('a'), id: 'memento' }], 'its own, by its own id')
    t.equal(removed.length, 1)
    t.equal(blobs, 0, 'a blob that the other names stays')
    t.strictSame([texts(one.store), texts(other.store)], [[], ['666']])
    t.equal(one.store.deleteRecord(key('a'), 'memento'), false, 'what the other wrote is not there')
    t.strictSame(texts(other.store), ['666'])
    t.strictSame(one.store.verify().damages, [], 'nor is it damage')
  },
)

t.test(
  'a secret is replaced: both are read, the first signs, and the older one’s record goes when it is written anew',
  async (t) => {
    const { below, store: before } = signed(theirs)
    before.writeRecord(record())
    before.writeRecord(record({ id: 'another', bytes: Buffer.from('43') }))
    const both = signedStore(below, { secrets: [ours, theirs], onWarning: ({ message }) => t.fail(message) })
    t.strictSame(texts(both).sort(), ['42', '43'])
    both.writeRecord(record({ bytes: Buffer.from('44') }))
    t.strictSame(texts(both).sort(), ['43', '44'])
    t.strictSame(texts(before), ['43'])
    t.strictSame(texts(signed(ours, below).store), ['44'])
    before.writeRecord(record())
    t.equal([...both.records()].length, 2, 'of one id there is one, also while the older secret is in use')
    t.equal(both.deleteRecord(key('a'), 'memento'), true)
    t.equal(both.deleteRecord(key('a'), 'another'), true)
    t.equal(below.stats().records, 0)
  },
)

t.test('a secret that is none is refused, and no secret is ever printed', async (t) => {
  const short = 'pssst, too short'
  const refused: readonly Parameters<typeof signedStore>[1][] = [
    {},
    { secret: '' },
    { secret: short },
    { secret: Buffer.from(short) },
    { secrets: [] },
    { secrets: [ours, short] },
    { secret: ours, secrets: [ours] },
    { secret: 5 as never },
  ]
  for (const options of refused) {
    try {
      signedStore(memoryStore(), options)
      t.fail(JSON.stringify(options))
    } catch (error) {
      t.ok(error instanceof SecretError)
      t.match(error, { code: 'DUGOUT_SECRET' })
      t.notMatch(inspect(error), /pssst|our secret/)
    }
  }
  t.match(signedStore(memoryStore(), { secret: 'é'.repeat(16) }), { name: 'memory, signed' }, 'bytes count')
  const { store, below, warnings } = signed()
  below.writeRecord(record())
  texts(store)
  const told = inspect(store, { showHidden: true, depth: Infinity }) + JSON.stringify(store) + warnings.join()
  t.notMatch(told, /our secret/)
  t.notMatch(told, new RegExp(Buffer.from(ours).toString('hex').slice(0, 16)))
  const bytes = Buffer.from(theirs)
  const copied = signed(bytes)
  bytes.fill(0)
  copied.store.writeRecord(record())
  t.strictSame(texts(signed(theirs, copied.below).store), ['42'], 'a secret belongs to the store')
})

function model() {
  let runs = 0
  const price = tracked('price', (name: string) => (runs++, { name, all: 'x'.repeat(200_000) }), {
    memo: { version: 1 },
  })
  const total = tracked('total', (): number => (runs++, price('a').all.length), { memo: { version: 1 } })
  return { price, total, runs: () => runs }
}

async function asked(t: Test, store: SyncStore) {
  const { price, total, runs } = model()
  const warnings: string[] = []
  const memo = await openMemo({ store, onWarning: (message) => warnings.push(message) })
  memo.registry.addModule({ price, total }, 'the test')
  const base = new Context()
  memo.attach(base)
  t.equal(base.get(total), 200_000)
  t.equal(base.get(price.at('a')).all.length, 200_000)
  await memo.close()
  t.strictSame(warnings, [])
  return runs()
}

t.test('a memo over it: a second one hits, a stranger computes and then hits too, and who signs nothing', async (t) => {
  const { root, remove } = await folder()
  t.teardown(remove)
  const files = () => filesystemStore(root, { durability: 'process' })
  const open = (secret: string | Uint8Array) => signedStore(files(), { secret, onWarning: () => undefined })
  for (const store of [open(ours), open(theirs), files()]) {
    t.equal(await asked(t, store), 2, 'computed')
    t.equal(await asked(t, store), 0, 'found')
  }
  for (const store of [open(ours), open(theirs), files()]) t.equal(await asked(t, store), 0, 'all there still')
  const lists = await Promise.all(
    [open(ours), open(theirs), files()].map(async (store) => (await new Records(store).list()).length),
  )
  t.strictSame(lists, [2, 2, 2], 'listed: its own')
})

t.test('what is exported is not signed, and an import signs what it takes', async (t) => {
  const { root, remove } = await folder()
  t.teardown(remove)
  const [one, other] = [signed(ours), signed(theirs)]
  const blob = one.store.writeBlob(Buffer.from('a blob')) ?? ''
  one.store.writeRecord(record({ blobs: [blob] }))
  one.below.writeRecord(record({ bytes: Buffer.from('forged') }))
  const file = path.join(root, 'one.dugout')
  t.match(await exportStore(one.store, file), { records: 1, blobs: 1 }, 'its own alone')
  t.match(await importStore(other.store, file), { records: 1, blobs: 1 })
  t.strictSame(texts(other.store), ['42'])
  const plain = memoryStore()
  await importStore(plain, file)
  t.strictSame(texts(plain), ['42'])
})

t.test('a configuration names the variable of the secret, and never holds it', async (t) => {
  const { root, remove } = await folder()
  t.teardown(remove)
  const variables = { DUGOUT_TEST_SECRET: ours, DUGOUT_TEST_OLDER: theirs.toString() }
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  const load = async (store: unknown) => {
    await writeFile(
      path.join(root, 'dugout.config.json'),
      JSON.stringify({ environments: { only: { clusters: { default: { store } } } } }),
    )
    const { clusters } = await loadConfiguration({ folder: root })
    return clusters[0]?.store.value as StoreDescription
  }
  const files = { type: 'filesystem', path: 'kept', durability: 'process' }
  const one = await load({ ...files, secret: { env: 'DUGOUT_TEST_SECRET' } })
  t.equal(describeStore(one), `filesystem ${path.join(root, 'kept')} signed by DUGOUT_TEST_SECRET`)
  const store = (await openStore(one)) as SyncStore
  store.writeRecord(record())
  t.strictSame(texts(signedStore(filesystemStore(path.join(root, 'kept')), { secret: ours })), ['42'])

  const env = ['DUGOUT_TEST_OLDER', 'DUGOUT_TEST_SECRET']
  const layered = await load({ type: 'layered', layers: ['memory', files], secret: { env } })
  t.equal(
    describeStore(layered),
    `(memory over filesystem ${path.join(root, 'kept')}) signed by DUGOUT_TEST_OLDER, DUGOUT_TEST_SECRET`,
  )
  t.strictSame(texts((await openStore(layered)) as SyncStore), ['42'])
  const signedLayer = await load({ type: 'layered', layers: ['memory', one] })
  t.strictSame(texts((await openStore(signedLayer)) as SyncStore), ['42'])

  delete process.env['DUGOUT_TEST_SECRET']
  for (const described of [one, layered, signedLayer])
    await t.rejects(openStore(described), { code: 'DUGOUT_SECRET', message: /variable DUGOUT_TEST_SECRET/ })
  process.env['DUGOUT_TEST_SECRET'] = 'pssst'
  await t.rejects(openStore(one), { code: 'DUGOUT_SECRET', message: /^[^p]*has 5 bytes/ })

  for (const secret of [
    'pssst secret',
    { env: 'pssst secret' },
    { env: ['A', 'pssst secret'] },
    { value: 'pssst secret' },
    5,
  ]) {
    const error = await load({ ...files, secret }).then(
      () => t.fail('taken'),
      (error: unknown) => error,
    )
    t.match(error, { code: 'DUGOUT_CONFIGURATION', message: /environments\.only\.clusters\.default\.store/ })
    t.notMatch(inspect(error), /pssst/)
  }
  await t.rejects(load({ ...files, secret: 'pssst secret' }), { message: /store\.secret: .*\{ env: NAME \}/ })
})

t.test('a signed store that keeps nothing keeps nothing', async (t) => {
  const store = signedStore(nullStore(), { secret: ours })
  t.equal(store.writeRecord(record()), false)
  t.strictSame(texts(store), [])
})
