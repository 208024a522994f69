// What a process does with a store, in steps that each can be its last; and what has to hold when another one comes after it.

import type { StoreWarning, SyncStore } from '../../lib/memo/store.js'
import type { Files } from '../../lib/memo/stores/filesystem/files.js'
import { type Durability, filesystemStore, StoreError } from '../../lib/memo/stores/index.js'
import { type CheckOptions, Ledger } from './ledger.js'

const HOUR = 3_600_000

export interface World {
  readonly ledger: Ledger
  readonly clock: { now: number }
  readonly warnings: StoreWarning[]
}

export const newWorld = (): World => ({ ledger: new Ledger(), clock: { now: 1_800_000_000_000 }, warnings: [] })

export function open(files: Files, world: World, durability: Durability = 'file'): SyncStore {
  const onWarning = (warning: StoreWarning) => world.warnings.push(warning)
  return filesystemStore('/store', { files, durability, now: () => world.clock.now, onWarning })
}

type Step = (store: SyncStore, world: World) => void

/** Steps that may say that they could not do it: the others may not throw. */
const mayFail: Step[] = [
  (store, { ledger }) => ledger.delete(store, 'a', 'two'),
  (store, { clock }) => {
    clock.now += 2 * HOUR
    store.gc()
  },
  (store, { ledger }) => {
    ledger.collected()
    store.gc({ maxCount: 1 })
  },
  (store) => store.verify(),
  (store) => store.stats(),
]

const steps: Step[] = [
  (store, { ledger }) => ledger.write(store, 'a', 'one', '1'),
  (store, { ledger }) => ledger.write(store, 'a', 'two', '2'),
  (store, { ledger }) => ledger.write(store, 'b', 'one', '1'),
  (store, { ledger }) => ledger.check(store, { mayMiss: true }),
  (store, { ledger }) => ledger.write(store, 'a', 'one', '3'),
  mayFail[0] as Step,
  (store) => store.tryLock('a'.repeat(64))?.release(),
  mayFail[1] as Step,
  (store, { ledger }) => ledger.check(store, { mayMiss: true }),
  (store, { ledger }) => ledger.write(store, 'b', 'two', '2'),
  mayFail[3] as Step,
  mayFail[4] as Step,
  mayFail[2] as Step,
  (store, { ledger }) => ledger.write(store, 'c', 'one', '4'),
]

/** All steps; those that may fail go on where they say so. */
export function work(store: SyncStore, world: World): void {
  for (const step of steps) {
    try {
      step(store, world)
    } catch (error) {
      if (!mayFail.includes(step) || !(error instanceof StoreError) || isKill(error.cause)) throw error
    }
  }
}

const isKill = (cause: unknown): boolean => cause instanceof Error && cause.constructor.name === 'Killed'

/** What a process finds that comes after: nothing wrong, nothing lost, nothing left behind, and a store that works. */
export function afterwards(files: Files, world: World, options: CheckOptions = {}): void {
  const { ledger, clock } = world
  const store = open(files, world)
  ledger.check(store, options)
  const { damages } = store.verify()
  if (damages.length > 0 && options.mayMiss !== true) throw new Error(`damaged: ${JSON.stringify(damages)}`)
  const again = store.verify()
  if (again.damages.length > 0) throw new Error(`not healed: ${JSON.stringify(again.damages)}`)
  ledger.check(store, options)
  clock.now += 2 * HOUR
  store.gc()
  for (const folder of ['partial', 'aside']) {
    const left = files.list(`/store/v1/${folder}`)
    if (left.length > 0) throw new Error(`left behind in ${folder}: ${left.join()}`)
  }
  ledger.check(store, options)
  if (!ledger.write(store, 'a', 'one', 'after')) throw new Error('the store does not work any more')
  ledger.check(open(files, world), options)
}
