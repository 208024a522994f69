/** What is asked for, and by what name it stands in tables. */
import { type Context, Node, type Target } from '../core/index.js'
import { InvalidQuestionError } from './errors.js'

/** A tracked function or a node, of whatever type. */
export type AnyTarget = Target<never> | Target

/** One target, several, or several under names of their own. */
export type Outputs = AnyTarget | readonly AnyTarget[] | Readonly<Record<string, AnyTarget>>

/** A target under the name that it has in tables. */
export interface Named {
  readonly name: string
  readonly target: AnyTarget
  /** As the function declares it; '' where it does not. */
  readonly unit: string
}

/** `volume("EU")` for a node; `price` for a function, and for its call without arguments. */
export function labelOf(target: AnyTarget): string {
  if (!(target instanceof Node)) return (target as { name: string }).name
  return target.args.length === 0 ? target.id.replace(/\(\)$/, '') : target.id
}

export function unitOf(target: AnyTarget): string {
  const fn = target instanceof Node ? target.function : target
  return (fn as { options?: { unit?: string } }).options?.unit ?? ''
}

export function named(target: AnyTarget, name = labelOf(target)): Named {
  return { name, target, unit: unitOf(target) }
}

/** Outputs by name, checked: throws UnknownTargetError for what is no target. */
export function namedOutputs(tool: string, context: Context, outputs: Outputs): readonly Named[] {
  const list = listOf(outputs)
  if (list.length === 0) throw new InvalidQuestionError(tool, 'no outputs were given.')
  for (const { target } of list) checkTarget(context, target)
  return list
}

/** Throws UnknownTargetError for what is no target. */
export function checkTarget(context: Context, target: AnyTarget): void {
  context.has(target)
}

function listOf(outputs: Outputs): readonly Named[] {
  if (outputs instanceof Node || typeof outputs === 'function') return [named(outputs)]
  if (Array.isArray(outputs)) return (outputs as readonly AnyTarget[]).map((target) => named(target))
  return Object.entries(outputs as Readonly<Record<string, AnyTarget>>).map(([name, target]) => named(target, name))
}

/** Is the node one that a tweak of the target speaks of? */
export function isMeantBy(target: AnyTarget, node: Node): boolean {
  return target instanceof Node ? node.equals(target) : node.function === (target as unknown)
}
