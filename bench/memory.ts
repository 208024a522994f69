// Bytes in use once the garbage is gone: the heap, and what typed arrays hold beside it.
import { memoryUsage } from 'node:process'
import { setImmediate } from 'node:timers/promises'

/** Waits for the end of this turn of the event loop, since until then whatever a WeakRef was made for stays alive. */
export async function bytesInUse(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('node must be started with --expose-gc')
  await setImmediate()
  return bytesInUseNow()
}

/** The same, without an end of the turn. */
export function bytesInUseNow(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}

/** What `make` leaves behind, in bytes. Its result is kept alive until they are counted. */
export async function bytesOf<T>(make: () => T): Promise<{ bytes: number; made: T }> {
  const before = await bytesInUse()
  const made = make()
  return { bytes: (await bytesInUse()) - before, made }
}
