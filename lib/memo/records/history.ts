/** How a result came to be, as a tree: what it called, and what that called, each with its memento where it is kept. */
import { describeValue } from '../../core/rooms.js'
import { type GraphJSON, type Picture, type PictureNode, toDOT, toJSON, toMermaid } from '../../draw/index.js'
import type { Description } from '../memento.js'
import type { Store } from '../store.js'
import { argumentsMark, isTouched, type Trace, type TraceKind } from '../trace.js'
import type { Values } from '../values.js'
import { keptUnder } from './kept.js'

/** One call of a history. */
export interface TraceNode {
  /** The call in text. */
  readonly node: string
  /** What it was: a body that ran, a tweak instead of one, a what-if that a body asked. */
  readonly kind: TraceKind
  readonly function: string
  readonly version: string
  readonly memento: Description | undefined
  readonly calls: readonly TraceNode[]
  /** It stands in the tree already: its calls are not told twice. */
  readonly isRepeated: boolean
}

/** A history as a graph. */
export interface HistoryGraph {
  readonly nodes: readonly TraceNode[]
  toDOT(): string
  toMermaid(): string
  /** As graphology imports it. */
  toJSON(): GraphJSON
}

/** Every call of a history once, with its memento. */
export class History {
  readonly #root: Trace
  readonly #mementos: ReadonlyMap<Trace, Description>
  readonly #values: Values

  private constructor(root: Trace, mementos: ReadonlyMap<Trace, Description>, values: Values) {
    this.#root = root
    this.#mementos = mementos
    this.#values = values
  }

  static async of(memento: Description, root: Trace, store: Store, values: Values): Promise<History> {
    const mementos = new Map([[root, memento]])
    const lines = memento.tweaks === '' ? [] : memento.tweaks.split('\n')
    const touching = new Map<Trace, ReadonlySet<string>>()
    // callees come first
    for (const trace of root.steps()) {
      const touched = new Set(lines.filter((line) => isTouched(trace.step, line)))
      for (const read of trace.reads) for (const line of touching.get(read) ?? []) touched.add(line)
      touching.set(trace, touched)
      if (trace === root || trace.step.version === '') continue
      const tweaks = lines.filter((line) => touched.has(line)).join('\n')
      const looked = new Set(trace.inputs.map((one) => nameOf(one, values)))
      const inputs = memento.inputs.filter(({ input }) => looked.has(input))
      const kept = await keptUnder(store, trace.hash, tweaks, inputs)
      if (kept !== undefined) mementos.set(trace, kept.memento)
    }
    return new History(root, mementos, values)
  }

  get mementos(): Iterable<Description> {
    return this.#mementos.values()
  }

  /** Down to a depth; the memento's own call has the depth 0. */
  tree(depth = Number.POSITIVE_INFINITY): TraceNode {
    const told = new Set<Trace>()
    const nodeOf = (trace: Trace, at: number): TraceNode => {
      const isRepeated = told.has(trace) && trace.reads.length > 0
      if (at < depth) told.add(trace)
      const calls = isRepeated || at >= depth ? [] : trace.reads.map((read) => nodeOf(read, at + 1))
      return { ...this.#one(trace), calls, isRepeated }
    }
    return nodeOf(this.#root, 0)
  }

  graph(): HistoryGraph {
    const keys = new Map<Trace, string>()
    const nodes = this.#root.steps().reverse()
    const used = new Set<string>()
    for (const trace of nodes) {
      const name = this.#nameOf(trace)
      let key = name
      for (let number = 2; used.has(key); number++) key = `${name} #${number}`
      used.add(key)
      keys.set(trace, key)
    }
    const keyOf = (trace: Trace): string => keys.get(trace) ?? ''
    const picture: Picture = {
      name: this.#nameOf(this.#root),
      nodes: nodes.map((trace) => this.#drawn(trace, keyOf(trace))),
      edges: nodes.flatMap((trace) => trace.reads.map((read) => ({ from: keyOf(read), to: keyOf(trace) }))),
    }
    return {
      nodes: nodes.map((trace) => ({ ...this.#one(trace), calls: [], isRepeated: false })),
      toDOT: () => toDOT(picture),
      toMermaid: () => toMermaid(picture),
      toJSON: () => toJSON(picture),
    }
  }

  #one(trace: Trace): Omit<TraceNode, 'calls' | 'isRepeated'> {
    const { kind, name, version } = trace.step
    return { node: this.#nameOf(trace), kind, function: name, version, memento: this.#mementos.get(trace) }
  }

  #drawn(trace: Trace, key: string): PictureNode {
    const { kind, name, version } = trace.step
    const memento = this.#mementos.get(trace)
    const look = memento?.kind === 'error' ? 'failed' : kind === 'tweaked' ? 'tweaked' : memento ? 'plain' : 'absent'
    const told = memento === undefined ? '' : `${memento.ownDuration.toFixed(1)} ms`
    const attributes = { function: name, version, kind, memento: memento?.id, duration: memento?.duration }
    return { key, label: [key, told], look, attributes }
  }

  #nameOf(trace: Trace): string {
    return this.#mementos.get(trace)?.node ?? nameOf(trace, this.#values)
  }
}

/** A call in text. The states of inputs, which stand in traces by functions of their own, are those inputs. */
function nameOf({ step }: Trace, values: Values): string {
  const name = step.name.replace(/^dugout:/, '').replace(step.kind === 'input' ? /State$/ : /$/, '')
  try {
    return `${name}(${(values.readBack(step.given) as unknown[]).map((one) => describeValue(one)).join(', ')})`
  } catch {
    // of a class that is not registered here
    return `${name}(#${argumentsMark(step.args)})`
  }
}
