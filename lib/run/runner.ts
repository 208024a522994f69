/** A runner decides where, when and whether a body runs. It does not decide what the body gives. */
import type { Node } from '../core/index.js'
import { NotRunError } from './errors.js'

/** One run of the body of one node. */
export interface Task {
  /** What runs: its `id`, `args` and `function`. */
  readonly node: Node
  /** The code version of the function, where it is known. */
  readonly version: string | undefined
  /** May the runner take its time? Else `run` has to give the value itself, and `here` is called before it returns. */
  readonly isAsync: boolean
  /**
   * Run the body in this process, and give what it gives; what it reads is recorded as always. Again: once more.
   * @throws what the body throws; AbortedError where nobody waits for it any more; RunnerError where it is too late
   */
  here(): unknown
}

/**
 * Runs bodies. What the model is asked for by `run` itself counts as read by the body.
 *
 * @example
 * const told: Runner = {
 *   name: 'told',
 *   run: (task) => {
 *     console.log(task.node.id)
 *     return task.here()
 *   },
 * }
 */
export interface Runner {
  /** Stands in mementos. */
  readonly name: string
  /**
   * Give what `task.here()` gave, or a promise of it where the function is asynchronous; throw what it threw, or an error
   * of one's own, which is not kept.
   */
  run(task: Task): unknown
}

/** Runs bodies in this process, at once. */
export const localRunner: Runner = { name: 'local', run: (task) => task.here() }

/** Runs no body: what is kept is found, and all else is a NotRunError. */
export const nullRunner: Runner = {
  name: 'null',
  run: ({ node }) => {
    throw new NotRunError(node.id, 'null')
  },
}

const named = { local: localRunner, null: nullRunner } as const

/** A runner as configurations name it. */
export type RunnerName = keyof typeof named

export const runnerNames = Object.keys(named) as readonly RunnerName[]

/** The runner of a name, or that which is given. */
export function runnerFrom(described: RunnerName | Runner): Runner {
  return typeof described === 'string' ? named[described] : described
}

/** Is it one? */
export function isRunner(value: unknown): value is Runner {
  if (typeof value !== 'object' || value === null) return false
  const { name, run } = value as { readonly name?: unknown; readonly run?: unknown }
  return typeof name === 'string' && name !== '' && typeof run === 'function'
}
