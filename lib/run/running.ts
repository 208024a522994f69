/**
 * One body, run by a runner.
 *
 *  - What comes out is what the body gave or threw. What a runner makes up would be kept under a key that says nothing of
 *    runners, so it is refused; what it throws of its own is a RunnerError, which is not kept (R17).
 *  - Wherever and whenever a runner calls `here`, the body runs in its own frame: what it reads is its own (R19). The frame
 *    of a synchronous body is there only until `run` returns.
 */
import { AsyncResource } from 'node:async_hooks'
import { DugoutError, type Node } from '../core/index.js'
import { type Around, type Frame, isPromise, type Level, nodeOf, stack, type Vertex } from '../core/rooms.js'
import { RunnerError } from './errors.js'
import { localRunner, type Runner, type Task } from './runner.js'

/** Has every body run by the runner that `pick` gives for it. What a tweak puts in place of a body, or on top, runs here. */
export function aroundBy(
  pick: (vertex: Vertex, level: Level) => Runner,
  versionOf: (vertex: Vertex) => string | undefined,
): Around {
  return (vertex, level, { origin, adjustments }, make) => {
    if (origin !== null || adjustments.length > 0) return make()
    const runner = pick(vertex, level)
    if (runner === localRunner) return make()
    const running = new Running(runner, nodeOf(vertex), versionOf(vertex), make)
    return running.isAsync ? running.later() : running.atOnce()
  }
}

class Running implements Task {
  readonly node: Node
  readonly version: string | undefined
  readonly isAsync: boolean
  readonly #runner: Runner
  readonly #make: () => unknown
  /** The body's. */
  readonly #frame: Frame
  /** Runs the body as if from where it was asked for. */
  readonly #bound: (() => unknown) | undefined
  /** What the body gave, and what it threw: once, unless the runner asked again. */
  readonly #given: unknown[] = []
  readonly #thrown: unknown[] = []
  #isOver = false

  constructor(runner: Runner, node: Node, version: string | undefined, make: () => unknown) {
    this.node = node
    this.version = version
    this.#runner = runner
    this.#make = make
    this.#frame = stack.frame as Frame
    this.isAsync = this.#frame.run !== null
    if (this.isAsync) this.#bound = AsyncResource.bind(() => this.#body())
  }

  here(): unknown {
    if (this.#isOver) throw this.#misused('called here() after its run was over. Await what here() gives.')
    if (stack.frame === this.#frame) return this.#body()
    if (this.#bound === undefined)
      throw this.#misused('called here() inside another body. A synchronous function runs where it is asked for.')
    // not in the middle of another body: what is evaluated there would look like callers of this one
    return Promise.resolve().then(this.#bound)
  }

  #body(): unknown {
    const { closed } = this.#frame
    // nobody wants it any more
    if (closed !== null) throw closed(this.node.id)
    let value: unknown
    try {
      value = this.#make()
    } catch (error) {
      this.#thrown.push(error)
      throw error
    }
    this.#given.push(value)
    if (isPromise(value))
      value.then(
        (result) => this.#given.push(result),
        (error) => this.#thrown.push(error),
      )
    return value
  }

  atOnce(): unknown {
    try {
      const value = this.#runner.run(this)
      if (!isPromise(value) || this.#given.some(isPromise)) return this.#checked(value)
      value.then(undefined, () => undefined)
      throw this.#misused(
        'gave a promise, and the function is synchronous. Give what here() gives, or say `async: true` of a function that returns promises.',
      )
    } catch (error) {
      throw this.#failure(error)
    } finally {
      this.#isOver = true
    }
  }

  async later(): Promise<unknown> {
    try {
      return this.#checked(await this.#runner.run(this))
    } catch (error) {
      throw this.#failure(error)
    } finally {
      this.#isOver = true
    }
  }

  #checked(value: unknown): unknown {
    // a promise of what the body promised: the function turns out to be asynchronous, and is asked once more
    if (isPromise(value) || this.#given.includes(value)) return value
    throw this.#misused(
      this.#given.length === 0 && this.#thrown.length === 0
        ? 'did not run it, and threw no error. Give what here() gives, or throw.'
        : 'gave something else than its body. Give what here() gives.',
    )
  }

  #failure(error: unknown): unknown {
    if (this.#thrown.includes(error) || error instanceof DugoutError) return error
    return this.#misused(`failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }

  #misused(what: string, options?: ErrorOptions): RunnerError {
    return new RunnerError(this.node.id, this.#runner.name, what, options)
  }
}
