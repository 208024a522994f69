/** Inputs with distributions: what simulation and global sensitivity have in common. */
import type { Context } from '../core/index.js'
import { type Distribution, type Quantile, quantileOf } from './distribution.js'
import { InvalidQuestionError } from './errors.js'
import { checkApart, type Lever, leverOf } from './lever.js'
import type { AnyTarget } from './target.js'

/**
 * Inputs with the distributions of their values; of a function with parameters, of a factor on all of its calls. Two inputs
 * are independent where nothing else is said.
 */
export type Distributions = readonly (readonly [target: AnyTarget, distribution: Distribution])[]

export interface Uncertain {
  readonly levers: readonly Lever[]
  readonly quantiles: readonly Quantile[]
}

export async function uncertain(tool: string, context: Context, given: Distributions): Promise<Uncertain> {
  if (given.length === 0) throw new InvalidQuestionError(tool, 'no inputs were given.')
  const levers = await Promise.all(given.map(([target]) => leverOf(context, target)))
  checkApart(tool, levers)
  return { levers, quantiles: await Promise.all(given.map(([, one]) => quantileOf(tool, one))) }
}

/** Throws InvalidQuestionError for what is no whole number from a least one on. */
export function checkCount(tool: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new InvalidQuestionError(tool, `${name} is ${value}; it is a whole number from ${least} on.`)
}
