/**
 * One reading for two nodes. The content of an input rests on its state, and both come out of the same bytes: whoever asks
 * for the content says so first, and the state keeps what it read until then.
 */

/** An input as it was at one moment. */
export interface Reading<Content> {
  /** Equal states, equal contents. */
  readonly state: string
  /** Throws where there is none. */
  content(): Content
}

/** The state of what is not there. */
export const MISSING = 'missing'

/** What is not there has no content, but the error that says so. */
export function missing(error: unknown): Reading<never> {
  return {
    state: MISSING,
    content: () => {
      throw error
    },
  }
}

export class Readings<Content> {
  readonly #wanted = new Map<string, number>()
  readonly #kept = new Map<string, Reading<Content>>()

  /** The content will be asked for next. */
  want(what: string): void {
    this.#wanted.set(what, (this.#wanted.get(what) ?? 0) + 1)
  }

  isWanted(what: string): boolean {
    return this.#wanted.has(what)
  }

  /** Kept until whoever wanted it is done. */
  keep(what: string, reading: Reading<Content>): string {
    this.#kept.set(what, reading)
    return reading.state
  }

  /** The reading that has this state. */
  of(what: string, state: string): Reading<Content> | undefined {
    const reading = this.#kept.get(what)
    return reading?.state === state ? reading : undefined
  }

  done(what: string): void {
    const others = (this.#wanted.get(what) ?? 1) - 1
    if (others > 0) {
      this.#wanted.set(what, others)
      return
    }
    this.#wanted.delete(what)
    this.#kept.delete(what)
  }
}
