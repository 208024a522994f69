/**
 * Calls with options. What holds for one call and all that it causes holds in a context of its own, below the one that was
 * asked: what is found there belongs above, as everything that no tweak touched (R2).
 */
import { type AnyFunction, type Context, type Result, type Target, TweakInsideError } from '../core/index.js'
import {
  bodyFrame,
  chain,
  Context as Inside,
  keyOfTarget,
  type Level,
  labelOf,
  Node,
  nodeFor as nodeOfKey,
  type Vertex,
} from '../core/rooms.js'
import type { Clusters } from './clusters.js'
import type { Modifiers } from './hook.js'

/** How one call is answered. */
export interface CallOptions {
  /** Run the body again, whatever is known, and keep what it gives in place of what was kept. Its own calls are not refreshed. */
  readonly refresh?: boolean
  /** Write nothing of what is found on the way. */
  readonly readOnly?: boolean
  /** Run nothing: what is not found is an OfflineError. */
  readonly offline?: boolean
  /** Run in this process what has to run, whatever the runners of the clusters are. */
  readonly forceLocal?: boolean
  /** See to it that the result is kept, and give undefined: a value that is kept is not read. Errors are thrown. */
  readonly ignoreResult?: boolean
  readonly signal?: AbortSignal
}

/** The node that a target means: a function stands for its call without arguments. */
export function nodeFor(target: Target<never> | Target): Node {
  return nodeOfKey(keyOfTarget(target))
}

/** The vertex of a node in the graph of a level. */
export function vertexIn(level: Level, node: Node): Vertex {
  return Node.vertex(node, level.graph)
}

export function get<F extends AnyFunction>(
  clusters: Clusters,
  context: Context,
  target: Target<F>,
  options: CallOptions = {},
): Result<F> | undefined | Promise<undefined> {
  const { refresh, ignoreResult, signal } = options
  const node = nodeFor(target)
  if (refresh === true) context.invalidate(node)
  const level = Inside.level(context)
  const vertex = vertexIn(level, node)
  const isRead = ignoreResult !== true || refresh === true || !clusters.of(vertex).isValueKept(vertex, level)
  if (!isRead) return undefined
  const waiting = signal === undefined ? {} : { signal }
  const modifiers = modifiersOf(options)
  const within = Object.values(modifiers).includes(true) ? modified(clusters, context, level, modifiers) : undefined
  let isLater = false
  try {
    const given: unknown = (within ?? context).get(node, waiting)
    if (!(given instanceof Promise)) return ignoreResult === true ? undefined : (given as Result<F>)
    isLater = true
    const done = given.finally(() => within?.dispose())
    return (ignoreResult === true ? done.then(() => undefined) : done) as Result<F> | Promise<undefined>
  } finally {
    if (!isLater) within?.dispose()
  }
}

/** Those that hold for all that the call causes. */
function modifiersOf({ readOnly = false, offline = false, forceLocal = false }: CallOptions): Modifiers {
  return { readOnly, offline, forceLocal }
}

/** A context below, in which these options hold. */
function modified(clusters: Clusters, context: Context, level: Level, modifiers: Modifiers): Context {
  // a body would read it as a what-if, in another context, where they do not hold
  if (bodyFrame() !== null)
    throw new TweakInsideError('memo.get with readOnly, offline or forceLocal', labelOf(level), chain())
  const within = context.fork({ name: context.name })
  for (const hook of clusters.hooks) hook.modify(Inside.level(within), modifiers)
  return within
}
