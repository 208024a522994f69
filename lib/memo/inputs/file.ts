/** Files, by the SHA-256 of their bytes. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Tracked } from '../../core/rooms.js'
import { sha256 } from '../codec/hash.js'
import { InputError } from '../errors.js'
import { isMissing } from '../stores/filesystem/files.js'
import type { Bytes } from './bytes.js'
import { input, inputLabel } from './input.js'
import { MISSING, missing, type Reading } from './readings.js'

const CHUNK = 1 << 20

/**
 * The bytes of a file, tracked by their hash. A relative path starts at the working directory. Where there is no file, the
 * system's own error (`ENOENT`) is what it gives, until there is one.
 * @throws InputError where it cannot be read
 */
export const file: Tracked<(path: string) => Bytes> = input<Bytes>({
  kind: 'file',
  read: (path) =>
    looked(
      path,
      (): Reading<Bytes> => {
        const bytes = readFileSync(path)
        return { state: sha256(bytes), content: () => bytes }
      },
      missing,
    ),
  look: (path) =>
    looked(
      path,
      () => hashOfFile(path),
      () => MISSING,
    ),
})

function looked<Found>(path: string, look: () => Found, otherwise: (error: unknown) => Found): Found {
  try {
    return look()
  } catch (error) {
    if (isMissing(error)) return otherwise(error)
    throw new InputError(inputLabel('file', path), error)
  }
}

/** The SHA-256 of a file that need not fit into memory. */
export function hashOfFile(path: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK)
  const opened = openSync(path, 'r')
  try {
    for (let count = readSync(opened, chunk); count > 0; count = readSync(opened, chunk)) {
      hash.update(chunk.subarray(0, count))
    }
  } finally {
    closeSync(opened)
  }
  return hash.digest('hex')
}
