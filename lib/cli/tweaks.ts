/** Tweaks as they are written on the line and in books. */
import { TweakSet } from '../index.js'
import type { AskingOptions } from './command.js'
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
  for (const [target, value] of values) set = set.tweak(model.target(target), value)
  for (const [target, change] of changes) set = set.adjust(model.target(target), parseChange(change, target))
  return set
}
