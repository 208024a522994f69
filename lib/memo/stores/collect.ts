/**
 * Which records a collection removes: one rule for every store. Outdated ones first, then the least recently used, until
 * what stays is within the limits. A blob counts once, however many records name it, and goes with the last of them.
 */
import type { GcOptions, GcReport, RecordName } from '../store.js'

/** Milliseconds that what nothing names is left alone: an hour, for results that take that long to write. */
export const GRACE = 3_600_000

/** What a collection has to know of a record. */
export interface Collectable extends RecordName {
  readonly function: string
  readonly version: string
  readonly usedAt: number
  readonly size: number
  readonly blobs: readonly string[]
  readonly isOutdated: boolean
}

export interface Plan<One extends Collectable = Collectable> {
  readonly removed: readonly One[]
  readonly kept: readonly One[]
  /** Bytes that stay: records, and the blobs that they name. */
  readonly keptBytes: number
}

export function plan<One extends Collectable>(
  records: readonly One[],
  blobSize: (hash: string) => number,
  options: GcOptions,
  now: number,
): Plan<One> {
  const { maxBytes = Infinity, maxAge = Infinity, maxCount = Infinity, removeOutdated = false } = options
  const uses = new Map<string, number>()
  let bytes = 0
  let count = records.length
  for (const { size, blobs } of records) {
    bytes += size
    for (const blob of new Set(blobs)) {
      const before = uses.get(blob) ?? 0
      uses.set(blob, before + 1)
      if (before === 0) bytes += blobSize(blob)
    }
  }
  const removed: One[] = []
  const kept: One[] = []
  const inTurn = [...records].sort((a, b) => Number(b.isOutdated) - Number(a.isOutdated) || a.usedAt - b.usedAt)
  for (const record of inTurn) {
    const isOver = bytes > maxBytes || count > maxCount
    if (!isOver && !(now - record.usedAt > maxAge) && !(removeOutdated && record.isOutdated)) {
      kept.push(record)
      continue
    }
    removed.push(record)
    count--
    bytes -= record.size
    for (const blob of new Set(record.blobs)) {
      const left = (uses.get(blob) ?? 1) - 1
      uses.set(blob, left)
      if (left === 0) bytes -= blobSize(blob)
    }
  }
  return { removed, kept, keptBytes: bytes }
}

/** A plan as it is reported. */
export function report({ removed, kept, keptBytes }: Plan, blobs: number, leftovers: number, bytes: number): GcReport {
  return {
    removed: removed.map(({ key, id, function: name, version }) => ({ key, id, function: name, version })),
    blobs,
    leftovers,
    bytes,
    keptRecords: kept.length,
    keptBytes,
  }
}
