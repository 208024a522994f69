// One computes, the others wait; who dies is taken over from, and who is alive is not, whatever the clocks say.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Holder, SILENCE, self, Watch } from '../../lib/memo/stores/holder.js'
import { filesystemStore, lock, lockSync, memoryStore, sqliteStore } from '../../lib/memo/stores/index.js'
import { key } from '../crash/ledger.js'

const script = fileURLToPath(new URL('../crash/lock-holder.js', import.meta.url))
const a = key('a')

for (const kind of ['filesystem', 'SQLite'] as const) {
  t.test(`${kind}: the lock of a process that is killed is free at once`, async (t) => {
    const root = await mkdtemp(path.join(tmpdir(), 'dugout-locks-'))
    const where = path.join(root, 'store')
    const store = kind === 'filesystem' ? filesystemStore(where) : await sqliteStore(where)
    t.teardown(async () => {
      store.close()
      await rm(root, { recursive: true })
    })
    const child = spawn(process.execPath, [script, kind, where], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    t.equal(said.toString(), 'held\n')
    t.equal(store.tryLock(a), undefined, 'its holder lives, and blocks')
    t.equal(lockSync(store, a, { patience: 20 }), undefined, 'patience runs out')
    child.kill('SIGKILL')
    await once(child, 'exit')
    t.equal(store.gc({ dryRun: true }).leftovers, 1, 'a lock of nobody')
    const held = store.tryLock(a)
    t.ok(held !== undefined, 'taken over')
    t.equal(store.tryLock(a), undefined, 'by one alone')
    held?.release()
    t.ok(store.tryLock(a) !== undefined, 'and given back')
  })
}

t.test('who waits gets the lock when it is given back', async (t) => {
  const store = memoryStore()
  const held = store.tryLock(a)
  const waiting = lock(store, a)
  let isWaiting = true
  void waiting.then(() => {
    isWaiting = false
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  t.ok(isWaiting)
  held?.release()
  const next = await waiting
  t.ok(next !== undefined)
  t.equal(await lock(store, a, { patience: 5 }), undefined, 'patience runs out')
  const abort = new AbortController()
  const aborted = lock(store, a, { signal: abort.signal })
  abort.abort()
  await t.rejects(aborted, { name: 'AbortError' })
  await next?.release()
})

t.test('a holder elsewhere is dead after eight seconds without a sign of life, by the watcher’s clock', async (t) => {
  let steady = 0
  const watch = new Watch(() => steady)
  const elsewhere: Holder = { ...self(), machine: 'another one' }
  t.notOk(watch.isDead(a, elsewhere, '1'), 'seen first')
  steady += SILENCE
  t.notOk(watch.isDead(a, elsewhere, '2'), 'a sign of life')
  steady += SILENCE
  t.notOk(watch.isDead(a, elsewhere, '2'), 'just in time')
  steady += 1
  t.ok(watch.isDead(a, elsewhere, '2'), 'silent too long')
  t.notOk(watch.isDead(a, { ...elsewhere, token: 'next' }, '2'), 'another holder')
})

t.test('a holder on this machine is dead when its process is', async (t) => {
  let steady = 0
  const watch = new Watch(() => steady)
  t.notOk(watch.isDead(a, self(), '1'))
  steady += 10 * SILENCE
  t.notOk(watch.isDead(a, self(), '1'), 'it lives, and blocks')
  t.ok(watch.isDead(a, { ...self(), process: 2 ** 22 + 1 }, '1'), 'no such process')
  t.ok(watch.isDead(a, { ...self(), began: 'another time' }, '1'), 'another process of the same number', {
    skip: self().began === '' ? 'this system does not say when a process began' : false,
  })
  const thread = { ...self(), thread: 1 }
  t.notOk(watch.isDead(a, thread, '1'), 'a thread, seen first')
  steady += SILENCE + 1
  t.ok(watch.isDead(a, thread, '1'), 'a thread can end before its process')
  t.notOk(watch.isDead(a, undefined, '1'), 'a name that cannot be read')
  steady += SILENCE + 1
  t.ok(watch.isDead(a, undefined, '1'), 'for as long')
})

t.test('a clock that jumps takes no lock away, and makes no record wrong', async (t) => {
  const root = await mkdtemp(path.join(tmpdir(), 'dugout-clocks-'))
  t.teardown(() => rm(root, { recursive: true }))
  const year = 365 * 24 * 3_600_000
  let now = Date.now()
  const store = filesystemStore(root, { now: () => now })
  const other = filesystemStore(root, { now: () => now - 30 * year })
  const held = store.tryLock(a)
  for (const jump of [50 * year, -100 * year, 50 * year]) {
    now += jump
    t.equal(other.tryLock(a), undefined)
    const blob = store.writeBlob(Buffer.from('blob')) ?? ''
    const record = { key: a, id: `r${jump + 100 * year}`, function: 'f', version: 'v', bytes: Buffer.from('x') }
    t.ok(other.writeRecord({ ...record, blobs: [blob] }))
    other.gc()
    store.gc({ maxAge: 200 * year })
    const found = [...other.readRecords(a)].filter(({ id }) => id === record.id)
    t.equal(found.length, 1)
    t.equal(String(other.readBlob(blob)), 'blob')
  }
  held?.release()
})
