/**
 * What-if inside a body (R15). `with` interns a context's children by their tweaks: equal sets over one parent are one
 * level. A read there is a node of its own, "this node under these tweaks", so that it has dependents, a stamp and a home
 * like any other, and verifying it again finds the same child and its results.
 */

import { BySet } from './by-set.js'
import { applyTweak, disposeLevel } from './change.js'
import { stack } from './frame.js'
import type { Graph } from './graph.js'
import { isWithin, Level } from './level.js'
import { Definition, definitionFrom, definitionOf, extraOf, hiddenVertex, Node, tableOf, type Vertex } from './node.js'
import type { TweakSet } from './tweak.js'

/** How many children are looked at for one that can be dropped. */
const LOOKED = 4

/** How many interned children a level keeps for what-ifs inside bodies; the ones used longest ago come back empty. */
const MOST = 256

/** The one child of a level with exactly these tweaks. */
export function twinOf(level: Level, tweaks: TweakSet): Level {
  level.twins ??= new Twins()
  const known = level.twins.get(tweaks)
  if (known !== undefined) return known
  const twin = new Level(level.graph, level, '', false, true)
  applySet(twin, tweaks)
  twin.tweakSet = tweaks
  level.twins.add(tweaks, twin)
  if (level.twins.size > MOST) level.twins.dropOldest()
  return twin
}

/** Apply a set to a level that has no tweaks yet. */
export function applySet(level: Level, tweaks: TweakSet): void {
  for (const [key, tweak] of tweaks) applyTweak(level, tweakKey(level.graph, key), tweak)
}

/** A target in a graph: a vertex, or a definition for all of its calls. */
export function tweakKey(graph: Graph, key: unknown): Vertex | Definition {
  return key instanceof Node ? Node.vertex(key, graph) : (definitionFrom(key) as Definition)
}

/** The interned children of a level, in the order of their last use. */
export class Twins {
  readonly #levels = new BySet<Level>()
  readonly #order = new Set<Level>()

  get size(): number {
    return this.#order.size
  }

  get(tweaks: TweakSet): Level | undefined {
    const found = this.#levels.get(tweaks)
    if (found === undefined) return undefined
    this.#order.delete(found)
    this.#order.add(found)
    return found
  }

  add(tweaks: TweakSet, level: Level): void {
    this.#levels.set(tweaks, level)
    this.#order.add(level)
  }

  delete(level: Level): void {
    if (this.#order.delete(level) && level.tweakSet !== null) this.#levels.delete(level.tweakSet)
  }

  /** The children that no user holds and nothing runs in. */
  unheld(): Level[] {
    return [...this.#order].filter((level) => level.handle?.deref() === undefined && !isBusy(level))
  }

  /** Drop a child used long ago that no user holds and nothing runs in. */
  dropOldest(): void {
    let looked = 0
    for (const level of this.#order) {
      if (++looked > LOOKED || looked > this.#order.size - 1) return
      if (level.handle?.deref() !== undefined || isBusy(level)) {
        // held: look at it again when it has not been used for as long once more
        this.#order.delete(level)
        this.#order.add(level)
        continue
      }
      disposeLevel(level)
      return
    }
  }
}

/** The node "target under these tweaks". */
export function whatIfOf(target: Vertex, tweaks: TweakSet): Vertex {
  const extra = extraOf(target)
  const known = extra.whatIfs?.get(tweaks)
  if (known !== undefined) return known
  const definition = definitionOf(target)
  definition.whatIf ??= new Definition(definition.name, definition.body, { async: definition.isAsync }, false, true)
  definition.whatIf.isAsync = definition.isAsync
  const vertex = hiddenVertex(
    tableOf(definition.whatIf, (target.table as NonNullable<Vertex['table']>).graph),
    target.args,
  )
  extraOf(vertex).whatIf = { target, tweaks }
  extra.whatIfs ??= new BySet()
  extra.whatIfs.set(tweaks, vertex)
  return vertex
}

/** Is anything evaluated at this moment in this level or below it? */
function isBusy(level: Level): boolean {
  for (let i = 0; i < stack.depth; i++) if (isWithin(stack.levels[i] as Level, level)) return true
  for (const run of level.graph.runs) if (isWithin(run.level, level)) return true
  return false
}
