/**
 * What the graph knows of an output: the nodes that it was computed from, and the leaves among them. Asked of the results
 * as they stand in a context, after the output has been read there; control flow elsewhere may read others (R8).
 */
import { type Context, Node, type Target } from '../core/index.js'
import { type AnyTarget, isMeantBy, type Named } from './target.js'

/** The nodes that outputs were computed from, themselves included. */
export interface Reach {
  readonly nodes: readonly Node[]
  /** Those that read nothing: parameters, data, and what is tweaked by a value. */
  readonly leaves: readonly Node[]
  readsFrom(target: AnyTarget): boolean
}

/**
 * Walks the dependencies of the outputs. O(nodes). A node that was only read in a what-if inside a body (R15) has no
 * result in this context: it is evaluated here.
 */
export async function reachOf(context: Context, outputs: readonly Named[]): Promise<Reach> {
  const seen = new Nodes()
  const leaves: Node[] = []
  const waiting = outputs.map(({ target }) => nodeOf(target))
  for (const node of waiting) seen.add(node)
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const reads = await dependenciesOf(context, node)
    if (reads.length === 0) leaves.push(node)
    for (const read of reads) if (seen.add(read)) waiting.push(read)
  }
  const { all } = seen
  return { nodes: all, leaves, readsFrom: (target) => all.some((node) => isMeantBy(target, node)) }
}

/** The node that a target means where one node is due: of a function, its call without arguments. */
export function nodeOf(target: AnyTarget): Node {
  return target instanceof Node ? (target as Node) : (target as unknown as { at(): Node }).at()
}

async function dependenciesOf(context: Context, node: Node): Promise<readonly Node[]> {
  const reads = context.dependencies(node)
  if (reads.length > 0 || context.has(node)) return reads
  try {
    await context.get(node as Target)
  } catch {
    // an error is a result like any other, with what it read
  }
  return context.dependencies(node)
}

/** A set of nodes by content. */
class Nodes {
  readonly all: Node[] = []
  readonly #byHash = new Map<number, Node[]>()

  /** False where it was there already. */
  add(node: Node): boolean {
    const hash = node.hashCode()
    const same = this.#byHash.get(hash)
    if (same === undefined) this.#byHash.set(hash, [node])
    else if (same.some((other) => other.equals(node))) return false
    else same.push(node)
    this.all.push(node)
    return true
  }
}
