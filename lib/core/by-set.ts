import type { TweakSet } from './tweak.js'

/** A map whose keys are tweak sets, by content. */
export class BySet<V> {
  readonly #buckets = new Map<number, { readonly tweaks: TweakSet; value: V }[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(tweaks: TweakSet): V | undefined {
    return this.#buckets.get(tweaks.hashCode())?.find((entry) => entry.tweaks === tweaks || entry.tweaks.equals(tweaks))
      ?.value
  }

  /** Add a set that is not there yet. */
  set(tweaks: TweakSet, value: V): void {
    const hash = tweaks.hashCode()
    const bucket = this.#buckets.get(hash)
    if (bucket === undefined) this.#buckets.set(hash, [{ tweaks, value }])
    else bucket.push({ tweaks, value })
    this.#size++
  }

  delete(tweaks: TweakSet): void {
    const hash = tweaks.hashCode()
    const bucket = this.#buckets.get(hash) ?? []
    const at = bucket.findIndex((entry) => entry.tweaks === tweaks || entry.tweaks.equals(tweaks))
    if (at < 0) return
    bucket.splice(at, 1)
    this.#size--
    if (bucket.length === 0) this.#buckets.delete(hash)
  }

  *values(): Generator<V> {
    for (const bucket of this.#buckets.values()) for (const { value } of bucket) yield value
  }
}
