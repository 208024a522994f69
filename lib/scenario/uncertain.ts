/** Inputs with distributions: what simulation and global sensitivity have in common. */
import { type Distribution, type Quantile, quantileOf } from './distribution.js'
import { InvalidQuestionError } from './errors.js'
import type { Inquiry } from './inquiry.js'
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

export async function uncertain(inquiry: Inquiry, given: Distributions): Promise<Uncertain> {
  const { tool } = inquiry
  if (given.length === 0) throw new InvalidQuestionError(tool, 'no inputs were given.')
  const levers = await Promise.all(given.map(([target]) => leverOf(inquiry, target)))
  checkApart(tool, levers)
  return { levers, quantiles: await Promise.all(given.map(([, one]) => quantileOf(tool, one))) }
}
