/** Which nodes an error went through. */

import {
  Box,
  Context,
  isComputed,
  keyOfTarget,
  knownVertexFor,
  type Node,
  nodeOf,
  serving,
  type Target,
} from '../core/rooms.js'
import { type Place, placeOf } from './force.js'

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
  let error = errorAt(start)
  if (error === undefined) return undefined
  const first = error
  const path: Node[] = []
  const seen = new Set<Place['vertex']>()
  for (let at: Place | undefined = start; at !== undefined && !seen.has(at.vertex); ) {
    seen.add(at.vertex)
    const node = nodeOf(at.vertex)
    if (path.at(-1)?.equals(node) !== true) path.push(node)
    const causes = chain(error)
    let next: Place | undefined
    for (const place of placesRead(at)) {
      const found = errorAt(place)
      if (found === undefined || !causes.includes(found)) continue
      next = place
      error = found
    }
    at = next
  }
  return { error: first, path }
}

function placesRead({ vertex, level }: Place): Place[] {
  const { shape } = serving(vertex, level)
  return isComputed(shape) ? shape.reads.map((read) => placeOf(read, level)) : []
}

function errorAt({ vertex, level }: Place): unknown {
  const { stamp } = serving(vertex, level)
  return stamp instanceof Box && stamp.failed ? stamp.value : undefined
}

/** An error and what it names as its cause, and so on. */
function chain(error: unknown): unknown[] {
  const all: unknown[] = []
  for (let at = error; at !== undefined && !all.includes(at); at = at instanceof Error ? at.cause : undefined)
    all.push(at)
  return all
}
