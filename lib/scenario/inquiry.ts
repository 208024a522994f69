/**
 * One question to a context while it is being answered: who may still want it, how far it is, what it cost. Every tool asks
 * the model through an Inquiry, and so has the same manners: it leaves the given context as it was, gives the event loop
 * its turn, stops when it is told to, and keeps an error where it arose.
 */
import { AbortedError, type Context, type TweakSetLike } from '../core/index.js'
import { isPromise, Pace } from '../core/rooms.js'
import { checkCount, NotNumericError } from './errors.js'
import { type Reach, reachOf, runsFromScratch } from './reach.js'
import type { AnyTarget, Named } from './target.js'

/** How far a tool is. */
export interface Progress {
  /** The tool: `dataTable`, `simulate`, ... */
  readonly tool: string
  /** Cells answered. */
  readonly done: number
  /** Cells in all; undefined where that is not known beforehand. */
  readonly total: number | undefined
}

/** What every tool takes. */
export interface AskOptions {
  /** Aborting makes the tool reject with AbortedError. */
  readonly signal?: AbortSignal
  /** Told after each cell, at most every 50 ms, and at the end. */
  readonly onProgress?: (progress: Progress) => void
  /** How many cells of an asynchronous model are asked at once. Default 8. Answers do not depend on it. */
  readonly concurrency?: number
}

/** What a model gave for one question: a value, or the error it threw. */
export interface Cell<T = unknown> {
  readonly value?: T
  readonly error?: Error
}

/** What an answer cost, in nodes. */
export interface Cost {
  /** Bodies run for it. Counts the whole graph: what others asked of it meanwhile is among them. */
  readonly evaluated: number
  /**
   * An estimate of what recomputing each cell on its own would have run: the nodes that the outputs reach in the given
   * context, times the cells. Where the model asks what-ifs itself (R15), so that a node runs more than once for an output,
   * the outputs are run once in a graph of their own to count.
   */
  readonly fromScratch: number
  readonly cells: number
}

export class Inquiry {
  readonly context: Context
  readonly tool: string
  readonly #options: AskOptions
  /** What a read of the model is given. */
  readonly #waiting: { readonly signal?: AbortSignal }
  readonly #before: number
  total: number | undefined
  /** Cells answered. */
  done = 0
  /** Cells of which each would be a run of the model. */
  cells = 0
  isAsync = false
  readonly #pace = new Pace()
  #reach: Reach | undefined

  constructor(context: Context, tool: string, options: AskOptions, total?: number) {
    if (options.concurrency !== undefined) checkCount(tool, 'concurrency', options.concurrency, 1)
    this.context = context
    this.tool = tool
    this.total = total
    this.#options = options
    this.#waiting = options.signal === undefined ? {} : { signal: options.signal }
    this.#before = context.stats().evaluations
    this.#check()
  }

  /** Ask for outputs in a context. What the model throws stands in the cells; being aborted is thrown. */
  async ask(context: Context, outputs: readonly Named[]): Promise<Cell[]> {
    const waiting = outputs.map(({ target }) => this.#get(context, target))
    const cells: Cell[] = []
    for (const one of waiting) cells.push(one instanceof Promise ? await one : one)
    this.#check()
    this.cells++
    await this.#step()
    return cells
  }

  /** What something is in the given context. No cell of the answer. */
  async look(target: AnyTarget): Promise<Cell> {
    const cell = await this.#get(this.context, target)
    this.#check()
    return cell
  }

  #get(context: Context, target: AnyTarget): Cell | Promise<Cell> {
    try {
      const given: unknown = context.get(target, this.#waiting)
      if (!isPromise(given)) return { value: given }
      this.isAsync = true
      return Promise.resolve(given).then((value) => ({ value }), failed)
    } catch (error) {
      return failed(error)
    }
  }

  /** Ask in a context below the given one with these tweaks, and dispose it. */
  async askUnder(tweaks: TweakSetLike, outputs: readonly Named[]): Promise<Cell[]> {
    using below = this.context.fork({ tweaks })
    return await this.ask(below, outputs)
  }

  /** One output as a number under tweaks; an error where it is none. */
  async numberUnder(tweaks: TweakSetLike, output: Named): Promise<Cell<number>> {
    const [cell] = await this.askUnder(tweaks, [output])
    return numeric(output, cell as Cell)
  }

  /**
   * Do something for each of 0 to count - 1, several at once where the model is asynchronous. The answers stand in the
   * order of the indices. Known to be asynchronous is what gave a promise in an `ask` before.
   */
  async each<T>(count: number, answer: (index: number, worker: number) => Promise<T>): Promise<T[]> {
    const answers = new Array<T>(count)
    let next = 0
    const work = async (worker: number): Promise<void> => {
      try {
        while (next < count) {
          const index = next++
          answers[index] = await answer(index, worker)
        }
      } catch (error) {
        next = count
        throw error
      }
    }
    const workers = this.isAsync ? Math.min(count, this.#options.concurrency ?? 8) : 1
    const all = await Promise.allSettled(Array.from({ length: workers }, (_, worker) => work(worker)))
    // an error ends the others after what they are at, and goes out when all have come to rest: nothing runs on unseen
    for (const one of all) if (one.status === 'rejected') throw one.reason
    return answers
  }

  /** What the outputs are computed from in the given context. Asked once. */
  async reach(outputs: readonly Named[]): Promise<Reach> {
    this.#reach ??= await reachOf(this.context, outputs, this.#waiting)
    this.#check()
    return this.#reach
  }

  /** Bodies run so far. O(nodes). */
  evaluated(): number {
    return this.context.stats().evaluations - this.#before
  }

  /** To be asked at the end. */
  async cost(outputs: readonly Named[]): Promise<Cost> {
    const evaluated = this.evaluated()
    const { count, hasWhatIfs } = await this.reach(outputs)
    const once = hasWhatIfs ? await runsFromScratch(this.context, outputs, this.#waiting) : count
    this.#check()
    this.#report()
    return { evaluated, fromScratch: once * this.cells, cells: this.cells }
  }

  async #step(): Promise<void> {
    this.done++
    const turn = this.#pace.step(() => this.#report())
    if (turn !== undefined) await turn
    this.#check()
  }

  #report(): void {
    const { tool, done, total } = this
    this.#options.onProgress?.({ tool, done, total })
  }

  #check(): void {
    const { signal } = this.#options
    if (signal?.aborted) throw new AbortedError(this.tool, { cause: signal.reason })
  }
}

/** A cell of a tool that calculates: a finite number, or an error. */
export function numeric(output: Named, cell: Cell): Cell<number> {
  if (cell.error !== undefined) return { error: cell.error }
  if (typeof cell.value === 'number' && Number.isFinite(cell.value)) return { value: cell.value }
  return { error: new NotNumericError(output.name, cell.value) }
}

/** The number in a cell; NaN where there is none. */
export function numberIn(cell: Cell | undefined): number {
  return typeof cell?.value === 'number' ? cell.value : Number.NaN
}

function failed(thrown: unknown): Cell<never> {
  return { error: thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown }) }
}
