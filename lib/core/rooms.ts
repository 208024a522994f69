/**
 * The second door of this room, for the other rooms of dugout and not for users: what they read of the inside, to walk a
 * graph without making a Node of every vertex. They change nothing there, and evaluate nothing.
 */
export { Context, contextOf, knownVertexFor, readersOf, readsOf, vertexFor } from './context.js'
export { footprintOf } from './evaluate.js'
export type { GraphEvent } from './events.js'
export { stack } from './frame.js'
export type { Graph } from './graph.js'
export { homeOf, isWithin, type Level, labelOf } from './level.js'
export { Definition, definitionOf, describeValue, Node, nameOf, nodeOf, type Vertex } from './node.js'
export { producerOf } from './producer.js'
export {
  BOXED,
  Box,
  CHECK,
  CHECK_UNLOADED,
  EMPTY,
  isComputed,
  markOf,
  marksOf,
  type Result,
  type Shape,
  type Slot,
  sameStamp,
  UNLOADED,
} from './result.js'
export { ownSlot, serving, slotAbove, slotsOf, takeMarks } from './slots.js'
export type { AnyFunction, Tracked } from './tracked.js'
export { functionsOf, keyOfTarget, type Target, type Tweak, type TweakSet } from './tweak.js'
