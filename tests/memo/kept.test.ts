// A memo over each of the stores that come with dugout: what one opening keeps, the next one finds.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { Context, tracked } from '../../lib/index.js'
import { filesystemStore, memoryStore, openMemo, type SyncStore, sqliteStore } from '../../lib/memo/index.js'

const folder = await mkdtemp(path.join(tmpdir(), 'dugout-kept-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))

const shared = memoryStore()
const stores: Readonly<Record<string, () => Promise<SyncStore> | SyncStore>> = {
  memory: () => shared,
  filesystem: () => filesystemStore(path.join(folder, 'files')),
  SQLite: () => sqliteStore(path.join(folder, 'results.sqlite')),
}

/** The model as a new process has it. */
async function opened(store: SyncStore) {
  let runs = 0
  const rate = tracked('rate', () => 2, { memo: { version: 1 } })
  const table = tracked(
    'table',
    (size: number) => {
      runs++
      return { sums: new Map([[size, rate() * size]]), items: Array.from({ length: size }, (_, i) => i * rate()) }
    },
    { memo: { version: 1 } },
  )
  const memo = await openMemo({ store })
  memo.registry.addModule({ rate, table }, 'the test')
  const base = new Context()
  memo.attach(base)
  return { base, rate, table, memo, runs: () => runs }
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}: found by the next one, and under the tweaks that it was found under alone`, async (t) => {
    const before = await open()
    const first = await opened(before)
    const kept = first.base.get(first.table.at(5000))
    const tweaked = first.base.fork().tweak(first.rate, 3).get(first.table.at(10))
    t.equal(first.runs(), 2)
    if (before !== shared) before.close()
    const store = await open()
    const second = await opened(store)
    t.strictSame(second.base.get(second.table.at(5000)), kept)
    t.strictSame(second.base.fork().tweak(second.rate, 3).get(second.table.at(10)), tweaked)
    t.equal(second.runs(), 0)
    t.strictSame(second.base.get(second.table.at(10)).sums, new Map([[10, 20]]))
    t.equal(second.runs(), 1)
    store.close()
  })
}
