/** What a store holds, by function and code version. */
import { Records, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { rounded } from '../listing.js'
import { noted, size } from './forms.js'

const COLUMNS = [
  { name: 'function', kind: 'text' },
  { name: 'code version', kind: 'text' },
  { name: 'results', kind: 'number' },
  { name: 'errors', kind: 'number' },
  { name: 'bytes', kind: 'number' },
  { name: 'total', unit: 'ms', kind: 'number' },
  { name: 'latest', kind: 'text' },
] as const

interface Group {
  readonly function: string
  readonly version: string
  results: number
  errors: number
  bytes: number
  duration: number
  latest: string
}

export async function counted(store: Store): Promise<Answer> {
  const groups = new Map<string, Group>()
  for await (const memento of new Records(store).mementos()) {
    const { function: fn, version } = memento
    const group = groups.get(`${fn}\n${version}`) ?? {
      function: fn,
      version,
      results: 0,
      errors: 0,
      bytes: 0,
      duration: 0,
      latest: '',
    }
    groups.set(`${fn}\n${version}`, group)
    group.results++
    if (memento.kind === 'error') group.errors++
    group.bytes += memento.size
    group.duration += memento.ownDuration
    if (memento.startedAt > group.latest) group.latest = memento.startedAt
  }
  const totals = await store.stats()
  const functions = [...groups.values()].sort((one, other) => other.bytes - one.bytes)
  const rows = functions.map(({ function: fn, version, results, errors, bytes, duration, latest }) => [
    fn,
    version,
    results,
    errors,
    bytes,
    rounded(duration),
    latest,
  ])
  const note = `${store.name}: ${totals.records} records and ${totals.blobs} blobs, ${size(totals.bytes)}.`
  return noted('store stats', COLUMNS, rows, note, () => ({ store: store.name, ...totals, functions }))
}
