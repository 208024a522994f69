/** Why does a node show what it shows here? Told from what the graph holds; nothing is evaluated. */

import {
  type AnyFunction,
  aboveAsIs,
  BOXED,
  Context,
  contextOf,
  EMPTY,
  homeOf,
  isComputed,
  keyOfTarget,
  knownVertexFor,
  type Level,
  Node,
  nodeOf,
  producerOf,
  readsOf,
  type Slot,
  sameStamp,
  servingAsIs,
  type Target,
  type Tracked,
  UNLOADED,
  type Vertex,
} from '../core/rooms.js'
import { type Change, causeOf, compare, pendingChanges, readsBefore, readsIn } from './changes.js'
import {
  describeContext,
  describeForce,
  type Force,
  forcesAt,
  forcesOn,
  type Mask,
  masksAt,
  shownPath,
} from './force.js'
import { describeOutcome, type Outcome, outcomeOf, outcomeOfStamp, plainOutcome } from './outcome.js'
import { type Seen, seenOf } from './record.js'

/**
 * - `absent`: it was not evaluated, neither here nor above
 * - `running`: it is being evaluated at this moment
 * - `tweaked`: its value is a tweak's; its body is not asked
 * - `kept`: this context keeps its result
 * - `shared`: a context above keeps it, and it is right here too
 * - `unloaded`: its value was given back; a read runs it again
 * - `in doubt`: something that it may depend on has changed; a read verifies it first
 */
export type Standing = 'absent' | 'running' | 'tweaked' | 'kept' | 'shared' | 'unloaded' | 'in doubt'

/** An explanation. `lines` says it in words. */
export interface Why {
  readonly node: Node
  readonly context: Context
  readonly standing: Standing
  readonly outcome: Outcome
  /** The context that keeps the result. */
  readonly home: Context | undefined
  /** What its result read, in order. */
  readonly reads: readonly Node[]
  /** The tweaks on the node itself, the innermost first. */
  readonly tweaks: readonly Force[]
  /** The tweaks that it reaches, and the shortest way to each. */
  readonly masks: readonly Mask[]
  /** What the result is held against: the one before it in this context, or that of the context above. */
  readonly against:
    | { readonly what: 'before' | 'above'; readonly outcome: Outcome; readonly context: Context }
    | undefined
  /** Equal to what it is held against: then nothing that reads it has to run (cut off). */
  readonly isSame: boolean
  /** Which dependencies differ from then; where it is in doubt, which have changed since. */
  readonly changes: readonly Change[]
  /** What made it differ where no dependency did: a tweak set or taken back, or an invalidation. */
  readonly producer: 'tweak' | 'invalidated' | undefined
  /** What an attached recording saw. */
  readonly seen: Seen | undefined
  readonly lines: readonly string[]
  toJSON(): unknown
  toString(): string
}

/**
 * Why a node shows what it shows in a context: kept, shared, tweaked, in doubt; which dependency changed from what to
 * what; which tweaks it reaches, and how. Evaluates nothing. While a `record`ing is attached it also tells what ran from
 * what was verified. O(what the node reaches).
 *
 * @example
 * base.get(top)
 * base.tweak(x, 5)
 * console.log(String(why(base, top)))
 */
export function why(context: Context, target: Target<never> | Target): Why {
  const key = keyOfTarget(target)
  const level = Context.level(context)
  const vertex = knownVertexFor(key, level.graph)
  if (vertex === undefined)
    return explained(absent(context, key instanceof Node ? key : (key as Tracked<AnyFunction>).at(), level))
  const slot = servingAsIs(vertex, level)
  const standing = standingOf(vertex, level, slot)
  const held = against(vertex, level, slot, standing)
  return explained({
    node: nodeOf(vertex),
    context,
    standing,
    outcome: outcomeOf(slot),
    home: isComputed(slot.shape) && slot.state <= UNLOADED ? contextOf(homeOf(slot.footprint, level)) : undefined,
    reads: readsOf(vertex, level, servingAsIs).map(nodeOf),
    tweaks: forcesAt(vertex, level),
    masks: masksAt(vertex, level),
    ...held,
    seen: seenOf(vertex, level) ?? seenOf(vertex, slot.level),
  })
}

type Told = Omit<Why, 'lines' | 'toJSON' | 'toString'>

function absent(context: Context, node: Node, level: Level): Told {
  const tweaks = forcesOn(Node.definition(node), level)
  return {
    node,
    context,
    standing: 'absent',
    outcome: { kind: 'unknown' },
    home: undefined,
    reads: [],
    tweaks,
    masks: [],
    against: undefined,
    isSame: false,
    changes: [],
    producer: undefined,
    seen: undefined,
  }
}

function standingOf(vertex: Vertex, level: Level, slot: Slot): Standing {
  const { origin, adjustments } = producerOf(vertex, level)
  if (origin?.kind === 'value' && adjustments.length === 0) return 'tweaked'
  if (slot.state > BOXED && level.graph.runs.has(vertex)) return 'running'
  if (slot.state === UNLOADED) return 'unloaded'
  if (slot.state <= BOXED) return homeOf(slot.footprint, level) === level ? 'kept' : 'shared'
  for (let at: Slot | null = slot; at !== null; at = aboveAsIs(vertex, at)) if (at.state !== EMPTY) return 'in doubt'
  return 'absent'
}

type Held = Pick<Why, 'against' | 'isSame' | 'changes' | 'producer'>

/** What the result differs from, and by what. */
function against(vertex: Vertex, level: Level, slot: Slot, standing: Standing): Held {
  const none: Held = { against: undefined, isSame: false, changes: [], producer: undefined }
  if (standing === 'in doubt') {
    const changes = pendingChanges(vertex, level)
    const own = changes.find(({ path, cause }) => path.length === 1 && cause !== undefined)
    return { ...none, changes: changes.filter((change) => change !== own), producer: own?.cause }
  }
  const now = readsIn(slot)
  if (now === null) return none
  const before = readsBefore(vertex, slot)
  const above = before === null ? aboveAsIs(vertex, slot) : null
  const then = before ?? (above === null ? null : readsIn(above))
  if (then === null) return none
  const isSame = sameStamp(then.stamp, now.stamp)
  const changes = compare(vertex, then, now)
  if (above !== null && isSame && changes.length === 0) return none
  const producer = causeOf(then.shape.producer, now.shape.producer)
  return {
    against: {
      what: before === null ? 'above' : 'before',
      outcome: outcomeOfStamp(then.stamp),
      context: contextOf(then.level),
    },
    isSame,
    changes,
    producer,
  }
}

function explained(told: Told): Why {
  const lines = linesOf(told)
  return { ...told, lines, toJSON: () => plain(told), toString: () => lines.join('\n') }
}

function linesOf(told: Told): string[] {
  const { node, context, standing, outcome, home, reads, tweaks, masks, changes, seen } = told
  const where = describeContext(context)
  const [is, was] = (outcome.kind === 'error' ? ['fails with', 'failed with'] : ['is', 'was']).map(
    (verb) => `${verb} ${describeOutcome(outcome)}`,
  )
  const lines: string[] = []
  switch (standing) {
    case 'absent':
      return [
        `${node.id} was evaluated neither in ${where} nor above it.`,
        ...tweaks.map((force) => `Tweaked: ${describeForce(force)}.`),
      ]
    case 'running':
      return [`${node.id} is being evaluated.`]
    case 'tweaked':
      return [
        `${node.id} ${is} in ${where}: tweaked in ${describeContext((tweaks[0] as Force).context)}. Its body is not asked.`,
      ]
    case 'kept':
      lines.push(`${node.id} ${is} in ${where}, which keeps it.`)
      break
    case 'shared':
      lines.push(`${node.id} ${is} in ${where}, shared with ${describeContext(home as Context)}, which keeps it.`)
      break
    case 'unloaded':
      lines.push(
        `The value of ${node.id} was unloaded from ${where}. The next read runs it again; what read it stays as it is.`,
      )
      break
    case 'in doubt':
      lines.push(
        outcome.kind === 'unknown'
          ? `${node.id} was not read in ${where} yet, and may differ there. The next read verifies it first.`
          : `${node.id} ${was} in ${where}, and may have changed. The next read verifies it first.`,
      )
  }
  for (const force of tweaks) lines.push(`Tweaked: ${describeForce(force)}.`)
  lines.push(...changeLines(told))
  if (standing === 'in doubt' && changes.length === 0 && told.producer === undefined)
    lines.push('What changed is known only once it is verified.')
  if (seen?.cutoff && !told.isSame)
    lines.push('It came out equal to the one before, so nothing that reads it ran (cut off).')
  if (seen?.hits)
    lines.push(`It was answered ${seen.hits === 1 ? 'once' : `${seen.hits} times`} without running since.`)
  const reached = masks.filter((mask) => !tweaks.some(({ tweak }) => tweak === mask.tweak))
  lines.push(...reached.slice(0, SHOWN).map(maskLine))
  if (reached.length > SHOWN) lines.push(`And ${reached.length - SHOWN} tweaks more.`)
  if (reads.length > 0) lines.push(`It read ${list([...new Set(reads.map(({ id }) => id))])}.`)
  return lines
}

function maskLine(mask: Mask): string {
  return `It reaches the tweak ${describeForce(mask)}: ${way(mask.path)}.`
}

function way(path: readonly Node[]): string {
  return shownPath(path, ({ id }) => id).join(' -> ')
}

function changeLines({ against, changes, isSame, producer, seen, standing }: Told): string[] {
  const texts = changes.map(({ node, under, isBelow, cause, before, after, path }) => {
    const through = path.length > 2 ? ` (${way(path)})` : ''
    const what = `${node.id}${under ? ` under ${String(under)}` : ''}${isBelow ? ' below its adjustments' : ''}`
    if (cause !== undefined)
      return `${cause === 'tweak' ? `the tweaks of ${what} changed` : `${what} was invalidated`}${through}`
    const [then, now] = [describeOutcome(before), describeOutcome(after)]
    return against?.what === 'above'
      ? `${what} is ${then} there and ${now} here`
      : `${what} changed from ${then} to ${now}${through}`
  })
  const causes = [...texts]
  if (producer === 'invalidated') causes.push('it was invalidated')
  if (producer === 'tweak') causes.push('its tweaks changed')
  if (standing === 'in doubt') return causes.length === 0 ? [] : [`Since then ${list(causes)}.`]
  if (against === undefined) return []
  const made =
    seen?.made === 'ran'
      ? 'it ran again'
      : seen?.made === 'verified'
        ? 'a result known from before was right again'
        : 'it was made anew'
  const then = describeOutcome(against.outcome)
  const cause = causes.length === 1 ? `, because ${causes[0]}` : ''
  const said = isSame
    ? `Before, it was the same: ${made}${cause}, and gave an equal result, so nothing that reads it had to run (cut off)`
    : against.what === 'before'
      ? `Before, it was ${then}: ${made}${cause}`
      : `In ${describeContext(against.context)} it is ${then}${cause}`
  if (causes.length < 2) return [`${said}.`]
  const rest = causes.length > SHOWN ? [`    and ${causes.length - SHOWN} changes more`] : []
  return [`${said}, because`, ...causes.slice(0, SHOWN).map((text) => `    ${text}`), ...rest]
}

const SHOWN = 8

function list(texts: readonly string[]): string {
  const shown = texts.length > 8 ? [...texts.slice(0, 7), `${texts.length - 7} more`] : texts
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

function plain({
  node,
  context,
  standing,
  outcome,
  home,
  reads,
  tweaks,
  masks,
  against,
  isSame,
  changes,
  producer,
  seen,
}: Told): unknown {
  return {
    node: node.id,
    context: context.name,
    standing,
    result: plainOutcome(outcome),
    home: home?.name,
    reads: reads.map(({ id }) => id),
    tweaks: tweaks.map(describeForce),
    masks: masks.map((mask, i) => ({
      tweak: describeForce(mask),
      path: i < SHOWN ? mask.path.map(({ id }) => id) : undefined,
    })),
    against: against && { what: against.what, context: against.context.name, result: plainOutcome(against.outcome) },
    cutoff: isSame,
    changes: changes.map(({ node: { id }, under, isBelow, cause, before, after, path }) => ({
      node: id,
      under: under && String(under),
      below: isBelow || undefined,
      cause,
      before: plainOutcome(before),
      after: plainOutcome(after),
      path: path.map((one) => one.id),
    })),
    cause: producer,
    seen,
  }
}
