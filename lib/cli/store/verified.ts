/** What a check of a store found. */
import type { Store } from '../../memo/index.js'
import { type Answer, answerOf } from '../answer.js'
import { Listing } from '../listing.js'

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
  const listing = answerOf(new Listing('store verify', COLUMNS, rows), note)
  return {
    ...listing,
    ...(rows.length === 0 && { text: () => note }),
    json: () => report,
    exitCode: damages.length === 0 ? 0 : 1,
  }
}
