/**
 * What makes the value of a node in a context: its body, or the tweaks in force, and the last invalidation (R3, R11 to
 * R13, R26). Results of one producer may stand in for one another; so the producer's id is compared before anything
 * else, as if it were the first dependency. Most vertices were never tweaked or invalidated: theirs is PLAIN.
 */
import type { Level } from './level.js'
import { definitionOf, type Vertex } from './node.js'
import { seeded } from './seeded.js'
import type { Tweak } from './tweak.js'

export interface Producer {
  readonly id: string
  /** The contexts whose tweaks or invalidation are in force. */
  readonly footprint: number
  /** A value tweak or a replacement in place of the body; null for the body. */
  readonly origin: Tweak | null
  /** Adjustments on top of it, the innermost context's first. */
  readonly adjustments: readonly Tweak[]
}

export const PLAIN: Producer = { id: '', footprint: 0, origin: null, adjustments: [] }

export function producerOf(vertex: Vertex, level: Level): Producer {
  const { extra } = vertex
  if (extra === null) return vertex.table?.tweaked ? inForce(vertex, level, null, true) : PLAIN
  // what lies below the adjustments of a node has the same tweaks, less the adjustments
  const { above } = extra
  if (above !== null) return isTweaked(above) ? inForce(above, level, above.extra?.tokens ?? null, false) : PLAIN
  return isTweaked(vertex) ? inForce(vertex, level, extra.tokens, true) : PLAIN
}

function isTweaked(vertex: Vertex): boolean {
  const { extra, table } = vertex
  return (extra !== null && (extra.tokens !== null || extra.tweaked > 0)) || table?.tweaked != null
}

function inForce(vertex: Vertex, level: Level, tokens: Map<Level, number> | null, isAdjusted: boolean): Producer {
  let footprint = 0
  let id = ''
  if (tokens !== null && seeded.bug !== 'invalidate live entries only') {
    // the latest on the chain counts
    let serial = 0
    for (let at: Level | null = level; at !== null; at = at.parent) {
      const token = tokens.get(at)
      if (token === undefined || token <= serial) continue
      serial = token
      footprint = at.bit
    }
    if (serial > 0) id = `@${serial}`
  }
  let origin: Tweak | null = null
  const adjustments: Tweak[] = []
  const definition = definitionOf(vertex)
  for (let at: Level | null = level; at !== null; at = at.parent) {
    const { tweaks } = at
    if (tweaks === null) continue
    const tweak =
      seeded.bug === 'function beats node'
        ? (tweaks.get(definition) ?? tweaks.get(vertex))
        : (tweaks.get(vertex) ?? tweaks.get(definition))
    if (tweak === undefined || (tweak.kind === 'adjust' && !isAdjusted)) continue
    footprint |= at.bit
    id += `|${tweak.key}`
    if (tweak.kind === 'adjust') {
      adjustments.push(tweak)
      continue
    }
    origin = tweak
    // a value by itself: neither the body nor what was said of it matters
    if (tweak.kind === 'value' && adjustments.length === 0) footprint = at.bit
    if (seeded.bug !== 'outer beats inner') break
  }
  return id === '' ? PLAIN : { id, footprint, origin, adjustments }
}
