/** What a memo refuses to do. */
import { DugoutError } from '../core/index.js'

/** A body would have to run, and the memo was told that none may. */
export class OfflineError extends DugoutError {
  constructor(node: string) {
    super(
      'DUGOUT_OFFLINE',
      `${node} would have to run, and the memo is offline. Ask explainMiss(...) why it is not found, or open it online.`,
    )
  }
}

/** An external input could not be looked at. Says nothing of the model, so nothing of it is kept. */
export class InputError extends DugoutError {
  constructor(input: string, cause: unknown) {
    super('DUGOUT_INPUT', `${input} could not be read: ${(cause as Error).message}`, { cause })
  }
}

/** An external input is no longer what the results of this graph were computed from. */
export class InputChangedError extends DugoutError {
  constructor(input: string) {
    super(
      'DUGOUT_INPUT_CHANGED',
      `${input} changed after this graph had looked at it, so its content does not go with the results that are there. ` +
        'Call revalidate(context), and ask again.',
    )
  }
}
