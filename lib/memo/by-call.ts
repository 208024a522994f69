/** What is known of calls, each in a context: forgotten with the context, or the call. */
import type { Level, Vertex } from '../core/rooms.js'

export class ByCall<V> {
  readonly #known = new WeakMap<Level, WeakMap<Vertex, V>>()

  get(vertex: Vertex, level: Level): V | undefined {
    return this.#known.get(level)?.get(vertex)
  }

  set(vertex: Vertex, level: Level, value: V): void {
    const ofLevel = this.#known.get(level) ?? new WeakMap<Vertex, V>()
    this.#known.set(level, ofLevel.set(vertex, value))
  }

  delete(vertex: Vertex, level: Level): void {
    this.#known.get(level)?.delete(vertex)
  }
}
