/**
 * Every error that dugout throws: a class a kind, each with a stable `code`. A message says what happened, where (the
 * node with its arguments and the chain of callers), and what to do. docs/errors.md lists exactly these.
 */

const brand = Symbol.for('dugout.error')

/** What all errors of dugout have in common. `instanceof DugoutError` holds for every one of them. */
export class DugoutError extends Error {
  /** Stable, for programs to compare. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== DugoutError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true
  }

  get [brand](): true {
    return true
  }
}

/** A tracked function was called outside every context (R31). */
export class OutsideContextError extends DugoutError {
  constructor(what: string) {
    super(
      'DUGOUT_OUTSIDE_CONTEXT',
      `${what} was called outside every context. Call it through context.get(...) or inside context.run(...); ` +
        'where a queue, an emitter or a timer calls back, wrap the callback in context.bind(...).',
    )
  }
}

/** A node needs its own value (R16). Never cached. */
export class CycleError extends DugoutError {
  /** The nodes of the cycle in the order of the calls, the first one again at the end. */
  readonly path: readonly { readonly id: string }[]

  constructor(path: readonly { readonly id: string }[]) {
    super(
      'DUGOUT_CYCLE',
      `${path[0]?.id} needs its own value: ${path.map((node) => node.id).join(' -> ')}. ` +
        'Break the cycle in the model, or tweak one of these nodes.',
    )
    this.path = path
  }
}

/** A chain of calls is longer than the stack (R33). Never cached. */
export class DepthError extends DugoutError {
  /** How many tracked calls were open. */
  readonly depth: number

  constructor(first: string, last: string, depth: number, isAsync: boolean, options?: ErrorOptions) {
    super(
      'DUGOUT_DEPTH',
      `A chain of ${depth} nested calls, from ${first} to ${last}, is ` +
        (isAsync
          ? 'so long that it may have no end. Where it has one, read it from its beginning, so that every call finds the ' +
            'one before it.'
          : 'longer than the stack. Give node a larger one (node --stack-size=...), read the chain from its beginning so ' +
            'that every call finds the one before it, or run the model in a worker with its own stack ' +
            '(resourceLimits.stackSizeMb).'),
      options,
    )
    this.depth = depth
  }
}

/** The inputs of an asynchronous evaluation kept changing under it (R21). Never cached. */
export class SupersededError extends DugoutError {
  constructor(what: string, times: number) {
    super(
      'DUGOUT_SUPERSEDED',
      `${what} was run ${times} times, and each time something that it had read changed before it was done. ` +
        'Change its inputs less often while it runs, or make several changes in one context.batch(...).',
    )
  }
}

/** A tracked call by an asynchronous body whose result is already out (R23). */
export class LateDependencyError extends DugoutError {
  constructor(what: string, caller: string) {
    super(
      'DUGOUT_LATE_DEPENDENCY',
      `${what} was called by ${caller} after the result of ${caller} was out, so it could not be recorded as a ` +
        'dependency. Await everything that the body starts before it returns.',
    )
  }
}

/** Nobody waits any more for this evaluation (R22). Never cached. */
export class AbortedError extends DugoutError {
  constructor(what: string, options?: ErrorOptions) {
    super('DUGOUT_ABORTED', `${what} was aborted: nobody waits for it any more. Ask for it again to run it.`, options)
  }
}

/** A context was used after its disposal (R27). */
export class DisposedError extends DugoutError {
  constructor(what: string) {
    super('DUGOUT_DISPOSED', `${what} is disposed. Fork a new context from one that is not.`)
  }
}

/** A body changed the context that it runs in, or one above it (R14). */
export class TweakInsideError extends DugoutError {
  constructor(operation: string, context: string, chain: string) {
    super(
      'DUGOUT_TWEAK_INSIDE',
      `${operation} on context ${context} from inside a body that runs in it or below it (${chain}). Change contexts ` +
        'from outside, or ask what-if inside the body: Context.current().with(tweaks).get(...).',
    )
  }
}

/** A context made by `with` was changed (R15). */
export class FrozenContextError extends DugoutError {
  constructor(operation: string, context: string) {
    super(
      'DUGOUT_FROZEN_CONTEXT',
      `${operation} on context ${context}, which was made by with(...) and is shared by all who ask for the same ` +
        'tweaks. Call with(...) with the tweaks that you want, or fork it.',
    )
  }
}

/** A body read a context that is neither its own nor below it (R15). */
export class ForeignContextError extends DugoutError {
  constructor(context: string, own: string, chain: string) {
    super(
      'DUGOUT_FOREIGN_CONTEXT',
      `A body that runs in context ${own} (${chain}) read context ${context}, which is not below it. Its result would ` +
        'depend on what it cannot see. Start from Context.current(): .fork(...) or .with(...).',
    )
  }
}

/** An argument is a plain object or an array that contains itself (R1). Also a TypeError. */
export class CyclicArgumentError extends TypeError {
  readonly code = 'DUGOUT_CYCLIC_ARGUMENT'

  constructor(what: string) {
    super(
      `An argument of ${what} contains itself, so it has no canonical form. Pass the parts that matter, or an ` +
        'instance of a class, which counts by identity.',
    )
    this.name = 'CyclicArgumentError'
  }

  get [brand](): true {
    return true
  }
}

/** A promise where a value is due. */
export class PromiseTweakError extends DugoutError {
  constructor(what: string) {
    super(
      'DUGOUT_PROMISE_TWEAK',
      `The tweak of ${what} is a promise. Tweak with what it resolves to (await it first); callers of an ` +
        'asynchronous function still get a promise.',
    )
  }
}

/** Something that is neither a node nor a tracked function where one is due. */
export class UnknownTargetError extends DugoutError {
  constructor(what: string) {
    super('DUGOUT_UNKNOWN_TARGET', `${what} is not a target. Give a tracked function, or a node: fn.at(...arguments).`)
  }
}

/** What was given to `tracked` cannot be tracked. */
export class InvalidFunctionError extends DugoutError {
  constructor(what: string, why: string) {
    super('DUGOUT_INVALID_FUNCTION', `${what} cannot be tracked: ${why}`)
  }
}

/** Two functions of one model have one name where names have to be told apart. */
export class DuplicateNameError extends DugoutError {
  constructor(name: string, places: readonly string[]) {
    super(
      'DUGOUT_DUPLICATE_NAME',
      `Two functions of the model are called ${name} (${places.join(' and ')}). Name one of them: ` +
        'tracked("another name", fn).',
    )
  }
}

/** A tweak that cannot be written down, or text that is not a tweak. */
export class NotSerialisableError extends DugoutError {
  constructor(what: string, why: string) {
    super('DUGOUT_NOT_SERIALISABLE', `${what} cannot be written down: ${why}`)
  }
}

/** A package that only this needs is not installed. */
export class MissingPackageError extends DugoutError {
  constructor(what: string, packages: readonly string[], options?: ErrorOptions) {
    super(
      'DUGOUT_MISSING_PACKAGE',
      `${what} needs ${packages.join(' and ')}, not installed here: npm install ${packages.join(' ')}`,
      options,
    )
  }
}
