/** Is a value exactly what JSON can say? Then it is written and read by the engine itself. */
import { NotStorableError } from './errors.js'

/** @throws NotStorableError where a value is not exactly what JSON can say */
export function checkJSON(value: unknown, name: string): void {
  if (!isJSON(value, Number.POSITIVE_INFINITY)) throw new NotStorableError(name, 'it is no JSON.')
}

/** No undefined, no -0, no class, no hole, no object met twice, and no string that long. */
export function isJSON(value: unknown, longest: number): boolean {
  return isExact(value, longest, new Set(), 0)
}

// Deeper values are looked at by the encoder, which counts.
const DEEPEST = 500

function isExact(value: unknown, longest: number, met: Set<object>, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.length < longest
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth > DEEPEST || met.has(value)) return false
  met.add(value)
  const prototype = Object.getPrototypeOf(value) as unknown
  const isArray = prototype === Array.prototype && Array.isArray(value)
  if (!isArray && prototype !== Object.prototype) return false
  if (Object.getOwnPropertySymbols(value).length > 0) return false
  const keys = Object.keys(value)
  if (isArray && keys.length !== value.length) return false
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    // A method called toJSON, its own or inherited, would be called by JSON.stringify; a function is no JSON.
    if (!isExact((value as Record<string, unknown>)[key], longest, met, depth + 1)) return false
    if (isArray && key !== String(i)) return false
  }
  return true
}
