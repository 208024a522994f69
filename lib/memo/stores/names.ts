/** What may name something in a store. Checked wherever a name comes in, so that no path and no query is made of another. */
import { isHash } from '../codec/hash.js'
import { InvalidNameError } from './errors.js'

const ID = /^[0-9a-z-]{1,64}$/

export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text)
}

export function checkKey(key: string): void {
  if (!isHash(key)) throw new InvalidNameError('key', key)
}

export function checkName(key: string, id: string): void {
  checkKey(key)
  if (!isId(id)) throw new InvalidNameError('id', id)
}

export function checkHash(hash: string): void {
  if (!isHash(hash)) throw new InvalidNameError('hash', hash)
}
