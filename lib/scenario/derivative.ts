/**
 * A derivative by central differences at ever smaller steps, extrapolated to step 0: the table says itself how far off it
 * is, and ends when smaller steps make it worse.
 *
 * Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4(2), 1982.
 */
export interface Derivative {
  readonly value: number
  /** An estimate of how far off it is. */
  readonly error: number
}

const SHRINK = 2
const ROUNDS = 8
/** Relative; below this, smaller steps gain nothing. */
const ENOUGH = 1e-10

/** Two evaluations a round, at most 16. NaN where the function is no number close to x. */
export async function derivative(
  evaluate: (x: number) => Promise<number>,
  x: number,
  firstStep: number,
): Promise<Derivative> {
  let best: Derivative = { value: Number.NaN, error: Number.POSITIVE_INFINITY }
  let before: number[] = []
  let step = firstStep
  for (let round = 0; round < ROUNDS; round++, step /= SHRINK) {
    // the steps that are really made
    const [up, down] = [x + step, x - step]
    const row = [((await evaluate(up)) - (await evaluate(down))) / (up - down)]
    if (!Number.isFinite(row[0])) {
      // what follows has steps of other ratios to what was before
      before = []
      continue
    }
    for (const [order, coarse] of before.entries()) {
      const fine = row[order] as number
      const finer = fine + (fine - coarse) / (SHRINK ** (2 * (order + 1)) - 1)
      const error = Math.max(Math.abs(finer - fine), Math.abs(finer - coarse))
      if (error <= best.error) best = { value: finer, error }
      row.push(finer)
    }
    if (Number.isNaN(best.value)) best = { value: row[0] as number, error: Number.POSITIVE_INFINITY }
    if (best.error <= ENOUGH * Math.abs(best.value)) break
    if (before.length > 1 && Math.abs((row.at(-1) as number) - (before.at(-1) as number)) >= 2 * best.error) break
    before = row
  }
  return best
}
