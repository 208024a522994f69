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
