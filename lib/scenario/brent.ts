/**
 * A zero of a function between two points where its signs differ: inverse quadratic interpolation, the secant and bisection,
 * whichever is safe. Takes a function that gives promises, since the model may; the published libraries do not.
 *
 * Source: R. P. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 4, procedure zero.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Zero {
  readonly point: Point
  /** The other end: the zero, or the jump, lies between both. */
  readonly other: Point
  readonly iterations: number
  /** `residual`: y is small enough; `interval`: x cannot be told more exactly; `limit`; `not finite`. */
  readonly stopped: 'residual' | 'interval' | 'limit' | 'not finite'
}

/** At most `limit` evaluations. Stops once |y| <= residual. */
export async function brent(
  evaluate: (x: number) => Promise<number>,
  one: Point,
  two: Point,
  residual: number,
  limit: number,
): Promise<Zero> {
  let [a, b, c] = [one, two, one]
  let step = b.x - a.x
  let before = step
  for (let iterations = 0; ; iterations++) {
    if (Math.sign(b.y) === Math.sign(c.y) || iterations === 0) {
      c = a
      before = b.x - a.x
      step = before
    }
    // b is the best so far, c on the other side of the zero, a the b before
    if (Math.abs(c.y) < Math.abs(b.y)) [a, b, c] = [b, c, b]
    const tolerance = 2 * Number.EPSILON * Math.abs(b.x) + Number.MIN_VALUE
    const half = (c.x - b.x) / 2
    if (Math.abs(b.y) <= residual) return { point: b, other: c, iterations, stopped: 'residual' }
    if (Math.abs(half) <= tolerance) return { point: b, other: c, iterations, stopped: 'interval' }
    if (iterations >= limit) return { point: b, other: c, iterations, stopped: 'limit' }
    const found =
      Math.abs(before) >= tolerance && Math.abs(a.y) > Math.abs(b.y) ? interpolated(a, b, c, half) : undefined
    if (found !== undefined && isSafe(found, half, tolerance, before)) [before, step] = [step, found.p / found.q]
    else [before, step] = [half, half]
    a = b
    const x = b.x + (Math.abs(step) > tolerance ? step : Math.sign(half) * tolerance)
    b = { x, y: await evaluate(x) }
    if (!Number.isFinite(b.y)) return { point: b, other: a, iterations: iterations + 1, stopped: 'not finite' }
  }
}

/** The step p / q, with p positive. */
function interpolated(a: Point, b: Point, c: Point, half: number): { p: number; q: number } {
  const s = b.y / a.y
  let p: number
  let q: number
  if (a.x === c.x) {
    p = 2 * half * s
    q = 1 - s
  } else {
    const r = b.y / c.y
    const t = a.y / c.y
    p = s * (2 * half * t * (t - r) - (b.x - a.x) * (r - 1))
    q = (t - 1) * (r - 1) * (s - 1)
  }
  return p > 0 ? { p, q: -q } : { p: -p, q }
}

function isSafe({ p, q }: { p: number; q: number }, half: number, tolerance: number, before: number): boolean {
  return 2 * p < Math.min(3 * half * q - Math.abs(tolerance * q), Math.abs(before * q))
}
