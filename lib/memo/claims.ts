/**
 * Single flight between processes: whoever is about to run a body takes its lock, and the others wait for what it finds. A
 * lock saves work and guards nothing, so who waited in vain computes.
 *
 * Nobody waits for a lock of its own process: there one run waits for another only as the core has it, which knows cycles.
 */
import type { Level, Vertex } from '../core/rooms.js'
import { ByCall } from './by-call.js'
import { isSync, type Lock, type Store } from './store.js'
import { lock } from './stores/index.js'

interface Claim {
  readonly key: string
  readonly waiting: AbortController
  /** Undefined while it is waited for, and where nobody gave it. */
  lock: Lock | undefined
}

/**
 * `goes on`: there is nothing to wait for. `taken`: the lock is new; look into the store again. Or wait for it, and be told
 * whether the call is still wanted.
 */
export type Claimed = 'goes on' | 'taken' | Promise<boolean>

export class Claims {
  readonly #store: Store
  readonly #patience: number
  readonly #claims = new ByCall<Claim>()
  readonly #keys = new Set<string>()

  /** `patience`: milliseconds to wait for others; with 0 there are no locks. */
  constructor(store: Store, patience: number) {
    this.#store = store
    this.#patience = patience
  }

  claim(vertex: Vertex, level: Level, key: string): Claimed {
    if (this.#patience === 0 || this.#claims.get(vertex, level) !== undefined || this.#keys.has(key)) return 'goes on'
    const claim: Claim = { key, waiting: new AbortController(), lock: undefined }
    this.#claims.set(vertex, level, claim)
    this.#keys.add(key)
    if (isSync(this.#store)) {
      try {
        claim.lock = this.#store.tryLock(key)
      } catch {
        // a store that cannot lock: then everybody computes
        return 'goes on'
      }
      if (claim.lock !== undefined) return 'taken'
    }
    return this.#wait(claim)
  }

  async #wait(claim: Claim): Promise<boolean> {
    const { key, waiting } = claim
    try {
      claim.lock = await lock(this.#store, key, { patience: this.#patience, signal: waiting.signal })
      if (waiting.signal.aborted) await giveBack(claim, undefined)
    } catch {
      // given up, or a store that cannot lock: then everybody computes
    }
    return !waiting.signal.aborted
  }

  /** The evaluation is over. The lock is given back after `stored`. */
  end(vertex: Vertex, level: Level, stored: () => Promise<void> | undefined): void {
    const claim = this.#claims.get(vertex, level)
    if (claim === undefined) return
    this.#claims.delete(vertex, level)
    this.#keys.delete(claim.key)
    claim.waiting.abort()
    void giveBack(claim, claim.lock && stored())
  }
}

async function giveBack({ lock: held }: Claim, stored: Promise<void> | undefined): Promise<void> {
  try {
    // a store that answers at once gives it back at once
    if (stored !== undefined) await stored
    await held?.release()
  } catch {
    // others take it over in time
  }
}
