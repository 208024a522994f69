/**
 * Dependence between inputs: the Gaussian copula. Each input keeps its own distribution; the normal scores of two of them
 * have the given correlation r, and so their ranks (6 / pi) asin(r / 2).
 */
import { InvalidQuestionError } from './errors.js'

/** Lower triangular L with L L' = matrix. Throws InvalidQuestionError where the matrix is not positive definite. */
export function cholesky(tool: string, matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0))
  for (const [i, row] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const other = lower[j] as number[]
      let rest = (matrix[i] as readonly number[])[j] as number
      for (let k = 0; k < j; k++) rest -= (row[k] as number) * (other[k] as number)
      if (i !== j) row[j] = rest / (other[j] as number)
      else if (rest > 1e-12) row[j] = Math.sqrt(rest)
      else
        throw new InvalidQuestionError(tool, 'the correlations contradict one another: no inputs can have all of them.')
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
