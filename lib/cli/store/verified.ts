/** What a check of a store found. */
import type { Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { noted } from './forms.js'

const COLUMNS = [
  { name: 'damaged', kind: 'text' },
  { name: 'where', kind: 'text' },
  { name: 'why', kind: 'text' },
  { name: 'put aside', kind: 'text' },
] as const

export async function verified(store: Store, repair: boolean): Promise<Answer> {
  const report = await store.verify({ repair })
  const { records, blobs, damages } = report
  const rows = damages.map(({ what, where, why, isPutAside }) => [what, where, why, isPutAside ? 'yes' : 'no'])
  const note = `${records} records and ${blobs} blobs are whole, ${damages.length} damaged.`
  return { ...noted('store verify', COLUMNS, rows, note, () => report), exitCode: damages.length === 0 ? 0 : 1 }
}
