/** Tweaks as they are written on the line and in books. */
import { type AnyTarget, TweakSet } from '../index.js'
import type { AskingOptions } from './command.js'
import { UsageError } from './errors.js'
import type { Model } from './model.js'
import { parseAssignment, parseChange, parseValue } from './text.js'

/** From `--tweak` and `--adjust`. */
export function tweaksOfLine(
  model: Model,
  { tweak = [], adjust = [] }: Pick<AskingOptions, 'tweak' | 'adjust'>,
): TweakSet {
  const values = tweak.map((text) => {
    const { target, value } = parseAssignment(text, '--tweak')
    return [target, parseValue(value, target)] as const
  })
  const changes = adjust.map((text) => {
    const { target, value } = parseAssignment(text, '--adjust')
    return [target, value] as const
  })
  return tweaksFrom(model, values, changes)
}

export function tweaksFrom(
  model: Model,
  values: readonly (readonly [target: string, value: unknown])[],
  changes: readonly (readonly [target: string, change: string])[],
): TweakSet {
  let set = new TweakSet()
  const once = (text: string): AnyTarget => {
    const target = model.target(text)
    if (!set.has(target)) return target
    throw new UsageError(`${text} is tweaked twice. Say it once: of one target, the last would silence the other.`)
  }
  for (const [target, value] of values) set = set.tweak(once(target), value)
  for (const [target, change] of changes) set = set.adjust(once(target), parseChange(change, target))
  return set
}
