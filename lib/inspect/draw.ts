/** A view of a graph as text: DOT, Mermaid, and the JSON that graphology imports. */
import { describeContext, describeForce, type Force } from './force.js'
import type { GraphNode, GraphView } from './graph.js'
import { describeOutcome, plainOutcome, plainValue } from './outcome.js'

/** The serialisation format of graphology. */
export interface GraphJSON {
  readonly attributes: { readonly name: string }
  readonly options: { readonly type: 'directed'; readonly multi: false; readonly allowSelfLoops: true }
  readonly nodes: { readonly key: string; readonly attributes: Record<string, unknown> }[]
  readonly edges: { readonly key: string; readonly source: string; readonly target: string }[]
}

type View = Pick<GraphView, 'context' | 'nodes' | 'edges'>

export function toJSON({ context, nodes, edges }: View): GraphJSON {
  return {
    attributes: { name: context.name },
    options: { type: 'directed', multi: false, allowSelfLoops: true },
    nodes: nodes.map((one) => ({ key: one.key, attributes: attributesOf(one) })),
    edges: edges.map(({ from, to }, i) => ({ key: String(i), source: from.key, target: to.key })),
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
  const attributes = {
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
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

/** Two lines: what it is, and what it shows. */
function labelOf({ key, node, outcome, isValid }: GraphNode): [string, string] {
  const { unit } = node.function.options ?? {}
  if (outcome.kind === 'unknown') return [key, '']
  const value =
    outcome.kind === 'value' && typeof outcome.value === 'number'
      ? digits(outcome.value)
      : cut(describeOutcome(outcome))
  const shown = outcome.kind === 'value' && unit ? `${value} ${unit}` : value
  return [key, isValid ? shown : `${shown} ?`]
}

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value)
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

/** A string of DOT. What would end a line is shown, so that two names that differ there stay two. */
function quoted(text: string): string {
  return `"${oneLine(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The same where Graphviz knows the entities of HTML. */
function shown(text: string): string {
  return quoted(text.replaceAll('&', '&amp;'))
}

/** In a tooltip Graphviz looks for escapes again and again, until none is left: so there, another sign for a backslash. */
function tooltip(text: string): string {
  return shown(text.replaceAll('\\', '⧵'))
}

/** Control characters as the pictures that Unicode has of them: no line ends where none should. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd'
  })
}

export function toDOT({ context, nodes, edges }: View): string {
  const lines = nodes.map((one) => {
    const [name, value] = labelOf(one)
    const label = value === '' ? shown(name) : `${shown(name).slice(0, -1)}\\n${shown(value).slice(1)}`
    return `  ${quoted(one.key)} [${[`label=${label}`, ...styleOf(one)].join(', ')}]`
  })
  return [
    `digraph ${quoted(context.name || 'graph')} {`,
    '  rankdir=LR',
    '  node [shape=box, style="rounded", fontname="Helvetica"]',
    ...lines,
    ...edges.map(({ from, to }) => `  ${quoted(from.key)} -> ${quoted(to.key)}`),
    '}',
    '',
  ].join('\n')
}

function styleOf({ outcome, isMasked, isValid, tweaks }: GraphNode): string[] {
  if (outcome.kind === 'error') return ['color="#c62828"', 'fontcolor="#c62828"']
  if (tweaks.length > 0)
    return ['style="rounded,filled"', 'fillcolor="#ffe082"', `tooltip=${tooltip(describeForce(tweaks[0] as Force))}`]
  const styles = [
    ...(isMasked ? ['style="rounded,filled"', 'fillcolor="#fff8e1"'] : []),
    ...(isValid ? [] : ['fontcolor="#9e9e9e"']),
  ]
  return styles
}

/** What Mermaid, or the Markdown and the HTML in its labels, would take for more than text. */
const MARKUP = /[#"<>&`\\]/g

export function toMermaid({ nodes, edges }: View): string {
  const escaped = (text: string): string =>
    oneLine(text).replace(MARKUP, (character) => `#${character.codePointAt(0)};`)
  const ids = new Map(nodes.map((one, i) => [one, `n${i}`]))
  const lines = nodes.map((one) => {
    const text = labelOf(one).filter(Boolean).map(escaped).join('<br/>')
    const kind = classOf(one)
    return `  ${ids.get(one)}["${text}"]${kind === '' ? '' : `:::${kind}`}`
  })
  return [
    'flowchart LR',
    ...lines,
    ...edges.map(({ from, to }) => `  ${ids.get(from)} --> ${ids.get(to)}`),
    '  classDef tweaked fill:#ffe082,stroke:#ff8f00,color:#000',
    '  classDef masked fill:#fff8e1,stroke:#ffb300,color:#000',
    '  classDef failed stroke:#c62828,color:#c62828',
    '',
  ].join('\n')
}

function classOf({ outcome, isMasked, tweaks }: GraphNode): string {
  if (outcome.kind === 'error') return 'failed'
  if (tweaks.length > 0) return 'tweaked'
  return isMasked ? 'masked' : ''
}
