/** What the command stops for. */

/** The command line, or a file that it names, is wrong. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}

/** The model threw. */
export class ModelError extends Error {
  /** The nodes that the error went through, from the one asked for. */
  readonly path: readonly string[]

  constructor(message: string, cause: unknown, path: readonly string[] = []) {
    super(message, { cause })
    this.name = 'ModelError'
    this.path = path
  }
}
