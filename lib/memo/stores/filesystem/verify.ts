/** Reads everything, and finds what is not what its name says, what is missing, and what is not the store's. */
import path from 'node:path'
import { sha256 } from '../../codec/hash.js'
import type { Damage, VerifyReport } from '../../store.js'
import { isId } from '../names.js'
import { damageOf, ReadRecord } from '../record.js'
import { isMissing } from './files.js'
import { filed } from './layout.js'
import type { DamagedFile, Parts, Reader } from './reader.js'

export function verify(parts: Parts & { readonly reader: Reader }, isRepairing: boolean): VerifyReport {
  const { files, layout, reader } = parts
  const damages: Damage[] = []
  const found = (what: Damage['what'], file: DamagedFile): void => {
    const isPutAside = isRepairing && what !== 'foreign file' && reader.putAside(file)
    damages.push({ what, where: file.path, why: file.why, isPutAside })
  }
  const blobs = new Set<string>()
  const bad = new Set<string>()
  for (const { hash, path: file } of filed(files, layout.blobs)) {
    const blob = readFile(parts, file)
    if (blob === undefined) continue
    if (hash === undefined) found('foreign file', { path: file, state: blob.state, why: 'its name is no hash' })
    else if (sha256(blob.bytes) === hash) blobs.add(hash)
    else {
      bad.add(hash)
      found('blob', { path: file, state: blob.state, why: 'its hash is another' })
    }
  }
  // One that was written after the blobs were looked at is there as well.
  const isThere = (hash: string): boolean =>
    blobs.has(hash) || (!bad.has(hash) && files.state(layout.blob(hash)) !== undefined)
  let records = 0
  for (const { hash: key, path: folder } of filed(files, layout.records)) {
    const ids = files.list(folder)
    if (ids.length === 0) {
      const state = files.state(folder)
      if (state !== undefined) found('foreign file', { path: folder, state, why: 'it is no folder of a key' })
      continue
    }
    for (const id of ids) {
      const file = path.join(folder, id)
      const record = readFile(parts, file)
      if (record === undefined) continue
      const { bytes, state } = record
      if (key === undefined || !isId(id)) {
        found('foreign file', { path: file, state, why: 'its name is none of a record' })
        continue
      }
      const why = damageOf(bytes, key, id)
      const missing = why === undefined ? new ReadRecord(bytes, key, 0).blobs.find((blob) => !isThere(blob)) : undefined
      if (why !== undefined) found('record', { path: file, state, why })
      else if (missing !== undefined) found('missing blob', { path: file, state, why: `its blob ${missing} is gone` })
      else records++
    }
  }
  return { records, blobs: blobs.size, damages }
}

// What is gone meanwhile is no damage; a folder where a file is due cannot be read, and is reported by nobody else.
function readFile({ files, warnings }: Parts, file: string): ReturnType<Parts['files']['read']> | undefined {
  try {
    return files.read(file)
  } catch (error) {
    if (!isMissing(error)) warnings.cannotRead(error)
    return undefined
  }
}
