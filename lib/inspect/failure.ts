/** Which nodes an error went through. */

import {
  Box,
  Context,
  isComputed,
  keyOfTarget,
  knownVertexFor,
  type Node,
  nodeOf,
  servingAsIs,
  type Target,
} from '../core/rooms.js'
import { type Place, Places, placeOf } from './force.js'

export interface FailurePath {
  readonly error: unknown
  /** From the node that was asked to the one whose body threw. */
  readonly path: readonly Node[]
}

/**
 * How the error of a node came up: the nodes that failed with it, from the one asked for to the one that threw it. Also
 * through errors that name it as their cause. Undefined where no failed result is kept (R17). Evaluates nothing.
 */
export function failure(context: Context, target: Target<never> | Target): FailurePath | undefined {
  const level = Context.level(context)
  const vertex = knownVertexFor(keyOfTarget(target), level.graph)
  if (vertex === undefined) return undefined
  const start: Place = { vertex, level }
  const first = thrownAt(start)
  if (first === null) return undefined
  let { error } = first
  const path: Node[] = []
  const seen = new Places<true>()
  for (let at: Place | undefined = start; at !== undefined && !seen.get(at); ) {
    seen.set(at, true)
    const node = nodeOf(at.vertex)
    if (path.at(-1)?.equals(node) !== true) path.push(node)
    const causes = chain(error)
    let next: Place | undefined
    for (const place of placesRead(at)) {
      const found = thrownAt(place)
      if (found === null || !causes.includes(found.error)) continue
      next = place
      ;({ error } = found)
    }
    at = next
  }
  return { error: first.error, path }
}

function placesRead({ vertex, level }: Place): Place[] {
  const { shape } = servingAsIs(vertex, level)
  return isComputed(shape) ? Array.from(shape, (read) => placeOf(read, level)) : []
}

/** What a body threw may be anything, also undefined. */
function thrownAt({ vertex, level }: Place): { readonly error: unknown } | null {
  const { stamp } = servingAsIs(vertex, level)
  return stamp instanceof Box && stamp.failed ? { error: stamp.value } : null
}

/** An error and what it names as its cause, and so on. */
function chain(error: unknown): unknown[] {
  const all: unknown[] = []
  for (let at = error; !all.includes(at); at = at.cause) {
    all.push(at)
    if (!(at instanceof Error) || at.cause === undefined) break
  }
  return all
}
