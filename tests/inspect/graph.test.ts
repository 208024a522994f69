// The graph as it stands in a context: parts of it, and as text.
import { DirectedGraph } from 'graphology'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, graph, tracked } from '../../lib/index.js'
import { thrown, worked } from '../core/helpers.js'

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
  t.match(mermaid, 'n0["quo#quot;ted(#quot;a\\#quot;b#quot;)<br/>#quot;a\\#quot;b #lt;5#gt;#quot; $"]:::masked')
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
