/**
 * Secrets, and what is signed with one: HMAC-SHA256 over all of a record that counts. A secret goes into a key object of the
 * engine at once, which nothing prints, and no message holds any of it.
 */
import { createHmac, createSecretKey, type Hmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import process from 'node:process'
import type { NewRecord } from '../store.js'
import { SecretError } from './errors.js'

/** Text counts as its UTF-8. */
export type Secret = string | Uint8Array

/** Where a secret is written down: in an environment variable, or in several of which the first signs. */
export interface SecretVariable {
  readonly env: string | readonly string[]
}

/** Bytes. RFC 2104, section 3: a key shorter than the hash makes HMAC weaker, a longer one hardly stronger. */
const SHORTEST = 32

/** Of a signature. */
export const LENGTH = 32

export class Signer {
  readonly #key: KeyObject

  /** @throws SecretError */
  constructor(secret: Secret) {
    const isBytes = secret instanceof Uint8Array
    if (!isBytes && typeof secret !== 'string') throw new SecretError('A secret has to be text or bytes.')
    const bytes = isBytes ? Buffer.from(secret) : Buffer.from(secret, 'utf8')
    if (bytes.length < SHORTEST)
      throw new SecretError(`A secret has ${bytes.length} bytes, and has to have ${SHORTEST} at least.`)
    this.#key = createSecretKey(bytes)
  }

  /** The id that a record has in the store below. Of each secret another, so that writers leave each other's alone. */
  place(id: string): string {
    return this.#begun(`place\n${id}`).digest('hex')
  }

  /** JSON has no line break in it: where the names end, the bytes begin. */
  signature({ key, id, function: name, version, bytes, blobs }: NewRecord, place: string): Uint8Array {
    const names = JSON.stringify([key, place, id, name, version, blobs])
    return this.#begun(`record\n${names}\n`).update(bytes).digest()
  }

  hasSigned(record: NewRecord, place: string, signature: Uint8Array): boolean {
    return timingSafeEqual(this.signature(record, place), signature)
  }

  /** What is signed for one purpose, which comes first, is nothing for another. */
  #begun(text: string): Hmac {
    return createHmac('sha256', this.#key).update(`dugout store 1 ${text}`)
  }
}

/** The secrets that environment variables hold. @throws SecretError naming the variable */
export function secretsFrom({ env }: SecretVariable): string[] {
  return [env].flat().map((name) => {
    const secret = process.env[name] ?? ''
    if (secret === '')
      throw new SecretError(`The environment variable ${name}, which is to hold the secret, is not set.`)
    return secret
  })
}
