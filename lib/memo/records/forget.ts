/** Forgetting: mementos first, then the histories by which nobody is found any more. */
import type { Description } from '../memento.js'
import { isRules } from '../rules.js'
import type { Store, StoredRecord } from '../store.js'
import { isTraceRecord } from '../trace.js'
import { type Kept, keptOf } from './kept.js'

export interface ForgetOptions {
  /** Say what would go, and let it stay. */
  readonly dryRun?: boolean
}

export interface Forgotten {
  readonly mementos: readonly Description[]
  /** Records deleted: mementos, and what served them alone. */
  readonly records: number
}

/** Forget the mementos that a test picks. `isWhole`: and all that is known of the code of the function. */
export async function forget(
  store: Store,
  picks: (kept: Kept) => boolean,
  { dryRun = false }: ForgetOptions,
  within: { readonly function?: string | undefined; readonly isWhole?: (record: StoredRecord) => boolean } = {},
): Promise<Forgotten> {
  const { function: fn, isWhole = () => false } = within
  const mementos: Description[] = []
  const gone: { readonly key: string; readonly id: string }[] = []
  const histories: { readonly key: string; readonly id: string; readonly isWhole: boolean }[] = []
  /** By history, whether a memento of it stays. */
  const stays = new Map<string, boolean>()
  for await (const record of store.records(fn === undefined ? {} : { function: fn })) {
    const { key, id } = record
    const kept = keptOf(record)
    if (isTraceRecord(record)) histories.push({ key, id, isWhole: isWhole(record) })
    else if (isRules(record) ? isWhole(record) : kept !== undefined && picks(kept)) gone.push({ key, id })
    if (kept === undefined) continue
    const isPicked = picks(kept)
    if (isPicked) mementos.push(kept.memento)
    stays.set(kept.memento.trace, (stays.get(kept.memento.trace) ?? false) || !isPicked)
  }
  for (const { key, id, isWhole: goes } of histories) if (goes || stays.get(id) === false) gone.push({ key, id })
  if (!dryRun) for (const { key, id } of gone) await store.deleteRecord(key, id)
  return { mementos, records: gone.length }
}
