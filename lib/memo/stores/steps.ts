/** One text for what is synchronous over synchronous stores and asynchronous over others: a generator that yields answers. */
import type { MaybePromise } from '../store.js'

export type Steps<Result> = Generator<MaybePromise<unknown>, Result, unknown>

/** `const answer = yield* answerOf(store.readBlob(hash))`: waits where it has to. */
export function* answerOf<Answer>(answer: MaybePromise<Answer>): Generator<MaybePromise<unknown>, Answer, unknown> {
  return (yield answer) as Answer
}

/** Goes through the steps: at once, or from the first promise on when each is settled. */
export function walk<Result>(steps: Steps<Result>): MaybePromise<Result> {
  const goOn = (step: () => IteratorResult<MaybePromise<unknown>, Result>): MaybePromise<Result> => {
    for (let taken = step(); ; ) {
      if (taken.done === true) return taken.value
      const answer = taken.value
      if (answer instanceof Promise) {
        return answer.then(
          (value: unknown) => goOn(() => steps.next(value)),
          (error: unknown) => goOn(() => steps.throw(error)),
        )
      }
      taken = steps.next(answer)
    }
  }
  return goOn(() => steps.next())
}
