/** The live graph: the only door of this room. */
export { Context, type ContextOptions, type Stats } from './context.js'
export * from './errors.js'
export type { GraphEvent } from './events.js'
export { Node } from './node.js'
export {
  type AnyFunction,
  type MemoOptions,
  type Result,
  type Tracked,
  type TrackedOptions,
  tracked,
  type Value,
} from './tracked.js'
export {
  Adjustment,
  add,
  clamp,
  type Merge,
  type Model,
  percent,
  scale,
  type Target,
  Tweak,
  type TweakJSON,
  TweakSet,
  type TweakSetLike,
} from './tweak.js'
