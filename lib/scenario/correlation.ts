/**
 * Dependence between inputs: the Gaussian copula. Each input keeps its own distribution; the normal scores of two of them
 * have the given correlation r, and so their ranks (6 / pi) asin(r / 2).
 */
import { InvalidQuestionError } from './errors.js'

/** What is left of a variance is 0 below this; the rest is rounding. */
const NOTHING = 1e-12

/**
 * Lower triangular L with L L' = matrix. An input may be determined by those before it, as by a correlation of 1. Throws
 * InvalidQuestionError where no inputs can be so: the matrix is not positive semidefinite.
 */
export function cholesky(tool: string, matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0))
  for (const [i, row] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const other = lower[j] as number[]
      const pivot = other[j] as number
      let rest = (matrix[i] as readonly number[])[j] as number
      for (let k = 0; k < j; k++) rest -= (row[k] as number) * (other[k] as number)
      const isPossible = i === j ? rest > -NOTHING : pivot > 0 || Math.abs(rest) < Math.sqrt(NOTHING)
      if (!isPossible) {
        throw new InvalidQuestionError(tool, 'the correlations contradict one another: no inputs can have all of them.')
      }
      if (i === j) row[j] = rest > NOTHING ? Math.sqrt(rest) : 0
      else row[j] = pivot > 0 ? rest / pivot : 0
    }
  }
  return lower
}

/** Independent normal scores as correlated ones, in place. */
export function correlate(scores: number[], lower: readonly (readonly number[])[]): void {
  for (let i = scores.length - 1; i >= 0; i--) {
    const row = lower[i] as readonly number[]
    let sum = 0
    for (let k = 0; k <= i; k++) sum += (row[k] as number) * (scores[k] as number)
    scores[i] = sum
  }
}
