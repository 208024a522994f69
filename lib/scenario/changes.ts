/**
 * What two contexts of one graph say differently. Every tweak on the way from their nearest common ancestor to one of both
 * belongs to a change; a function and nodes of it belong to one change, since the one shows where the other does not. Any
 * choice of changes can be opened as a context: nested like the originals, so that adjustments compose and inner tweaks win
 * as they do there.
 */
import { type Context, Node, type TweakSet, TweakSet as Tweaks } from '../core/index.js'
import { InvalidQuestionError } from './errors.js'
import { type AnyTarget, labelOf } from './target.js'

export interface Change {
  readonly name: string
  readonly targets: readonly AnyTarget[]
  readonly before: string
  readonly after: string
}

export interface Difference {
  readonly changes: readonly Change[]
  /** A context in which these changes are made, and the others are not; disposing gives back all of it. */
  open(made: ReadonlySet<number>): Disposable & { readonly context: Context }
}

type Entry = readonly [key: AnyTarget, tweak: ReturnType<TweakSet['get']> & object]

/** Throws InvalidQuestionError for contexts of two graphs. */
export function changesBetween(tool: string, from: Context, to: Context): Difference {
  const ancestor = commonAncestor(from, to)
  if (ancestor === undefined) {
    throw new InvalidQuestionError(tool, 'the contexts are of two graphs: fork both from one root.')
  }
  const [before, after] = [levelsBelow(ancestor, from), levelsBelow(ancestor, to)]
  const groups = groupsOf([...before, ...after].flat())
  const said = (levels: readonly Entry[][], group: readonly AnyTarget[]): string =>
    levels
      .flat()
      .filter(([key]) => group.some((one) => sameTarget(one, key)))
      .map(([key, tweak]) => (group.length > 1 ? `${labelOf(key)}: ${tweak}` : String(tweak)))
      .join(', then ')
  const changed = groups
    .map((targets) => ({ targets, name: nameOf(targets), before: said(before, targets), after: said(after, targets) }))
    .filter(({ targets }) => !isSameSaying(before, after, targets))
  const groupOf = (key: AnyTarget): number =>
    changed.findIndex(({ targets }) => targets.some((one) => sameTarget(one, key)))
  return {
    changes: changed,
    open(made) {
      const opened: Context[] = []
      let context = ancestor.fork()
      opened.push(context)
      // what is not changed is said by both, and taken from the first
      for (const [levels, isAfter] of [
        [before, false],
        [after, true],
      ] as const) {
        for (const level of levels) {
          const entries = level.filter(([key]) => {
            const group = groupOf(key)
            return group < 0 ? !isAfter : made.has(group) === isAfter
          })
          if (entries.length === 0) continue
          context = context.fork({
            tweaks: entries.reduce((set, [key, tweak]) => set.with(key as never, tweak), new Tweaks()),
          })
        }
      }
      return { context, [Symbol.dispose]: () => opened[0]?.dispose() }
    },
  }
}

function commonAncestor(one: Context, other: Context): Context | undefined {
  const above = new Set<Context>()
  for (let at: Context | undefined = one; at !== undefined; at = at.parent) above.add(at)
  for (let at: Context | undefined = other; at !== undefined; at = at.parent) if (above.has(at)) return at
  return undefined
}

/** The tweaks of the contexts from just below an ancestor down to one. */
function levelsBelow(ancestor: Context, context: Context): Entry[][] {
  const levels: Entry[][] = []
  for (let at: Context | undefined = context; at !== undefined && at !== ancestor; at = at.parent) {
    levels.unshift([...at.tweaks] as unknown as Entry[])
  }
  return levels
}

/** Targets, nodes together with their function where that is tweaked as a whole. */
function groupsOf(entries: readonly Entry[]): AnyTarget[][] {
  const whole = new Set<unknown>(entries.map(([key]) => key).filter((key) => !(key instanceof Node)))
  const groups: AnyTarget[][] = []
  for (const [key] of entries) {
    const fn: unknown = key instanceof Node ? key.function : key
    const group = groups.find(([first]) =>
      whole.has(fn)
        ? first instanceof Node
          ? first.function === fn
          : first === fn
        : sameTarget(first as AnyTarget, key),
    )
    if (group === undefined) groups.push([key])
    else if (!group.some((one) => sameTarget(one, key))) group.push(key)
  }
  return groups
}

function nameOf(targets: readonly AnyTarget[]): string {
  return labelOf(targets.find((target) => !(target instanceof Node)) ?? (targets[0] as AnyTarget))
}

function sameTarget(one: AnyTarget, other: AnyTarget): boolean {
  return one instanceof Node ? one.equals(other) : one === other
}

/** Do both say the same of these targets, level by level? */
function isSameSaying(before: readonly Entry[][], after: readonly Entry[][], targets: readonly AnyTarget[]): boolean {
  const sets = [before, after].map((levels) =>
    levels
      .map((level) => level.filter(([key]) => targets.some((one) => sameTarget(one, key))))
      .filter((level) => level.length > 0)
      .map((level) => level.reduce((set, [key, tweak]) => set.with(key as never, tweak), new Tweaks())),
  )
  const [one = [], other = []] = sets
  return one.length === other.length && one.every((set, i) => set.equals(other[i]))
}
