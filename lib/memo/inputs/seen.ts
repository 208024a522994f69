/** In which state a graph sees the inputs of a trace: what it has seen already, else what it sees now. */
import {
  Box,
  definitionOf,
  evaluate,
  type Level,
  LOOSE,
  type Slot,
  serving,
  tableOf,
  UNLOADED,
  type Vertex,
  vertexOf,
} from '../../core/rooms.js'
import type { MementoInput } from '../memento.js'
import type { Functions } from '../reached.js'
import type { Trace } from '../trace.js'
import { inputLabel, statesFrom, whatOf } from './input.js'

/** Sorted by their names; else why one of them has no state here: it cannot be looked at, or has to be awaited first. */
export function statesOf(trace: Trace, level: Level, functions: Functions): MementoInput[] | string {
  const found: MementoInput[] = []
  for (const one of trace.inputs) {
    const vertex = vertexIn(one, level, functions)
    if (vertex === undefined) return `${one.step.name} is no input that is known here`
    const slot = looked(vertex, level)
    const input = inputLabel(statesFrom(definitionOf(vertex))?.kind ?? '', whatOf(vertex))
    if (slot?.stamp instanceof Box && slot.stamp.failed) return (slot.stamp.value as Error).message
    if (slot === null || slot.shape === LOOSE || slot.stamp instanceof Box)
      return `${input} was not looked at (await memo.prefetch(...) does), or could not be`
    found.push({ input, hash: slot.stamp as string })
  }
  return found.sort((one, other) => (one.input < other.input ? -1 : 1))
}

/** The inputs of a trace that have to be awaited before `statesOf` can tell. */
export function awaitedFor(trace: Trace, level: Level, functions: Functions): Vertex[] {
  return trace.inputs.flatMap((one) => {
    const vertex = vertexIn(one, level, functions)
    return vertex !== undefined && definitionOf(vertex).isAsync && serving(vertex, level).state > UNLOADED ? vertex : []
  })
}

/** The slot that shows a state; null where it has to be awaited. */
function looked(vertex: Vertex, level: Level): Slot | null {
  const slot = serving(vertex, level)
  if (slot.state <= UNLOADED) return slot
  return definitionOf(vertex).isAsync ? null : evaluate(vertex, level, slot, true)
}

function vertexIn({ step }: Trace, level: Level, { registry, values }: Functions): Vertex | undefined {
  const definition = registry.named(step.name)
  if (definition === undefined || statesFrom(definition) === undefined) return undefined
  return vertexOf(tableOf(definition, level.graph), undefined, values.readBack(step.given) as unknown[])
}
