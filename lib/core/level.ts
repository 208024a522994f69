/**
 * A level is what a context is inside: its place in the stack, its tweaks, and the list of the vertices for which it
 * holds a slot. Users hold a Context; vertices and children hold levels, so a context that everybody has forgotten can
 * be collected, and its FinalizationRegistry gives the level back.
 */
import type { Context } from './context.js'
import type { Graph } from './graph.js'
import type { Definition, Vertex } from './node.js'
import type { Tweak, TweakSet } from './tweak.js'
import type { Twins } from './twin.js'

/** The deepest bit of a footprint: "this level or deeper". Results with it are not hoisted. */
export const DEEPEST_BIT = 30

export class Level {
  readonly graph: Graph
  readonly parent: Level | null
  readonly depth: number
  /** This level in a footprint. The root has none: what depends on the root alone belongs to it anyway. */
  readonly bit: number
  /** Nothing found here is homed above this depth (R32). */
  readonly floor: number
  /** Made by `with`: shared, so it cannot be tweaked. */
  readonly frozen: boolean
  readonly name: string
  children: Set<Level> | null = null
  /** The vertices for which this level holds, or held, a slot. Also the list that disposal walks. */
  held: Vertex[] = []
  /** How many of them are gone since the list was last compacted. */
  gone = 0
  tweaks: Map<Vertex | Definition, Tweak> | null = null
  /** The graph's serial number when it last changed: a tweak, an invalidation. */
  changed = 0
  /** The tweaks as a set, once asked for; null after a change. */
  tweakSet: TweakSet | null = null
  /** The interned children (R15). */
  twins: Twins | null = null
  /**
   * What-if reads that should have a slot here, and so should what reads them, and have none. A body that asks a
   * thousand what-ifs makes a thousand interned levels, and hardly ever is one of them asked for that body itself: to
   * mask it and its thousand reads in each would be a million slots. Made when somebody comes by (slots.ts).
   */
  deferred: Set<Vertex> | null = null
  /** The vertices invalidated here. */
  tokened: Set<Vertex> | null = null
  /** The what-if reads that were answered here: told when this level is dropped. */
  readers: Set<Vertex> | null = null
  /** Who waits here for runs of other contexts: to be told when this one goes. */
  waits: Set<() => void> | null = null
  /** Its context, at first by itself, then weakly; and its place among those that are held by themselves (handle.ts). */
  handle: Context | WeakRef<Context> | null = null
  young = -1
  disposed = false

  constructor(graph: Graph, parent: Level | null, name: string, isolate: boolean, frozen: boolean) {
    this.graph = graph
    this.parent = parent
    this.depth = parent === null ? 0 : parent.depth + 1
    this.bit = this.depth === 0 ? 0 : 1 << Math.min(this.depth, DEEPEST_BIT)
    this.floor = isolate ? this.depth : parent === null ? 0 : parent.floor
    this.frozen = frozen
    this.name = name
    if (parent !== null) {
      parent.children ??= new Set()
      parent.children.add(this)
    }
  }
}

/** Is `level` the other level, or below it? */
export function isWithin(level: Level, ancestor: Level): boolean {
  let at: Level | null = level
  while (at !== null && at.depth > ancestor.depth) at = at.parent
  return at === ancestor
}

/** Where a result found in `level` with this footprint belongs: the deepest level of the footprint (R2). */
export function homeOf(footprint: number, level: Level): Level {
  const deepest = footprint === 0 ? 0 : 31 - Math.clz32(footprint)
  if (deepest >= DEEPEST_BIT) return level
  const depth = deepest > level.floor ? deepest : level.floor
  let home = level
  while (home.depth > depth && home.parent !== null) home = home.parent
  return home
}

/** The levels from one down to another that is at or below it. */
export function levelsBetween(from: Level, to: Level): Level[] {
  const path = [to]
  for (let at = to; at !== from; at = at.parent as Level) path.push(at.parent as Level)
  return path.reverse()
}

/** What a reader in `level` depends on, of a footprint found below it: the inner contexts' bits go (R15). */
export function leave(footprint: number, level: Level): number {
  return level.depth >= DEEPEST_BIT ? footprint : footprint & (level.bit === 0 ? 0 : (level.bit << 1) - 1)
}

/** How a level is called in messages. */
export function labelOf(level: Level): string {
  if (level.name !== '') return JSON.stringify(level.name)
  if (level.frozen && level.tweakSet !== null) return `with ${level.tweakSet}`
  return level.parent === null ? 'without a name' : `without a name, at depth ${level.depth}`
}

/** A level and all below it, each after those below it. Not by recursion: contexts nest as deep as one likes. */
export function* bottomUp(level: Level): Generator<Level> {
  const order: Level[] = [level]
  for (let i = 0; i < order.length; i++) for (const child of (order[i] as Level).children ?? []) order.push(child)
  for (let i = order.length - 1; i >= 0; i--) yield order[i] as Level
}
