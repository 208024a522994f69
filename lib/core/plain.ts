/** Any value as JSON can say it, all through: nothing that JSON.stringify drops, changes or throws at. */

import { isPlain } from './equal.js'

/** An error where a value was due, as plain data. */
export interface ErrorJSON {
  readonly error: { readonly name: string; readonly code?: string; readonly message: string }
}

/**
 * Numbers that JSON has not, and bigints, as text; what contains itself as `[object ...]`. Objects of classes are shown by
 * what they hold, or as `instance` says.
 */
export function plain(value: unknown, instance?: (value: object) => unknown): unknown {
  return within(value, new Set(), instance)
}

function within(value: unknown, above: ReadonlySet<unknown>, instance?: (value: object) => unknown): unknown {
  if (value instanceof Error) {
    const { name, message } = value
    const { code } = value as { code?: unknown }
    return { error: typeof code === 'string' ? { name, code, message } : { name, message } } satisfies ErrorJSON
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (above.has(value)) return Object.prototype.toString.call(value)
  const path = new Set(above).add(value)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return within(toJSON.call(value), path, instance)
  if (isList(value)) return Array.from(value, (one) => within(one, path, instance))
  if (instance !== undefined && !isPlain(value)) return instance(value)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, within(one, path, instance)]))
}

function isList(value: object): value is Iterable<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set
}
