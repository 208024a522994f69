/** The manners of long work: it says how far it is, though seldom, and gives the event loop its turn, often enough. */

const TELL_EVERY = 50
const YIELD_EVERY = 12

export class Pace {
  #told = 0
  #yielded = performance.now()

  /** After each piece of work. `tell` is called every 50 ms at most. Gives a turn to be awaited, where one is due. */
  step(tell: () => void): Promise<void> | undefined {
    const now = performance.now()
    if (now - this.#told >= TELL_EVERY) {
      this.#told = now
      tell()
    }
    return now - this.#yielded >= YIELD_EVERY ? this.#turn() : undefined
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#yielded = performance.now()
  }
}
