/** Density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

/**
 * Distribution function of the standard normal distribution, to 1e-15 absolute: its Taylor series about 0 times the
 * density, summed until nothing is added any more.
 *
 * Source: G. Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software 11(4), 2004.
 */
export function normalDistribution(x: number): number {
  if (Math.abs(x) > 8.5) return x > 0 ? 1 : 0
  let sum = x
  let term = x
  for (let before = Number.NaN, i = 3; sum !== before; i += 2) {
    before = sum
    term *= (x * x) / i
    sum += term
  }
  return 0.5 + sum * normalDensity(x)
}
