/** What a body says of its own run: kept in the memento of its result, and in nothing else. */
import { currentFrame, type ResultHook } from '../core/rooms.js'
import { checkJSON } from './codec/index.js'
import type { Begun, Journal } from './journal.js'

const journals = new WeakMap<ResultHook, Journal>()

/** Where the bodies of a hook's graph are written down. */
export function registerJournal(hook: ResultHook, journal: Journal): void {
  journals.set(hook, journal)
}

/**
 * Attach a value to the memento of the result that the calling body will give: a data source, a count of rows, a seed. The
 * same key again takes the place of the one before. Nothing happens where no memo is attached.
 * @throws NotStorableError where the value is not JSON
 */
export function note(key: string, value: unknown): void {
  checkJSON(value, `note(${JSON.stringify(key)})`)
  current()?.metadata.set(key, structuredClone(value))
}

/** Add a line to the log in the memento of the result that the calling body will give. */
export function log(line: string): void {
  current()?.logs.push(line)
}

function current(): Begun | undefined {
  const { results } = currentFrame()?.level.graph ?? {}
  return results ? journals.get(results)?.current() : undefined
}
