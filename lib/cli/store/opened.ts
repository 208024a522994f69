/** The store that a command line means. */
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { loadConfiguration, openStore, type Store, type StoreDescription, storeFromText } from '../../memo/index.js'
import { type Answer, rendered, widthOf } from '../answer.js'
import { UsageError } from '../errors.js'
import { reportFailure } from '../failure.js'
import type { StoreOptions } from './command.js'

/** Open, ask, print, close. Gives the exit code. */
export async function answering(
  options: StoreOptions,
  ask: (store: Store) => Answer | Promise<Answer>,
  { mayBeNew = false }: { readonly mayBeNew?: boolean },
): Promise<number> {
  try {
    const store = await opened(options, mayBeNew)
    try {
      const answer = await ask(store)
      const text = await rendered(answer, options, widthOf())
      process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`)
      return answer.exitCode ?? 0
    } finally {
      await store.close()
    }
  } catch (error) {
    return reportFailure(error)
  }
}

/** The store that the options mean. What is not there is not made, unless it may be new. */
export async function opened(options: StoreOptions, mayBeNew: boolean): Promise<Store> {
  const described = await describedBy(options)
  await check(described, mayBeNew)
  return openStore(described, { onWarning: ({ message }) => process.stderr.write(`dugout: ${message}\n`) })
}

async function describedBy({ store, cluster, environment, config }: StoreOptions): Promise<StoreDescription> {
  if (store !== undefined) return storeFromText(store, process.cwd())
  const { clusters, file } = await loadConfiguration({ environment, file: config })
  const found =
    cluster === undefined
      ? (clusters.find(({ tags }) => tags.value.length === 0) ?? clusters[0])
      : clusters.find(({ name }) => name === cluster)
  if (found !== undefined) return found.store.value
  const names = clusters.map(({ name }) => name).join(', ')
  throw new UsageError(
    `There is no cluster ${JSON.stringify(cluster)} in ${file ?? 'the default configuration'}; there is ${names}.`,
  )
}

async function check(store: StoreDescription, mayBeNew: boolean): Promise<void> {
  if (store.type === 'layered') for (const layer of store.layers) await check(layer, mayBeNew)
  if (store.type === 'memory') throw new UsageError('A store in memory is of one process, and there is nothing to ask.')
  if (store.type === 'filesystem' && !mayBeNew && !existsSync(path.join(store.path, 'v1')))
    throw new UsageError(`There is no store in ${store.path}. Name one: --store <folder, file or redis://host>.`)
  if (store.type !== 'sqlite') return
  const isThere = existsSync(store.path)
  if (!isThere && !mayBeNew) throw new UsageError(`${store.path}: no such file. Name a store: --store <where>.`)
  // opened as a store, a file that is no database would be put aside
  if (isThere && !(await isDatabase(store.path))) throw new UsageError(`${store.path} is no SQLite database.`)
}

async function isDatabase(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    return bytesRead === 0 || buffer.toString('latin1', 0, 15) === 'SQLite format 3'
  } finally {
    await handle.close()
  }
}
