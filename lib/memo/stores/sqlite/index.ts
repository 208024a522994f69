/**
 * A store in one file of SQLite: the fastest hit, and what several processes of one machine can share. Each write is one
 * transaction. Records and blobs carry their checksums here too: what the database gives is not taken for granted.
 */
import { mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import { v4 } from 'uuid'
import { sha256 } from '../../codec/hash.js'
import type {
  Damage,
  GcOptions,
  GcReport,
  NewRecord,
  RecordFilter,
  StoredRecord,
  StoreOptions,
  StoreStats,
  SyncLock,
  SyncStore,
  VerifyOptions,
  VerifyReport,
} from '../../store.js'
import { GRACE, plan, report } from '../collect.js'
import { StoreError } from '../errors.js'
import { checkHash, checkKey, checkName } from '../names.js'
import { damageOf, ReadRecord, recordBytes, USE } from '../record.js'
import { Warnings } from '../warnings.js'
import { bytesFrom, type Database, type Driver, driver, type Statement } from './driver.js'
import { Locks } from './locks.js'

export interface SqliteOptions extends StoreOptions {
  /** Wait for the disk at every write, so that what was acknowledged outlasts a power failure. */
  readonly isDurable?: boolean
  /** Which SQLite: without it Node's own, better-sqlite3 or libsql, the first that is there. */
  readonly driver?: Driver
}

/** A store in this file. A file that is no database, or a damaged one, is put aside and begun anew, with a warning. */
export async function sqliteStore(file: string, options: SqliteOptions = {}): Promise<SyncStore> {
  const open = await driver(options.driver)
  const warnings = new Warnings(`sqlite ${file}`, options)
  return new SqliteStore(file, opened(open, file, options.isDurable === true, warnings), warnings, options)
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, id TEXT NOT NULL, function TEXT NOT NULL,
    used REAL NOT NULL, record BLOB NOT NULL, UNIQUE (key, id));
  CREATE TABLE IF NOT EXISTS blobs (hash TEXT PRIMARY KEY, touched REAL NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, holder TEXT NOT NULL, beats INTEGER NOT NULL);
`

function opened(open: (path: string) => Database, file: string, isDurable: boolean, warnings: Warnings): Database {
  mkdirSync(path.dirname(file), { recursive: true })
  for (let attempt = 0; ; attempt++) {
    const database = open(file)
    try {
      database.exec('PRAGMA busy_timeout = 10000')
      database.exec('PRAGMA auto_vacuum = INCREMENTAL')
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`)
      database.exec(SCHEMA)
      return database
    } catch (error) {
      database.close()
      if (attempt > 0 || !/not a database|malformed/.test(String(error))) throw error
      warnings.foundDamage(file, String(error))
      renameSync(file, `${file}.damaged-${v4()}`)
    }
  }
}

class SqliteStore implements SyncStore {
  readonly name: string
  readonly isSync = true
  readonly checksBlobs = true
  readonly #database: Database
  readonly #warnings: Warnings
  readonly #locks: Locks
  readonly #now: () => number
  readonly #prepared = new Map<string, Statement>()
  #isOpen = true

  constructor(file: string, database: Database, warnings: Warnings, { now = Date.now }: SqliteOptions) {
    this.name = `sqlite ${file}`
    this.#database = database
    this.#warnings = warnings
    this.#now = now
    this.#locks = new Locks((sql) => this.#sql(sql))
  }

  *readRecords(key: string): Generator<StoredRecord> {
    checkKey(key)
    const before = 'SELECT seq, id, used, record FROM records WHERE key = ? AND seq < ? ORDER BY seq DESC LIMIT 1'
    for (let seq = Number.MAX_SAFE_INTEGER; ; ) {
      const row = this.#read(() => this.#sql(before).get(key, seq))
      if (row === undefined) return
      seq = row['seq'] as number
      const record = this.#checked(row, key)
      if (record === undefined) continue
      this.#use(record, seq)
      yield record
    }
  }

  writeRecord(record: NewRecord): boolean {
    const { key, id, function: name, blobs } = record
    checkName(key, id)
    for (const blob of blobs) checkHash(blob)
    const time = this.#now()
    const bytes = recordBytes(record, time)
    return this.#write(false, () => {
      const missing = blobs.find((blob) => this.#sql('SELECT 1 FROM blobs WHERE hash = ?').get(blob) === undefined)
      if (missing !== undefined) throw new StoreError(this.name, `there is no blob ${missing} for the record ${id}`)
      const insert = 'INSERT OR REPLACE INTO records (key, id, function, used, record) VALUES (?, ?, ?, ?, ?)'
      this.#sql(insert).run(key, id, name, time, bytes)
      return true
    })
  }

  deleteRecord(key: string, id: string): boolean {
    checkName(key, id)
    return this.#orThrow(`the record ${id} of ${key} could not be deleted`, () => {
      return Number(this.#sql('DELETE FROM records WHERE key = ? AND id = ?').run(key, id).changes) > 0
    })
  }

  *records(filter: RecordFilter = {}): Generator<StoredRecord> {
    try {
      for (const { record } of this.#all(filter)) if (record !== undefined) yield record
    } catch (error) {
      this.#warnings.cannotRead(error)
    }
  }

  readBlob(hash: string): Uint8Array | undefined {
    checkHash(hash)
    const row = this.#read(() => this.#sql('SELECT bytes FROM blobs WHERE hash = ?').get(hash))
    if (row === undefined) return undefined
    const bytes = bytesFrom(row['bytes'])
    if (sha256(bytes) === hash) return bytes
    this.#warnings.foundDamage(`the blob ${hash}`, 'its hash is another')
    this.#write(undefined, () => this.#sql('DELETE FROM blobs WHERE hash = ?').run(hash))
    return undefined
  }

  writeBlob(bytes: Uint8Array): string | undefined {
    const hash = sha256(bytes)
    return this.#write(undefined, () => {
      const insert = 'INSERT OR REPLACE INTO blobs (hash, touched, size, bytes) VALUES (?, ?, ?, ?)'
      this.#sql(insert).run(hash, this.#now(), bytes.length, bytes)
      return hash
    })
  }

  blobSize(hash: string): number | undefined {
    checkHash(hash)
    return this.#read(() => this.#sql('SELECT size FROM blobs WHERE hash = ?').get(hash))?.['size'] as
      | number
      | undefined
  }

  tryLock(key: string): SyncLock | undefined {
    checkKey(key)
    return this.#locks.tryLock(key)
  }

  verify({ repair = true }: VerifyOptions = {}): VerifyReport {
    return this.#orThrow('could not be verified', () => {
      const damages: Damage[] = []
      const found = (what: Damage['what'], where: string, why: string, remove: () => void): void => {
        this.#warnings.foundDamage(where, why)
        if (repair) remove()
        damages.push({ what, where, why, isPutAside: repair })
      }
      const blobs = new Set<string>()
      const bad = new Set<string>()
      for (const row of this.#sql('SELECT hash FROM blobs').all()) {
        const hash = row['hash'] as string
        const bytes = bytesFrom(this.#sql('SELECT bytes FROM blobs WHERE hash = ?').get(hash)?.['bytes'])
        if (sha256(bytes) === hash) blobs.add(hash)
        else {
          bad.add(hash)
          found('blob', `the blob ${hash}`, 'its hash is another', () =>
            this.#sql('DELETE FROM blobs WHERE hash = ?').run(hash),
          )
        }
      }
      let records = 0
      for (const { seq, why, record, where } of this.#all()) {
        const missing = record?.blobs.find(
          (blob) => bad.has(blob) || (!blobs.has(blob) && this.blobSize(blob) === undefined),
        )
        if (why === undefined && missing === undefined) records++
        else {
          const what = why === undefined ? 'missing blob' : 'record'
          found(what, where, why ?? `its blob ${missing} is gone`, () => this.#remove(seq))
        }
      }
      return { records, blobs: blobs.size, damages }
    })
  }

  gc(options: GcOptions = {}): GcReport {
    return this.#orThrow('could not be collected', () => this.#transaction(() => this.#collect(options)))
  }

  stats(): StoreStats {
    return this.#orThrow('could not be counted', () => {
      const records = this.#sql('SELECT count(*) AS n, coalesce(sum(length(record)), 0) AS b FROM records').get()
      const blobs = this.#sql('SELECT count(*) AS n, coalesce(sum(size), 0) AS b FROM blobs').get()
      return {
        records: Number(records?.['n']),
        blobs: Number(blobs?.['n']),
        bytes: Number(records?.['b']) + Number(blobs?.['b']),
        damaged: this.#warnings.damaged,
      }
    })
  }

  close(): void {
    if (!this.#isOpen) return
    this.#locks.releaseAll()
    this.#isOpen = false
    this.#prepared.clear()
    this.#database.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #collect(options: GcOptions): GcReport {
    const { dryRun = false, grace = GRACE, isOutdated = () => false } = options
    const time = this.#now()
    const collectable = [...this.#all()].flatMap(({ seq, record }) => {
      if (record === undefined) return []
      const { key, id, function: name, version, usedAt, size, blobs } = record
      return [{ seq, key, id, function: name, version, usedAt, size, blobs, isOutdated: isOutdated(record) }]
    })
    const sizes = new Map(
      this.#sql('SELECT hash, size FROM blobs')
        .all()
        .map((row) => [row['hash'] as string, row['size'] as number]),
    )
    const planned = plan(collectable, (hash) => sizes.get(hash) ?? 0, options, time)
    let bytes = 0
    for (const { seq, size } of planned.removed) {
      bytes += size
      if (!dryRun) this.#remove(seq)
    }
    const named = new Set(planned.kept.flatMap(({ blobs }) => blobs))
    let blobs = 0
    for (const row of this.#sql('SELECT hash, size FROM blobs WHERE touched < ?').all(time - grace)) {
      const hash = row['hash'] as string
      if (named.has(hash)) continue
      blobs++
      bytes += row['size'] as number
      if (!dryRun) this.#sql('DELETE FROM blobs WHERE hash = ?').run(hash)
    }
    const leftovers = this.#locks.removeDead(dryRun)
    return report(planned, blobs, leftovers, bytes)
  }

  /** Every row, in pages, damaged ones too. Throws where they cannot be read: a collection must not go on then. */
  *#all({ function: name, key: start }: RecordFilter = {}): Generator<{
    seq: number
    where: string
    why?: string
    record?: ReadRecord
  }> {
    // no digit is after f
    const within = `${start === undefined ? '' : 'AND key >= ? AND key < ?'} ${name === undefined ? '' : 'AND function = ?'}`
    const page = `SELECT seq, key, id, used, record FROM records WHERE seq > ? ${within} ORDER BY seq LIMIT 50`
    const of = [...(start === undefined ? [] : [start, `${start}g`]), ...(name === undefined ? [] : [name])]
    for (let seq = -1; ; ) {
      const rows = this.#sql(page).all(seq, ...of)
      for (const row of rows) {
        seq = row['seq'] as number
        const key = String(row['key'])
        const record = bytesFrom(row['record'])
        const why = damageOf(record, key, String(row['id']))
        const where = `the record ${String(row['id'])} of ${key}`
        if (why === undefined) yield { seq, where, record: new ReadRecord(record, key, row['used'] as number) }
        else yield { seq, where, why }
      }
      if (rows.length === 0) return
    }
  }

  #checked(row: Record<string, unknown>, key: string): ReadRecord | undefined {
    const bytes = bytesFrom(row['record'])
    const id = String(row['id'])
    const why = damageOf(bytes, key, id)
    if (why === undefined) return new ReadRecord(bytes, key, row['used'] as number)
    this.#warnings.foundDamage(`the record ${id} of ${key}`, why)
    this.#write(undefined, () => this.#remove(row['seq'] as number))
    return undefined
  }

  #use(record: ReadRecord, seq: number): void {
    const time = this.#now()
    if (time - record.usedAt < USE) return
    try {
      this.#sql('UPDATE records SET used = ? WHERE seq = ?').run(time, seq)
    } catch {
      // A store that cannot be written to is read all the same.
    }
  }

  #remove(seq: number): void {
    this.#sql('DELETE FROM records WHERE seq = ?').run(seq)
  }

  #sql(text: string): Statement {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    const made = this.#database.prepare(text)
    this.#prepared.set(text, made)
    return made
  }

  #transaction<Result>(act: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = act()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #read<Result>(act: () => Result): Result | undefined {
    try {
      return act()
    } catch (error) {
      this.#warnings.cannotRead(error)
      return undefined
    }
  }

  #write<Result>(otherwise: Result, act: () => Result): Result {
    try {
      return this.#transaction(act)
    } catch (error) {
      this.#warnings.cannotWrite(error)
      return otherwise
    }
  }

  #orThrow<Result>(what: string, act: () => Result): Result {
    try {
      return act()
    } catch (cause) {
      throw new StoreError(this.name, `${what}: ${String(cause)}`, { cause })
    }
  }
}
