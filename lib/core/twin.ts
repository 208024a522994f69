/**
 * What-if inside a body (R15). `with` interns a context's children by their tweaks: equal sets over one parent are one
 * level. A read there is a node of its own, "this node under these tweaks", so that it has dependents, a stamp and a home
 * like any other, and verifying it again finds the same child and its results.
 */

import { BySet } from './by-set.js'
import { applyTweak, disposeLevel } from './change.js'
import type { Graph } from './graph.js'
import { handleOf } from './handle.js'
import { isWithin, Level } from './level.js'
import { Definition, definitionFrom, definitionOf, extraOf, hiddenVertex, Node, tableOf, type Vertex } from './node.js'
import type { TweakSet } from './tweak.js'

/**
 * How many interned children a level keeps that no result rests on. What a result rests on stays with it: a body that asks
 * a thousand what-ifs would else never be found to be right. The others come back empty.
 */
export const limits = { twins: 256 }

/** The one child of a level with exactly these tweaks. */
export function twinOf(level: Level, tweaks: TweakSet): Level {
  level.twins ??= new Twins()
  const known = level.twins.get(tweaks)
  if (known !== undefined) return known
  const twin = new Level(level.graph, level, '', false, true)
  applySet(twin, tweaks)
  twin.tweakSet = tweaks
  level.twins.add(tweaks, twin)
  if (level.twins.isCrowded()) {
    level.graph.crowded ??= new Set()
    level.graph.crowded.add(level)
    thinOut(level.graph, twin)
  }
  return twin
}

/** Drop interned children that nobody needs, unless something runs: what it has read rests on nothing yet. */
export function thinOut(graph: Graph, made: Level | null): void {
  const { crowded } = graph
  if (crowded === null || !graph.isAtRest) return
  graph.crowded = null
  for (const level of crowded) level.twins?.thinOut(made)
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
  #limit = limits.twins

  isCrowded(): boolean {
    return this.#order.size > this.#limit
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
    return [...this.#order].filter((level) => handleOf(level) === undefined && !isBusy(level))
  }

  /** Half of the limit goes, those used longest ago first; the next time is when there are twice as many as are left. */
  thinOut(made: Level | null): void {
    for (const level of this.#order) {
      if (this.#order.size <= limits.twins / 2) break
      if (level !== made && !isNeeded(level)) disposeLevel(level)
    }
    this.#limit = Math.max(limits.twins, 2 * this.#order.size)
  }
}

/** Does a user hold this interned child, or does a result rest on what was asked there? */
function isNeeded(level: Level): boolean {
  if (handleOf(level) !== undefined) return true
  for (const { dependents } of level.readers ?? []) if (dependents !== null) return true
  return false
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

/** Does an asynchronous evaluation run in this level or below it? */
function isBusy(level: Level): boolean {
  for (const run of level.graph.runs) if (isWithin(run.level, level)) return true
  return false
}
