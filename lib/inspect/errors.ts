/** What can be wrong with a question about a graph. */
import { DugoutError } from '../core/index.js'

/** Two contexts that are to be compared have no root in common. */
export class UnrelatedContextsError extends DugoutError {
  constructor(a: string, b: string) {
    super(
      'DUGOUT_UNRELATED_CONTEXTS',
      `Contexts ${a} and ${b} belong to different graphs, so they share no results to compare. Fork both from one root.`,
    )
  }
}

/** A question about a result that is not there. */
export class NotEvaluatedError extends DugoutError {
  constructor(what: string, context: string) {
    super('DUGOUT_NOT_EVALUATED', `${what} has no valid result in ${context}. Read it there first: context.get(...).`)
  }
}
