/** The history of a result as text. */
import { Records, type Store, type TraceNode } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { UsageError } from '../errors.js'
import { legible } from './forms.js'

export async function traced(store: Store, id: string, as: string, depth: number | '' | undefined): Promise<Answer> {
  const records = new Records(store)
  const gone = (): never => {
    throw new UsageError(`The history of ${id} was collected: nothing is known of the calls that led to it.`)
  }
  if (as !== 'tree') {
    const graph = (await records.graph(id)) ?? gone()
    return { text: () => (as === 'dot' ? graph.toDOT() : graph.toMermaid()), json: () => graph.toJSON() }
  }
  const tree = (await records.trace(id, depth ? { depth } : {})) ?? gone()
  return { text: () => legible([...drawn(tree, '', '')].join('\n')), json: () => tree }
}

function* drawn(node: TraceNode, before: string, below: string): Generator<string> {
  yield before + lineOf(node)
  for (const [i, call] of node.calls.entries()) {
    const isLast = i === node.calls.length - 1
    yield* drawn(call, `${below}${isLast ? '└ ' : '├ '}`, `${below}${isLast ? '  ' : '│ '}`)
  }
}

function lineOf({ node, kind, memento, isRepeated }: TraceNode): string {
  if (isRepeated) return `${node}, see above`
  if (kind === 'tweaked') return `${node}, tweaked`
  const what = kind === 'what-if' ? ', what-if' : ''
  if (memento === undefined) return `${node}${what}`
  const failed = memento.kind === 'error' ? ', failed' : ''
  return `${node}${what}${failed}, ${memento.ownDuration.toFixed(3)} ms, ${memento.id}`
}
