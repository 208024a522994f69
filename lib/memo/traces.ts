/**
 * Traces in a store, each step of them about once. The record of a trace holds the steps that stand nowhere else, and
 * names the blobs that hold the others: all of them, so that a store keeps what a record cannot do without and need not
 * know why. What a record would hold beyond a page becomes a blob itself, and those who come to read it name that. So a
 * result costs a record for its history, and now and then a blob; a chain of results takes room as its steps do.
 *
 * Which blob holds a step is known by writing and by reading. Who does not know it writes the step again, which costs
 * room and no more. In whatever order and from whatever blobs: a trace is found when all of it has the hash that the
 * record is called by, or it is not found.
 */
import { sha256 } from './codec/index.js'
import type { StoredRecord } from './store.js'
import { heldTrace, type Trace } from './trace.js'
import { Rows, writeRows } from './trace-rows.js'

/** Bytes that a record holds of its trace. */
const PAGE = 4096
/** Bytes of it for each blob that it names: of many names, fewer are better than short ones. */
const PAGE_SHARE = 64
/** Steps of a trace that stands alone, whatever else holds them: nothing but its record is read then. */
const FEW = 12

/** How a trace is written down. */
export interface Placed {
  /** To be written before the record. */
  readonly part: Uint8Array | undefined
  /** What the record keeps. */
  readonly bytes: Uint8Array
  readonly blobs: readonly string[]
  /** Say whether the record was written. */
  readonly ended: (isWritten: boolean) => void
}

type ReadBlob = (hash: string) => Uint8Array | undefined

export class Traces {
  /** Those that were read from the store or written to it: what else is in memory may not stand there. */
  readonly #kept = new WeakSet<Trace>()
  /** The blobs that hold steps. */
  readonly #homes = new WeakMap<Trace, string>()
  /** Blobs that turned out not to be there. */
  readonly #lost = new Set<string>()
  /** Records that did not give what they are called by, until they are written again. */
  readonly #broken = new Set<string>()

  /**
   * The trace that a record stands for. Undefined where a part of it is gone, or it is of another format; without
   * `readBlob` also where memory does not have what the record does not hold.
   */
  read(record: StoredRecord, readBlob?: ReadBlob): Trace | undefined {
    const held = this.#held(record.id)
    if (held !== undefined) return held
    const made = this.#made(record, readBlob ?? (() => undefined))
    if (made === undefined && readBlob !== undefined) this.#broken.add(record.id)
    return made
  }

  /** Could its record not be read? */
  isBroken(trace: Trace): boolean {
    return this.#broken.has(trace.hash)
  }

  #made({ id, bytes, blobs }: StoredRecord, readBlob: ReadBlob): Trace | undefined {
    const own = Rows.of(bytes)
    if (own === undefined) return undefined
    const made = new Map<string, Trace>()
    const known = (hash: string): Trace | undefined => made.get(hash) ?? this.#held(hash)
    const make = (rows: Rows, blob?: string): void => {
      for (const trace of rows.make(known)) {
        made.set(trace.hash, trace)
        this.#kept.add(trace)
        if (blob !== undefined) this.#stands(trace, blob)
      }
    }
    make(own)
    if (made.has(id)) return made.get(id)
    const parts = new Map<string, Rows>()
    // the latest part is the last, and memory often has what that reads
    for (const some of [blobs.slice(-1), blobs.slice(0, -1)]) {
      for (const blob of some) {
        const part = readBlob(blob)
        const rows = part && Rows.of(part)
        if (rows === undefined) return undefined
        parts.set(blob, rows)
      }
      // mostly each stands after what it reads, and few passes will do; steps of other traces are never made
      for (let before = -1; before < made.size && !made.has(id); ) {
        before = made.size
        for (const [blob, rows] of parts) make(rows, blob)
        make(own)
      }
      if (made.has(id)) break
    }
    return made.get(id)
  }

  /** Where the steps of a trace go. `isThere`: does the store have this blob still? */
  place(trace: Trace, isThere: (blob: string) => boolean): Placed {
    const steps = trace.steps()
    const there = new Map<string, boolean>()
    const own = steps.length <= FEW ? steps : steps.filter((one) => !this.#isHome(this.#homes.get(one), there, isThere))
    const blobs = [...there].filter(([, is]) => is).map(([blob]) => blob)
    const bytes = writeRows(own)
    if (bytes.length <= Math.max(PAGE, PAGE_SHARE * blobs.length)) {
      return { part: undefined, bytes, blobs, ended: (isWritten) => this.#ended(isWritten, steps, blobs) }
    }
    const part = sha256(bytes)
    const named = [...new Set([...blobs, part])]
    const ended = (isWritten: boolean): void => {
      this.#ended(isWritten, steps, named)
      if (isWritten) for (const one of own) this.#homes.set(one, part)
    }
    return { part: bytes, bytes: writeRows([]), blobs: named, ended }
  }

  #held(hash: string): Trace | undefined {
    const trace = heldTrace(hash)
    return trace !== undefined && this.#kept.has(trace) ? trace : undefined
  }

  #stands(trace: Trace, blob: string): void {
    const home = this.#homes.get(trace)
    if (home === undefined || this.#lost.has(home)) this.#homes.set(trace, blob)
  }

  #isHome(home: string | undefined, there: Map<string, boolean>, isThere: (blob: string) => boolean): boolean {
    if (home === undefined) return false
    const known = there.get(home)
    if (known !== undefined) return known
    const is = !this.#lost.has(home) && isThere(home)
    there.set(home, is)
    return is
  }

  // Whatever it was that could not be written, next time nothing is taken for granted.
  #ended(isWritten: boolean, steps: readonly Trace[], blobs: readonly string[]): void {
    if (isWritten) {
      for (const one of steps) this.#kept.add(one)
      this.#broken.delete((steps.at(-1) as Trace).hash)
    }
    for (const blob of blobs) {
      if (isWritten) this.#lost.delete(blob)
      else this.#lost.add(blob)
    }
  }
}
