/** Values and arguments as text: the bytes of the codec, as records hold them. */

import { describeValue } from '../core/rooms.js'
import { canonicalArguments, decode, encode, sha256 } from './codec/index.js'

/** The one text of arguments that are the same call (R1). @throws NotStorableError */
export function canonical(args: readonly unknown[], name: string): string {
  return Buffer.from(canonicalArguments(args, { name })).toString('latin1')
}

/** A value as text that gives the same value back. @throws NotStorableError */
export function written(value: unknown, name: string): string {
  return Buffer.from(encode(value, { name, attachFrom: Number.POSITIVE_INFINITY }).bytes).toString('base64')
}

/** What `written` wrote. @throws DamagedValueError */
export function readBack(text: string): unknown {
  return decode(Buffer.from(text, 'base64'))
}

/** A value in a condition: exact, and, where it is a primitive, legible. @throws NotStorableError */
export function toldApart(value: unknown, name: string): string {
  if (typeof value === 'object' && value !== null) return `#${sha256(Buffer.from(written(value, name)))}`
  // refuses what has no form
  encode(value, { name })
  return Object.is(value, -0) ? '-0' : describeValue(value)
}
