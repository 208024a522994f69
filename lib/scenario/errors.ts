/** What can be wrong with a question. What goes wrong in a model is part of the answer, and stands in its cell. */
import { DugoutError } from '../core/index.js'

/** A tool was asked something that has no answer: an axis without values, bounds the wrong way round. */
export class InvalidQuestionError extends DugoutError {
  constructor(tool: string, what: string) {
    super('DUGOUT_INVALID_QUESTION', `${tool}: ${what}`)
  }
}

/** Throws InvalidQuestionError for what is no whole number from a least one on. */
export function checkCount(tool: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new InvalidQuestionError(tool, `${name} is ${value}; it is a whole number from ${least} on.`)
}

/** A tool that calculates with an output was given something else than a finite number. */
export class NotNumericError extends DugoutError {
  readonly value: unknown

  constructor(output: string, value: unknown) {
    const text = typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value
    super(
      'DUGOUT_NOT_NUMERIC',
      `${output} is ${text}, and a finite number is needed here. Ask for a node that gives one.`,
    )
    this.value = value
  }
}
