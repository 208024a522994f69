/**
 * The switch of the seeded bugs. The property tests set it, one bug at a time, and must notice each of them.
 * A bundle for users has `false` in place of every test of it, so it costs nothing there.
 */
export const seeded: { bug: string | null } = { bug: null }

/** Every seeded bug, by the name that the code tests. */
export const bugs = [
  'mask only at tweak time',
  'mask direct dependents only',
  'tweak seen one level only',
  'stop at check in this context alone',
  'masks of children are not flagged',
  'untweak sticky',
  'invalidate a no-op',
  'invalidate live entries only',
  'dependency not recorded on a hit',
  'first dependency only',
  'error without dependencies',
  'sticky error',
  'errors not cached',
  'masked result stored in the root',
  'no hoisting',
  'footprint forgets outer levels',
  'undefined taken for absent',
  'arguments collide',
  'no verification',
  'verification stops too early',
  'stamps not recorded',
  'no cutoff',
  'adjustment sees the root',
  'adjustments in the wrong order',
  'function beats node',
  'outer beats inner',
  'unload forgets the stamp',
  'clear keeps results',
  'dispose keeps entries',
  'edges not removed',
  'cycle cached',
  'result after a caught cycle cached',
  'siblings share without asking',
  'past results without producer',
  'what-if reads this context',
  'what-if sees tweaks once',
  'joins a run of another context',
  'no single flight',
  'torn read',
  'in-flight leak',
  'started calls not awaited',
] as const

/** The name of one seeded bug. */
export type Bug = (typeof bugs)[number]

/** Seeded waste: every value is right, and something is done or held that need not be. The guard of work notices each. */
export const wastes = [
  'what is known runs again',
  'what is read again is written down again',
  'what is read is masked',
  'a Map for one slot',
  'what is shown is kept twice',
] as const
