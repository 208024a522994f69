/** What was forgotten, or would be. */
import { type ForgetTarget, Records, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { UsageError } from '../errors.js'
import { mementosTold } from './forms.js'

export interface ForgetLine {
  readonly function?: string
  readonly code?: string
  readonly call?: string
  readonly errors?: boolean
  readonly everything?: boolean
  readonly dryRun?: boolean
}

export async function forgotten(store: Store, id: string | undefined, line: ForgetLine): Promise<Answer> {
  const { dryRun = false, errors = false } = line
  const records = new Records(store)
  const target = targetOf(id, line)
  const done = errors
    ? await records.forgetErrors({ dryRun, ...(id !== undefined && { id }) })
    : await records.forget(target as ForgetTarget, { dryRun })
  const count = `${done.mementos.length} result${done.mementos.length === 1 ? '' : 's'}`
  const note = dryRun ? `${count} would be forgotten. Nothing was: --dry-run.` : `${count} forgotten.`
  const { records: removed, mementos } = done
  const answer = mementosTold('store forget', mementos, [note], () => ({ dryRun, records: removed, mementos }))
  return mementos.length > 0 ? answer : { ...answer, text: () => note }
}

/** What the line names: exactly one thing. */
function targetOf(id: string | undefined, line: ForgetLine): ForgetTarget | undefined {
  const { function: fn, code, call, errors, everything } = line
  const named = [errors ? undefined : id, fn, errors, everything].filter((one) => one !== undefined && one !== false)
  if (named.length !== 1)
    throw new UsageError('Say what to forget: an id, --function, --errors or --everything, and one of them.')
  if (fn === undefined && (code !== undefined || call !== undefined))
    throw new UsageError('--code and --call are of a function: add --function.')
  if (errors) return undefined
  if (everything) return 'everything'
  if (fn === undefined) return { memento: id ?? '' }
  return { function: fn, ...(code !== undefined && { version: code }), ...(call !== undefined && { node: call }) }
}
