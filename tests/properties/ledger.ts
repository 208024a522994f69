// The ledger: which results must be at hand, from what was run so far. It says when a body ran that need not have run.
//
// A run is written down with what it read, in a text that tells errors apart by identity. It serves wherever the same
// reads give the same (R2, R3, R30), as long as the context that is its home keeps it. The ledger is the judge of a
// correct core, so it promises no more than the rules do:
// - of the results of one body at one home it counts on the last two only: superseded ones are capped (R29);
// - what was unloaded, cleared or disposed at its home may run again (R25, R27), each for itself: U2;
// - an invalidated node runs again, once for each invalidation (R26): its token is part of what it read;
// - what may not be cached, and what was made of it, may run again (R16, R17);
// - below depth 30 the home is not known (R2 as algorithm.md has it).
import { Failure, type Found, textOfNode } from './oracle.js'
import { textOf } from './values.js'
import type { ModelContext, Token } from './world.js'

/** A run of a body. */
export interface Run {
  readonly body: string
  readonly node: number
  readonly context: ModelContext
  /** The context of the replacement's tweak; null for a node's own body. */
  readonly tweakedBy: ModelContext | null
  readonly started: number
  /** When everything that could go on by itself last had: what a promise gave before is known by now. */
  readonly turn: number
  /** What it read, and got. */
  readonly reads: string[]
  /** Its reads are not all in the text, or it may be a run that the core discards by right. */
  isExempt: boolean
  /** The first run of a function that does not say that it returns promises (R24: run twice). */
  readonly isStray: boolean
  readonly signal: AbortSignal | null
  readonly disturbances: number
  isLoose: boolean
}

interface Entry {
  readonly text: string
  readonly node: number
  readonly home: ModelContext | null
  readonly token: Token | undefined
  readonly ended: number
  readonly isAsync: boolean
  isKept: boolean
}

interface Known {
  readonly fingerprint: string
  readonly node: number
  /** Where its result is kept: in one of these, of which there are several only below an isolated context (R32). */
  readonly homes: readonly ModelContext[]
  isKept: boolean
}

/** A complaint: the rule, and what was seen. */
export interface Complaint {
  readonly rule: string
  readonly what: string
}

/** What the oracle gives for a body in another context. */
type BodyOf = (context: ModelContext) => Found

/** How many results of a body a home is trusted to keep. */
const KEPT = 2

export class Ledger {
  readonly #entries = new Map<string, Entry[]>()
  readonly #known = new Map<string, Known>()
  readonly #lastRun = new Map<string, number>()
  /** By home and body: when a run ended that is kept there. By home and node: when the home dropped it. */
  readonly #lastKept = new Map<string, number>()
  readonly #lastDropped = new Map<string, number>()
  /** By context: the nodes whose objects it freed, '' for all. */
  readonly #freed = new Map<number, Set<string>>()
  #epoch = 1

  /** The world has changed: what was learnt has to be learnt again. */
  changed(): void {
    this.#epoch++
  }

  started(run: Run): void {
    this.#lastRun.set(run.body, run.started)
  }

  /** A run has ended with this found by the oracle. Gives the complaint, if it was not justified. */
  ended(
    run: Run,
    found: Found,
    now: number,
    isAsync: boolean,
    comparesReads: boolean,
    bodyOf: BodyOf,
  ): Complaint | null {
    const home = run.context.homeOf(found.footprint | (run.tweakedBy?.bit ?? 0))
    const text = run.reads.join('; ')
    let complaint: Complaint | null = null
    let entries = this.#entries.get(run.body)
    if (entries === undefined) {
      entries = []
      this.#entries.set(run.body, entries)
    }
    if (comparesReads && !run.isExempt) {
      // what a context unloaded itself it computes again, whatever others know (R25)
      const isUnloaded = home !== null && this.#isDropped(home, run.node, run.body)
      const other = isUnloaded
        ? undefined
        : entries.find(
            (entry) =>
              entry.text === text &&
              !this.#isKnownByOtherMarks(entry, run, home, text) &&
              serves(entry, run, found, entries as Entry[], bodyOf),
          )
      if (other?.home != null) {
        const rule = !run.context.isWithin(other.home) ? 'R30' : run.context === other.home ? 'M1' : 'M2'
        const what = `ran in ${run.context.name}, and ${other.home.name} has its result for just these reads: ${text || 'none'}`
        complaint = { rule, what }
      }
      const known = this.#known.get(`${run.context.id} ${run.body}`)
      const isSame = known?.isKept && known.fingerprint === found.fingerprint
      if (complaint === null && isSame && !this.#mentionsFreed(run.context, known.fingerprint)) {
        const what = `ran again in ${run.context.name}, where nothing that it demands has changed since: ${text || 'no reads'}`
        complaint = { rule: 'M1', what }
      }
    }
    const isKept = !run.isExempt
    if (isKept && home !== null) this.#lastKept.set(`${home.id} ${run.body}`, now)
    entries.push({ text, node: run.node, home, token: found.token, ended: now, isAsync, isKept })
    return complaint
  }

  /** A read was answered: everything demanded for it is known now where it was demanded. Gives a complaint (U1). */
  learn(found: Found): Complaint | null {
    if (found.seen === this.#epoch) return null
    found.seen = this.#epoch
    for (const read of found.reads) {
      const complaint = this.learn(read)
      if (complaint !== null) return complaint
    }
    const { body, context, node, token, fingerprint } = found
    if (body === null || found.isTainted) return null
    if (token !== undefined && !token.isForgotten && (this.#lastRun.get(body) ?? 0) < token.time) {
      const what = `f${node >> 1}(${node & 1}) did not run again for ${context.name} after it was invalidated in ${token.context.name}`
      return { rule: 'U1', what }
    }
    if (found.isLoose || fingerprint === null) this.#known.delete(`${context.id} ${body}`)
    else {
      const homes = context.homesOf(found.footprint)
      const isKept = homes.length > 0 && !homes.some((home) => this.#isDropped(home, node, body))
      this.#known.set(`${context.id} ${body}`, { fingerprint, node, homes, isKept })
    }
    return null
  }

  /** Its value is gone from its home, and it has not run for it since: dependents may stand on it all the same (R25). */
  #isDropped(home: ModelContext, node: number, body: string): boolean {
    const dropped = Math.max(this.#lastDropped.get(`${home.id} ${node}`) ?? 0, this.#lastDropped.get(`${home.id}`) ?? 0)
    return dropped > (this.#lastKept.get(`${home.id} ${body}`) ?? 0)
  }

  /** Did the run, or the entry, read an object that was freed where it read it, and not where the other did? */
  #isKnownByOtherMarks(entry: Entry, run: Run, home: ModelContext | null, text: string): boolean {
    if (this.#mentionsFreed(run.context, text, entry.home === home ? home : null)) return true
    return entry.home !== null && !run.context.isWithin(entry.home) && this.#mentionsFreed(entry.home, text)
  }

  /**
   * Is an object in it that the context once freed, or one above it and below `home`? Those who read it there know it by
   * the mark that it had, and those further up by another one.
   */
  #mentionsFreed(context: ModelContext, text: string, home: ModelContext | null = null): boolean {
    for (let at: ModelContext | null = context; at !== home && at !== null; at = at.parent) {
      for (const name of this.#freed.get(at.id) ?? []) {
        if (text.includes(`${name} = {`) || text.includes(`${name} = error`)) return true
      }
    }
    return false
  }

  /** Results that are gone, by right: those kept by this context, of one node or of all. */
  drop(home: ModelContext, now: number, node?: number): void {
    this.#lastDropped.set(node === undefined ? `${home.id}` : `${home.id} ${node}`, now)
    // an object that was freed can be compared with no other: what was made of it may not be recognised
    const name = node === undefined ? '' : textOfNode(node)
    this.#freed.set(home.id, (this.#freed.get(home.id) ?? new Set()).add(name))
    const isOfFreed = (text: string): boolean => text.includes(`${name} = {`) || text.includes(`${name} = error`)
    for (const entries of this.#entries.values()) {
      for (const entry of entries) {
        const isOfHome = (node === undefined || entry.node === node) && entry.home === home
        if (isOfHome || isOfFreed(entry.text)) entry.isKept = false
      }
    }
    for (const known of this.#known.values()) {
      const isOfHome = (node === undefined || known.node === node) && known.homes.includes(home)
      if (isOfHome || isOfFreed(known.fingerprint)) known.isKept = false
    }
  }

  /** How many pairs of a context and a node were ever asked for. */
  get size(): number {
    return this.#known.size
  }
}

function serves(entry: Entry, run: Run, found: Found, entries: readonly Entry[], bodyOf: BodyOf): boolean {
  const { home } = entry
  if (!entry.isKept || home === null || home.isDisposed || entry.token !== found.token) return false
  if (entry.ended >= (entry.isAsync ? run.turn : run.started)) return false
  if (home.root !== run.context.root) return false
  if (!run.context.isWithin(home)) {
    // a replacement counts where its tweak does
    if (run.tweakedBy !== null || home.isolated !== null || run.context.isolated !== null) return false
    // R30 speaks of what is a sibling's result now
    const there = bodyOf(home)
    if (found.fingerprint === null || there.fingerprint !== found.fingerprint) return false
    if (home.homeOf(there.footprint) !== home) return false
  }
  let later = 0
  for (let i = entries.length - 1; i >= 0; i--) {
    const other = entries[i] as Entry
    if (other === entry) return true
    if (other.home === home || other.home === null) later++
    if (later >= KEPT) return false
  }
  return false
}

/** One read in a text. */
export function textOfRead(under: string, node: number, outcome: string): string {
  return `${under && `with ${under} `}${textOfNode(node)} = ${outcome}`
}

/** What the oracle gives, in the text that a body's outcome has. */
export function textOfOutcome(outcome: unknown): string {
  return outcome instanceof Failure ? outcome.text : textOf(outcome)
}
