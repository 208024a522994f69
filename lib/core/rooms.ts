/**
 * The second door of this room, for the other rooms of dugout and not for users: what they read of the inside, to walk a
 * graph without making a Node of every vertex. They change nothing there, and evaluate nothing; but what keeps results
 * for later puts them back through results.ts.
 */
export {
  bodyFrame,
  Context,
  contextOf,
  knownVertexFor,
  nodeFor,
  readersOf,
  readsOf,
  shownReads,
  vertexFor,
} from './context.js'
export { isPlain, sameValue } from './equal.js'
export { belowOf, chain, evaluate, footprintOf } from './evaluate.js'
export { type GraphEvent } from './events.js'
export { currentFrame, type Frame, stack } from './frame.js'
export { type Around, type Graph } from './graph.js'
export { handleOf } from './handle.js'
export { trimmed } from './identity.js'
export { homeOf, isWithin, type Level, labelOf } from './level.js'
export {
  argumentsOf,
  Definition,
  definitionFrom,
  definitionOf,
  describeValue,
  Node,
  nameOf,
  nodeOf,
  tableOf,
  type Vertex,
  vertexOf,
} from './node.js'
export { Pace } from './pace.js'
export { type ErrorJSON, plain } from './plain.js'
export { type Producer, producerOf } from './producer.js'
export {
  BOXED,
  Box,
  CHECK,
  CHECK_UNLOADED,
  DERIVED,
  EMPTY,
  isComputed,
  isOpen,
  LOOSE,
  markOf,
  marksOf,
  PINNED,
  type Result,
  type Shape,
  type Slot,
  sameStamp,
  UNLOADED,
} from './result.js'
export { type ResultHook, restore, restoreResult } from './results.js'
export { Run, readAsync, type Waiter } from './run.js'
export { aboveAsIs, ownSlot, serving, servingAsIs, slotAbove, slotsOf, takeMarks } from './slots.js'
export { type AnyFunction, type MemoOptions, type Tracked } from './tracked.js'
export {
  Adjustment,
  functionsOf,
  isPromise,
  keyOfTarget,
  type Model,
  type Target,
  type Tweak,
  TweakSet,
} from './tweak.js'
export { twinOf, whatIfOf } from './twin.js'
