/** Many calls at once: each has a slot of its own in the answer, whatever comes of the others. */
import { AbortedError, type AnyFunction, type Context, type Result, type Target } from '../core/index.js'
import { definitionOf, Context as Inside, type Node, Pace } from '../core/rooms.js'
import { type CallOptions, get, nodeFor, vertexIn } from './calls.js'
import type { Clusters } from './clusters.js'

/** How far a batch is. */
export interface BatchProgress {
  readonly done: number
  readonly failed: number
  readonly total: number
}

/** How a batch is asked. */
export interface BatchOptions extends CallOptions {
  /** How many calls of asynchronous functions are asked at once. Default 8. */
  readonly concurrency?: number
  /** Told after each call, at most every 50 ms, and at the end. */
  readonly onProgress?: (progress: BatchProgress) => void
}

type Answer<F extends AnyFunction> = PromiseSettledResult<Awaited<Result<F>>>

/** Ask for many calls, each in a slot of its own, whatever comes of the others. @throws AbortedError */
export async function batch<F extends AnyFunction>(
  clusters: Clusters,
  context: Context,
  targets: Iterable<Target<F>>,
  options: BatchOptions = {},
): Promise<Answer<F>[]> {
  const { concurrency = 8, onProgress, signal } = options
  const nodes = Array.from(targets, (one) => nodeFor(one) as Node<F>)
  const answers = new Array<Answer<F>>(nodes.length)
  const level = Inside.level(context)
  const progress = { done: 0, failed: 0, total: nodes.length }
  let next = 0
  const pace = new Pace()
  const work = async (): Promise<void> => {
    while (next < nodes.length) {
      if (signal?.aborted === true) return
      const at = next++
      const node = nodes[at] as Node<F>
      const answer = await settled(async () => {
        const vertex = vertexIn(level, node)
        // a synchronous function finds in a store that has to be awaited what was fetched for it
        if (!definitionOf(vertex).isAsync && !context.has(node)) await clusters.of(vertex).prefetch(vertex, level)
        return await get(clusters, context, node, options)
      })
      answers[at] = answer as Answer<F>
      progress.done++
      if (answer.status === 'rejected') progress.failed++
      const turn = pace.step(() => {
        if (progress.done < progress.total) onProgress?.({ ...progress })
      })
      if (turn !== undefined) await turn
    }
  }
  await Promise.all(Array.from({ length: Math.min(Math.max(1, concurrency), nodes.length) }, work))
  if (signal?.aborted === true) throw new AbortedError('batch', { cause: signal.reason })
  onProgress?.({ ...progress })
  return answers
}

async function settled<T>(ask: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  const [answer] = await Promise.allSettled([ask()])
  return answer
}
