/** When records were last marked as used by this process: so that a record that is read often is marked once an hour. */
import { USE } from './record.js'

export class Marks {
  readonly #marked = new Map<string, number>()

  /** Is it time to mark it? Then it counts as marked. `usedAt`: what is known of others. */
  isDue(member: string, time: number, usedAt = 0): boolean {
    if (time - Math.max(this.#marked.get(member) ?? 0, usedAt) < USE) return false
    // Marking once too often costs little.
    if (this.#marked.size > 10_000) this.#marked.clear()
    this.#marked.set(member, time)
    return true
  }
}
