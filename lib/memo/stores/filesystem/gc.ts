/**
 * Collection. A record is unlinked; a blob that no record names only after its grace period, and it is moved away and
 * looked at again first: a writer that counts on it has marked it as changed by then, and it is put back.
 */
import path from 'node:path'
import type { GcOptions, GcReport } from '../../store.js'
import { type Collectable, GRACE, plan, report } from '../collect.js'
import { type Files, isMissing } from './files.js'
import { filed, type Layout } from './layout.js'
import type { Locks } from './locks.js'
import type { Parts, Reader } from './reader.js'

export function collect(
  parts: Parts & { readonly reader: Reader; readonly locks: Locks },
  options: GcOptions,
): GcReport {
  const { files, layout, reader, now } = parts
  const { dryRun = false, grace = GRACE, isOutdated = () => false } = options
  const time = now()
  const isOld = (file: string): boolean => time - (files.state(file)?.changedAt ?? time) > grace
  const records: (Collectable & { readonly markedAt: number })[] = []
  // A record that cannot be read holds on to its blobs too: then nothing is collected.
  for (const record of reader.records(true)) {
    const { key, id, function: name, version, usedAt, markedAt, size, blobs } = record
    records.push({ key, id, function: name, version, usedAt, markedAt, size, blobs, isOutdated: isOutdated(record) })
  }
  const sizes = new Map<string, number>()
  for (const { hash, path: file } of filed(files, layout.blobs)) {
    if (hash !== undefined) sizes.set(hash, files.state(file)?.size ?? 0)
  }
  const planned = plan(records, (hash) => sizes.get(hash) ?? 0, options, time)
  let bytes = 0
  for (const { key, id, markedAt, size } of planned.removed) {
    const file = layout.record(key, id)
    bytes += size
    // Used or written anew since it was looked at: not the one that was to go.
    if (dryRun || files.state(file)?.changedAt !== markedAt) continue
    removeIfThere(files, file)
    // Before its blobs go: else it could be there without them when the power is back.
    parts.writer.syncFolderOf(file)
  }
  const named = new Set(planned.kept.flatMap(({ blobs }) => blobs))
  let blobs = 0
  for (const [hash, size] of sizes) {
    if (named.has(hash) || !isOld(layout.blob(hash))) continue
    if (!dryRun && !removeOld(parts, layout.blob(hash), time - grace)) continue
    blobs++
    bytes += size
  }
  let leftovers = 0
  for (const file of leftover(parts, isOld)) {
    leftovers++
    if (!dryRun) removeIfThere(files, file)
  }
  if (!dryRun) removeEmpty(files, layout)
  return report(planned, blobs, leftovers, bytes)
}

function removeOld({ files, layout, writer }: Parts, file: string, before: number): boolean {
  const moved = layout.partial()
  try {
    writer.move(file, moved)
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  const state = files.state(moved)
  // Another collection was faster.
  if (state === undefined) return false
  const isStillOld = state.changedAt < before
  if (!isStillOld && files.state(file) === undefined) writer.link(moved, file)
  removeIfThere(files, moved)
  return isStillOld
}

/** Files of writers that died, what was put aside, locks of the dead, first names of variants that are gone. */
function* leftover(
  { files, layout, locks }: Parts & { readonly locks: Locks },
  isOld: (file: string) => boolean,
): Generator<string> {
  for (const folder of [layout.partials, layout.asides]) {
    for (const name of files.list(folder)) if (isOld(path.join(folder, name))) yield path.join(folder, name)
  }
  for (const key of files.list(layout.locks)) if (locks.isDead(key)) yield layout.lock(key)
  for (const { path: file } of filed(files, layout.firsts)) if (files.state(file)?.links === 1) yield file
}

function removeIfThere(files: Files, file: string): void {
  try {
    files.remove(file)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

// Only empty folders can be removed; who was about to write into one makes it again.
function removeEmpty(files: Files, layout: Layout): void {
  const tryToRemove = (folder: string): void => {
    try {
      files.removeFolder(folder)
    } catch {
      // Not empty.
    }
  }
  for (const folder of [layout.records, layout.firsts, layout.blobs]) {
    for (const start of files.list(folder)) {
      if (folder === layout.records) {
        for (const rest of files.list(path.join(folder, start))) tryToRemove(path.join(folder, start, rest))
      }
      tryToRemove(path.join(folder, start))
    }
  }
}
