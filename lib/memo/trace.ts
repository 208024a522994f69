/**
 * How a result came to be, without a value in it: which calls it reached, by which code, who read whom. Traces are
 * immutable and interned by their hash, which is computed from what they read: equal hashes, equal histories.
 *
 * A value tweak ends a trace: what a tweaked node would have read was not read. Which value it was is not part of the
 * trace but of the condition (condition.ts), so that ten thousand scenarios of one shape share one trace.
 */
import { createHash } from 'node:crypto'
import { isHash, sha256 } from './codec/index.js'
import type { MementoInput } from './memento.js'

/**
 * `call`: a body ran. `below`: the body below adjustments. `tweaked`: a value instead. `what-if`: asked under tweaks.
 * `input`: something outside was looked at; in which state it was is part of the condition, like the value of a tweak.
 */
export type TraceKind = 'call' | 'below' | 'tweaked' | 'what-if' | 'input'

/** One call of a trace. */
export interface TraceStep {
  readonly kind: TraceKind
  /** The function, by the name that it has in stores. */
  readonly name: string
  readonly version: string
  /** Canonical text of the arguments: what is compared. */
  readonly args: string
  /** The arguments themselves, to be read back. */
  readonly given: string
  readonly isAsync: boolean
  /** Of a what-if: its tweaks, as JSON. */
  readonly tweaks: string
}

export class Trace {
  readonly step: TraceStep
  readonly reads: readonly Trace[]
  readonly hash: string
  #nodes: ReadonlySet<string> | undefined
  /** Which names it was asked for, and whether it reaches them. */
  readonly #reached = new Map<string, boolean>()
  #functions: ReadonlyMap<string, string> | undefined
  #inputs: readonly Trace[] | undefined

  constructor(step: TraceStep, reads: readonly Trace[], hash: string) {
    this.step = step
    this.reads = reads
    this.hash = hash
  }

  /** The calls that it reached, itself included, and the functions: `name` and `name(args)`. */
  get nodes(): ReadonlySet<string> {
    if (this.#nodes !== undefined) return this.#nodes
    const nodes = new Set<string>()
    for (const { step } of this.steps()) nodes.add(step.name).add(nodeKey(step.name, step.args))
    this.#nodes = nodes
    return nodes
  }

  /** Is this name among them? Told from what is known of the traces that it reads: no set for each is made. */
  reaches(name: string): boolean {
    for (const one of this.steps((one) => one.#reached.has(name))) {
      if (one.#reached.size >= NAMES) one.#reached.clear()
      const { step } = one
      const is = step.name === name || (name.startsWith(step.name) && nodeKey(step.name, step.args) === name)
      one.#reached.set(name, is || one.reads.some((read) => read.#reached.get(name) === true))
    }
    return this.#reached.get(name) === true
  }

  /** The functions that it reached, with their code versions; those that were tweaked and never ran have none. */
  get functions(): ReadonlyMap<string, string> {
    for (const one of this.steps((one) => one.#functions !== undefined)) {
      const functions = new Map<string, string>()
      const add = (version: string, name: string): void => {
        if (version !== '' || !functions.has(name)) functions.set(name, version)
      }
      for (const read of one.reads) (read.#functions as ReadonlyMap<string, string>).forEach(add)
      const { kind, name, version } = one.step
      if (kind !== 'input') add(version, name)
      // the traces of a recursion reach the same
      const same = one.reads.find((read) => isSame(read.#functions as ReadonlyMap<string, string>, functions))
      one.#functions = same === undefined ? functions : same.#functions
    }
    return this.#functions as ReadonlyMap<string, string>
  }

  /** The external inputs that it reached. */
  get inputs(): readonly Trace[] {
    for (const one of this.steps((one) => one.#inputs !== undefined)) {
      const lists = new Set(one.reads.map((read) => read.#inputs as readonly Trace[]))
      if (one.step.kind === 'input') one.#inputs = [one]
      else if (lists.size === 1) for (const only of lists) one.#inputs = only
      else one.#inputs = [...new Set([...lists].flat())]
    }
    return this.#inputs as readonly Trace[]
  }

  /** All traces in it, each after what it reads; but for those that are known, and what only they read. */
  steps(isKnown: (one: Trace) => boolean = () => false): Trace[] {
    const order: Trace[] = []
    if (isKnown(this)) return order
    const seen = new Set<Trace>()
    const open: { readonly trace: Trace; at: number }[] = [{ trace: this, at: 0 }]
    seen.add(this)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.trace.reads[top.at++]
      if (next === undefined) {
        order.push(top.trace)
        open.pop()
      } else if (!seen.has(next) && !isKnown(next)) {
        seen.add(next)
        open.push({ trace: next, at: 0 })
      }
    }
    return order
  }
}

/** So many answers a trace keeps. */
const NAMES = 64

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [name, version] of other) if (one.get(name) !== version) return false
  return true
}

/** What a call is called in conditions. */
export function nodeKey(name: string, args: string): string {
  return `${name}(${args})`
}

/** The SHA-256 of texts, each delimited by its length, so that no two lists are one. */
export function hashOfTexts(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text.length}:${text};`)
  return hash.digest('hex')
}

/** Under what the histories of a call are found. */
export function callKey(fn: string, version: string, args: string): string {
  return hashOfTexts('call', fn, version, args)
}

/** Under what a trace is found, with the others of its call. */
export function callKeyOf({ step: { name, version, args } }: Trace): string {
  return callKey(name, version, args)
}

/** Under what a memento is found: its history, and the tweaks that touch that. */
export function conditionKey(trace: string, condition: string): string {
  return hashOfTexts('memento', trace, condition)
}

/** A condition in one text: tweaks, a line each, and the states of inputs. */
export function conditionText(tweaks: string, inputs: readonly MementoInput[]): string {
  return [tweaks, ...inputs.map((one) => JSON.stringify(one))].join('\n')
}

/** Does a line of a condition touch a call? Calls stand there by a hash of their arguments. */
export function isTouched({ name, args }: TraceStep, line: string): boolean {
  if (!line.startsWith(name)) return false
  if (line.startsWith('=', name.length) || line.startsWith('()=', name.length)) return true
  return line.startsWith('(', name.length) && line.includes(`#${argumentsMark(args)}=`)
}

/** Arguments in a condition. */
export function argumentsMark(args: string): string {
  return sha256(Buffer.from(args)).slice(0, 16)
}

/** Does a record stand for a trace? Its id is the hash of the trace. */
export function isTraceRecord({ id }: { readonly id: string }): boolean {
  return isHash(id)
}

const interned = new Map<string, WeakRef<Trace>>()
const collected = new FinalizationRegistry<string>((hash) => {
  if (interned.get(hash)?.deref() === undefined) interned.delete(hash)
})

/** The trace of this hash, where somebody holds it. */
export function heldTrace(hash: string): Trace | undefined {
  return interned.get(hash)?.deref()
}

/** The one trace of this step with these reads. */
export function traceFrom(step: TraceStep, reads: readonly Trace[]): Trace {
  const { kind, name, version, args, isAsync, tweaks } = step
  const hash = hashOfTexts(kind, name, version, args, String(isAsync), tweaks, ...reads.map((read) => read.hash))
  const known = heldTrace(hash)
  if (known !== undefined) return known
  const trace = new Trace(step, reads, hash)
  interned.set(hash, new WeakRef(trace))
  collected.register(trace, hash)
  return trace
}
