/**
 * The Sobol sequence: points that fill the unit cube more evenly than random ones. Scrambled, so that a seed gives a
 * sequence of its own, all of them as even, and their spread tells the error of what is computed with them.
 *
 * Source: P. Bratley and B. L. Fox, "Algorithm 659", ACM Transactions on Mathematical Software 14(1), 1988, with the
 * direction numbers of Joe and Kuo. Scrambling as Owen's, by hashing: B. Burley, "Practical hash-based Owen scrambling",
 * Journal of Computer Graphics Techniques 9(4), 2020, listing 1, with the hash of S. Laine and T. Karras.
 */
import { InvalidQuestionError } from './errors.js'
import { mixed } from './random.js'
import { directions } from './sobol-directions.js'

const BITS = 32

/** How many dimensions there are numbers for. */
export const SOBOL_DIMENSIONS = directions.length + 1

/** So many points, row by row, each coordinate in (0, 1); without a seed unscrambled, and the first point is 0. */
export function sobolPoints(tool: string, count: number, dimensions: number, seed?: number): Float64Array {
  if (dimensions > SOBOL_DIMENSIONS) {
    const most = `the Sobol sequence has ${SOBOL_DIMENSIONS} dimensions here, and ${dimensions} are needed.`
    throw new InvalidQuestionError(tool, `${most} Take fewer inputs, or another sampling.`)
  }
  const points = new Float64Array(count * dimensions)
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const numbers = directionNumbers(dimension)
    const own = seed === undefined ? undefined : mixed(mixed(seed) + dimension)
    let x = 0
    for (let i = 0; i < count; i++) {
      // Gray code order: from one point to the next, one direction number
      if (i > 0) x ^= numbers[31 - Math.clz32(i & -i)] as number
      points[i * dimensions + dimension] =
        own === undefined ? (x >>> 0) / 2 ** BITS : (scramble(x, own) + 0.5) / 2 ** BITS
    }
  }
  return points
}

function directionNumbers(dimension: number): Int32Array {
  const numbers = new Int32Array(BITS)
  if (dimension === 0) {
    for (let i = 0; i < BITS; i++) numbers[i] = 1 << (31 - i)
    return numbers
  }
  const [degree = 0, inner = 0, ...initial] = directions[dimension - 1] as readonly number[]
  for (let i = 0; i < BITS; i++) {
    if (i < degree) {
      numbers[i] = (initial[i] as number) << (31 - i)
      continue
    }
    const before = numbers[i - degree] as number
    let number = before ^ (before >>> degree)
    for (let k = 1; k < degree; k++) if ((inner >> (degree - 1 - k)) & 1) number ^= numbers[i - k] as number
    numbers[i] = number
  }
  return numbers
}

function scramble(x: number, seed: number): number {
  let bits = reversed(x)
  bits = (bits + seed) | 0
  bits ^= Math.imul(bits, 0x6c50b47c)
  bits ^= Math.imul(bits, 0xb82f1e52)
  bits ^= Math.imul(bits, 0xc7afe638)
  bits ^= Math.imul(bits, 0x8d22f6e6)
  return reversed(bits) >>> 0
}

function reversed(x: number): number {
  let bits = x
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1)
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2)
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4)
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8)
  return (bits >>> 16) | (bits << 16)
}
