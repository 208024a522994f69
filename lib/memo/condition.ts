/**
 * Under which conditions a result of some history is right: the tweaks in force that touch what its trace reached, and the
 * states of the external inputs, as text. A memento is valid where this text is the same. Which context is the nearest
 * whose tweaks touch it tells where a result found there belongs (R2).
 */

import {
  Adjustment,
  argumentsOf,
  Definition,
  definitionOf,
  type Level,
  nameOf,
  producerOf,
  type Tweak,
  type Vertex,
} from '../core/rooms.js'
import { statesFrom } from './inputs/input.js'
import { statesOf } from './inputs/seen.js'
import type { MementoInput } from './memento.js'
import type { Functions } from './reached.js'
import { idOf } from './registry.js'
import { argumentsMark, conditionText, nodeKey, type Trace } from './trace.js'
import type { Values } from './values.js'

export interface Condition {
  /** All of it. */
  readonly text: string
  /** The tweaks that touch the trace, a line each. */
  readonly tweaks: string
  readonly inputs: readonly MementoInput[]
  /** The nearest context with a tweak that touches the trace; the root where none does. */
  readonly home: Level
}

/** Why a result cannot be told apart from others in writing. */
export class Unwritable {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

/** The condition of a trace in a context, or why it has none. */
export function conditionOf(trace: Trace, level: Level, functions: Functions): Condition | Unwritable {
  const { values } = functions
  const inputs = statesOf(trace, level, functions)
  if (typeof inputs === 'string') return new Unwritable(inputs)
  let count = 0
  for (let at: Level | null = level; at !== null; at = at.parent) count += at.tweaks?.size ?? 0
  const found = tweaksText(level, values, reachOf(trace, count))
  if (found instanceof Unwritable) return found
  const { tweaks, home } = found
  return { text: conditionText(tweaks, inputs), tweaks, inputs, home }
}

/** The tweaks in force in a context of all that has such a name, a line each; and the nearest context that has one. */
export function tweaksText(
  level: Level,
  values: Values,
  touches: (name: string) => boolean,
): Pick<Condition, 'tweaks' | 'home'> | Unwritable {
  const touched = new Map<string, Vertex | Definition>()
  let home: Level | null = null
  for (let at: Level | null = level; at !== null; at = at.parent) {
    let isTouched = false
    for (const key of at.tweaks?.keys() ?? []) {
      const name = nameOfKey(key, values)
      if (name === undefined || !touches(name)) continue
      touched.set(name, key)
      isTouched = true
    }
    home ??= isTouched || at.parent === null || at.floor === at.depth ? at : null
  }
  const parts: string[] = []
  try {
    for (const key of touched.values()) {
      const label = labelOf(key, values)
      parts.push(`${label}=${tweaksOn(key, level, label, values)}`)
    }
  } catch (error) {
    return new Unwritable((error as Error).message)
  }
  return { tweaks: parts.sort().join('\n'), home: home ?? level }
}

/** A trace is asked for so many tweaks one by one, and what it says is known to those that read it; for more, at once. */
const FEW = 32

/** Does a trace reach a name, where so many are to be asked for? */
function reachOf(trace: Trace, count: number): (name: string) => boolean {
  return count > FEW ? (name) => trace.nodes.has(name) : (name) => trace.reaches(name)
}

/** What is tweaked in a context and above, each with the nearest context that does, the nearest first. */
export interface Tweaked {
  readonly names: ReadonlyMap<string, Level>
  /** Where a result belongs that none of them touches. */
  readonly outermost: Level
}

export function tweakedIn(level: Level, values: Values): Tweaked {
  const names = new Map<string, Level>()
  let outermost = level
  for (let at: Level | null = level; at !== null && at.depth >= level.floor; at = at.parent) {
    outermost = at
    for (const key of at.tweaks?.keys() ?? []) {
      const name = nameOfKey(key, values)
      if (name !== undefined && !names.has(name)) names.set(name, at)
    }
  }
  return { names, outermost }
}

/** Where a result belongs: the nearest context with a tweak that touches it. Undefined where there are too many to ask. */
export function nearestHome(trace: Trace, { names, outermost }: Tweaked): Level | undefined {
  if (names.size > FEW) return undefined
  for (const [name, at] of names) if (trace.reaches(name)) return at
  return outermost
}

/** The same for all results of a trace, in one pass over it, callees first; what is in `homes` already is left. */
export function fillHomes(trace: Trace, { names, outermost }: Tweaked, homes: Map<Trace, Level>): void {
  for (const one of trace.steps((one) => homes.has(one))) {
    const { name, args } = one.step
    let home = outermost
    for (const at of [names.get(name), names.get(nodeKey(name, args)), ...one.reads.map((read) => homes.get(read))]) {
      if (at !== undefined && at.depth > home.depth) home = at
    }
    homes.set(one, home)
  }
}

/** Was anything that the trace reached invalidated in the context, or above? Inputs are looked at again anyway. */
export function isDoubted(trace: Trace, level: Level, values: Values): boolean {
  for (let at: Level | null = level; at !== null; at = at.parent) {
    const { tokened } = at
    if (tokened === null) continue
    const reaches = reachOf(trace, tokened.size)
    for (const vertex of tokened) {
      if (vertex.table === null || statesFrom(definitionOf(vertex)) !== undefined) continue
      const name = nameOfKey(vertex, values)
      if (name !== undefined && reaches(name)) return true
    }
  }
  return false
}

/** A target as people read it; where its text may stand for two calls, with a hash. */
function labelOf(key: Vertex | Definition, values: Values): string {
  if (key instanceof Definition) return idOf(key)
  const args = argumentsOf(key)
  if (args.length === 0) return nameOf(key)
  return `${nameOf(key)}#${argumentsMark(values.canonical(args, 'arguments'))}`
}

function nameOfKey(key: Vertex | Definition, values: Values): string | undefined {
  if (key instanceof Definition) return idOf(key)
  try {
    return nodeKey(idOf(definitionOf(key)), values.canonical(argumentsOf(key), 'arguments'))
  } catch {
    // no call of a trace: those have arguments that can be written down
    return undefined
  }
}

/** What is in force on a node, or on all calls of a function: the value or body, and the adjustments on top. */
function tweaksOn(key: Vertex | Definition, level: Level, name: string, values: Values): string {
  if (!(key instanceof Definition)) {
    const { origin, adjustments } = producerOf(key, level)
    return [...adjustments, ...(origin === null ? [] : [origin])].map((tweak) => textOf(tweak, name, values)).join('|')
  }
  const inForce: string[] = []
  for (let at: Level | null = level; at !== null; at = at.parent) {
    const tweak = at.tweaks?.get(key)
    if (tweak === undefined) continue
    inForce.push(textOf(tweak, name, values))
    if (tweak.kind !== 'adjust') break
  }
  return inForce.join('|')
}

function textOf({ kind, content }: Tweak, name: string, values: Values): string {
  if (content instanceof Adjustment) return `adjust ${String(content)}`
  if (kind !== 'value') throw new Error(`the ${kind} of ${name} is a function, which cannot be written down`)
  return `value ${values.toldApart(content, `the tweak of ${name}`)}`
}
