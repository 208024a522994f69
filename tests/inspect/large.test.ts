// Questions about large graphs: no stack overflows, no answer is larger than what was asked about. No times are asserted:
// what is quadratic in these would take the minutes that a test has.
import t from 'tap'
import { Context, diff, failure, graph, scale, tracked, why } from '../../lib/index.js'

const LENGTH = 20_000

/** chain(n) = chain(n - 1) + step(n), read from its beginning, since it is longer than the stack (R33). */
function chained() {
  const step = tracked('step', (n: number) => n % 7)
  const chain = tracked('chain', (n: number): number => (n === 0 ? 0 : chain(n - 1)) + step(n))
  const base = new Context({ name: 'base' })
  const read = (context: Context): void => {
    for (let n = 0; n <= LENGTH; n += 100) context.get(chain.at(n))
  }
  read(base)
  return { step, chain, base, read }
}

void t.test('a chain of 20,000: a tweak at its other end, and one of all of it', async (t) => {
  const { step, chain, base, read } = chained()
  const end = chain.at(LENGTH)
  const far = base.fork({ name: 'far' }).tweak(step.at(0), 10)
  const all = base.fork({ name: 'all' }).adjust(step, scale(2))
  read(far)
  read(all)
  const [mask] = why(far, end).masks
  t.equal(mask?.path.length, LENGTH + 2)
  t.ok(why(far, end).lines.every((line) => line.length < 300))
  t.match(why(far, end).lines[2], 'chain(19998) -> 19996 more -> chain(1) -> chain(0) -> step(0).')
  const one = diff(base, far, end)
  t.equal(one.nodes.length, LENGTH + 2)
  t.equal(one.causes[0]?.path.length, LENGTH + 2)
  t.ok(one.lines.length < 12)
  // the others are 0, twice as much too
  const changed = Array.from({ length: LENGTH + 1 }, (_, n) => n).filter((n) => n % 7 !== 0).length
  const many = diff(base, all, end)
  t.equal(many.causes.length, changed)
  t.equal(many.causes.at(-1)?.path.length, LENGTH + 1, 'to step(1)')
  const { causes } = JSON.parse(JSON.stringify(many)) as { causes: { path?: string[] }[] }
  t.same(
    causes.map(({ path }) => path?.length).filter((length) => length !== undefined),
    [2],
    'a way for each reason',
  )
  base.tweak(step.at(3), 50)
  const doubt = why(far, end)
  t.match(
    doubt.lines[1],
    /^Since then step\(3\) changed from 3 to 50 \(chain\(20000\) -> .* more -> .* -> step\(3\)\)\.$/,
  )
  const view = graph(all, { targets: [end] })
  t.equal(view.nodes.length, 2 * (LENGTH + 1))
  t.equal(view.edges.length, 2 * LENGTH + 1)
  t.equal(view.toDOT().split(' -> ').length, view.edges.length + 1)
  t.equal(view.toMermaid().split(' --> ').length, view.edges.length + 1)
})

void t.test('a sum of 20,000, and 20,000 that read one', async (t) => {
  const leaf = tracked('leaf', (n: number) => n)
  const sum = tracked('sum', () => {
    let total = 0
    for (let n = 0; n < LENGTH; n++) total += leaf(n)
    return total
  })
  const hub = tracked('hub', () => 1)
  const spoke = tracked('spoke', (n: number) => hub() + n)
  const base = new Context({ name: 'base' })
  base.get(sum)
  for (let n = 0; n < LENGTH; n++) base.get(spoke.at(n))
  const child = base.fork({ name: 'child' }).adjust(leaf, scale(2))
  child.get(sum)
  t.equal(why(child, sum).changes.length, LENGTH - 1)
  t.ok(why(child, sum).lines.length < 20)
  t.equal(diff(base, child, sum).causes.length, LENGTH - 1)
  for (const direction of ['dependencies', 'both'] as const) {
    t.equal(graph(child, { targets: [sum], direction }).nodes.length, LENGTH + 1)
  }
  t.equal(graph(base, { targets: [hub], direction: 'dependents' }).nodes.length, LENGTH + 1)
  t.equal(graph(base, { targets: [hub], direction: 'dependents', depth: 0 }).nodes.length, 1)
})

void t.test('30,000 nodes of one name; values of a million', async (t) => {
  class Thing {
    readonly size = 1
  }
  const weight = tracked('weight', (thing: Thing) => thing.size)
  const total = tracked('total', () => {
    let sum = 0
    for (let n = 0; n < 30_000; n++) sum += weight(new Thing())
    return sum
  })
  const big = tracked('big', () => Array.from({ length: 1_000_000 }, (_, i) => i))
  const base = new Context({ name: 'base' })
  base.get(total)
  base.get(big)
  const { nodes } = graph(base, { targets: [total] })
  t.equal(new Set(nodes.map(({ key }) => key)).size, 30_001)
  t.same(
    nodes.slice(1, 3).map(({ key }) => key),
    ['weight([Thing])', 'weight([Thing]) #2'],
  )
  t.equal(
    String(why(base, big)),
    `big() is [${Array.from({ length: 100 }, (_, i) => i).join(', ')}`
      .slice(0, 249)
      .concat('... in "base", which keeps it.'),
  )
})

void t.test('an error that went through 1,000 nodes, and through what-ifs', async (t) => {
  const fall = tracked('fall', (n: number): number => {
    if (n === 0) throw new RangeError('the ground')
    return fall(n - 1)
  })
  const base = new Context({ name: 'base' })
  t.throws(() => base.get(fall.at(1000)))
  t.equal(failure(base, fall.at(1000))?.path.length, 1001)
})
