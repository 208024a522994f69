/** Looking at the world again: which inputs of a graph are no longer in the state that it saw. */
import type { Context } from '../../core/index.js'
import { Context as Inside, nodeOf, slotsOf, UNLOADED, type Vertex } from '../../core/rooms.js'
import { inputLabel, kindsOfInputs, type States, whatOf } from './input.js'

/**
 * Look again at the external inputs that the graph of a context has read, in all its contexts. Those that changed, came or
 * went are invalidated, so that what depends on them is computed anew when it is asked for, and nothing else is. Gives
 * them as mementos name them: `file("prices.csv")`.
 * @throws InputError where one cannot be looked at; nothing is invalidated then
 */
export async function revalidate(context: Context): Promise<readonly string[]> {
  const { graph } = Inside.level(context)
  const seen = [...kindsOfInputs()].flatMap((kind) =>
    [...(graph.tables.get(kind.definition)?.vertices() ?? [])].map((vertex) => ({ kind, vertex })),
  )
  const changed = (await Promise.all(seen.map(({ kind, vertex }) => hasChanged(kind, vertex)))).flatMap(
    (isChanged, i) => (isChanged ? (seen[i] as (typeof seen)[number]) : []),
  )
  let root = context
  while (root.parent !== undefined) root = root.parent
  root.batch(() => changed.forEach(({ vertex }) => root.invalidate(nodeOf(vertex))))
  return changed.map(({ kind, vertex }) => inputLabel(kind.kind, whatOf(vertex))).sort()
}

async function hasChanged(kind: States, vertex: Vertex): Promise<boolean> {
  // isolated contexts may have looked at another time
  const seen = [vertex, ...slotsOf(vertex)].filter(({ state }) => state <= UNLOADED)
  if (seen.length === 0) return false
  const now = await kind.look(whatOf(vertex))
  // dropped meanwhile: then it is looked at anyway when it is asked for
  if (vertex.table === null) return false
  return seen.some(({ stamp }) => stamp !== now)
}
