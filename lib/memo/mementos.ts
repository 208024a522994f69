/** The mementos of results that stand in the graph. A slot shows one result after the other: each has its own, or none. */
import type { Slot } from '../core/rooms.js'
import type { Description } from './memento.js'
import type { Trace } from './trace.js'

interface Known {
  readonly shape: Slot['shape']
  readonly stamp: unknown
  readonly memento: Description
  readonly trace: Trace
}

export class Mementos {
  readonly #known = new WeakMap<Slot, Known>()

  set(slot: Slot, memento: Description, trace: Trace): void {
    this.#known.set(slot, { shape: slot.shape, stamp: slot.stamp, memento, trace })
  }

  /** Another result stands there, which has none. */
  delete(slot: Slot): void {
    this.#known.delete(slot)
  }

  get(slot: Slot): { readonly memento: Description; readonly trace: Trace } | undefined {
    const known = this.#known.get(slot)
    return known !== undefined && known.shape === slot.shape && Object.is(known.stamp, slot.stamp) ? known : undefined
  }
}
