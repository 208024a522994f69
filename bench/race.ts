// Competitors run in turn in one process, round after round, so that a change of the machine's mood hits all of them. A
// competitor's time is the mean of its best round: a mean within the round, so that garbage counts, and the best of the
// rounds, so that the neighbours' noise does not. The results of all are compared in every round.
import { deepStrictEqual } from 'node:assert'
import { measure } from 'mitata'

export interface Competitor<R = unknown> {
  readonly name: string
  /** One turn. The same turn must give every competitor the same result; another turn may ask another question. */
  readonly run: (turn: number) => R
  /** How many operations a turn holds: the time is divided by it. */
  readonly operations?: number
}

export interface RaceOptions {
  readonly rounds?: number
  /** For each competitor in each round. */
  readonly milliseconds?: number
  /** False where the competitors do not answer the same question. */
  readonly compare?: boolean
}

/** Nanoseconds an operation, by competitor. */
export type Times = Readonly<Record<string, number>>

const nanosecond = 1e-6

export async function race(competitors: readonly Competitor[], options: RaceOptions = {}): Promise<Times> {
  const { rounds = 6, milliseconds = 40, compare = true } = options
  const best = new Map(competitors.map(({ name }) => [name, Number.POSITIVE_INFINITY]))
  const turns = new Map(competitors.map(({ name }) => [name, 1]))
  for (let round = 0; round < rounds; round++) {
    if (compare) await compareResults(competitors, 1_000_000 + round)
    for (const { name, run, operations = 1 } of competitors) {
      const turn = (): unknown => {
        const number = turns.get(name) ?? 0
        turns.set(name, number + 1)
        return run(number)
      }
      const { avg } = await measure(turn, await sampling(turn, milliseconds))
      best.set(name, Math.min(best.get(name) ?? avg, avg / operations))
    }
  }
  if (compare) await compareResults(competitors, 2_000_000)
  return Object.fromEntries(best)
}

/** Compares what all competitors answer, and throws where they differ. */
export async function compareResults(competitors: readonly Competitor[], turn: number): Promise<void> {
  const [first, ...others] = competitors
  if (first === undefined) return
  const expected = await first.run(turn)
  for (const { name, run } of others) {
    deepStrictEqual(await run(turn), expected, `${name} and ${first.name} differ in turn ${turn}`)
  }
}

// Short turns are timed in batches of about a millisecond, long ones one by one.
async function sampling(turn: () => unknown, milliseconds: number) {
  const start = performance.now()
  let calls = 0
  let elapsed = 0
  while (elapsed < 1 && calls < 4096) {
    await turn()
    calls++
    elapsed = performance.now() - start
  }
  const batch = Math.max(4, 4 * Math.ceil(calls / 4))
  return {
    gc: false as const,
    min_samples: 3,
    min_cpu_time: milliseconds / nanosecond,
    batch_samples: batch,
    batch_threshold: calls > 1 ? Number.POSITIVE_INFINITY : 0,
    warmup_threshold: calls > 1 ? Number.POSITIVE_INFINITY : 0,
  }
}

/** How many times as long the one takes as the other. */
export function ratio(times: Times, one: string, other: string): number {
  return time(times, one) / time(times, other)
}

export function time(times: Times, name: string): number {
  const found = times[name]
  if (found === undefined) throw new Error(`no competitor is named ${name}: ${Object.keys(times).join(', ')}`)
  return found
}

/** Times as detail of a row: `unit` a name, in nanoseconds where it is not said otherwise. */
export function detail(times: Times, suffix: string, unit: 'ns' | 'us' | 'ms' = 'ns'): Record<string, number> {
  const scale = { ns: 1, us: 1e-3, ms: 1e-6 }[unit]
  return Object.fromEntries(Object.entries(times).map(([name, value]) => [`${name}${suffix}, ${unit}`, value * scale]))
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
