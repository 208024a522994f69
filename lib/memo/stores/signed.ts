/**
 * A store that shows only what somebody signed who has the secret. Records are signed when they are written, with the
 * hashes of their blobs; what is not signed, or is not where it was signed for, is a miss. In the store below a record stands
 * under an id that is made with the secret: writers of several secrets write beside each other, and not over each other.
 *
 * A record below holds DGS1, the signature, the length of its own id as a byte, that id, and its bytes.
 */
import { sha256 } from '../codec/hash.js'
import {
  type GcOptions,
  type GcReport,
  type Lock,
  type MaybePromise,
  type NewRecord,
  type RecordFilter,
  type Store,
  type StoredRecord,
  type StoreOptions,
  type StoreStats,
  type SyncStore,
  type VerifyOptions,
  type VerifyReport,
} from '../store.js'
import { SecretError } from './errors.js'
import { checkName } from './names.js'
import { LENGTH, type Secret, Signer } from './secret.js'
import { answerOf, type Steps, walk } from './steps.js'
import { Warnings } from './warnings.js'

export interface SignedOptions extends Pick<StoreOptions, 'onWarning'> {
  /** Who has it writes and reads: 32 bytes at least, by chance. */
  readonly secret?: Secret
  /** Instead, several: the first signs, and what any of them signed is read. So that a secret can be replaced. */
  readonly secrets?: readonly Secret[]
}

/** Shows of a store what was signed with a secret, and signs what it writes. @throws SecretError */
export function signedStore(store: SyncStore, options: SignedOptions): SyncStore
export function signedStore(store: Store, options: SignedOptions): Store
export function signedStore(store: Store, options: SignedOptions): Store {
  return new SignedStore(store, options)
}

const MAGIC = Buffer.from('DGS1')
const HEAD = MAGIC.length + LENGTH + 1

/** A record below, taken apart and not yet believed. */
interface Claim {
  readonly signature: Uint8Array
  readonly record: StoredRecord
}

class SignedStore implements Store {
  readonly name: string
  readonly isSync: boolean
  readonly checksBlobs = true
  readonly #store: Store
  readonly #signer: Signer
  /** The first of them signs. */
  readonly #signers: readonly Signer[]
  readonly #warnings: Warnings

  constructor(store: Store, options: SignedOptions) {
    const { secret, secrets = secret === undefined ? [] : [secret] } = options
    const [signer, ...others] = secrets.map((one) => new Signer(one))
    if (signer === undefined || (secret !== undefined && options.secrets !== undefined))
      throw new SecretError('A signed store takes a secret, or secrets of which the first signs.')
    this.name = `${store.name}, signed`
    this.isSync = store.isSync
    this.#store = store
    this.#signer = signer
    this.#signers = [signer, ...others]
    this.#warnings = new Warnings(this.name, options)
  }

  readRecords(key: string): Iterable<StoredRecord> | AsyncIterable<StoredRecord> {
    const found = this.#store.readRecords(key)
    return this.isSync ? this.#own(found as Iterable<StoredRecord>) : this.#ownLater(found)
  }

  writeRecord(record: NewRecord): MaybePromise<boolean> {
    const { key, id } = record
    checkName(key, id)
    return walk(this.#write(signed(record, this.#signer), id))
  }

  /** Of this store's secrets. What others wrote is not there, and so not deleted. */
  deleteRecord(key: string, id: string): MaybePromise<boolean> {
    checkName(key, id)
    return walk(this.#delete(key, id, this.#signers))
  }

  records(filter?: RecordFilter): Iterable<StoredRecord> | AsyncIterable<StoredRecord> {
    const found = this.#store.records(filter)
    return this.isSync ? this.#own(found as Iterable<StoredRecord>) : this.#ownLater(found)
  }

  /** A blob is named by its hash, and the hash is signed. */
  readBlob(hash: string): MaybePromise<Uint8Array | undefined> {
    return this.#store.checksBlobs === true ? this.#store.readBlob(hash) : walk(this.#blob(hash))
  }

  writeBlob(bytes: Uint8Array): MaybePromise<string | undefined> {
    return this.#store.writeBlob(bytes)
  }

  blobSize(hash: string): MaybePromise<number | undefined> {
    return this.#store.blobSize(hash)
  }

  tryLock(key: string): MaybePromise<Lock | undefined> {
    return this.#store.tryLock(key)
  }

  /** Of the store below, whoever wrote there: what others signed is no damage. */
  verify(options?: VerifyOptions): MaybePromise<VerifyReport> {
    return this.#store.verify(options)
  }

  /** Of the store below, by its limits. What others wrote is never outdated. */
  gc(options?: GcOptions): MaybePromise<GcReport> {
    return walk(this.#collect(options))
  }

  /** Of the store below; damage that was met here too. */
  stats(): MaybePromise<StoreStats> {
    return walk(this.#stats())
  }

  close(): MaybePromise<void> {
    return this.#store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  *#own(found: Iterable<StoredRecord>): Generator<StoredRecord> {
    const met = new Set<string>()
    for (const one of found) {
      const record = this.#checked(one, met)
      if (record !== undefined) yield record
    }
  }

  async *#ownLater(
    found: MaybePromise<Iterable<StoredRecord> | AsyncIterable<StoredRecord>>,
  ): AsyncGenerator<StoredRecord> {
    const met = new Set<string>()
    for await (const one of await found) {
      const record = this.#checked(one, met)
      if (record !== undefined) yield record
    }
  }

  /** Once, where two of this store's secrets have signed a record of one id. */
  #checked(found: StoredRecord, met: Set<string>): StoredRecord | undefined {
    const claim = claimOf(found)
    const where = `the record ${found.id} of ${found.key}`
    if (claim !== undefined && this.#isSigned(claim, found.id)) {
      const { record } = claim
      const name = `${record.key} ${record.id}`
      if (met.has(name)) return undefined
      met.add(name)
      return record
    }
    // another writer's has another place, and is nothing that was done to this one's
    const isOwn = claim !== undefined && this.#signers.some((signer) => signer.place(claim.record.id) === found.id)
    if (isOwn) this.#warnings.foundDamage(where, 'its signature is wrong')
    else this.#warnings.foundUnsigned(where)
    return undefined
  }

  #isSigned({ record, signature }: Claim, place: string): boolean {
    return this.#signers.some((signer) => signer.hasSigned(record, place, signature))
  }

  *#write(record: NewRecord, id: string): Steps<boolean> {
    if (!(yield* answerOf(this.#store.writeRecord(record)))) return false
    try {
      // what an older secret signed under this id is replaced
      yield* this.#delete(record.key, id, this.#signers.slice(1))
      return true
    } catch (error) {
      this.#warnings.cannotWrite(error)
      return false
    }
  }

  *#delete(key: string, id: string, signers: readonly Signer[]): Steps<boolean> {
    let wasThere = false
    for (const signer of signers) {
      wasThere = (yield* answerOf(this.#store.deleteRecord(key, signer.place(id)))) || wasThere
    }
    return wasThere
  }

  *#blob(hash: string): Steps<Uint8Array | undefined> {
    const bytes = yield* answerOf(this.#store.readBlob(hash))
    if (bytes === undefined || sha256(bytes) === hash) return bytes
    this.#warnings.foundDamage(`the blob ${hash}`, 'its hash is another')
    return undefined
  }

  *#collect({ isOutdated = () => false, ...options }: GcOptions = {}): Steps<GcReport> {
    const ids = new Map<string, string>()
    const report = yield* answerOf(
      this.#store.gc({
        ...options,
        isOutdated: (found) => {
          const claim = claimOf(found)
          if (claim === undefined || !this.#isSigned(claim, found.id)) return false
          ids.set(`${found.key} ${found.id}`, claim.record.id)
          return isOutdated(claim.record)
        },
      }),
    )
    const removed = report.removed.map((one) => ({ ...one, id: ids.get(`${one.key} ${one.id}`) ?? one.id }))
    return { ...report, removed }
  }

  *#stats(): Steps<StoreStats> {
    const stats = yield* answerOf(this.#store.stats())
    return { ...stats, damaged: stats.damaged + this.#warnings.damaged }
  }
}

/** As it is written below. */
function signed(record: NewRecord, signer: Signer): NewRecord {
  const id = Buffer.from(record.id, 'latin1')
  const place = signer.place(record.id)
  const bytes = Buffer.concat([MAGIC, signer.signature(record, place), Uint8Array.of(id.length), id, record.bytes])
  return { ...record, id: place, bytes, blobs: [...record.blobs] }
}

/** Undefined where it was not written by a signed store. */
function claimOf({ key, function: name, version, bytes, blobs, writtenAt, usedAt }: StoredRecord): Claim | undefined {
  if (bytes.length < HEAD || MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return undefined
  const end = HEAD + (bytes[HEAD - 1] ?? 0)
  if (end > bytes.length) return undefined
  const id = Buffer.from(bytes.subarray(HEAD, end)).toString('latin1')
  return {
    signature: bytes.subarray(MAGIC.length, HEAD - 1),
    record: { key, id, function: name, version, bytes: bytes.subarray(end), blobs, writtenAt, usedAt },
  }
}
