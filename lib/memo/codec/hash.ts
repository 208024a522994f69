/** The one hash of this room: SHA-256, which the engine's OpenSSL does in about a microsecond for a kilobyte. */
import { hash } from 'node:crypto'

/** 64 lower-case hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

const DIGITS = /^[0-9a-f]{64}$/

/** Is this a hash as `sha256` writes it? Only such names ever become part of a path. */
export function isHash(text: unknown): text is string {
  return typeof text === 'string' && DIGITS.test(text)
}
