/** What went out of a store, or came in. */
import { existsSync } from 'node:fs'
import { type Exchange, exportStore, importStore, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { UsageError } from '../errors.js'
import { size } from './forms.js'

export async function exported(store: Store, file: string, functions: readonly string[] | undefined): Promise<Answer> {
  const done = await exportStore(store, file, { functions })
  return told(done, `${countOf(done)} written to ${file}.`)
}

export async function imported(store: Store, file: string, dryRun: boolean): Promise<Answer> {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file.`)
  const done = await importStore(store, file, { dryRun })
  return told(
    done,
    dryRun ? `${countOf(done)} in ${file}, all whole. Nothing was imported: --dry-run.` : `${countOf(done)} imported.`,
  )
}

function countOf({ records, blobs, bytes }: Exchange): string {
  return `${records} records and ${blobs} blobs, ${size(bytes)}`
}

function told(done: Exchange, text: string): Answer {
  return { text: () => text, json: () => done }
}
