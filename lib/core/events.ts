import type { Context } from './context.js'
import type { Node } from './node.js'

/** What happened in a graph: for those who trace, and for tests that show what did not run. */
export interface GraphEvent {
  readonly type: 'ran' | 'verified' | 'hit' | 'cutoff' | 'masked' | 'unloaded' | 'superseded'
  readonly node: Node
  readonly context: Context
}
