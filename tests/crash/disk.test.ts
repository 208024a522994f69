// A disk that is full, and one that is read-only: the results that are there are found, nothing else is lost but the
// storing, and that is said once.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import t from 'tap'
import { type StoreWarning } from '../../lib/memo/store.js'
import { filesystemStore, StoreError } from '../../lib/memo/stores/index.js'
import { Ledger } from './ledger.js'

const folder = mkdtempSync(path.join(tmpdir(), 'dugout-disk-'))
const mount = (...options: string[]): boolean =>
  spawnSync('mount', [...options, 'tmpfs', folder], { stdio: 'ignore' }).status === 0
const isMounted = mount('-t', 'tmpfs', '-o', 'size=256k')
t.teardown(() => {
  if (isMounted) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
})

const why = isMounted ? false : 'this process may not mount: a full and a read-only disk are NOT tested'
if (!isMounted) process.stderr.write(`${why}\n`)

t.test('a full disk, and a read-only one', { skip: why }, async (t) => {
  const ledger = new Ledger()
  const warnings: StoreWarning[] = []
  const open = () => filesystemStore(path.join(folder, 'store'), { onWarning: (warning) => warnings.push(warning) })
  const store = open()
  const text = 'x'.repeat(10_000)
  let stored = 0
  while (stored < 100 && ledger.write(store, `key${stored}`, 'one', `${stored} ${text}`)) stored++
  t.ok(stored > 3 && stored < 100, `${stored} results fill the disk`)
  for (let i = 0; i < 5; i++) ledger.write(store, `more${i}`, 'one', `${i} ${text}`)
  t.same(
    warnings.map(({ code }) => code),
    ['DUGOUT_STORE_UNWRITABLE'],
    'said once',
  )
  ledger.check(store)
  t.same(store.verify().damages, [], 'nothing is damaged')
  ledger.delete(store, 'key0', 'one')
  ledger.delete(store, 'key1', 'one')
  filesystemStore(path.join(folder, 'store'), { now: () => Date.now() + 7_200_000 }).gc()
  t.ok(ledger.write(store, 'key0', 'one', text), 'there is room again')
  ledger.check(store)

  t.ok(mount('-o', 'remount,ro'), 'read-only')
  warnings.length = 0
  const reader = open()
  ledger.check(reader)
  for (let i = 0; i < 3; i++) t.notOk(ledger.write(reader, `ro${i}`, 'one', 'text'), 'not stored')
  t.same(
    warnings.map(({ code }) => code),
    ['DUGOUT_STORE_UNWRITABLE'],
    'said once',
  )
  t.throws(() => reader.deleteRecord('0'.repeat(64), 'x') || ledger.delete(reader, 'key0', 'one'), StoreError)
  t.ok(reader.tryLock('0'.repeat(64)) !== undefined, 'nobody waits for a lock that cannot be had')
  ledger.check(open())
  t.ok(mount('-o', 'remount,rw'), 'writable again')
})
