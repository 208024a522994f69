/** Locks as rows. Taking one is an insert, which only one can make; signs of life are counted in the row. */
import type { SyncLock } from '../../store.js'
import { BEAT, holderFrom, self, Watch } from '../holder.js'
import type { Statement } from './driver.js'

export class Locks {
  readonly #sql: (text: string) => Statement
  readonly #watch = new Watch()
  readonly #held = new Set<SyncLock['release']>()

  constructor(sql: (text: string) => Statement) {
    this.#sql = sql
  }

  tryLock(key: string): SyncLock | undefined {
    try {
      return this.#taken(key) ?? (this.#isAbandoned(key) ? this.#taken(key) : undefined)
    } catch {
      // Where no lock can be written nobody can be kept waiting.
      return { release: () => undefined }
    }
  }

  releaseAll(): void {
    for (const release of this.#held) release()
  }

  /** How many locks of the dead there are, or were. */
  removeDead(dryRun: boolean): number {
    let dead = 0
    for (const row of this.#sql('SELECT key, holder, beats FROM locks').all()) {
      const key = row['key'] as string
      if (!this.#watch.isDead(key, holderFrom(String(row['holder'])), String(row['beats']))) continue
      dead++
      if (!dryRun) this.#remove(key, String(row['holder']))
    }
    return dead
  }

  #taken(key: string): SyncLock | undefined {
    const holder = JSON.stringify(self())
    const { changes } = this.#sql('INSERT OR IGNORE INTO locks (key, holder, beats) VALUES (?, ?, 0)').run(key, holder)
    if (Number(changes) === 0) return undefined
    this.#watch.forget(key)
    const beat = setInterval(() => {
      try {
        this.#sql('UPDATE locks SET beats = beats + 1 WHERE key = ? AND holder = ?').run(key, holder)
      } catch {
        // Without a sign of life others take over, and compute too.
      }
    }, BEAT)
    beat.unref()
    const release = (): void => {
      clearInterval(beat)
      if (!this.#held.delete(release)) return
      try {
        this.#remove(key, holder)
      } catch {
        // Others take over when this process is gone.
      }
    }
    this.#held.add(release)
    return { release }
  }

  #isAbandoned(key: string): boolean {
    const row = this.#sql('SELECT holder, beats FROM locks WHERE key = ?').get(key)
    if (row === undefined) return true
    const holder = String(row['holder'])
    if (!this.#watch.isDead(key, holderFrom(holder), String(row['beats']))) return false
    this.#remove(key, holder)
    return true
  }

  #remove(key: string, holder: string): void {
    this.#sql('DELETE FROM locks WHERE key = ? AND holder = ?').run(key, holder)
  }
}
