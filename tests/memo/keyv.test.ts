// A second opinion on the stores: the suite that keyv has for its storage adapters. Left out are its tests of connection
// strings, since a store of dugout is opened and has none, and of compression, which are about a compressor and no store.
import process from 'node:process'
import Keyv from 'keyv'
import t, { type Test } from 'tap'
import type { MaybePromise, Store, StoreOptions, StoreWarning } from '../../lib/memo/store.js'
import { filesystemStore, layeredStore, memoryStore, redisStore, sqliteStore } from '../../lib/memo/stores/index.js'
import { Calls, KeyvStore } from './keyv.js'
import { assertionsOf, type DeclareTests, declared, suite } from './keyv-suite.js'
import { isRedisHere, startRedis } from './redis-server.js'

const groups: Readonly<Record<string, DeclareTests>> = {
  api: suite.keyvApiTests,
  values: suite.keyvValueTests,
  namespaces: suite.keyvNamepsaceTests,
  iterator: suite.keyvIteratorTests,
}

/** They never come to the store that they are given, so they say nothing of it. */
const askedOfKeyvAlone: readonly string[] = [
  '.get([keys]) should return array value undefined when expires',
  'value can not be symbol',
  '.iterator() returns an asyncIterator',
]

/** Runs one group of tests against a store. Gives the names of all, and of those that asked the store nothing. */
async function ask(t: Test, declare: DeclareTests, store: Store): Promise<{ names: string[]; unasked: string[] }> {
  const calls = new Calls()
  const { before, cases, after } = declared((test) => declare(test, Keyv, () => new KeyvStore(store, calls)))
  const unasked: string[] = []
  for (const [name, body] of cases) {
    await t.test(name, async (t) => {
      for (const act of before) await act()
      const cleared = await calls.ended()
      for (const error of cleared.errors) t.error(error, 'the store was cleared')
      const assertions = assertionsOf(t)
      await body(assertions)
      const { count, errors } = await calls.ended()
      for (const error of errors) t.error(error, 'the store was asked')
      if (assertions.count() === 0) t.fail('it asserted nothing')
      if (count === 0) unasked.push(name)
    })
  }
  for (const act of after) await act()
  return { names: [...cases.keys()], unasked }
}

function agrees(name: string, open: (options: StoreOptions, folder: string) => MaybePromise<Store>): void {
  void t.test(name, async (t) => {
    const warnings: StoreWarning[] = []
    const store = await open({ onWarning: (warning) => warnings.push(warning) }, t.testdir({}))
    const names: string[] = []
    const unasked: string[] = []
    for (const [group, declare] of Object.entries(groups)) {
      await t.test(group, async (t) => {
        const asked = await ask(t, declare, store)
        names.push(...asked.names)
        unasked.push(...asked.unasked)
      })
    }
    t.equal(names.length, 41, 'tests: as many as docs/stores.md says')
    t.same(unasked, askedOfKeyvAlone, 'the others asked the store')
    t.same(warnings, [], 'no warning')
    t.same((await store.verify()).damages, [], 'no damage')
    await store.close()
  })
}

agrees('memory', (options) => memoryStore(options))
agrees('filesystem', (options, folder) => filesystemStore(folder, options))
agrees('SQLite', (options, folder) => sqliteStore(`${folder}/results.sqlite`, options))
agrees('memory over filesystem', (options, folder) =>
  layeredStore([memoryStore(options), filesystemStore(folder, options)], options),
)

if (isRedisHere()) {
  const server = await startRedis()
  t.teardown(() => server.stop())
  agrees('Redis', (options) => redisStore({ ...options, url: server.url, prefix: 'keyv:' }))
} else {
  const why = 'redis-server is not installed: apt-get install redis-server'
  process.stderr.write(`The Redis store is NOT asked for a second opinion: ${why}\n`)
  void t.test('Redis', { skip: why }, async () => {})
}
