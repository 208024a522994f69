/** A store by what is written of it: a folder, a file, an address, or the options in full. */
import path from 'node:path'
import { isSync, type Store, type StoreOptions, type SyncStore } from '../store.js'
import type { Durability } from './filesystem/durability.js'
import { filesystemStore } from './filesystem/index.js'
import { layeredStore } from './layered.js'
import { memoryStore } from './memory.js'
import { nullStore } from './null.js'
import { redisStore } from './redis.js'
import { type SecretVariable, secretsFrom } from './secret.js'
import { signedStore } from './signed.js'
import { sqliteStore } from './sqlite/index.js'

/** A store and its options, as they are written down. */
export type StoreDescription =
  | (Signable & { readonly type: 'filesystem'; readonly path: string; readonly durability?: Durability | undefined })
  | (Signable & { readonly type: 'sqlite'; readonly path: string; readonly isDurable?: boolean | undefined })
  | (Signable & { readonly type: 'redis'; readonly url: string; readonly prefix?: string | undefined })
  | { readonly type: 'memory'; readonly maxBytes?: number | undefined }
  | { readonly type: 'null' }
  | (Signable & { readonly type: 'layered'; readonly layers: readonly StoreDescription[] })

interface Signable {
  /** Where the secret is that its records are signed with. */
  readonly secret?: SecretVariable | undefined
}

/**
 * What a short text stands for: `redis://host`, `memory`, `null`, a file whose name ends in .sqlite, .sqlite3 or .db, else a
 * folder. Paths begin at `folder`.
 */
export function storeFromText(text: string, folder: string): StoreDescription {
  if (/^rediss?:\/\//.test(text)) return { type: 'redis', url: text }
  if (text === 'memory' || text === 'null') return { type: text }
  const full = path.resolve(folder, text)
  return /\.(?:sqlite3?|db)$/.test(text) ? { type: 'sqlite', path: full } : { type: 'filesystem', path: full }
}

/** What is written of a store, in one line. No password of a server is in it, and no secret. */
export function describeStore(store: StoreDescription): string {
  const secret = secretOf(store)
  if (secret === undefined) return unsigned(store)
  const of = store.type === 'layered' ? `(${unsigned(store)})` : unsigned(store)
  return `${of} signed by ${[secret.env].flat().join(', ')}`
}

function secretOf(store: StoreDescription): SecretVariable | undefined {
  return 'secret' in store ? store.secret : undefined
}

function unsigned(store: StoreDescription): string {
  switch (store.type) {
    case 'filesystem':
    case 'sqlite':
      return `${store.type} ${store.path}`
    case 'redis':
      return `redis ${withoutPassword(store.url)}`
    case 'layered':
      return store.layers.map(describeStore).join(' over ')
    default:
      return store.type
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}

/** Open a store. @throws MissingPackageError where a driver is not installed, SecretError where a secret is not there. */
export async function openStore(
  store: StoreDescription | string,
  options: StoreOptions & { readonly folder?: string } = {},
): Promise<Store> {
  const { folder = '.', ...common } = options
  if (typeof store === 'string') return openStore(storeFromText(store, folder), options)
  const secret = secretOf(store)
  if (secret === undefined) return openUnsigned(store, common)
  const secrets = secretsFrom(secret)
  const opened = await openUnsigned(store, common)
  try {
    return signedStore(opened, { ...common, secrets })
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openUnsigned(store: StoreDescription, common: StoreOptions): Promise<Store> {
  switch (store.type) {
    case 'filesystem':
      return filesystemStore(store.path, { ...common, ...given({ durability: store.durability }) })
    case 'sqlite':
      return sqliteStore(store.path, { ...common, ...given({ isDurable: store.isDurable }) })
    case 'redis':
      return redisStore({ ...common, url: store.url, ...given({ prefix: store.prefix }) })
    case 'memory':
      return memoryStore({ ...common, ...given({ maxBytes: store.maxBytes }) })
    case 'layered': {
      const layers = await openAll(store.layers, common)
      return layers.every(isSync) ? layeredStore(layers as [SyncStore]) : layeredStore(layers as [Store])
    }
    default:
      return nullStore()
  }
}

/** All of them, or none. */
async function openAll(stores: readonly StoreDescription[], options: StoreOptions): Promise<Store[]> {
  const opened: Store[] = []
  try {
    for (const store of stores) opened.push(await openStore(store, options))
    return opened
  } catch (error) {
    for (const store of opened) await store.close()
    throw error
  }
}

/** Without what is undefined. */
function given<Options extends object>(options: Options): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
