/** The calls to the file system that the store makes, and no others: what tests let fail, one after the other. */
import * as fs from 'node:fs'
import { systemCode } from '../errors.js'

export interface FileState {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Which file it is, whatever its name. */
  readonly identity: number
  /** Names that the file has. */
  readonly links: number
}

export interface Files {
  /** A whole file. Throws where it is not there. */
  read(path: string): { readonly bytes: Buffer; readonly state: FileState }
  /** Undefined where there is no file. */
  state(path: string): FileState | undefined
  /** A new file, open for writing. Throws where there is one. */
  create(path: string): number
  write(file: number, bytes: Uint8Array): void
  sync(file: number): void
  close(file: number): void
  touch(path: string, time: number): void
  rename(from: string, to: string): void
  link(from: string, to: string): void
  remove(path: string): void
  /** With those above it; the uppermost that was not there, undefined where all were. */
  makeFolder(path: string): string | undefined
  /** Throws where it is not empty. */
  removeFolder(path: string): void
  syncFolder(path: string): void
  /** The names in a folder, none where there is no folder. */
  list(path: string): string[]
}

const stateOf = (stats: fs.Stats): FileState => ({
  size: stats.size,
  changedAt: stats.mtimeMs,
  identity: stats.ino,
  links: stats.nlink,
})

export const nodeFiles: Files = {
  read(path) {
    const file = fs.openSync(path, 'r')
    try {
      const state = stateOf(fs.fstatSync(file))
      const bytes = Buffer.allocUnsafeSlow(state.size)
      let length = 0
      while (length < bytes.length) {
        const read = fs.readSync(file, bytes, length, bytes.length - length, length)
        if (read === 0) break
        length += read
      }
      return { bytes: length === bytes.length ? bytes : bytes.subarray(0, length), state }
    } finally {
      fs.closeSync(file)
    }
  },
  state(path) {
    const stats = fs.statSync(path, { throwIfNoEntry: false })
    return stats?.isFile() === true ? stateOf(stats) : undefined
  },
  create: (path) => fs.openSync(path, 'wx', 0o666),
  write(file, bytes) {
    let written = 0
    while (written < bytes.length) written += fs.writeSync(file, bytes, written)
  },
  sync: (file) => fs.fsyncSync(file),
  close: (file) => fs.closeSync(file),
  touch: (path, time) => fs.utimesSync(path, time / 1000, time / 1000),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  makeFolder: (path) => fs.mkdirSync(path, { recursive: true }),
  removeFolder: (path) => fs.rmdirSync(path),
  syncFolder(path) {
    const folder = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(folder)
    } finally {
      fs.closeSync(folder)
    }
  },
  list(path) {
    try {
      return fs.readdirSync(path)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  },
}

export function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
