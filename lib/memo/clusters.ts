/** Several stores under one graph: each call is answered by the store of the cluster that its function belongs to. */
import {
  type Definition,
  definitionOf,
  type Level,
  type Producer,
  type ResultHook,
  type Slot,
  type Vertex,
  type Waiter,
} from '../core/rooms.js'
import type { Cluster, Policy } from './configuration/index.js'
import type { Hook } from './hook.js'
import { turned } from './reached.js'

/** Which cluster a function belongs to: the first of which it has a tag, else the first that asks for none. */
export function clusterOf<One extends Pick<Cluster, 'tags'>>(
  { options: { tags = [] } }: Pick<Definition, 'options'>,
  clusters: readonly One[],
): One | undefined {
  return (
    clusters.find((cluster) => cluster.tags.value.some((tag) => tags.includes(tag))) ??
    clusters.find((cluster) => cluster.tags.value.length === 0)
  )
}

/** Is a function kept that says nothing itself? */
export function isPicked({ name, options: { tags = [], volatile } }: Definition, policy: Policy): boolean {
  if (policy === 'marked' || policy === 'none' || volatile === true) return false
  return policy === 'all' || policy(name, tags)
}

/** The hooks of clusters as one. A function without a cluster is not kept, whichever of them is told of it. */
export class Clusters implements ResultHook {
  readonly #hooks: readonly Hook[]
  readonly #pick: (definition: Definition) => Hook
  readonly #known = new WeakMap<Definition, Hook>()

  constructor(hooks: readonly Hook[], pick: (definition: Definition) => Hook) {
    this.#hooks = hooks
    this.#pick = pick
  }

  /** The hook that answers for a call. */
  of(vertex: Vertex): Hook {
    const definition = definitionOf(vertex.extra?.above ?? vertex)
    let hook = this.#known.get(definition)
    if (hook === undefined) {
      hook = this.#pick(definition)
      this.#known.set(definition, hook)
    }
    return hook
  }

  get hooks(): readonly Hook[] {
    return this.#hooks
  }

  find(vertex: Vertex, level: Level, producer: Producer): Slot | null {
    return this.of(vertex).find(vertex, level, producer)
  }

  fetch(vertex: Vertex, level: Level, reader: Waiter | null): Promise<void> | null {
    return this.of(vertex).fetch(vertex, level, reader)
  }

  claim(vertex: Vertex, level: Level): Promise<void> | null {
    return this.of(vertex).claim(vertex, level)
  }

  begin(vertex: Vertex, level: Level): Error | null {
    return this.of(vertex).begin(vertex, level)
  }

  keep(vertex: Vertex, level: Level, slot: Slot): void {
    this.of(vertex).keep(vertex, level, slot)
  }

  turned(slot: Slot): void {
    turned(slot)
  }

  end(vertex: Vertex, level: Level): void {
    this.of(vertex).end(vertex, level)
  }
}
