/**
 * A store as one file, and back. The file is a row of blocks: a letter, a length, the bytes. `B` is a blob, `R` a record
 * with its own checksum, `E` the end: how many blocks came before, and the SHA-256 of all of them. A blob stands before the
 * first record that names it, so that a store never holds a record without its parts.
 *
 * A file is read twice. The first time changes nothing: a file that was cut or changed leaves the store as it was.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { sha256 } from '../codec/index.js'
import { DamagedExportError } from '../errors.js'
import type { NewRecord, Store, StoredRecord } from '../store.js'
import { StoreError } from '../stores/index.js'
import { damageOf, ReadRecord, recordBytes } from '../stores/record.js'

export interface ExportOptions {
  /** Only of these functions. */
  readonly functions?: readonly string[] | undefined
}

export interface ImportOptions {
  /** Check the file, and write nothing. */
  readonly dryRun?: boolean
}

/** What went from store to file, or from file to store. */
export interface Exchange {
  readonly records: number
  readonly blobs: number
  readonly bytes: number
}

const MAGIC = Buffer.from('DGX1')
const HEAD = 9 // a letter, and a length of eight bytes
/** No block is longer: what says so is damaged, and memory is not asked for. */
const LONGEST = 2 ** 32

/** Write a store to a file, which appears when it is whole. Records that cannot be read, or lack a part, stay out. */
export async function exportStore(store: Store, file: string, { functions }: ExportOptions = {}): Promise<Exchange> {
  const partial = `${file}.${randomUUID()}.partial`
  const handle = await open(partial, 'wx')
  try {
    const writer = new BlockWriter(handle)
    const done = await writeAll(store, writer, functions && new Set(functions))
    await writer.end()
    await handle.sync()
    await handle.close()
    await rename(partial, file)
    return { ...done, bytes: writer.bytes }
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw error
  }
}

async function writeAll(
  store: Store,
  writer: BlockWriter,
  functions: ReadonlySet<string> | undefined,
): Promise<{ readonly records: number; readonly blobs: number }> {
  const written = new Set<string>()
  let records = 0
  for await (const record of store.records()) {
    if (functions !== undefined && !functions.has(record.function)) continue
    const parts = await partsOf(store, record, written)
    if (parts === undefined) continue
    for (const [hash, bytes] of parts) {
      await writer.block('B', bytes)
      written.add(hash)
    }
    await writer.block('R', recordBytes(record, record.writtenAt))
    records++
  }
  return { records, blobs: written.size }
}

/** The parts of a record that were not written yet; undefined where one is gone. */
async function partsOf(
  store: Store,
  { blobs }: StoredRecord,
  written: ReadonlySet<string>,
): Promise<Map<string, Uint8Array> | undefined> {
  const parts = new Map<string, Uint8Array>()
  for (const hash of blobs) {
    if (written.has(hash)) continue
    const bytes = await store.readBlob(hash)
    if (bytes === undefined) return undefined
    parts.set(hash, bytes)
  }
  return parts
}

class BlockWriter {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  #blocks = 0
  bytes = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async block(letter: string, bytes: Uint8Array): Promise<void> {
    const head = Buffer.alloc(HEAD)
    head.write(letter, 0, 'latin1')
    head.writeBigUInt64BE(BigInt(bytes.length), 1)
    if (this.#blocks++ === 0) await this.#write(MAGIC)
    await this.#write(head)
    await this.#write(bytes)
  }

  async end(): Promise<void> {
    if (this.#blocks === 0) await this.#write(MAGIC)
    const end = Buffer.alloc(8 + 32)
    end.writeBigUInt64BE(BigInt(this.#blocks), 0)
    this.#hash.copy().digest().copy(end, 8)
    await this.block('E', end)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.bytes += bytes.length
    for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten
  }
}

/**
 * Put what a file holds into a store. What is there already stays, and is written again where the file has the same.
 * @throws DamagedExportError, before anything is written; StoreError where the store cannot write
 */
export async function importStore(
  store: Store,
  file: string,
  { dryRun = false }: ImportOptions = {},
): Promise<Exchange> {
  const handle = await open(file, 'r')
  try {
    const held = new Set<string>()
    for await (const { letter, bytes } of blocks(handle, file)) {
      if (letter === 'B') held.add(sha256(bytes))
      else if (recordOf(bytes, file).blobs.some((blob) => !held.has(blob)))
        throw new DamagedExportError(file, 'a record names a part that is not in it')
    }
    let [records, blobs, size] = [0, 0, 0]
    for await (const { letter, bytes } of blocks(handle, file)) {
      size += bytes.length
      const isWritten = dryRun || (await put(store, letter, bytes, file))
      if (!isWritten) throw new StoreError(store.name, `could not write what ${file} holds`)
      if (letter === 'B') blobs++
      else records++
    }
    return { records, blobs, bytes: size }
  } finally {
    await handle.close()
  }
}

async function put(store: Store, letter: 'B' | 'R', bytes: Buffer, file: string): Promise<boolean> {
  return letter === 'B' ? (await store.writeBlob(bytes)) !== undefined : store.writeRecord(recordOf(bytes, file))
}

function recordOf(bytes: Buffer, file: string): NewRecord {
  const key = bytes.length < 80 ? '' : bytes.toString('hex', 48, 80)
  const damage = damageOf(bytes, key)
  if (damage !== undefined) throw new DamagedExportError(file, `of a record, ${damage}`)
  const { id, function: fn, version, blobs, bytes: held } = new ReadRecord(bytes, key, 0)
  return { key, id, function: fn, version, blobs, bytes: held }
}

/** The blocks of a file, one at a time; throws at its end where it was not what was written. */
async function* blocks(
  handle: FileHandle,
  file: string,
): AsyncGenerator<{ readonly letter: 'B' | 'R'; readonly bytes: Buffer }> {
  const { size } = await handle.stat()
  const hash = createHash('sha256')
  let at = 0
  const read = async (length: number): Promise<Buffer> => {
    if (length > LONGEST || at + length > size) throw new DamagedExportError(file, 'it was cut')
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) throw new DamagedExportError(file, 'it was cut')
      done += bytesRead
    }
    at += length
    return bytes
  }
  const magic = size < MAGIC.length ? Buffer.alloc(0) : await read(MAGIC.length)
  if (!magic.equals(MAGIC)) throw new DamagedExportError(file, 'it is no export of a store')
  hash.update(magic)
  for (let count = 0; ; count++) {
    const head = await read(HEAD)
    const letter = head.toString('latin1', 0, 1)
    const bytes = await read(Number(head.readBigUInt64BE(1)))
    if (letter === 'E') {
      const isWhole = bytes.length === 40 && bytes.readBigUInt64BE(0) === BigInt(count) && at === size
      if (isWhole && hash.digest().equals(bytes.subarray(8))) return
      throw new DamagedExportError(file, 'its checksum is wrong')
    }
    if (letter !== 'B' && letter !== 'R') throw new DamagedExportError(file, 'its checksum is wrong')
    hash.update(head).update(bytes)
    yield { letter, bytes }
  }
}
