/**
 * What happens while bodies run: when each began, for which question from outside, how long its own calls took, and what
 * it noted. Who called is told by the frame that is current, or, where nothing but verification asked, by the evaluation
 * or the run that it was asked for; never by a counter, so that questions that overlap are not mixed.
 */
import { v7 } from 'uuid'
import { currentFrame, definitionOf, type Level, Run, stack, type Vertex, type Waiter } from '../core/rooms.js'
import { ByCall } from './by-call.js'

/** What was asked from outside. Most are answered at once, and never need a name. */
class Question {
  #id: string | undefined

  get id(): string {
    this.#id ??= v7()
    return this.#id
  }
}

/** A body that runs. */
export class Begun {
  readonly at = performance.now()
  readonly startedAt = new Date().toISOString()
  readonly question: Question
  readonly caller: Begun | undefined
  readonly isAsync: boolean
  readonly metadata = new Map<string, unknown>()
  readonly logs: string[] = []
  /** How many of its calls run now, since when at least one, and how long at least one did. */
  #running = 0
  #since = 0
  #called = 0

  constructor(question: Question, caller: Begun | undefined, isAsync: boolean) {
    this.question = question
    this.caller = caller
    this.isAsync = isAsync
    caller?.enter(this.at)
  }

  enter(at: number): void {
    if (this.#running++ === 0) this.#since = at
  }

  leave(at: number): void {
    if (--this.#running === 0) this.#called += at - this.#since
  }

  /** Milliseconds until now, and of these the ones in which none of its calls ran. */
  durations(): { readonly total: number; readonly own: number } {
    const now = performance.now()
    const called = this.#called + (this.#running > 0 ? now - this.#since : 0)
    return { total: now - this.at, own: Math.max(0, now - this.at - called) }
  }
}

export class Journal {
  readonly #begun = new ByCall<Begun>()
  /** What is asked from outside, or for a run: for which question. */
  readonly #asked = new ByCall<Question>()

  /** An asynchronous node is asked for; `reader` is the run that waits for it, where one does. */
  asks(vertex: Vertex, level: Level, reader: Waiter | null): void {
    const forRun = reader instanceof Run ? this.#questionOf(reader.vertex, reader.level) : undefined
    // its body has just turned out to be asynchronous, and is asked once more
    const before = this.begunOf(vertex, level)
    const turned = before?.isAsync === false ? before.question : undefined
    this.#asked.set(vertex, level, forRun ?? this.current()?.question ?? turned ?? new Question())
  }

  /** A synchronous evaluation begins. The outermost one is a question. */
  looks(vertex: Vertex, level: Level): void {
    if (stack.depth !== 1 || definitionOf(vertex).isAsync) return
    this.#asked.set(vertex, level, this.current()?.question ?? new Question())
  }

  begin(vertex: Vertex, level: Level): void {
    // what was given up, and runs again, calls no longer; what is not kept, nobody keeps who called it
    this.end(vertex, level)
    const caller = this.current()
    const { isAsync } = definitionOf(vertex)
    const question = isAsync ? this.#questionOf(vertex, level) : this.#questionBelow()
    this.#begun.set(vertex, level, new Begun(caller?.question ?? question ?? new Question(), caller, isAsync))
  }

  begunOf(vertex: Vertex, level: Level): Begun | undefined {
    return this.#begun.get(vertex, level)
  }

  end(vertex: Vertex, level: Level): void {
    const begun = this.begunOf(vertex, level)
    if (begun === undefined) return
    this.#begun.delete(vertex, level)
    begun.caller?.leave(performance.now())
  }

  /** An asynchronous node is answered, or given up. */
  answered(vertex: Vertex, level: Level): void {
    this.end(vertex, level)
    this.#asked.delete(vertex, level)
  }

  /** The body that runs now. */
  current(): Begun | undefined {
    const frame = currentFrame()
    const { vertex, level } = frame?.owner ?? frame ?? {}
    return vertex && level ? this.begunOf(vertex, level) : undefined
  }

  #questionOf(vertex: Vertex, level: Level): Question | undefined {
    return this.#asked.get(vertex, level)
  }

  /** Of the outermost evaluation of this moment. */
  #questionBelow(): Question | undefined {
    const vertex = stack.depth > 0 ? stack.vertices[0] : undefined
    const level = stack.levels[0]
    return vertex && level ? this.#questionOf(vertex, level) : undefined
  }
}
