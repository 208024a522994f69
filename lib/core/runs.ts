/**
 * The runs in flight of a graph. A vertex knows nothing of them: most are never asynchronous, and those that are have no
 * run most of the time. A few runs are a list, which is searched; a Map that is filled and emptied again and again costs a
 * twentieth of a whole miss. Many are found by what they evaluate, and then by the level that runs or by the slot that
 * served it when the run began.
 */
import type { Level } from './level.js'
import type { Vertex } from './node.js'
import type { Slot } from './result.js'
import type { Run } from './run.js'
import { seeded } from './seeded.js'

/** So many are searched faster than they are hashed. */
const FEW = 8

type Places = Map<Level | Slot, Run>

export class Runs {
  /** How many there are. */
  size = 0
  readonly #few: Run[] = []
  /** Once there are more than a few, all of them, until none is left. */
  readonly #many = new Map<Vertex, Run | Places>()

  add(run: Run): void {
    this.size++
    if (this.#many.size === 0) {
      this.#few.push(run)
      if (this.#few.length <= FEW) return
      for (const one of this.#few) this.#list(one)
      this.#few.length = 0
    } else {
      this.#list(run)
    }
  }

  #list(run: Run): void {
    const known = this.#many.get(run.vertex)
    if (known === undefined) this.#many.set(run.vertex, run)
    else if (known instanceof Map) place(known, run)
    else this.#many.set(run.vertex, place(place(new Map(), known), run))
  }

  delete(run: Run): void {
    this.size--
    const known = this.#many.get(run.vertex)
    if (known === undefined) {
      const at = this.#few.indexOf(run)
      const last = this.#few.pop()
      if (last !== run) this.#few[at] = last as Run
      return
    }
    if (known instanceof Map) {
      if (known.get(run.level) === run) known.delete(run.level)
      if (known.get(run.requested) === run) known.delete(run.requested)
      if (known.size > 0) return
    }
    this.#many.delete(run.vertex)
  }

  /** The run of a vertex in this level, else the one that was asked for through this slot. */
  find(vertex: Vertex, level: Level, slot: Slot): Run | null {
    const known = this.#many.get(vertex)
    if (known === undefined) return search(this.#few, vertex, level, slot)
    if (!(known instanceof Map)) return search([known], vertex, level, slot)
    if (seeded.bug === 'joins a run of another context') for (const any of known.values()) return any
    return known.get(level) ?? known.get(slot) ?? null
  }

  /** Is anything in flight for this vertex? */
  has(vertex: Vertex): boolean {
    return this.#many.has(vertex) || this.#few.some((run) => run.vertex === vertex)
  }

  /** Each of them; ending one on the way is fine. */
  *[Symbol.iterator](): Generator<Run> {
    yield* [...this.#few]
    for (const known of this.#many.values()) {
      if (!(known instanceof Map)) yield known
      else for (const [key, run] of known) if (key === run.level) yield run
    }
  }
}

function place(places: Places, run: Run): Places {
  return places.set(run.level, run).set(run.requested, run)
}

function search(runs: readonly Run[], vertex: Vertex, level: Level, slot: Slot): Run | null {
  let found: Run | null = null
  for (const run of runs) {
    if (run.vertex !== vertex) continue
    if (run.level === level || seeded.bug === 'joins a run of another context') return run
    if (run.requested === slot) found = run
  }
  return found
}
