/** Which tweaks a node is under: those on itself, and those that it reaches by what it reads. */
import {
  type AnyFunction,
  aboveAsIs,
  type Context,
  contextOf,
  type Definition,
  definitionOf,
  handleOf,
  isComputed,
  type Level,
  type Node,
  nodeOf,
  type Shape,
  type Slot,
  servingAsIs,
  type Tracked,
  type Tweak,
  type Vertex,
} from '../core/rooms.js'

/** A tweak where it stands. */
export interface Force {
  readonly tweak: Tweak
  /** The node, or the function of which all calls are tweaked. */
  readonly target: Node | Tracked<AnyFunction>
  readonly context: Context
}

/** A tweak, and the shortest way to it by what was read. */
export interface Mask extends Force {
  /** From the node to the one that is tweaked, both included. Made when it is asked for: many ways may be long. */
  readonly path: readonly Node[]
}

/** The tweaks in force on a vertex itself, the innermost context's first (R13). */
export function forcesAt(vertex: Vertex, level: Level): Force[] {
  const definition = definitionOf(vertex)
  return definition.isHidden ? [] : forcesOn(definition, level, vertex)
}

/** The same of a function, for a call that the graph does not know where none is given. */
export function forcesOn(definition: Definition, level: Level, vertex?: Vertex): Force[] {
  const forces: Force[] = []
  for (let at: Level | null = level; at !== null; at = at.parent) {
    const own = vertex && at.tweaks?.get(vertex)
    const tweak = own ?? at.tweaks?.get(definition)
    if (tweak === undefined) continue
    const target = own === undefined ? (definition.wrapper as Tracked<AnyFunction>) : nodeOf(vertex as Vertex)
    forces.push({ tweak, target, context: contextOf(at) })
    if (tweak.kind !== 'adjust') break
  }
  return forces
}

/** What a vertex read: here, or above where it was not evaluated here. */
export function shapeAt(vertex: Vertex, level: Level): Shape | null {
  for (let at: Slot | null = servingAsIs(vertex, level); at !== null; at = aboveAsIs(vertex, at)) {
    if (isComputed(at.shape)) return at.shape
  }
  return null
}

/** A vertex as a level sees it; what-ifs inside bodies lead into levels below (R15). */
export interface Place {
  readonly vertex: Vertex
  readonly level: Level
}

/** Where the reads of a place are: what stands for another vertex is that vertex, in the level that it is read in. */
export function placeOf(read: Vertex, level: Level): Place {
  const whatIf = read.extra?.whatIf
  if (!whatIf) return { vertex: read, level }
  return { vertex: whatIf.target, level: level.twins?.get(whatIf.tweaks) ?? level }
}

/** The same vertex in the same level is visited once. */
export class Places<T> {
  readonly #all = new Map<Vertex, Map<Level, T>>()

  get({ vertex, level }: Place): T | undefined {
    return this.#all.get(vertex)?.get(level)
  }

  set({ vertex, level }: Place, value: T): void {
    const levels = this.#all.get(vertex)
    if (levels === undefined) this.#all.set(vertex, new Map([[level, value]]))
    else levels.set(level, value)
  }
}

/** The tweaks of a level and of those above it that a vertex reaches, each by its shortest way; the nearest first. */
export function masksAt(vertex: Vertex, level: Level): Mask[] {
  const masks: Mask[] = []
  const found = new Set<Tweak>()
  const start: Place = { vertex, level }
  const from = new Places<Place | null>()
  from.set(start, null)
  const queue = [start]
  for (const place of queue) {
    for (const force of forcesAt(place.vertex, place.level)) {
      if (found.has(force.tweak) || !isInChain(force, level)) continue
      found.add(force.tweak)
      masks.push({
        ...force,
        get path() {
          return pathTo(place, from)
        },
      })
    }
    for (const read of shapeAt(place.vertex, place.level) ?? []) {
      const next = placeOf(read, place.level)
      if (from.get(next) !== undefined) continue
      from.set(next, place)
      queue.push(next)
    }
  }
  return masks
}

/** Not a tweak of a what-if inside a body: that is the body's own. */
function isInChain(force: Force, level: Level): boolean {
  for (let at: Level | null = level; at !== null; at = at.parent) if (handleOf(at) === force.context) return true
  return false
}

/** The nodes on the way, what stands for one node once. */
export function pathTo(place: Place, from: Places<Place | null>): Node[] {
  const path: Node[] = []
  for (let at: Place | null | undefined = place; at; at = from.get(at)) {
    const node = nodeOf(at.vertex)
    if (path.at(-1)?.equals(node) !== true) path.push(node)
  }
  return path.reverse()
}

const SHOWN = 7

/** The steps of a way as they are shown: a long one by its two ends. */
export function shownPath<T>(path: readonly T[], text: (step: T) => string): string[] {
  if (path.length <= SHOWN) return path.map(text)
  return [...path.slice(0, 3).map(text), `${path.length - 6} more`, ...path.slice(-3).map(text)]
}

/** A tweak as text: `price = 90 in "cheaper"`, `damageFraction adjusted by scale(2) in "doubled"`. */
export function describeForce({ tweak, target, context }: Force): string {
  const what = 'id' in target ? target.id : target.name
  const text = String(tweak)
  const how =
    tweak.kind === 'value' ? `= ${text}` : text.replace(/^adjust /, 'adjusted by ').replace(/^replace /, 'replaced by ')
  return `${what} ${how} in ${describeContext(context)}`
}

/** A context as text: its name, or where it stands. */
export function describeContext(context: Context): string {
  if (context.name !== '') return JSON.stringify(context.name)
  return context.parent === undefined ? 'the root' : `the context at depth ${context.depth}`
}
