/** Lists of mementos. */
import { existsSync } from 'node:fs'
import { hashOfFile, type MementoFilter, Records, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { UsageError } from '../errors.js'
import { mementosTold, timeFrom } from './forms.js'

export interface ListOptions {
  readonly call?: string
  readonly since?: string
  readonly until?: string
  readonly tweaks?: string
  readonly code?: string
  readonly errors?: boolean
  readonly correlation?: string
  readonly input?: string
}

export async function listed(store: Store, fn: string | undefined, options: ListOptions, top: number): Promise<Answer> {
  const found = (await new Records(store).list(filterOf(fn, options))).reverse()
  const shown = found.slice(0, top)
  const more = found.length > shown.length ? [`${found.length - shown.length} more; --top shows them.`] : []
  const answer = mementosTold('store ls', shown, more, () => shown)
  return found.length > 0
    ? answer
    : { ...answer, text: () => `Nothing is kept in ${store.name} of which that is true.` }
}

function filterOf(fn: string | undefined, options: ListOptions): MementoFilter {
  const { call, since, until, tweaks, code, errors, correlation, input } = options
  return {
    ...(fn !== undefined && { function: fn }),
    ...(call !== undefined && { node: call }),
    ...(since !== undefined && { since: timeFrom(since, '--since') }),
    ...(until !== undefined && { until: timeFrom(until, '--until') }),
    ...(tweaks !== undefined && { tweaks }),
    ...(code !== undefined && { version: code }),
    ...(errors === true && { kind: 'error' as const }),
    ...(correlation !== undefined && { correlation }),
    ...(input !== undefined && { input: hashOf(input) }),
  }
}

/** A hash as it is, or that of what a file holds. */
function hashOf(text: string): string {
  if (!existsSync(text)) {
    if (/^[0-9a-f]{64}$|^missing$|^etag:|^last-modified:/.test(text)) return text
    throw new UsageError(`--input is ${text}; it is a file, or the hash of an input: 64 hexadecimal digits.`)
  }
  return hashOfFile(text)
}
