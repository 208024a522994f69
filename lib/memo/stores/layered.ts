/**
 * Stores above each other: memory over files over a server. What is found below is written above, so that the next read
 * finds it there. What is written goes to every layer, first to the uppermost; it is acknowledged when those that have to
 * have it do, and goes on to the others in turn while the caller goes on.
 */
import {
  type GcOptions,
  type GcReport,
  isSync,
  type Lock,
  type MaybePromise,
  type NewRecord,
  type RecordFilter,
  type Store,
  type StoredRecord,
  type StoreStats,
  type SyncStore,
  type VerifyOptions,
  type VerifyReport,
} from '../store.js'
import { Marks } from './marks.js'
import { answerOf, type Steps, walk } from './steps.js'

export interface LayeredOptions {
  /** How many layers, from above, have to have what is written before it is acknowledged: all. The others get it later. */
  readonly acknowledgedBy?: number
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number
}

/** From above, each layer faster and smaller than the next. Synchronous where all of them are. */
export function layeredStore(layers: readonly [SyncStore, ...SyncStore[]], options?: LayeredOptions): SyncStore
export function layeredStore(layers: readonly [Store, ...Store[]], options?: LayeredOptions): Store
export function layeredStore(layers: readonly [Store, ...Store[]], options: LayeredOptions = {}): Store {
  return new LayeredStore(layers, options)
}

class LayeredStore implements Store {
  readonly name: string
  readonly isSync: boolean
  readonly checksBlobs: boolean
  readonly #layers: readonly Store[]
  readonly #lowest: Store
  readonly #acknowledging: number
  readonly #marks = new Marks()
  readonly #now: () => number
  /** What is still on its way down, one after the other. */
  #later: MaybePromise<unknown> = undefined

  constructor(
    layers: readonly [Store, ...Store[]],
    { acknowledgedBy = layers.length, now = Date.now }: LayeredOptions,
  ) {
    this.name = layers.map(({ name }) => name).join(' over ')
    this.isSync = layers.every(isSync)
    this.checksBlobs = layers.every(({ checksBlobs }) => checksBlobs === true)
    this.#layers = layers
    this.#now = now
    this.#lowest = layers.at(-1) ?? layers[0]
    this.#acknowledging = Math.min(Math.max(1, acknowledgedBy), layers.length)
  }

  readRecords(key: string): Iterable<StoredRecord> | AsyncIterable<StoredRecord> {
    return this.isSync ? this.#variants(key) : this.#variantsLater(key)
  }

  writeRecord(record: NewRecord): MaybePromise<boolean> {
    const own = this.isSync ? record : { ...record, bytes: Uint8Array.from(record.bytes), blobs: [...record.blobs] }
    return walk(this.#down((layer) => walk(this.#write(layer, own)), false))
  }

  // From below: who reads meanwhile finds it above still, and nobody below to write it above again.
  deleteRecord(key: string, id: string): MaybePromise<boolean> {
    return walk(this.#delete(key, id))
  }

  records(filter?: RecordFilter): Iterable<StoredRecord> | AsyncIterable<StoredRecord> {
    return this.isSync ? this.#all(filter) : this.#allLater(filter)
  }

  readBlob(hash: string): MaybePromise<Uint8Array | undefined> {
    return walk(this.#blob(hash))
  }

  writeBlob(bytes: Uint8Array): MaybePromise<string | undefined> {
    const own = this.isSync ? bytes : Uint8Array.from(bytes)
    return walk(this.#down((layer) => layer.writeBlob(own), undefined))
  }

  blobSize(hash: string): MaybePromise<number | undefined> {
    return walk(this.#first((layer) => layer.blobSize(hash)))
  }

  /** That of the lowest layer, which is shared by most. */
  tryLock(key: string): MaybePromise<Lock | undefined> {
    return this.#lowest.tryLock(key)
  }

  verify(options?: VerifyOptions): MaybePromise<VerifyReport> {
    return walk(this.#verify(options))
  }

  /** Every layer by the same limits. */
  gc(options?: GcOptions): MaybePromise<GcReport> {
    return walk(this.#collect(options))
  }

  /** Of the lowest layer, which holds everything; damage that any of them met. */
  stats(): MaybePromise<StoreStats> {
    return walk(this.#stats())
  }

  /** When everything that was written is below. */
  close(): MaybePromise<void> {
    return walk(this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  *#variants(key: string): Generator<StoredRecord> {
    const met = new Set<string>()
    for (const [depth, layer] of this.#layers.entries()) {
      for (const record of layer.readRecords(key) as Iterable<StoredRecord>) {
        if (met.has(record.id)) continue
        met.add(record.id)
        void walk(depth === 0 ? this.#use(record) : this.#raise(record, depth))
        yield record
      }
    }
  }

  async *#variantsLater(key: string): AsyncGenerator<StoredRecord> {
    const met = new Set<string>()
    for (const [depth, layer] of this.#layers.entries()) {
      for await (const record of await layer.readRecords(key)) {
        if (met.has(record.id)) continue
        met.add(record.id)
        await walk(depth === 0 ? this.#use(record) : this.#raise(record, depth))
        yield record
      }
    }
  }

  /** What is read above counts as used below too, or it would be collected there. */
  *#use({ key, id }: StoredRecord): Steps<void> {
    if (!this.#marks.isDue(`${key} ${id}`, this.#now())) return
    for (const layer of this.#layers.slice(1)) yield* this.#holds(layer, key, id)
  }

  /** Writes into the layers above what was found below them. */
  *#raise(record: StoredRecord, depth: number): Steps<void> {
    const { key, id, function: name, version, bytes, blobs } = record
    const from = this.#layers[depth] as Store
    for (const layer of this.#layers.slice(0, depth)) {
      if (!(yield* this.#lend(layer, blobs, [from]))) return
      yield* answerOf(layer.writeRecord({ key, id, function: name, version, bytes, blobs }))
    }
    // Deleted meanwhile: then it is deleted here too.
    if (yield* this.#holds(from, key, id)) return
    for (const layer of this.#layers.slice(0, depth)) yield* answerOf(layer.deleteRecord(key, id))
  }

  /** A record may name what was written long ago, and an upper layer has lost since. */
  *#write(layer: Store, record: NewRecord): Steps<boolean> {
    const below = this.#layers.slice(this.#layers.indexOf(layer) + 1)
    if (below.length > 0) yield* this.#lend(layer, record.blobs, below)
    return yield* answerOf(layer.writeRecord(record))
  }

  /** Writes blobs that a layer lacks into it. False: there is one that nobody has. */
  *#lend(layer: Store, blobs: readonly string[], from: readonly Store[]): Steps<boolean> {
    for (const blob of blobs) {
      if ((yield* answerOf(layer.blobSize(blob))) !== undefined) continue
      let content: Uint8Array | undefined
      for (const one of from) content ??= yield* answerOf(one.readBlob(blob))
      if (content === undefined) return false
      yield* answerOf(layer.writeBlob(content))
    }
    return true
  }

  *#holds(layer: Store, key: string, id: string): Steps<boolean> {
    const variants = yield* answerOf(layer.readRecords(key))
    if (Symbol.iterator in variants) {
      for (const variant of variants) if (variant.id === id) return true
      return false
    }
    return yield* answerOf(includes(variants, id))
  }

  /** The uppermost layers now, the others later. The answer of the lowest of those counts. */
  *#down<Answer>(write: (layer: Store) => MaybePromise<Answer>, otherwise: Answer): Steps<Answer> {
    let answer = otherwise
    for (const layer of this.#layers.slice(0, this.#acknowledging)) answer = yield* answerOf(write(layer))
    const others = this.#layers.slice(this.#acknowledging)
    if (others.length > 0) {
      const before = this.#later
      this.#later = (async () => {
        await before
        for (const layer of others) await write(layer)
      })().catch(() => undefined)
    }
    return answer
  }

  *#delete(key: string, id: string): Steps<boolean> {
    yield* answerOf(this.#later)
    let wasThere = false
    for (const layer of [...this.#layers].reverse()) {
      wasThere = (yield* answerOf(layer.deleteRecord(key, id))) || wasThere
    }
    return wasThere
  }

  *#first<Answer>(ask: (layer: Store) => MaybePromise<Answer | undefined>): Steps<Answer | undefined> {
    for (const layer of this.#layers) {
      const answer = yield* answerOf(ask(layer))
      if (answer !== undefined) return answer
    }
    return undefined
  }

  *#blob(hash: string): Steps<Uint8Array | undefined> {
    for (const [depth, layer] of this.#layers.entries()) {
      const bytes = yield* answerOf(layer.readBlob(hash))
      if (bytes === undefined) continue
      for (const above of this.#layers.slice(0, depth)) yield* answerOf(above.writeBlob(bytes))
      return bytes
    }
    return undefined
  }

  *#all(filter?: RecordFilter): Generator<StoredRecord> {
    const met = new Set<string>()
    for (const layer of this.#layers) {
      for (const record of layer.records(filter) as Iterable<StoredRecord>) if (isNew(met, record)) yield record
    }
  }

  async *#allLater(filter?: RecordFilter): AsyncGenerator<StoredRecord> {
    const met = new Set<string>()
    for (const layer of this.#layers) {
      for await (const record of layer.records(filter)) if (isNew(met, record)) yield record
    }
  }

  *#verify(options?: VerifyOptions): Steps<VerifyReport> {
    yield* answerOf(this.#later)
    const damages = []
    let lowest: VerifyReport | undefined
    for (const layer of this.#layers) {
      lowest = yield* answerOf(layer.verify(options))
      damages.push(...lowest.damages)
    }
    return { records: lowest?.records ?? 0, blobs: lowest?.blobs ?? 0, damages }
  }

  *#collect(options?: GcOptions): Steps<GcReport> {
    yield* answerOf(this.#later)
    const reports: GcReport[] = []
    for (const layer of this.#layers) reports.push(yield* answerOf(layer.gc(options)))
    const lowest = reports.at(-1) as GcReport
    const removed = new Map(reports.flatMap((report) => report.removed).map((name) => [`${name.key} ${name.id}`, name]))
    return { ...lowest, removed: [...removed.values()] }
  }

  *#stats(): Steps<StoreStats> {
    yield* answerOf(this.#later)
    let damaged = 0
    let lowest: StoreStats | undefined
    for (const layer of this.#layers) {
      lowest = yield* answerOf(layer.stats())
      damaged += lowest.damaged
    }
    return { ...(lowest as StoreStats), damaged }
  }

  *#close(): Steps<void> {
    yield* answerOf(this.#later)
    for (const layer of this.#layers) yield* answerOf(layer.close())
  }
}

async function includes(variants: AsyncIterable<StoredRecord>, id: string): Promise<boolean> {
  for await (const variant of variants) if (variant.id === id) return true
  return false
}

function isNew(met: Set<string>, { key, id }: StoredRecord): boolean {
  const name = `${key} ${id}`
  if (met.has(name)) return false
  met.add(name)
  return true
}
