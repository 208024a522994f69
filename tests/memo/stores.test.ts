// One suite for every store; what only one of them promises stands in a file of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Redis } from 'ioredis'
import t from 'tap'
import {
  filesystemStore,
  layeredStore,
  memoryStore,
  nullStore,
  redisStore,
  sqliteStore,
} from '../../lib/memo/stores/index.js'
import { type ConformanceOptions, type MakeFixture, storeConformance } from '../../lib/memo/testing.js'
import { isRedisHere, startRedis } from './redis-server.js'

async function folder(): Promise<{ root: string; remove: () => Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'dugout-store-'))
  return { root, remove: () => rm(root, { recursive: true }) }
}

function conforms(name: string, make: MakeFixture, options?: ConformanceOptions): void {
  void t.test(name, async (t) => storeConformance((name, body) => t.test(name, body), make, options))
}

conforms('null', () => ({ store: nullStore() }), { keepsNothing: true })

conforms('memory', (options) => ({ store: memoryStore(options) }))

for (const durability of ['process', 'file', 'power'] as const) {
  conforms(`filesystem, outlasting: ${durability}`, async (options) => {
    const { root, remove } = await folder()
    const open = () => filesystemStore(root, { ...options, durability })
    return { store: open(), another: open, remove }
  })
}

for (const driver of ['node:sqlite', 'better-sqlite3', 'libsql'] as const) {
  const isThere = await sqliteStore(':memory:', { driver }).then(
    (store) => (store.close(), true),
    (error: unknown) => (t.match(error, { code: 'DUGOUT_MISSING_PACKAGE' }), false),
  )
  if (!isThere) {
    void t.test(`SQLite by ${driver}`, { skip: 'it is not installed here' }, async () => {})
    continue
  }
  conforms(`SQLite by ${driver}`, async (options) => {
    const { root, remove } = await folder()
    const open = () => sqliteStore(path.join(root, 'results.sqlite'), { ...options, driver })
    return { store: await open(), another: open, remove }
  })
}

conforms('memory over filesystem', async (options) => {
  const { root, remove } = await folder()
  return { store: layeredStore([memoryStore(options), filesystemStore(root, options)], options), remove }
})

if (isRedisHere()) {
  const server = await startRedis()
  t.teardown(() => server.stop())
  let stores = 0
  conforms('Redis', async (options) => {
    const prefix = `test ${stores++}:`
    const open = () => redisStore({ ...options, url: server.url, prefix })
    return { store: await open(), another: open }
  })

  void t.test('Redis: a connection of your own is used, and not closed with the store', async (t) => {
    const client = new Redis(server.url)
    const store = await redisStore({ client, prefix: 'own:' })
    const hash = await store.writeBlob(Buffer.from('kept'))
    await store.close()
    t.equal((await client.getBuffer(`own:blob:${hash}`))?.toString(), 'kept')
    await client.quit()
  })

  for (const acknowledgedBy of [1, 3]) {
    conforms(`memory over filesystem over Redis, acknowledged by ${acknowledgedBy}`, async (options) => {
      const { root, remove } = await folder()
      const redis = await redisStore({ ...options, url: server.url, prefix: `test ${stores++}:` })
      const layers = [memoryStore(options), filesystemStore(root, options), redis] as const
      return { store: layeredStore(layers, { ...options, acknowledgedBy }), remove }
    })
  }
} else {
  const why = 'redis-server is not installed: apt-get install redis-server'
  process.stderr.write(`The Redis store is NOT tested: ${why}\n`)
  void t.test('Redis', { skip: why }, async () => {})
}
