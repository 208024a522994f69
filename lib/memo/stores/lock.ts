/**
 * Waiting for a lock, in every store the same way: ask, and ask again. A lock only saves work, so nobody waits for ever:
 * who loses patience, or cannot ask, computes without one.
 */
import { setTimeout } from 'node:timers/promises'
import type { Lock, Store, SyncLock, SyncStore } from '../store.js'

export interface LockOptions {
  /** Milliseconds to wait at most: a minute. */
  readonly patience?: number
  readonly signal?: AbortSignal
}

const PATIENCE = 60_000
const FIRST_PAUSE = 2
const LONGEST_PAUSE = 100

/**
 * The lock of a key as soon as its holder gives it back or dies, undefined where patience ran out. Look into the store
 * again when you have it.
 */
export async function lock(store: Store, key: string, options: LockOptions = {}): Promise<Lock | undefined> {
  const { patience = PATIENCE, signal } = options
  for (const pause of pauses(patience)) {
    const held = await store.tryLock(key)
    if (held !== undefined) return held
    await setTimeout(pause, undefined, { ...(signal !== undefined && { signal }) })
  }
  return undefined
}

/** The same for a synchronous function: the thread sleeps while it waits. */
export function lockSync(
  store: SyncStore,
  key: string,
  { patience = PATIENCE }: LockOptions = {},
): SyncLock | undefined {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (const pause of pauses(patience)) {
    const held = store.tryLock(key)
    if (held !== undefined) return held
    Atomics.wait(sleeper, 0, 0, pause)
  }
  return undefined
}

function* pauses(patience: number): Generator<number> {
  const started = performance.now()
  let pause = FIRST_PAUSE
  do {
    yield pause
    pause = Math.min(pause * 1.5, LONGEST_PAUSE)
  } while (performance.now() - started < patience)
}
