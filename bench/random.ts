/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function shuffled<T>(items: Iterable<T>, random: () => number): T[] {
  const array = [...items]
  for (let last = array.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const held = array[last] as T
    array[last] = array[other] as T
    array[other] = held
  }
  return array
}
