/**
 * A minimum of a function of several numbers in a box, without derivatives: the downhill simplex, with points outside put
 * onto the box, and coefficients that suit the number of dimensions. Takes a function that gives promises, since the model
 * may; works in the unit cube, so that inputs of all sizes count alike. docs/scenario.md names the packages that were tried.
 *
 * Source: J. A. Nelder and R. Mead, "A simplex method for function minimization", The Computer Journal 7(4), 1965; F. Gao and
 * L. Han, "Implementing the Nelder-Mead simplex algorithm with adaptive parameters", Computational Optimization and
 * Applications 51, 2012.
 */
export interface Vertex {
  /** In the unit cube. */
  readonly x: readonly number[]
  readonly y: number
}

export interface Minimum {
  readonly best: Vertex
  readonly evaluations: number
  readonly converged: boolean
}

/**
 * Ends where the simplex is smaller than `tolerance` in every direction and its values differ by no more than rounding
 * allows, or after `limit` evaluations. NaN counts as worse than anything.
 */
export async function nelderMead(
  evaluate: (x: readonly number[]) => Promise<number>,
  start: readonly number[],
  size: number,
  tolerance: number,
  limit: number,
): Promise<Minimum> {
  const n = start.length
  const [expand, contract, shrink] = n > 1 ? [1 + 2 / n, 0.75 - 1 / (2 * n), 1 - 1 / n] : [2, 0.5, 0.5]
  let evaluations = 0
  const vertex = async (x: readonly number[]): Promise<Vertex> => {
    evaluations++
    const inside = x.map((value) => Math.min(Math.max(value, 0), 1))
    const y = await evaluate(inside)
    return { x: inside, y: Number.isNaN(y) ? Number.POSITIVE_INFINITY : y }
  }
  const simplex = [await vertex(start)]
  for (let i = 0; i < n; i++) {
    simplex.push(await vertex(start.map((x, j) => (i === j ? (x + size <= 1 ? x + size : x - size) : x))))
  }
  for (;;) {
    simplex.sort((a, b) => a.y - b.y)
    const best = simplex[0] as Vertex
    const worst = simplex[n] as Vertex
    const second = simplex[n - 1] as Vertex
    const isSmall = simplex.every(({ x }) =>
      x.every((value, i) => Math.abs(value - (best.x[i] as number)) <= tolerance),
    )
    if (isSmall) return { best, evaluations, converged: Number.isFinite(best.y) }
    if (evaluations >= limit) return { best, evaluations, converged: false }
    const centre = start.map((_, i) => simplex.slice(0, n).reduce((sum, { x }) => sum + (x[i] as number), 0) / n)
    const along = (factor: number): Promise<Vertex> =>
      vertex(centre.map((value, i) => value + factor * (value - (worst.x[i] as number))))
    const reflected = await along(1)
    if (reflected.y < best.y) {
      const expanded = await along(expand)
      simplex[n] = expanded.y < reflected.y ? expanded : reflected
      continue
    }
    if (reflected.y < second.y) {
      simplex[n] = reflected
      continue
    }
    const isOutside = reflected.y < worst.y
    const contracted = await along(isOutside ? contract : -contract)
    if (contracted.y < (isOutside ? reflected.y : worst.y)) {
      simplex[n] = contracted
      continue
    }
    for (let i = 1; i <= n; i++) {
      const { x } = simplex[i] as Vertex
      simplex[i] = await vertex(x.map((value, j) => (best.x[j] as number) + shrink * (value - (best.x[j] as number))))
    }
  }
}
