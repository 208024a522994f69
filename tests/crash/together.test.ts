// Two processes at once: whatever the one does happens between any two calls of the other. Nothing acknowledged is lost,
// nothing deleted comes back, and nothing is wrong.
import t from 'tap'
import type { SyncStore } from '../../lib/memo/store.js'
import { FaultyFiles } from './faults.js'
import { key, type Ledger } from './ledger.js'
import { MemoryFiles } from './memory-files.js'
import { afterwards, newWorld, open, type World } from './work.js'

const HOUR = 3_600_000

type Act = (store: SyncStore, ledger: Ledger, world: World) => void

const acts: Readonly<Record<string, Act>> = {
  'writes a variant': (store, ledger) => ledger.write(store, 'a', 'new', 'old blob'),
  'writes it over another': (store, ledger) => ledger.write(store, 'a', 'one', 'old blob'),
  'writes another key': (store, ledger) => ledger.write(store, 'b', 'new', 'old blob'),
  'writes a record that names an old blob': (store, ledger) => ledger.write(store, 'a', 'named', 'old blob', true),
  deletes: (store, ledger) => ledger.delete(store, 'a', 'two'),
  'deletes the last of a key': (store, ledger) => ledger.delete(store, 'b', 'one'),
  collects: (store) => {
    store.gc()
  },
  verifies: (store) => {
    store.verify()
  },
  reads: (store) => {
    for (const of of ['a', 'b', 'd']) {
      for (const { blobs } of store.readRecords(key(of))) for (const blob of blobs) store.readBlob(blob)
    }
  },
  'deletes and writes again': (store, ledger) => {
    ledger.delete(store, 'd', 'one')
    ledger.write(store, 'd', 'one', 'old blob')
  },
}

/** Variants of a key, and a blob that nothing names and that is old enough to be collected. */
function prepared(): { disk: MemoryFiles; world: World } {
  const world = newWorld()
  const { ledger, clock } = world
  const disk = new MemoryFiles(() => clock.now)
  const store = open(disk, world)
  ledger.write(store, 'c', 'gone', 'old blob')
  ledger.delete(store, 'c', 'gone')
  clock.now += 2 * HOUR
  ledger.write(store, 'a', 'one', '1')
  ledger.write(store, 'a', 'two', '2')
  ledger.write(store, 'b', 'one', '3')
  ledger.write(store, 'd', 'one', '4')
  return { disk, world }
}

/** One act, and another one in the midst of it, at its k-th call. True: there was such a call. */
function together(first: Act, second: Act, at: number): boolean {
  const { disk, world } = prepared()
  const faulty = new FaultyFiles(disk)
  let isReached = false
  faulty.meanwhile = (call) => {
    if (call !== at) return
    isReached = true
    second(open(disk, world), world.ledger, world)
  }
  first(open(faulty.files, world), world.ledger, world)
  faulty.meanwhile = () => undefined
  afterwards(disk, world)
  return isReached
}

for (const [name, first] of Object.entries(acts)) {
  t.test(`a process ${name} while another one does anything`, async (t) => {
    for (const [other, second] of Object.entries(acts)) {
      // Two who delete and write one id at once may both be right: no ledger knows who was last.
      if (name === other && /writes|deletes/.test(name)) continue
      let at = 0
      try {
        while (together(first, second, at)) at++
      } catch (cause) {
        throw new Error(`another one ${other} at call ${at}: ${String(cause)}`, { cause })
      }
      t.ok(at > 0, `${other}: ${at} calls`)
    }
  })
}
