/** What goes wrong where bodies run. It says nothing of the model, so nothing of it is kept (R17). */
import { DugoutError } from '../core/index.js'

/** A body would have to run, and its runner runs none. */
export class NotRunError extends DugoutError {
  constructor(node: string, runner: string) {
    super(
      'DUGOUT_NOT_RUN',
      `${node} would have to run, and the runner ${runner} runs no body. Ask explainMiss(...) why it is not found, call it ` +
        'with forceLocal, or give its cluster another runner.',
    )
  }
}

/** A runner failed, or did not do what a runner has to do. `cause`: what it threw. */
export class RunnerError extends DugoutError {
  constructor(node: string, runner: string, what: string, options?: ErrorOptions) {
    super('DUGOUT_RUNNER', `The runner ${runner} of ${node} ${what}`, options)
  }
}
