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

/** A store has no memento of this id, or several that begin with it. */
export class UnknownMementoError extends DugoutError {
  constructor(store: string, id: string, count: number) {
    const what = count === 0 ? `no memento ${JSON.stringify(id)}` : `${count} mementos whose id begins with ${id}`
    super('DUGOUT_UNKNOWN_MEMENTO', `${store} has ${what}. list() and dugout store ls give those that there are.`)
  }
}

/** A file is no export of a store, or was cut or changed. Nothing was imported. */
export class DamagedExportError extends DugoutError {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super('DUGOUT_DAMAGED_EXPORT', `${file} cannot be imported: ${why}. The store is as it was.`, options)
  }
}

/** A configuration cannot be used. */
export class ConfigurationError extends DugoutError {
  constructor(file: string, problems: readonly string[], options?: ErrorOptions) {
    const told = problems.length === 1 ? ` ${problems[0]}` : problems.map((problem) => `\n  ${problem}`).join('')
    super('DUGOUT_CONFIGURATION', `${file}:${told}`, options)
  }
}
