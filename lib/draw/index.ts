/** A graph as text that others draw: DOT for Graphviz, Mermaid, and the JSON that graphology imports. Knows no room. */

export interface PictureNode {
  readonly key: string
  /** What it is, and what it shows; the second may be empty. */
  readonly label: readonly [string, string]
  readonly look: 'plain' | 'tweaked' | 'masked' | 'failed' | 'absent'
  /** What is shown may no longer be so. */
  readonly isFaded?: boolean
  readonly tooltip?: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Picture {
  readonly name: string
  readonly nodes: readonly PictureNode[]
  /** By keys: the way that values flow. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/** The serialisation format of graphology. */
export interface GraphJSON {
  readonly attributes: { readonly name: string }
  readonly options: { readonly type: 'directed'; readonly multi: false; readonly allowSelfLoops: true }
  readonly nodes: { readonly key: string; readonly attributes: Record<string, unknown> }[]
  readonly edges: { readonly key: string; readonly source: string; readonly target: string }[]
}

export function toJSON({ name, nodes, edges }: Picture): GraphJSON {
  return {
    attributes: { name },
    options: { type: 'directed', multi: false, allowSelfLoops: true },
    nodes: nodes.map(({ key, attributes }) => ({
      key,
      attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)),
    })),
    edges: edges.map(({ from, to }, i) => ({ key: String(i), source: from, target: to })),
  }
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
function tooltipOf(text: string): string {
  return shown(text.replaceAll('\\', '⧵'))
}

/** Control characters as the pictures that Unicode has of them: no line ends where none should. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd'
  })
}

export function toDOT({ name, nodes, edges }: Picture): string {
  const lines = nodes.map((one) => {
    const [title, value] = one.label
    const label = value === '' ? shown(title) : `${shown(title).slice(0, -1)}\\n${shown(value).slice(1)}`
    return `  ${quoted(one.key)} [${[`label=${label}`, ...styleOf(one)].join(', ')}]`
  })
  return [
    `digraph ${quoted(name || 'graph')} {`,
    '  rankdir=LR',
    '  node [shape=box, style="rounded", fontname="Helvetica"]',
    ...lines,
    ...edges.map(({ from, to }) => `  ${quoted(from)} -> ${quoted(to)}`),
    '}',
    '',
  ].join('\n')
}

function styleOf({ look, isFaded, tooltip }: PictureNode): string[] {
  if (look === 'failed') return ['color="#c62828"', 'fontcolor="#c62828"']
  const told = tooltip === undefined ? [] : [`tooltip=${tooltipOf(tooltip)}`]
  if (look === 'tweaked') return ['style="rounded,filled"', 'fillcolor="#ffe082"', ...told]
  const styles = look === 'masked' ? ['style="rounded,filled"', 'fillcolor="#fff8e1"'] : []
  if (look === 'absent') styles.push('style="rounded,dashed"')
  return [...styles, ...(isFaded ? ['fontcolor="#9e9e9e"'] : [])]
}

/** What Mermaid, or the Markdown and the HTML in its labels, would take for more than text. */
const MARKUP = /[#"<>&`\\]/g

export function toMermaid({ nodes, edges }: Picture): string {
  const escaped = (text: string): string =>
    oneLine(text).replace(MARKUP, (character) => `#${character.codePointAt(0)};`)
  const ids = new Map(nodes.map(({ key }, i) => [key, `n${i}`]))
  const lines = nodes.map(({ key, label, look }) => {
    const text = label.filter(Boolean).map(escaped).join('<br/>')
    return `  ${ids.get(key)}["${text}"]${look === 'plain' ? '' : `:::${look}`}`
  })
  return [
    'flowchart LR',
    ...lines,
    ...edges.map(({ from, to }) => `  ${ids.get(from)} --> ${ids.get(to)}`),
    '  classDef tweaked fill:#ffe082,stroke:#ff8f00,color:#000',
    '  classDef masked fill:#fff8e1,stroke:#ffb300,color:#000',
    '  classDef failed stroke:#c62828,color:#c62828',
    ...(nodes.some(({ look }) => look === 'absent') ? ['  classDef absent stroke-dasharray:5 5'] : []),
    '',
  ].join('\n')
}
