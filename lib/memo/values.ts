/** Values and arguments as text. JSON alone has a form here: whatever else there is is refused, and nothing is changed. */
import { NotSerialisableError } from '../core/index.js'

/** The one text of equal values: keys sorted, undefined properties dropped. @throws NotSerialisableError */
export function canonical(value: unknown, what: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value === 0 ? 0 : value)
  if (Array.isArray(value)) return `[${value.map((item, i) => canonical(item, `${what}[${i}]`)).join(',')}]`
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    const parts = entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item, `${what}.${key}`)}`)
    return `{${parts.sort().join(',')}}`
  }
  throw new NotSerialisableError(what, `a ${typeof value} has no form in the store.`)
}

/** A value as text that gives the same value back. @throws NotSerialisableError */
export function written(value: unknown, what: string): string {
  check(value, what, new Set())
  return JSON.stringify(value)
}

function check(value: unknown, what: string, path: Set<object>): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return
  if (typeof value !== 'object' || !(Array.isArray(value) || isPlainObject(value)) || path.has(value)) {
    throw new NotSerialisableError(what, `a ${typeof value} here has no form in the store.`)
  }
  path.add(value)
  for (const [key, item] of Object.entries(value)) check(item, `${what}.${key}`, path)
  path.delete(value)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
