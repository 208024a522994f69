// The graph as it stands in a context: parts of it, and as text.
import { DirectedGraph } from 'graphology'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, graph, tracked } from '../../lib/index.js'
import { moved, thrown, worked } from '../core/helpers.js'

const keys = (view: ReturnType<typeof graph>): string[] => view.nodes.map(({ key }) => key)

function scenario() {
  const model = worked()
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' }).tweak(model.x, 5)
  base.get(model.top)
  child.get(model.top)
  model.runs.take()
  return { ...model, base, child }
}

void t.test('what a target read, by depth, direction and filter', async (t) => {
  const { runs, base, top, mid, x } = scenario()
  t.same(keys(graph(base, { targets: [top] })), ['top()', 'mid()', 'side()', 'x()', 'y()'])
  t.same(keys(graph(base, { targets: [top], depth: 1 })), ['top()', 'mid()', 'side()'])
  t.same(keys(graph(base, { targets: [x], direction: 'dependents' })), ['x()', 'mid()', 'top()'])
  t.same(keys(graph(base, { targets: [mid], direction: 'both', depth: 1 })), ['mid()', 'x()', 'top()'])
  t.same(keys(graph(base, { targets: [top], filter: ({ function: { name } }) => name !== 'mid' })), [
    'top()',
    'side()',
    'y()',
  ])
  t.same(keys(graph(base)).sort(), ['mid()', 'side()', 'top()', 'x()', 'y()'])
  t.same(
    graph(base, { targets: [top] }).edges.map(({ from, to }) => `${from.key} ${to.key}`),
    ['mid() top()', 'side() top()', 'x() mid()', 'y() side()'],
  )
  t.same(keys(new Context().fork() && graph(new Context())), [])
  t.same(runs.take(), {}, 'evaluates nothing')
})

void t.test('values, masks, tweaks, homes', async (t) => {
  const { base, child, top } = scenario()
  const [one, two, three] = graph(child, { targets: [top] }).nodes
  t.match(one, { outcome: { value: 35 }, isValid: true, isMasked: true, home: child, distance: 0, tweaks: [] })
  t.match(two, { outcome: { value: 15 }, isMasked: true })
  t.match(three, { outcome: { value: 20 }, isMasked: false, home: base })
  const x = graph(child, { targets: [top] }).nodes.find(({ key }) => key === 'x()')
  t.match(x, { tweaks: [{ context: child }], home: undefined })
  checkInvariants(base)
})

void t.test('JSON: graphology imports it', async (t) => {
  const { child, top } = scenario()
  const json = graph(child, { targets: [top] }).toJSON()
  const imported = DirectedGraph.from(JSON.parse(JSON.stringify(json)))
  t.equal(imported.order, 5)
  t.equal(imported.size, 4)
  t.same(imported.inNeighbors('top()'), ['mid()', 'side()'])
  t.match(imported.getNodeAttributes('x()'), { function: 'x', value: 5, tweaks: ['x = 5 in "child"'] })
  t.match(imported.getNodeAttributes('top()'), { value: 35, masked: true, home: '"child"', valid: true })
})

void t.test('DOT and Mermaid', async (t) => {
  const { child, mid, x } = scenario()
  const quoted = tracked('quo"ted', (text: string) => `${text} <${x()}>`, { unit: '$' })
  child.get(quoted.at('a"b'))
  const dot = graph(child, { targets: [mid] }).toDOT()
  t.match(dot, /^digraph "child" \{\n {2}rankdir=LR\n/)
  t.match(dot, '  "mid()" [label="mid()\\n15", style="rounded,filled", fillcolor="#fff8e1"]\n')
  t.match(dot, '  "x()" -> "mid()"\n')
  t.match(graph(child, { targets: [quoted.at('a"b')] }).toDOT(), 'quo\\"ted(\\"a\\\\\\"b\\")')
  const mermaid = graph(child, { targets: [quoted.at('a"b')] }).toMermaid()
  t.match(mermaid, /^flowchart LR\n/)
  t.match(mermaid, 'n0["quo#34;ted(#34;a#92;#34;b#34;)<br/>#34;a#92;#34;b #60;5#62;#34; $"]:::masked')
  t.match(mermaid, 'n1["x()<br/>5"]:::tweaked')
  t.match(mermaid, 'n1 --> n0')
})

void t.test('errors, doubt, several nodes of one id', async (t) => {
  const { base, x } = scenario()
  const bad = tracked('bad', (): number => {
    throw new Error('no')
  })
  class Thing {
    readonly size = 1
  }
  const of = tracked('of', (_thing: Thing) => x())
  thrown(t, () => base.get(bad))
  base.get(of.at(new Thing()))
  const view = graph(base, { targets: [bad] })
  t.match(view.toJSON().nodes[0]?.attributes, { error: 'Error: no' })
  t.match(view.toDOT(), 'color="#c62828"')
  t.match(view.toMermaid(), ':::failed')
  const other = tracked('of', () => 1)
  base.get(other)
  const thing = tracked('both', () => of(new Thing()) + of(new Thing()))
  base.get(thing)
  t.same(keys(graph(base, { targets: [thing], depth: 1 })), ['both()', 'of([Thing])', 'of([Thing]) #2'])
  base.tweak(x, 3)
  t.equal(graph(base, { targets: [thing] }).nodes[0]?.isValid, false)
  t.match(graph(base, { targets: [thing] }).toDOT(), 'both()\\n2 ?')
})

/** The quoted strings of a line of DOT, as Graphviz reads them. */
function strings(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/gsu)].map(([, text = '']) => text)
}

void t.test('DOT: whatever a name, a value or a context is called', async (t) => {
  const names = ['plain', 'a"b', 'a\\', 'a\nb', 'a b', 'a\\nb', '<b>', '{|}', '\\N', 'a;b', '&lt;', '\u0007', '{', 'é…']
  const leaves = names.map((name) => tracked(name, (text: string) => `${text}"\\\n<i>&amp;`))
  const sum = tracked('sum', () => leaves.map((leaf, i) => leaf(names[i] as string)).join())
  const context = new Context({ name: 'a"b\\\n<x>' })
  context.tweak((leaves[1] as (typeof leaves)[number]).at('a"b'), 'q"\\')
  context.get(sum)
  const view = graph(context)
  const lines = view.toDOT().split('\n')
  // one line a node and an edge, besides the frame: no name breaks one
  t.equal(lines.length, 3 + view.nodes.length + view.edges.length + 2)
  const declared = lines.filter((line) => line.includes(' [label=')).map((line) => strings(line)[0])
  t.equal(new Set(declared).size, names.length + 1, 'names that differ stay apart')
  for (const line of lines.filter((line) => line.includes(' -> '))) {
    const [from, to] = strings(line)
    t.ok(declared.includes(from) && declared.includes(to), line)
  }
  for (const line of lines) t.equal(line.replaceAll(/"(?:[^"\\]|\\.)*"/gsu, '').includes('"'), false, line)
  const tooltip = lines.find((line) => line.includes('tooltip='))
  t.notMatch(
    strings(tooltip ?? '')
      .at(-1)
      ?.replaceAll('\\"', ''),
    '\\',
    'Graphviz would look for escapes in it',
  )
  for (const line of view
    .toMermaid()
    .split('\n')
    .filter((line) => line.includes('["'))) {
    const label = line.slice(line.indexOf('["') + 2, line.lastIndexOf('"]'))
    t.notMatch(label.replaceAll('<br/>', '').replaceAll(/#\d+;/g, ''), /[#"<>&`\\]/, line)
  }
})

void t.test('JSON: plain, whatever the values are; graphology imports all of it', async (t) => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  class Opaque {
    readonly secret = cyclic
  }
  const values = [undefined, null, Number.NaN, -0, 10n, Symbol('s'), () => 1, cyclic, new Date(0), new Map([[1, 2n]])]
  const leaf = tracked('leaf', (index: number) => values[index])
  const opaque = tracked('opaque', (thing: Opaque) => thing)
  const all = tracked('all', () => [...values.map((_, i) => leaf(i)), opaque(new Opaque())].length)
  const base = new Context({ name: 'base' })
  base.get(all)
  const json = graph(base, { targets: [all] }).toJSON()
  t.same(DirectedGraph.from(JSON.parse(JSON.stringify(json))).order, values.length + 2)
  const imported = DirectedGraph.from(json)
  t.equal(imported.size, values.length + 1)
  t.match(imported.getNodeAttributes('leaf(2)'), { value: 'NaN' })
  t.match(imported.getNodeAttributes('leaf(4)'), { value: '10' })
  t.match(imported.getNodeAttributes('leaf(7)'), { value: { self: '[object Object]' } })
  t.match(imported.getNodeAttributes('leaf(8)'), { value: '1970-01-01T00:00:00.000Z' })
  t.match(imported.getNodeAttributes('leaf(9)'), { value: [[1, '10'].slice(0, 1)] })
  t.match(imported.getNodeAttributes('opaque([Opaque])'), { args: ['[Opaque]'], value: '[Opaque]' })
  const again = new DirectedGraph()
  again.import(imported.export())
  t.same(again.nodes(), imported.nodes())
})

void t.test('what-ifs, adjustments and nested contexts: the nodes that they stand for', async (t) => {
  const { x, y, mid, top } = worked()
  const base = new Context({ name: 'base' })
  const one = base.fork({ name: 'one' }).adjust(mid, (before) => before * 2)
  const two = one.fork({ name: 'two' }).tweak(y, 7)
  const delta = moved(x, top)
  two.get(delta)
  const view = graph(two, { targets: [delta] })
  t.same(keys(view), ['delta()', 'top()', 'mid()', 'side()', 'x()', 'y()'], 'nothing hidden shows')
  t.same(
    view.nodes.map(({ home }) => home?.name),
    ['two', 'two', 'one', 'two', 'base', undefined],
  )
  t.same(
    view.nodes
      .filter(({ tweaks }) => tweaks.length > 0)
      .map(({ key, tweaks }) => `${key} in ${tweaks[0]?.context.name}`),
    ['mid() in one', 'y() in two'],
  )
  t.same(keys(graph(two, { targets: [x], direction: 'dependents' })), ['x()', 'mid()', 'top()', 'delta()'])
  t.same(keys(graph(two)).sort(), ['delta()', 'mid()', 'side()', 'top()', 'x()', 'y()'])
  checkInvariants(base)
})
