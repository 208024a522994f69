/**
 * A lever: an input that a tool moves, as a number. A node, or a function without parameters, takes the number as its
 * value. A function with parameters is moved as a whole: the number is a factor on all of its calls, 1 in the base.
 */
import { Node, scale, TweakSet } from '../core/index.js'
import { InvalidQuestionError } from './errors.js'
import { type Inquiry, numberIn } from './inquiry.js'
import { type AnyTarget, checkTarget, type Named, named } from './target.js'

export interface Lever extends Named {
  /** Its value in the given context; NaN where that is no number. */
  readonly base: number
  readonly isFactor: boolean
  /** Why the base is not known, where the model threw. */
  readonly error?: Error
}

/** A lever with its value in the context that is asked. Throws UnknownTargetError for what is no target, and AbortedError. */
export async function leverOf(inquiry: Inquiry, target: AnyTarget, name?: string): Promise<Lever> {
  checkTarget(inquiry.context, target)
  if (!(target instanceof Node) && (target as unknown as { length: number }).length > 0) {
    return { ...named(target, name), unit: '×', base: 1, isFactor: true }
  }
  const cell = await inquiry.look(target)
  const lever = { ...named(target, name), isFactor: false, base: numberIn(cell) }
  return cell.error === undefined ? lever : { ...lever, error: cell.error }
}

/** Levers at so many values: what a context below the given one is to be tweaked by. */
export function tweaksOf(levers: readonly Lever[], values: readonly number[]): TweakSet {
  let tweaks = new TweakSet()
  for (const [i, { target, isFactor }] of levers.entries()) {
    const value = values[i]
    if (value === undefined) continue
    tweaks = isFactor ? tweaks.adjust(target, scale(value)) : tweaks.tweak(target, value)
  }
  return tweaks
}

/** Throws InvalidQuestionError for levers of which two move the same thing. */
export function checkApart(tool: string, levers: readonly Lever[]): void {
  let seen = new TweakSet()
  for (const { target, name } of levers) {
    if (seen.has(target)) throw new InvalidQuestionError(tool, `${name} is given twice.`)
    seen = seen.tweak(target, 0)
  }
}
