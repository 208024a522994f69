/** What this room reads of the core's inside. It changes nothing there, and evaluates nothing. */
export { Context, contextOf, knownVertexFor, readersOf, readsOf } from '../core/context.js'
export { footprintOf } from '../core/evaluate.js'
export type { GraphEvent } from '../core/events.js'
export { stack } from '../core/frame.js'
export type { Graph } from '../core/graph.js'
export { homeOf, isWithin, type Level, labelOf } from '../core/level.js'
export { Definition, definitionOf, describeValue, Node, nameOf, nodeOf, type Vertex } from '../core/node.js'
export { producerOf } from '../core/producer.js'
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
} from '../core/result.js'
export { ownSlot, serving, slotAbove, slotsOf, takeMarks } from '../core/slots.js'
export type { AnyFunction, Tracked } from '../core/tracked.js'
export { keyOfTarget, type Target, type Tweak, type TweakSet } from '../core/tweak.js'
