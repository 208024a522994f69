/** What this room reads of the core's inside, to walk a graph without making a Node of every vertex. It changes nothing. */
export { Context, knownVertexFor, readsOf, vertexFor } from '../core/context.js'
export type { Level } from '../core/level.js'
export { definitionOf, Node, nodeOf, type Vertex } from '../core/node.js'
export { BOXED, isComputed } from '../core/result.js'
export { serving } from '../core/slots.js'
export { keyOfTarget, type Target } from '../core/tweak.js'
