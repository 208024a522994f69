// The judge judged: of a sound graph checkInvariants says nothing; of one with one thing broken, just that.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, vertexFor } from '../../lib/core/context.js'
import type { Vertex } from '../../lib/core/node.js'
import { CHECK, EMPTY, LOOSE, Result, type Shape, type Slot, UNLOADED } from '../../lib/core/result.js'
import { ownSlot, removeSlot } from '../../lib/core/slots.js'
import { keyOfTarget, Tweak } from '../../lib/core/tweak.js'
import { tracked } from '../../lib/index.js'
import { thrown, worked } from './helpers.js'

type Open<T> = { -readonly [K in keyof T]: T[K] }

/** What the core may only read, tests break. */
const open = <T>(value: T): Open<T> => value

/** The worked example, with a child that says x = 5, and `alone`, which reads nothing and is read by nobody. */
function sound(name = 'base') {
  const model = { ...worked(), alone: tracked('alone', () => 7) }
  const base = new Context(name === '' ? {} : { name })
  base.get(model.top)
  base.get(model.alone)
  const child = base.fork(name === '' ? {} : { name: 'child' }).tweak(model.x.at(), 5)
  child.get(model.top)
  const level = Context.level(child)
  const root = Context.level(base)
  const vertex = (target: unknown): Vertex => vertexFor(keyOfTarget(target), root.graph)
  const slot = (target: unknown): Slot => ownSlot(vertex(target), level) as Slot
  const shape = (target: unknown) => open(vertex(target).shape as Shape)
  return { ...model, base, child, level, root, vertex, slot, shape }
}

type Sound = ReturnType<typeof sound>

/** What is complained of. */
function complaints(context: Context): string[] {
  try {
    checkInvariants(context)
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
  return []
}

const broken: readonly (readonly [complaint: string, breakIt: (sound: Sound) => void])[] = [
  [
    'the tables hold 6 nodes, the graph counts 7',
    ({ root }) => {
      root.graph.nodes++
    },
  ],
  [
    'mid(): 1 shapes are live, 2 are counted',
    ({ vertex, mid }) => {
      vertex(mid).shapes++
    },
  ],
  [
    'side(): a shape is held 1 times and counts 2',
    ({ shape, side }) => {
      shape(side).count++
    },
  ],
  [
    'side(): a shape lists a read twice',
    ({ shape, vertex, side, y }) => {
      shape(side).splice(0, Infinity, vertex(y), vertex(y))
      vertex(y).dependents = [vertex(side), vertex(side)]
    },
  ],
  [
    'side(): a shape holds a vertex that was dropped',
    ({ shape, vertex, side, y }) => {
      const other = sound()
      shape(side).splice(0, Infinity, vertex(y), other.vertex(other.y))
    },
  ],
  [
    'mid(): reads x(), which has a slot in child, and has none',
    ({ vertex, slot, mid }) => {
      removeSlot(vertex(mid), slot(mid))
    },
  ],
  [
    'mid(): is marked as being evaluated',
    ({ vertex, mid }) => {
      vertex(mid).evaluating = 1
    },
  ],
  [
    'y(): has 0 edges to side(), and 1 are due',
    ({ vertex, y }) => {
      vertex(y).dependents = null
    },
  ],
  [
    'y(): has 1 edges to alone(), and 0 are due',
    ({ vertex, y, side, alone }) => {
      vertex(y).dependents = [vertex(side), vertex(alone)]
    },
  ],
  [
    'y(): has 2 edges to side(), and 1 are due',
    ({ vertex, y, side }) => {
      vertex(y).dependents = new Map([[vertex(side), 2]])
    },
  ],
  [
    'alone(): has a slot in a disposed level',
    ({ base, root, alone }) => {
      const level = Context.level(base.fork().tweak(alone, 1))
      level.disposed = true
      root.children?.delete(level)
    },
  ],
  [
    'mid(): has a slot in child, which does not list it',
    ({ level, vertex, mid }) => {
      level.held = level.held.filter((one) => one !== vertex(mid))
    },
  ],
  [
    'alone(): keeps what may not be kept in base',
    ({ vertex, alone }) => {
      vertex(alone).shape = LOOSE
      vertex(alone).shapes = 0
    },
  ],
  [
    'x(): a value tweak and its slot disagree in child',
    ({ level, vertex, x }) => {
      level.tweaks?.delete(vertex(x))
    },
  ],
  [
    'x(): a value tweak is not shown in child',
    ({ slot, x }) => {
      slot(x).state = UNLOADED
    },
  ],
  [
    'child tweaks alone(), whose slot does not show it',
    ({ level, vertex, alone }) => {
      level.tweaks?.set(vertex(alone), new Tweak('value', 1))
    },
  ],
  [
    'alone(): an empty slot has a shape in base',
    ({ vertex, alone }) => {
      vertex(alone).state = EMPTY
    },
  ],
  [
    'alone(): does not know what it read in base',
    ({ vertex, alone }) => {
      vertex(alone).state = CHECK
    },
  ],
  [
    'top(): does not know what it read in child',
    ({ slot, top }) => {
      slot(top).state = CHECK
      slot(top).record = [15]
    },
  ],
  [
    'alone(): is verified without a shape in base',
    ({ vertex, alone }) => {
      vertex(alone).shape = null
      vertex(alone).shapes = 0
    },
  ],
  [
    'top(): depends on a deeper level in child',
    ({ level, slot, top }) => {
      slot(top).footprint |= level.bit * 2
    },
  ],
  [
    'side(): is verified, and y() is not, in base',
    ({ vertex, y }) => {
      vertex(y).state = CHECK
      vertex(y).record = []
    },
  ],
  [
    'side(): is verified, and was made by another, not by its body, in base',
    ({ shape, side }) => {
      shape(side).producer = 'another'
    },
  ],
  [
    'top(): has footprint 0, and its dependencies make 2, in child',
    ({ slot, top }) => {
      slot(top).footprint = 0
    },
  ],
  [
    'base keeps a disposed child',
    ({ base }) => {
      Context.level(base.fork()).disposed = true
    },
  ],
  [
    'grandchild is not where its parent is',
    ({ root, child }) => {
      root.children?.add(Context.level(child.fork({ name: 'grandchild' })))
    },
  ],
]

void t.test('a sound graph has no complaint, and a disposed one is not looked at', async (t) => {
  const graph = sound()
  t.same(complaints(graph.base), [])
  graph.root.graph.nodes++
  graph.base.dispose()
  t.same(complaints(graph.base), [])
})

for (const [complaint, breakIt] of broken) {
  void t.test(`complains: ${complaint}`, async (t) => {
    const graph = sound()
    breakIt(graph)
    t.same(complaints(graph.base), [complaint])
    t.same(complaints(graph.child), [complaint], 'the same graph, from below')
  })
}

void t.test('complains of a replaced node that shows what its body gave', async (t) => {
  const { base, side, vertex } = sound()
  const child = base.fork({ name: 'replaced' }).replace(side, () => 1)
  child.get(side)
  const slot = ownSlot(vertex(side), Context.level(child)) as Slot
  open(slot.shape as Shape).producer = ''
  const [complaint = '', ...others] = complaints(base)
  t.match(complaint, /^side\(\): is verified, and was made by its body, not by \|replace #\d+, in replaced$/)
  t.same(others, [])
})

void t.test('complains of a what-if that is verified, and whose answer is not', async (t) => {
  const make = () => {
    const { base, mid, x, vertex } = sound()
    const ask = tracked('ask', () =>
      Context.current()
        .with([[x, 8]])
        .get(mid),
    )
    t.equal(base.get(ask), 18)
    t.same(complaints(base), [])
    return { base, mid, vertex, twin: Context.level(base.with([[x, 8]])) }
  }
  const complaint = 'mid() (what-if): is verified, and what it asked is not, in base'
  const turned = make()
  const slot = ownSlot(turned.vertex(turned.mid), turned.twin) as Slot
  slot.state = CHECK
  slot.record = [8]
  t.same(complaints(turned.base), [complaint])
  const lost = make()
  Context.level(lost.base).twins = null
  t.same(complaints(lost.base), [complaint])
})

void t.test('complains of what lies below an adjustment by its place', async (t) => {
  const { base, child, x, vertex } = sound()
  child.untweak(x.at()).adjust(x.at(), (value) => value + 1)
  child.get(x)
  t.same(complaints(base), [])
  const below = vertex(x).extra?.below as Vertex
  below.evaluating = 1
  t.same(complaints(base), ['x() (below): is marked as being evaluated'])
})

void t.test('complains of a leaf of the tree that read something else', async (t) => {
  const { base, mid, x, vertex } = sound()
  const children = Array.from({ length: 10 }, (_, i) => base.fork({ name: `child ${i}` }).tweak(x, 100 + i))
  for (const child of children) child.get(mid)
  t.same(complaints(base), [])
  const last = children[9] as Context
  const { record } = ownSlot(vertex(mid), Context.level(last)) as Slot
  if (!(record instanceof Result)) throw new Error('no leaf')
  record.marks = [99]
  t.same(complaints(base), ['mid(): its leaf read something else in child 9'])
})

void t.test('contexts without a name are called by their place', async (t) => {
  const { vertex, slot, alone, x, base } = sound('')
  vertex(alone).state = CHECK
  slot(x).state = UNLOADED
  t.same(complaints(base).sort(), [
    'alone(): does not know what it read in the root',
    'x(): a value tweak is not shown in a level at depth 1',
  ])
})

void t.test('of many complaints a dozen are told, and all are counted', async (t) => {
  const many = tracked('many', (i: number) => i)
  const base = new Context()
  for (let i = 0; i < 20; i++) vertexFor(many.at(i), Context.level(base).graph).evaluating = 1
  const error = thrown(t, () => checkInvariants(base)) as Error
  t.equal(error.message.split('\n').length, 13)
  t.match(error.message, /^20 invariants do not hold:\nmany\(0\): is marked as being evaluated\n/)
})
