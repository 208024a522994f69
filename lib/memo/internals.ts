/** What this room uses of the core's inside: to read what a result reached, and to put one back. */
export { Context } from '../core/context.js'
export { belowOf, evaluate } from '../core/evaluate.js'
export type { Graph } from '../core/graph.js'
export { type Level, labelOf } from '../core/level.js'
export {
  argumentsOf,
  Definition,
  definitionFrom,
  definitionOf,
  describeValue,
  Node,
  nameOf,
  tableOf,
  type Vertex,
  vertexOf,
} from '../core/node.js'
export { type Producer, producerOf } from '../core/producer.js'
export { Box, DERIVED, isComputed, isOpen, LOOSE, PINNED, type Slot, UNLOADED } from '../core/result.js'
export { type ResultHook, restore, restoreResult } from '../core/results.js'
export { serving } from '../core/slots.js'
export type { AnyFunction, MemoOptions, Tracked } from '../core/tracked.js'
export { Adjustment, functionsOf, type Model, type Tweak, TweakSet } from '../core/tweak.js'
export { twinOf, whatIfOf } from '../core/twin.js'
