/** Variables of the environment. Mementos hold hashes, no values: a variable may be a secret. */
import process from 'node:process'
import { sha256 } from '../codec/hash.js'
import { input } from './input.js'
import { MISSING, type Reading } from './readings.js'

/** A variable of the environment, tracked by its hash; undefined where it is not set. */
export const env = input<string | undefined>({
  kind: 'env',
  read,
  look: (name) => read(name).state,
})

function read(name: string): Reading<string | undefined> {
  const value = process.env[name]
  return { state: value === undefined ? MISSING : sha256(Buffer.from(value)), content: () => value }
}
