// Bytes in use once the garbage is gone: the heap, and what typed arrays hold beside it.
import { memoryUsage } from 'node:process'

export function bytesInUse(): number {
  if (globalThis.gc === undefined) throw new Error('node must be started with --expose-gc')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}

/** What `make` leaves behind, in bytes. Its result is kept alive until they are counted. */
export function bytesOf<T>(make: () => T): { bytes: number; made: T } {
  const before = bytesInUse()
  const made = make()
  return { bytes: bytesInUse() - before, made }
}
