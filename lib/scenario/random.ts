/** Random numbers that a seed repeats, by the package pure-rand: xoroshiro128+. */

import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

export type { RandomGenerator }

/** The first numbers say more of the seed than of chance: of seed 0, the first is all ones. */
const WARM_UP = 32

/** The generator of a seed; a stream for each of several uses. */
export function random(seed: number, stream = 0): RandomGenerator {
  const generator = xoroshiro128plus(mixed(seed + GOLDEN * stream))
  for (let i = 0; i < WARM_UP; i++) generator.next()
  return generator
}

/** 2^32 over the golden ratio. */
const GOLDEN = 0x9e3779b9

/** Neighbouring seeds far apart: the finaliser of MurmurHash3, which leaves 0 as it is; so another number comes first. */
export function mixed(seed: number): number {
  let hash = ((Math.floor(seed) ^ Math.floor(seed / 2 ** 32)) + GOLDEN) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** In the open interval (0, 1), on a grid of 2^-53 set off by half a step. */
export function uniform(generator: RandomGenerator): number {
  const high = generator.next() >>> 5
  const low = generator.next() >>> 6
  return (high * 2 ** 26 + low + 0.5) / 2 ** 53
}

/** 0 to count - 1 in random order. */
export function shuffled(generator: RandomGenerator, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const other = uniformInt(generator, 0, i)
    ;[order[i], order[other]] = [order[other] as number, order[i] as number]
  }
  return order
}
