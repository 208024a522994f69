/**
 * A store in Redis, shared by machines. Records of a key are the fields of one hash; two sorted sets say when records and
 * blobs were last used. What several commands have to do as one is a script, which runs in the server alone.
 */
import type { Redis } from 'ioredis'
import { v4 } from 'uuid'
import { isHash, sha256 } from '../codec/hash.js'
import type {
  Damage,
  GcOptions,
  GcReport,
  Lock,
  NewRecord,
  RecordFilter,
  Store,
  StoredRecord,
  StoreOptions,
  StoreStats,
  VerifyOptions,
  VerifyReport,
} from '../store.js'
import { GRACE, plan, report } from './collect.js'
import { StoreError } from './errors.js'
import { BEAT, SILENCE } from './holder.js'
import { Marks } from './marks.js'
import { checkHash, checkKey, checkName } from './names.js'
import { required } from './optional.js'
import { damageOf, ReadRecord, recordBytes } from './record.js'
import { Warnings } from './warnings.js'

/** A `Redis` of the package ioredis, told by some of what it has: who does not use it need not install it to compile. */
export interface RedisConnection {
  readonly status: string
  hgetallBuffer(key: string): Promise<Record<string, Uint8Array>>
  quit(): Promise<unknown>
  disconnect(): void
}

export interface RedisOptions extends StoreOptions {
  /** `redis://host:port`. Without it: 127.0.0.1:6379. */
  readonly url?: string
  /** A connection of your own, which is not closed with the store. */
  readonly client?: RedisConnection
  /** What all keys begin with: `dugout:`. Stores of different prefixes know nothing of each other. */
  readonly prefix?: string
}

/** A store in a Redis server. A server that does not answer is a miss, with a warning. */
export async function redisStore(options: RedisOptions = {}): Promise<Store> {
  if (options.client !== undefined) return new RedisStore(options.client as Redis, options)
  const { Redis: Client } = (await required('ioredis', 'The Redis store')) as { Redis: typeof Redis }
  const client = new Client(options.url ?? 'redis://127.0.0.1:6379', {
    connectTimeout: 2000,
    // An answer that comes late is a miss: nobody waits for a server that is away.
    maxRetriesPerRequest: 1,
    lazyConnect: false,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  })
  return new RedisStore(client, options)
}

/** Writes a record if every blob is there, and marks it as used, and the blobs as if they were written: none is collected. */
const WRITE = `
for i = 5, #ARGV do if redis.call('EXISTS', KEYS[3] .. ARGV[i]) == 0 then return ARGV[i] end end
for i = 5, #ARGV do redis.call('ZADD', KEYS[4], ARGV[3], ARGV[i]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return ''`

/** Removes a blob that was not written again since. */
const REMOVE_BLOB = `
local touched = redis.call('ZSCORE', KEYS[2], ARGV[1])
if touched and tonumber(touched) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])`

/** Removes a record that is still the one that was looked at. */
const REMOVE_RECORD = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[3])
return 1`

const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`

interface Found {
  readonly member: string
  readonly key: string
  readonly id: string
  readonly bytes: Buffer
  readonly usedAt: number
}

class RedisStore implements Store {
  readonly name: string
  readonly isSync = false
  readonly checksBlobs = true
  readonly #client: Redis
  readonly #isOwn: boolean
  readonly #prefix: string
  readonly #warnings: Warnings
  readonly #now: () => number
  readonly #marks = new Marks()
  readonly #held = new Set<() => Promise<void>>()
  #isOpen = true

  constructor(client: Redis, options: RedisOptions) {
    const { prefix = 'dugout:', now = Date.now } = options
    this.name = `redis ${client.options.host ?? ''}:${client.options.port ?? ''} ${prefix}`
    this.#client = client
    this.#isOwn = options.client === undefined
    this.#prefix = prefix
    this.#warnings = new Warnings(this.name, options)
    this.#now = now
    // A connection that breaks is said by the command that needs it.
    if (this.#isOwn) client.on('error', () => undefined)
  }

  async readRecords(key: string): Promise<Iterable<StoredRecord>> {
    checkKey(key)
    const fields = await this.#read({}, () => this.#client.hgetallBuffer(this.#records(key)))
    const found: ReadRecord[] = []
    for (const [id, bytes] of Object.entries(fields)) {
      const record = await this.#checked({ member: `${key} ${id}`, key, id, bytes, usedAt: 0 })
      if (record !== undefined) found.push(record)
    }
    found.sort((a, b) => b.writtenAt - a.writtenAt)
    return this.#using(found)
  }

  async writeRecord(record: NewRecord): Promise<boolean> {
    const { key, id, blobs } = record
    checkName(key, id)
    for (const blob of blobs) checkHash(blob)
    const time = this.#now()
    const bytes = Buffer.from(recordBytes(record, time))
    const missing = await this.#write<unknown>(undefined, () =>
      this.#client.eval(
        WRITE,
        4,
        ...[this.#records(key), this.#used, this.#blob(''), this.#blobs, id, bytes, time, `${key} ${id}`, ...blobs],
      ),
    )
    if (missing === '') return true
    if (typeof missing === 'string') {
      this.#warnings.cannotWrite(new StoreError(this.name, `there is no blob ${missing} for the record ${id}`))
    }
    return false
  }

  async deleteRecord(key: string, id: string): Promise<boolean> {
    checkName(key, id)
    return this.#orThrow(`the record ${id} of ${key} could not be deleted`, async () => {
      const done = await this.#client.multi().hdel(this.#records(key), id).zrem(this.#used, `${key} ${id}`).exec()
      return done?.[0]?.[1] === 1
    })
  }

  async *records({ function: name, key: start }: RecordFilter = {}): AsyncGenerator<StoredRecord> {
    try {
      for await (const found of this.#all(start)) {
        const record = await this.#checked(found)
        if (record !== undefined && (name === undefined || record.function === name)) yield record
      }
    } catch (error) {
      this.#warnings.cannotRead(error)
    }
  }

  async readBlob(hash: string): Promise<Uint8Array | undefined> {
    checkHash(hash)
    const bytes = await this.#read(null, () => this.#client.getBuffer(this.#blob(hash)))
    if (bytes === null) return undefined
    if (sha256(bytes) === hash) return bytes
    this.#warnings.foundDamage(`the blob ${hash}`, 'its hash is another')
    await this.#write(undefined, () => this.#removeBlob(hash, Infinity))
    return undefined
  }

  async writeBlob(bytes: Uint8Array): Promise<string | undefined> {
    const copy = Buffer.from(bytes)
    const hash = sha256(copy)
    const done = await this.#write(undefined, () =>
      this.#client.multi().set(this.#blob(hash), copy).zadd(this.#blobs, this.#now(), hash).exec(),
    )
    return done == null ? undefined : hash
  }

  async blobSize(hash: string): Promise<number | undefined> {
    checkHash(hash)
    return this.#read(undefined, async () => {
      const size = await this.#client.strlen(this.#blob(hash))
      return size > 0 || (await this.#client.exists(this.#blob(hash))) === 1 ? size : undefined
    })
  }

  // The server lets a lock go by its own clock when no sign of life came: its clock alone counts.
  async tryLock(key: string): Promise<Lock | undefined> {
    checkKey(key)
    const name = `${this.#prefix}lock:${key}`
    const token = v4()
    try {
      if ((await this.#client.set(name, token, 'PX', SILENCE, 'NX')) === null) return undefined
    } catch {
      // Where no lock can be had nobody can be kept waiting.
      return { release: () => Promise.resolve() }
    }
    const beat = setInterval(() => void this.#client.eval(RENEW, 1, name, token, SILENCE).catch(() => undefined), BEAT)
    beat.unref()
    const release = async (): Promise<void> => {
      clearInterval(beat)
      if (this.#held.delete(release)) await this.#client.eval(RELEASE, 1, name, token).catch(() => undefined)
    }
    this.#held.add(release)
    return { release }
  }

  async verify({ repair = true }: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#orThrow('could not be verified', async () => {
      const damages: Damage[] = []
      const found = async (what: Damage['what'], where: string, why: string, remove: () => Promise<unknown>) => {
        this.#warnings.foundDamage(where, why)
        if (repair) await remove()
        damages.push({ what, where, why, isPutAside: repair })
      }
      const blobs = new Set<string>()
      const bad = new Set<string>()
      for (const hash of await this.#client.zrange(this.#blobs, '0', '-1')) {
        const bytes = isHash(hash) ? await this.#client.getBuffer(this.#blob(hash)) : null
        if (bytes !== null && sha256(bytes) === hash) blobs.add(hash)
        else {
          bad.add(hash)
          await found('blob', `the blob ${hash}`, 'its hash is another', () => this.#removeBlob(hash, Infinity))
        }
      }
      let records = 0
      for await (const one of this.#all()) {
        const where = `the record ${one.id} of ${one.key}`
        const why = damageOf(one.bytes, one.key, one.id)
        const record = why === undefined ? new ReadRecord(one.bytes, one.key, one.usedAt) : undefined
        let missing: string | undefined
        for (const blob of record?.blobs ?? []) {
          if (bad.has(blob) || (!blobs.has(blob) && (await this.#client.exists(this.#blob(blob))) === 0))
            missing ??= blob
        }
        if (why !== undefined) await found('record', where, why, () => this.#removeRecord(one))
        else if (missing === undefined) records++
        else await found('missing blob', where, `its blob ${missing} is gone`, () => this.#removeRecord(one))
      }
      return { records, blobs: blobs.size, damages }
    })
  }

  async gc(options: GcOptions = {}): Promise<GcReport> {
    return this.#orThrow('could not be collected', () => this.#collect(options))
  }

  async stats(): Promise<StoreStats> {
    return this.#orThrow('could not be counted', async () => {
      let [records, blobs, bytes] = [0, 0, 0]
      for await (const found of this.#all()) {
        records++
        bytes += found.bytes.length
      }
      for (const hash of await this.#client.zrange(this.#blobs, '0', '-1')) {
        blobs++
        bytes += await this.#client.strlen(this.#blob(hash))
      }
      return { records, blobs, bytes, damaged: this.#warnings.damaged }
    })
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await Promise.all([...this.#held].map((release) => release()))
    if (this.#isOwn) await this.#client.quit().catch(() => this.#client.disconnect())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #used(): string {
    return `${this.#prefix}used`
  }

  get #blobs(): string {
    return `${this.#prefix}blobs`
  }

  #records(key: string): string {
    return `${this.#prefix}records:${key}`
  }

  #blob(hash: string): string {
    return `${this.#prefix}blob:${hash}`
  }

  *#using(records: readonly ReadRecord[]): Generator<ReadRecord> {
    for (const record of records) {
      const member = `${record.key} ${record.id}`
      const time = this.#now()
      if (this.#marks.isDue(member, time, record.usedAt)) {
        // XX: a record that was deleted meanwhile is not named again.
        this.#client.zadd(this.#used, 'XX', time, member).catch(() => undefined)
      }
      yield record
    }
  }

  /** Throws where they cannot be read: a collection must not go on then. */
  async *#all(start = ''): AsyncGenerator<Found> {
    const members = await this.#client.zrange(this.#used, '0', '-1', 'WITHSCORES')
    for (let i = 0; i < members.length; i += 2) {
      const member = members[i] as string
      if (!member.startsWith(start)) continue
      const [key = '', id = ''] = member.split(' ')
      const bytes = await this.#client.hgetBuffer(this.#records(key), id)
      if (bytes !== null) yield { member, key, id, bytes, usedAt: Number(members[i + 1]) }
    }
  }

  async #checked(found: Found): Promise<ReadRecord | undefined> {
    const why = damageOf(found.bytes, found.key, found.id)
    if (why === undefined) return new ReadRecord(found.bytes, found.key, found.usedAt)
    this.#warnings.foundDamage(`the record ${found.id} of ${found.key}`, why)
    await this.#write(undefined, () => this.#removeRecord(found))
    return undefined
  }

  async #collect(options: GcOptions): Promise<GcReport> {
    const { dryRun = false, grace = GRACE, isOutdated = () => false } = options
    const time = this.#now()
    const collectable = []
    for await (const found of this.#all()) {
      const record = await this.#checked(found)
      if (record === undefined) continue
      const { key, id, function: name, version, usedAt, size, blobs } = record
      collectable.push({ found, key, id, function: name, version, usedAt, size, blobs, isOutdated: isOutdated(record) })
    }
    const sizes = new Map<string, number>()
    for (const hash of await this.#client.zrange(this.#blobs, '0', '-1')) {
      sizes.set(hash, await this.#client.strlen(this.#blob(hash)))
    }
    const planned = plan(collectable, (hash) => sizes.get(hash) ?? 0, options, time)
    let bytes = 0
    for (const { found, size } of planned.removed) {
      bytes += size
      if (!dryRun) await this.#removeRecord(found)
    }
    const named = new Set(planned.kept.flatMap(({ blobs }) => blobs))
    let blobs = 0
    for (const hash of await this.#client.zrangebyscore(this.#blobs, '-inf', `(${time - grace}`)) {
      if (named.has(hash) || (!dryRun && !(await this.#removeBlob(hash, time - grace)))) continue
      blobs++
      bytes += sizes.get(hash) ?? 0
    }
    return report(planned, blobs, 0, bytes)
  }

  async #removeRecord({ member, key, id, bytes }: Found): Promise<void> {
    await this.#client.eval(REMOVE_RECORD, 2, this.#records(key), this.#used, id, bytes, member)
  }

  async #removeBlob(hash: string, before: number): Promise<boolean> {
    const limit = before === Infinity ? 'inf' : before
    return (await this.#client.eval(REMOVE_BLOB, 2, this.#blob(hash), this.#blobs, hash, limit)) === 1
  }

  async #read<Result>(otherwise: Result, ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (error) {
      this.#warnings.cannotRead(error)
      return otherwise
    }
  }

  async #write<Result>(otherwise: Result, ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (error) {
      this.#warnings.cannotWrite(error)
      return otherwise
    }
  }

  async #orThrow<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (cause) {
      throw new StoreError(this.name, `${what}: ${String(cause)}`, { cause })
    }
  }
}
