/**
 * Where things stand below the root, which may be moved: no file holds a path. Every path is built from hashes and ids
 * that were checked, never from what was read.
 *
 *   v1/records/ab/cd...   one folder a key, one file a variant, by its id
 *   v1/first/ab/cd...     one file a key: another name (a hard link) of the variant to be tried first
 *   v1/blobs/ab/cd...     one file a blob, by its hash
 *   v1/locks/abcd...      one file a lock that is held
 *   v1/partial/           files that are being written
 *   v1/aside/             what was damaged
 */
import path from 'node:path'
import { v4 } from 'uuid'
import { isHash } from '../../codec/hash.js'
import type { Files } from './files.js'

const two = (hash: string): readonly [string, string] => [hash.slice(0, 2), hash.slice(2)]

export class Layout {
  readonly top: string
  readonly records: string
  readonly blobs: string
  readonly firsts: string
  readonly locks: string
  readonly partials: string
  readonly asides: string

  constructor(root: string) {
    const top = path.join(root, 'v1')
    this.top = top
    this.records = path.join(top, 'records')
    this.firsts = path.join(top, 'first')
    this.blobs = path.join(top, 'blobs')
    this.locks = path.join(top, 'locks')
    this.partials = path.join(top, 'partial')
    this.asides = path.join(top, 'aside')
  }

  // Joined by hand: path.join takes as long as reading the file does.
  key(key: string): string {
    return `${this.records}${path.sep}${key.slice(0, 2)}${path.sep}${key.slice(2)}`
  }

  record(key: string, id: string): string {
    return `${this.key(key)}${path.sep}${id}`
  }

  first(key: string): string {
    return `${this.firsts}${path.sep}${key.slice(0, 2)}${path.sep}${key.slice(2)}`
  }

  blob(hash: string): string {
    return path.join(this.blobs, ...two(hash))
  }

  lock(key: string): string {
    return path.join(this.locks, key)
  }

  partial(): string {
    return path.join(this.partials, v4())
  }

  aside(): string {
    return path.join(this.asides, v4())
  }
}

/** The hashes that are filed below a folder in two steps and begin so, and the names there that are none. */
export function* filed(
  files: Files,
  folder: string,
  beginning = '',
): Generator<{ readonly hash?: string; readonly path: string }> {
  for (const start of files.list(folder)) {
    if (!start.startsWith(beginning.slice(0, 2))) continue
    if (!/^[0-9a-f]{2}$/.test(start)) {
      yield { path: path.join(folder, start) }
      continue
    }
    for (const rest of files.list(path.join(folder, start))) {
      const hash = start + rest
      if (!hash.startsWith(beginning)) continue
      const at = path.join(folder, start, rest)
      yield isHash(hash) ? { hash, path: at } : { path: at }
    }
  }
}
