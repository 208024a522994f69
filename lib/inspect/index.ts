/** Questions about a graph. Reads the core, changes nothing: the only door of this room. */
export type { Change } from './changes.js'
export { type Cause, type Difference, type Differing, type Divergence, diff } from './diff.js'
export type { GraphJSON } from './draw.js'
export * from './errors.js'
export { type FailurePath, failure } from './failure.js'
export type { Force, Mask } from './force.js'
export { type GraphEdge, type GraphNode, type GraphOptions, type GraphView, graph } from './graph.js'
export type { Outcome } from './outcome.js'
export {
  type FunctionTiming,
  type NodeTiming,
  type Profile,
  type ProfileOptions,
  type ProfileReport,
  profile,
  type Timing,
} from './profile.js'
export { type Recording, type RecordOptions, record, type Seen } from './record.js'
export { trace } from './trace.js'
export { type Standing, type Why, why } from './why.js'
