// What a row of the table says. A row whose goal is missed is printed as missed: it fails nothing. Only a wrong result does.

/** One goal of design/performance.md, and in what it is measured. */
export interface Goal {
  /** What is measured over what, where a row holds several. */
  readonly what: string
  /** `x`: a ratio of two measured in one run; `us`: microseconds; `B`: bytes. */
  readonly unit: 'x' | 'us' | 'B'
  readonly direction: 'at most' | 'at least'
  readonly goal: number
  readonly moonshot: number
}

/** A question that is asked by a file of bench/rows. */
export interface Row {
  /** `T4`, as in design/performance.md; a word where no goal is set. */
  readonly id: string
  readonly what: string
  readonly goals: readonly Goal[]
}

/** What was measured. */
export interface Measured {
  /** One figure for each goal of the row, in their order. */
  readonly figures: readonly number[]
  /** Everything else worth reading, with its unit in its name. */
  readonly detail: Readonly<Record<string, number>>
}

/** What each file of bench/rows exports. */
export interface RowModule {
  readonly row: Row
  readonly measure: () => Measured | Promise<Measured>
}

export type Verdict = 'moonshot' | 'met' | 'missed'

export function verdict({ direction, goal, moonshot }: Goal, figure: number): Verdict {
  const reaches = (limit: number): boolean => (direction === 'at most' ? figure <= limit : figure >= limit)
  return reaches(moonshot) ? 'moonshot' : reaches(goal) ? 'met' : 'missed'
}
