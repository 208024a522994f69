/** Locks as files. Taking one is a hard link, which only one can make; giving it back removes it, if it is still ours. */
import type { SyncLock } from '../../store.js'
import { systemCode } from '../errors.js'
import { BEAT, type Holder, holderFrom, self, Watch } from '../holder.js'
import { type Files, isMissing } from './files.js'
import type { Layout } from './layout.js'
import type { Writer } from './writer.js'

/** Where no lock can be written nobody can be kept waiting: everybody computes. */
const noLock: SyncLock = { release: () => undefined }

export class Locks {
  readonly #files: Files
  readonly #layout: Layout
  readonly #writer: Writer
  readonly #now: () => number
  readonly #watch = new Watch()
  readonly #held = new Set<SyncLock>()

  constructor(files: Files, layout: Layout, writer: Writer, now: () => number) {
    this.#files = files
    this.#layout = layout
    this.#writer = writer
    this.#now = now
  }

  tryLock(key: string): SyncLock | undefined {
    try {
      return this.#taken(key) ?? (this.#isAbandoned(key) ? this.#taken(key) : undefined)
    } catch {
      return noLock
    }
  }

  releaseAll(): void {
    for (const lock of this.#held) lock.release()
  }

  /** Is a lock file that stands there of nobody who lives? Seen twice, eight seconds apart, where that has to be. */
  isDead(key: string): boolean {
    const path = this.#layout.lock(key)
    try {
      const { bytes, state } = this.#files.read(path)
      return this.#watch.isDead(key, holderFrom(bytes.toString()), `${state.identity} ${state.changedAt}`)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  #taken(key: string): SyncLock | undefined {
    const path = this.#layout.lock(key)
    const holder = self()
    const partial = this.#writer.partial(Buffer.from(JSON.stringify(holder)), false)
    try {
      this.#writer.link(partial, path)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return undefined
      throw error
    } finally {
      this.#writer.discard(partial)
    }
    this.#watch.forget(key)
    return this.#holding(path, holder)
  }

  #holding(path: string, holder: Holder): SyncLock {
    const beat = setInterval(() => {
      try {
        if (this.#isOf(path, holder)) this.#files.touch(path, this.#now())
      } catch {
        // Without a sign of life others take over, and compute too.
      }
    }, BEAT)
    beat.unref()
    const lock = {
      release: () => {
        clearInterval(beat)
        if (!this.#held.delete(lock)) return
        try {
          if (this.#isOf(path, holder)) this.#files.remove(path)
        } catch {
          // Others take over when this process is gone.
        }
      },
    }
    this.#held.add(lock)
    return lock
  }

  #isOf(path: string, holder: Holder): boolean {
    return holderFrom(this.#files.read(path).bytes.toString())?.token === holder.token
  }

  // Moved away first, and looked at then: of two who find a holder dead, one moves its lock and the other none.
  #isAbandoned(key: string): boolean {
    const path = this.#layout.lock(key)
    const dead = this.#tokenAt(path)
    if (!this.isDead(key)) return this.#files.state(path) === undefined
    const moved = this.#layout.partial()
    try {
      this.#writer.move(path, moved)
    } catch (error) {
      if (isMissing(error)) return true
      throw error
    }
    try {
      if (this.#tokenAt(moved) === dead) return true
      // Somebody alive took it in between: back it goes, unless the next one is there already.
      this.#files.link(moved, path)
      return false
    } finally {
      this.#writer.discard(moved)
    }
  }

  #tokenAt(path: string): string | undefined {
    try {
      return holderFrom(this.#files.read(path).bytes.toString())?.token
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
}
