/**
 * Why is a node another value in one context than in another? The smallest part of the graph that explains it: from the
 * node along everything it read that differs, to the tweaks where that begins.
 *
 * What differs at a node is due to, in this order: other tweaks on the node itself; dependencies that differ; and, from the
 * first dependency on that one result read and the other did not, control flow that one of those before it decided.
 */

import {
  Context,
  isComputed,
  keyOfTarget,
  knownVertexFor,
  type Level,
  Node,
  nodeOf,
  producerOf,
  sameStamp,
  servingAsIs,
  type Target,
  type TweakSet,
  UNLOADED,
  type Vertex,
} from '../core/rooms.js'
import { causeOf } from './changes.js'
import { NotEvaluatedError, UnrelatedContextsError } from './errors.js'
import { describeContext, describeForce, type Force, forcesAt, type Place, placeOf, shownPath } from './force.js'
import { describeOutcome, type Outcome, outcomeOf, plainOutcome } from './outcome.js'

/** A node whose value differs. */
export interface Differing {
  readonly node: Node
  /** Read under these tweaks, by a what-if inside a body above it. */
  readonly under: TweakSet | undefined
  readonly before: Outcome
  readonly after: Outcome
  /** The dependencies that differ, in the order read. */
  readonly reads: readonly Node[]
  /** Where the two results went different ways. */
  readonly divergence: Divergence | undefined
  /** The tweaks on the node itself, where they are not the same in both. */
  readonly tweaks: { readonly before: readonly Force[]; readonly after: readonly Force[] } | undefined
  /** It was invalidated in one of the contexts, and gave something else when it ran again. */
  readonly isInvalidated: boolean
}

/** The first dependency that is not the same node; undefined where one of the bodies read nothing more. */
export interface Divergence {
  readonly node: Node
  readonly at: number
  readonly before: Node | undefined
  readonly after: Node | undefined
}

/** Where a difference begins. */
export interface Cause extends Differing {
  /** The shortest way to it, from the node that was asked for. Made when it is asked for: many ways may be long. */
  readonly path: readonly Differing[]
}

export interface Difference {
  readonly node: Node
  readonly contexts: readonly [before: Context, after: Context]
  readonly isDifferent: boolean
  readonly before: Outcome
  readonly after: Outcome
  /** All that differs and that the node reaches by what differs, nearest first. Empty where nothing does. */
  readonly nodes: readonly Differing[]
  /** Those of them where it begins, nearest first: tweaked, invalidated, or with no reason that is tracked. */
  readonly causes: readonly Cause[]
  /** The first point, in the order of evaluation, where control flow differs. */
  readonly divergence: Divergence | undefined
  readonly lines: readonly string[]
  toJSON(): unknown
  toString(): string
}

interface Pair {
  readonly vertex: Vertex
  readonly before: Level
  readonly after: Level
  readonly under: TweakSet | undefined
  readonly from: Pair | null
  /** The pairs that differ below it, in the order read. */
  readonly below: Pair[]
  differing: Differing
}

/**
 * What explains that a node differs between two contexts of one graph. Both have to hold a valid result: read the node in
 * both first. Evaluates nothing. O(what differs and what that read).
 *
 * Throws NotEvaluatedError (DUGOUT_NOT_EVALUATED), UnrelatedContextsError (DUGOUT_UNRELATED_CONTEXTS).
 *
 * @example
 * await Promise.all([base.get(revenue), cheaper.get(revenue)])
 * console.log(String(diff(base, cheaper, revenue)))
 */
export function diff(before: Context, after: Context, target: Target<never> | Target): Difference {
  const key = keyOfTarget(target)
  const [a, b] = [Context.level(before), Context.level(after)]
  if (a.graph !== b.graph) throw new UnrelatedContextsError(describeContext(before), describeContext(after))
  const vertex = knownVertexFor(key, a.graph)
  for (const [level, context] of [
    [a, before],
    [b, after],
  ] as const) {
    if (vertex !== undefined && servingAsIs(vertex, level).state <= UNLOADED) continue
    throw new NotEvaluatedError(key instanceof Node ? key.id : key.name, describeContext(context))
  }
  return explained(before, after, vertex as Vertex, a, b)
}

function explained(before: Context, after: Context, vertex: Vertex, a: Level, b: Level): Difference {
  const all = differs(vertex, a, b) ? explore(vertex, a, b) : []
  const nodes = all.map(({ differing }) => differing)
  const causes = merged(all.filter((pair) => isCause(pair)))
  const told = {
    node: nodeOf(vertex),
    contexts: [before, after] as const,
    isDifferent: all.length > 0,
    before: outcomeOf(servingAsIs(vertex, a)),
    after: outcomeOf(servingAsIs(vertex, b)),
    nodes,
    causes,
    divergence: firstDivergence(all[0]),
  }
  const lines = linesOf(told)
  return { ...told, lines, toJSON: () => plain(told), toString: () => lines.join('\n') }
}

function differs(vertex: Vertex, a: Level, b: Level): boolean {
  return !sameStamp(servingAsIs(vertex, a).stamp, servingAsIs(vertex, b).stamp)
}

/** Breadth first, so that the way to each pair is the shortest. */
function explore(vertex: Vertex, a: Level, b: Level): Pair[] {
  const known = new Map<Vertex, Pair[]>()
  const all: Pair[] = []
  const visit = (at: Vertex, before: Level, after: Level, under: TweakSet | undefined, from: Pair | null): Pair => {
    const same = known.get(at) ?? []
    const there = same.find((pair) => pair.before === before && pair.after === after)
    if (there !== undefined) return there
    const pair: Pair = { vertex: at, before, after, under, from, below: [], differing: undefined as never }
    known.set(at, [...same, pair])
    all.push(pair)
    return pair
  }
  visit(vertex, a, b, undefined, null)
  for (const pair of all) {
    const [left, right] = [readsOf(pair.vertex, pair.before), readsOf(pair.vertex, pair.after)]
    const common = new Map(left.map((read) => [read.key, read]))
    const divergence = divergenceOf(pair.vertex, left, right)
    for (const read of right) {
      const other = common.get(read.key)
      if (other === undefined || sameStamp(other.stamp, read.stamp)) continue
      if (!differs(read.place.vertex, other.place.level, read.place.level)) continue
      const under = read.key.extra?.whatIf?.tweaks ?? pair.under
      pair.below.push(visit(read.place.vertex, other.place.level, read.place.level, under, pair))
    }
    pair.differing = differingOf(pair, divergence)
  }
  return all
}

interface Read {
  /** What the shape lists: two results that list the same one asked the same question. */
  readonly key: Vertex
  readonly place: Place
  readonly stamp: unknown
}

/** What a result read, through the body below an adjustment. */
function readsOf(vertex: Vertex, level: Level): Read[] {
  const { shape } = servingAsIs(vertex, level)
  if (!isComputed(shape)) return []
  return [...shape].flatMap((read) => {
    if (read.extra?.above) return readsOf(read, level)
    return [{ key: read, place: placeOf(read, level), stamp: servingAsIs(read, level).stamp }]
  })
}

function divergenceOf(vertex: Vertex, left: readonly Read[], right: readonly Read[]): Divergence | undefined {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [before, after] = [left[at], right[at]]
    if (before?.key === after?.key) continue
    return { node: nodeOf(vertex), at, before: before && nodeOf(before.key), after: after && nodeOf(after.key) }
  }
  return undefined
}

function differingOf({ vertex, before, after, under, below }: Pair, divergence: Divergence | undefined): Differing {
  const [left, right] = [producerOf(vertex, before), producerOf(vertex, after)]
  const cause = causeOf(left.id, right.id)
  const isTweaked = cause === 'tweak'
  // a value tweak read nothing: the ways did not part, one was not taken
  const isValue = left.origin?.kind === 'value' || right.origin?.kind === 'value'
  return {
    node: nodeOf(vertex),
    under,
    before: outcomeOf(servingAsIs(vertex, before)),
    after: outcomeOf(servingAsIs(vertex, after)),
    reads: below.map((pair) => nodeOf(pair.vertex)),
    divergence: isValue ? undefined : divergence,
    tweaks: isTweaked ? { before: forcesAt(vertex, before), after: forcesAt(vertex, after) } : undefined,
    isInvalidated: cause === 'invalidated',
  }
}

function isCause({ differing, below }: Pair): boolean {
  return differing.tweaks !== undefined || differing.isInvalidated || below.length === 0
}

/** One cause a node: what-ifs inside a body reach the same tweaks several times. */
function merged(pairs: readonly Pair[]): Cause[] {
  const causes = new Map<Vertex, Cause>()
  for (const pair of pairs) {
    if (causes.has(pair.vertex)) continue
    causes.set(pair.vertex, {
      ...pair.differing,
      get path() {
        const path: Differing[] = []
        for (let at: Pair | null = pair; at !== null; at = at.from) path.push(at.differing)
        return path.reverse()
      },
    })
  }
  return [...causes.values()]
}

/** In the order of evaluation: what a node read before its ways parted comes first. Without recursion: chains are long. */
function firstDivergence(start: Pair | undefined): Divergence | undefined {
  if (start === undefined) return undefined
  const seen = new Set([start])
  const open = [{ pair: start, next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const next = top.pair.below[top.next++]
    if (next === undefined) {
      if (top.pair.differing.divergence !== undefined) return top.pair.differing.divergence
      open.pop()
    } else if (!seen.has(next)) {
      seen.add(next)
      open.push({ pair: next, next: 0 })
    }
  }
  return undefined
}

type Told = Omit<Difference, 'lines' | 'toJSON' | 'toString'>

const SHOWN = 12

function linesOf({ node, contexts, isDifferent, before, after, nodes, causes, divergence }: Told): string[] {
  const [a, b] = contexts.map(describeContext)
  if (!isDifferent) return [`${node.id} is ${describeOutcome(before)} in ${a} and in ${b}.`]
  const lines = [`${node.id} is ${describeOutcome(before)} in ${a} and ${describeOutcome(after)} in ${b}.`]
  const groups = grouped(causes)
  for (const [reason, [nearest, ...others]] of [...groups].slice(0, SHOWN)) {
    const more = others.length === 0 ? '' : ` And so with ${others.length} nodes further away.`
    lines.push(`Because of ${changeOf(nearest as Cause)}, ${reason}.${more}`, ...pathLines(nearest as Cause))
  }
  if (groups.size > SHOWN) lines.push(`And ${groups.size - SHOWN} reasons more.`)
  if (divergence !== undefined) {
    const [left, right] = [divergence.before?.id ?? 'nothing more', divergence.after?.id ?? 'nothing more']
    lines.push(`Control flow first differs in ${divergence.node.id}: it read ${left} in ${a}, and ${right} in ${b}.`)
  }
  const counts = new Map<string, number>()
  for (const { node: one } of nodes) counts.set(one.function.name, (counts.get(one.function.name) ?? 0) + 1)
  const most = [...counts]
    .sort(([, x], [, y]) => y - x)
    .map(([name, count]) => (count === 1 ? name : `${name} (${count})`))
  const others = most.length > SHOWN ? ` and ${most.length - SHOWN} functions more` : ''
  lines.push(`${nodes.length} nodes differ on the way: ${most.slice(0, SHOWN).join(', ')}${others}.`)
  return lines
}

/** What is tweaked as a whole function is one reason for all of its nodes. */
function grouped(causes: readonly Cause[]): Map<string, Cause[]> {
  const groups = new Map<string, Cause[]>()
  for (const cause of causes) {
    const reason = reasonOf(cause)
    const group = groups.get(reason)
    if (group === undefined) groups.set(reason, [cause])
    else group.push(cause)
  }
  return groups
}

function reasonOf({ tweaks, isInvalidated }: Cause): string {
  if (tweaks !== undefined) {
    return `tweaked: ${[...new Set([...tweaks.before, ...tweaks.after].map(describeForce))].join('; ')}`
  }
  return isInvalidated ? 'which was invalidated and ran again' : 'for which nothing that is tracked gives a reason'
}

function changeOf({ node, before, after }: Differing): string {
  return `${node.id}: ${describeOutcome(before)} -> ${describeOutcome(after)}`
}

function pathLines(cause: Cause): string[] {
  const { path } = cause
  if (path.length < 2) return []
  const step = ({ node, before, after }: Differing): string =>
    `${node.id} ${describeOutcome(before)} -> ${describeOutcome(after)}`
  return shownPath(path, step).map((text) => `    ${text}`)
}

function plain({ node, contexts, isDifferent, before, after, nodes, causes, divergence }: Told): unknown {
  const point = (one: Divergence | undefined): unknown =>
    one && { node: one.node.id, at: one.at, before: one.before?.id, after: one.after?.id }
  const ids = (path: readonly Differing[]): string[] => path.map((one) => one.node.id)
  // a way for each reason: to all of them they would be more than the graph
  const nearest = new Set([...grouped(causes).values()].map(([first]) => first))
  const entry = (one: Differing): object => ({
    node: one.node.id,
    under: one.under && String(one.under),
    before: plainOutcome(one.before),
    after: plainOutcome(one.after),
    reads: one.reads.map(({ id }) => id),
    divergence: point(one.divergence),
    tweaks: one.tweaks && { before: one.tweaks.before.map(describeForce), after: one.tweaks.after.map(describeForce) },
    invalidated: one.isInvalidated || undefined,
  })
  return {
    node: node.id,
    contexts: contexts.map(({ name }) => name),
    different: isDifferent,
    before: plainOutcome(before),
    after: plainOutcome(after),
    causes: causes.map((cause) => ({ ...entry(cause), path: nearest.has(cause) ? ids(cause.path) : undefined })),
    divergence: point(divergence),
    nodes: nodes.map(entry),
  }
}
