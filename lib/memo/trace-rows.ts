/**
 * Steps of traces in writing: a row each, with the places of what it reads, which stands before it or, by its hash,
 * elsewhere. docs/memo-format.md lays it out. Read back, steps are what their hashes say, or they are not there.
 */
import { type Trace, type TraceKind, traceFrom } from './trace.js'

const MARK = 'DGT1'

type Row = readonly [kind: TraceKind, fn: number, args: string, given: string, tweaks: string, reads: readonly number[]]

interface Written {
  readonly functions: readonly (readonly [name: string, version: string, isAsync: boolean])[]
  /** The hashes of steps that stand elsewhere: their places come before those of the rows. */
  readonly outside: readonly string[]
  readonly rows: readonly Row[]
}

/** Steps, each after what it reads of them. */
export function writeRows(steps: readonly Trace[]): Uint8Array {
  const own = new Set(steps)
  const outside = new Set(steps.flatMap(({ reads }) => reads.filter((read) => !own.has(read))))
  const places = new Map([...outside, ...steps].map((one, place) => [one, place]))
  const functions = new Map<string, number>()
  const rows = steps.map(({ step, reads }) => {
    const fn = JSON.stringify([step.name, step.version, step.isAsync])
    if (!functions.has(fn)) functions.set(fn, functions.size)
    return [step.kind, functions.get(fn), step.args, step.given, step.tweaks, reads.map((read) => places.get(read))]
  })
  const written = {
    functions: [...functions.keys()].map((text) => JSON.parse(text) as unknown),
    outside: Array.from(outside, ({ hash }) => hash),
    rows,
  }
  return Buffer.from(MARK + JSON.stringify(written))
}

/** Are these bytes rows, as this version writes them? */
export function areRows(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MARK.length)).toString() === MARK
}

/** Rows whose steps are found one after the other, as what they read comes to be known. */
export class Rows {
  readonly #written: Written
  readonly #made: (Trace | undefined)[]
  /** The rows that are still to be made. */
  #left: number[]

  private constructor(written: Written) {
    this.#written = written
    this.#made = Array.from<Trace | undefined>({ length: written.outside.length + written.rows.length })
    this.#left = written.rows.map((_, i) => i)
  }

  /** Undefined where these bytes are no rows, or of another format. */
  static of(bytes: Uint8Array): Rows | undefined {
    if (!areRows(bytes)) return undefined
    try {
      const written: unknown = JSON.parse(Buffer.from(bytes.subarray(MARK.length)).toString())
      return isWritten(written) ? new Rows(written) : undefined
    } catch {
      return undefined
    }
  }

  /** The steps that can be made now and could not before. */
  make(elsewhere: (hash: string) => Trace | undefined): Trace[] {
    const { functions, outside, rows } = this.#written
    const made = this.#made
    for (const [place, hash] of outside.entries()) made[place] ??= elsewhere(hash)
    const now: Trace[] = []
    this.#left = this.#left.filter((i) => {
      const [kind, at, args, given, tweaks, places] = rows[i] as Row
      const [name, version, isAsync] = functions[at] ?? []
      const reads = places.map((place) => made[place])
      if (name === undefined || version === undefined || !areAll(reads)) return true
      const trace = traceFrom({ kind, name, version, args, given, isAsync: isAsync === true, tweaks }, reads)
      made[outside.length + i] = trace
      now.push(trace)
      return false
    })
    return now
  }
}

/** Others than this version may have written what has its mark. */
function isWritten(value: unknown): value is Written {
  const { functions, outside, rows } = (value ?? {}) as Partial<Record<keyof Written, unknown>>
  if (!Array.isArray(functions) || !Array.isArray(outside) || !Array.isArray(rows)) return false
  return (
    functions.every((one) => Array.isArray(one) && areStrings(one.slice(0, 2))) &&
    areStrings(outside) &&
    rows.every(isRow)
  )
}

function isRow(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [kind, , args, given, tweaks, places] = value as readonly unknown[]
  return areStrings([kind, args, given, tweaks]) && Array.isArray(places)
}

function areStrings(values: readonly unknown[]): boolean {
  return values.every((one) => typeof one === 'string')
}

function areAll(traces: readonly (Trace | undefined)[]): traces is readonly Trace[] {
  return !traces.includes(undefined)
}
