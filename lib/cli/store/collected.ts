/** What a collection removed, or would remove. */
import { pathToFileURL } from 'node:url'
import { type GcOptions, openMemo, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { count } from '../command.js'
import { loadModel } from '../model.js'
import { bytesFrom, noted, size, spanFrom } from './forms.js'

export interface GcLine {
  readonly maxBytes?: string
  readonly maxAge?: string
  readonly maxCount?: string
  readonly outdated?: string
  readonly grace?: string
  readonly dryRun?: boolean
}

const COLUMNS = [
  { name: 'function', kind: 'text' },
  { name: 'code version', kind: 'text' },
  { name: 'records', kind: 'number' },
] as const

export async function collected(store: Store, line: GcLine): Promise<Answer> {
  const report = await store.gc(await optionsOf(store, line))
  const { removed, blobs, leftovers, bytes, keptRecords, keptBytes } = report
  const groups = new Map<string, { readonly cells: readonly [string, string]; count: number }>()
  for (const { function: fn, version } of removed) {
    const group = groups.get(`${fn}\n${version}`) ?? { cells: [fn, version], count: 0 }
    group.count++
    groups.set(`${fn}\n${version}`, group)
  }
  const rows = [...groups.values()].map(({ cells, count: records }) => [...cells, records])
  const what = `${removed.length} records, ${blobs} blobs and ${leftovers} leftovers, ${size(bytes)}`
  const note = `${what}${line.dryRun ? ', would go. Nothing did: --dry-run.' : ' are gone.'} ${keptRecords} records stay, ${size(keptBytes)}.`
  return noted('store gc', COLUMNS, rows, note, () => ({ dryRun: line.dryRun === true, ...report }))
}

async function optionsOf(store: Store, line: GcLine): Promise<GcOptions> {
  const { maxBytes, maxAge, maxCount, outdated, grace, dryRun = false } = line
  return {
    dryRun,
    ...(maxBytes !== undefined && { maxBytes: bytesFrom(maxBytes, '--max-bytes') }),
    ...(maxAge !== undefined && { maxAge: spanFrom(maxAge, '--max-age') }),
    ...(maxCount !== undefined && { maxCount: await count(maxCount, '--max-count') }),
    ...(grace !== undefined && { grace: spanFrom(grace, '--grace') }),
    ...(outdated !== undefined && { isOutdated: await outdatedBy(store, outdated), removeOutdated: true }),
  }
}

async function outdatedBy(store: Store, file: string): Promise<NonNullable<GcOptions['isOutdated']>> {
  const model = await loadModel(file)
  const memo = await openMemo({
    store,
    modules: [{ url: pathToFileURL(model.file), exports: model.exports }],
    readOnly: true,
  })
  return memo.outdated(store)
}
