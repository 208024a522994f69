/**
 * A file appears whole or not at all: a new file of a random name, its bytes, a
 * sync, a rename. What fails half way leaves a file in v1/partial, which is removed at once or by a collection.
 */
import path from 'node:path'
import type { Durability } from './durability.js'
import { type Files, isMissing } from './files.js'
import type { Layout } from './layout.js'

export class Writer {
  readonly #files: Files
  readonly #layout: Layout
  readonly #durability: Durability

  constructor(files: Files, layout: Layout, durability: Durability) {
    this.#files = files
    this.#layout = layout
    this.#durability = durability
  }

  /** Writes a file, in place of one of the same name. */
  write(to: string, bytes: Uint8Array): void {
    const partial = this.partial(bytes, this.#durability !== 'process')
    try {
      this.#inFolder(to, () => this.#files.rename(partial, to))
    } catch (error) {
      this.discard(partial)
      throw error
    }
    this.syncFolderOf(to)
  }

  /** A file of a random name with these bytes. */
  partial(bytes: Uint8Array, isSynced: boolean): string {
    const partial = this.#layout.partial()
    const file = this.#inFolder(partial, () => this.#files.create(partial))
    try {
      try {
        this.#files.write(file, bytes)
        if (isSynced) this.#files.sync(file)
      } finally {
        this.#files.close(file)
      }
    } catch (error) {
      this.discard(partial)
      throw error
    }
    return partial
  }

  /** Gives a file another name, where no file has it. */
  link(from: string, to: string): void {
    this.#inFolder(to, () => this.#files.link(from, to))
  }

  /** Moves a file, making the folder. */
  move(from: string, to: string): void {
    this.#inFolder(to, () => this.#files.rename(from, to))
  }

  /** Removes what is of no use any more; a collection does it where this fails. */
  discard(file: string): void {
    try {
      this.#files.remove(file)
    } catch {
      // It stays until it is collected.
    }
  }

  syncFolderOf(file: string): void {
    if (this.#durability === 'power') this.#files.syncFolder(path.dirname(file))
  }

  // The folder is there nearly always; a collection may remove it while it is empty, so this is tried more than once.
  #inFolder<Result>(file: string, act: () => Result): Result {
    for (let attempt = 0; ; attempt++) {
      try {
        return act()
      } catch (error) {
        if (!isMissing(error) || attempt === 3) throw error
        const made = this.#files.makeFolder(path.dirname(file))
        if (made !== undefined && this.#durability === 'power') this.#syncUpTo(path.dirname(made), path.dirname(file))
      }
    }
  }

  #syncUpTo(top: string, folder: string): void {
    for (let at = path.dirname(folder); at.length >= top.length; at = path.dirname(at)) {
      this.#files.syncFolder(at)
      if (at === path.dirname(at)) return
    }
  }
}
