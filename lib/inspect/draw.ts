/** A view of a graph as a picture: what stands in each box, and how it looks. */
import { type GraphJSON, type Picture, type PictureNode, toDOT, toJSON, toMermaid } from '../draw/index.js'
import { describeContext, describeForce } from './force.js'
import type { GraphNode, GraphView } from './graph.js'
import { describeOutcome, plainOutcome, plainValue } from './outcome.js'

export type { GraphJSON }
export { toDOT, toJSON, toMermaid }

export function pictureOf({ context, nodes, edges }: Pick<GraphView, 'context' | 'nodes' | 'edges'>): Picture {
  return {
    name: context.name,
    nodes: nodes.map(nodeOf),
    edges: edges.map(({ from, to }) => ({ from: from.key, to: to.key })),
  }
}

function nodeOf(one: GraphNode): PictureNode {
  const { key, isValid, tweaks } = one
  const [force] = tweaks
  return {
    key,
    label: [key, labelOf(one)],
    look: lookOf(one),
    isFaded: !isValid,
    tooltip: force && describeForce(force),
    attributes: attributesOf(one),
  }
}

function attributesOf({
  node,
  outcome,
  isValid,
  isMasked,
  tweaks,
  home,
  distance,
}: GraphNode): Record<string, unknown> {
  const { description, unit, tags } = node.function.options ?? {}
  return {
    function: node.function.name,
    args: node.args.map(plainValue),
    ...(outcome.kind === 'error' ? { error: describeOutcome(outcome) } : { value: plainOutcome(outcome) }),
    valid: isValid,
    masked: isMasked,
    tweaks: tweaks.length === 0 ? undefined : tweaks.map(describeForce),
    home: home && describeContext(home),
    distance,
    description,
    unit,
    tags,
  }
}

/** What it shows. */
function labelOf({ node, outcome, isValid }: GraphNode): string {
  const { unit } = node.function.options ?? {}
  if (outcome.kind === 'unknown') return ''
  const value =
    outcome.kind === 'value' && typeof outcome.value === 'number'
      ? digits(outcome.value)
      : cut(describeOutcome(outcome))
  const shown = outcome.kind === 'value' && unit ? `${value} ${unit}` : value
  return isValid ? shown : `${shown} ?`
}

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value)
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

function lookOf({ outcome, isMasked, tweaks }: GraphNode): PictureNode['look'] {
  if (outcome.kind === 'error') return 'failed'
  if (tweaks.length > 0) return 'tweaked'
  return isMasked ? 'masked' : 'plain'
}
