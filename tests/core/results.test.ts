// R2 to R10: where results live, who may use them, and what runs again.
import { Map as ImmutableMap, List } from 'immutable'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, type Node, tracked } from '../../lib/index.js'
import { branch, Runs, steps, worked } from './helpers.js'

const ids = (nodes: readonly Node[]) => nodes.map((node) => node.id).sort()

void t.test('R2-R4: the worked example', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  const child = base.fork()
  steps(
    base,
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), { x: 1, y: 1, mid: 1, side: 1, top: 1 }),
    () => child.tweak(x, 5),
    () => t.same(runs.take(), {}, 'a tweak runs nothing'),
    () => t.equal(child.get(top), 35),
    () => t.same(runs.take(), { mid: 1, top: 1 }, 'nothing else'),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R2: what a child finds without its tweaks serves the parent, siblings and grandchildren', async (t) => {
  const { runs, x, mid, side, top } = worked()
  const other = runs.leaf('other', 1)
  const base = new Context()
  const child = base.fork().tweak(other, 2)
  const grandchild = child.fork()
  steps(
    base,
    () => t.equal(grandchild.get(top), 31),
    () => t.same(runs.take(), { x: 1, y: 1, mid: 1, side: 1, top: 1 }),
    () => t.equal(base.get(top), 31),
    () => t.equal(child.get(mid), 11),
    () => t.equal(base.fork().get(side), 20),
    () => t.equal(base.fork().tweak(other, 3).get(top), 31),
    () => t.same(runs.take(), {}),
  )
  // Also beside a tweak that the result does not use.
  const beside = base.fork().tweak(x, 5)
  const twice = tracked('twice', () => {
    runs.count('twice')
    return side() * 2
  })
  t.equal(beside.get(twice), 40)
  runs.take()
  t.equal(base.get(twice), 40)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R2: a result belongs to the ancestor that it really depends on', async (t) => {
  const runs = new Runs()
  const a = runs.leaf('a', 1)
  const b = runs.leaf('b', 1)
  const onlyA = tracked('onlyA', () => {
    runs.count('onlyA')
    return a() * 10
  })
  const both = tracked('both', () => {
    runs.count('both')
    return onlyA() + b()
  })
  const base = new Context()
  const outer = base.fork().tweak(a, 2)
  const inner = outer.fork().tweak(b, 5)
  steps(
    base,
    () => t.equal(inner.get(both), 25),
    () => t.same(runs.take(), { onlyA: 1, both: 1 }),
    () => t.equal(outer.get(onlyA), 20),
    () => t.same(runs.take(), {}, 'found in the inner context, kept by the outer'),
    () => t.equal(outer.get(both), 21),
    () => t.same(runs.take(), { b: 1, both: 1 }),
    () => t.equal(base.get(both), 11),
    () => t.same(runs.take(), { a: 1, onlyA: 1, both: 1 }, 'nothing of the scenario in the base'),
    () => t.equal(outer.get(both), 21),
    () => t.equal(inner.get(both), 25),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R2: the whole footprint is kept: an untweaked inner context does not leak the outer one', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  const outer = base.fork().tweak(x, 5)
  const inner = outer.fork().tweak(y, 7)
  steps(
    base,
    () => t.equal(inner.get(top), 85),
    () => inner.untweak(y),
    () => t.equal(inner.get(top), 35),
    () => t.equal(base.get(top), 31),
    () => t.equal(outer.get(top), 35),
    () => inner.dispose(),
    () => t.equal(base.get(top), 31),
    () => t.equal(outer.get(top), 35),
  )
  runs.take()
})

void t.test('R2: the footprint of dependencies of dependencies counts', async (t) => {
  const { x, y, mid, side, top } = worked()
  const outermost = tracked('outermost', () => top() + 1)
  const base = new Context()
  const outer = base.fork().tweak(x, 5)
  const inner = outer.fork().tweak(y, 7)
  inner.get(mid)
  inner.get(side)
  t.equal(inner.get(outermost), 86)
  t.equal(outer.get(outermost), 36)
  t.equal(base.get(outermost), 32)
  t.equal(base.fork().tweak(y, 7).get(outermost), 82)
  checkInvariants(base)
})

void t.test('R2: beyond thirty levels of contexts every value is still its own', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const chain = [base]
  for (let depth = 1; depth <= 40; depth++) {
    const context = (chain.at(-1) as Context).fork()
    if (depth % 2) context.tweak(x, depth)
    else context.tweak(y, depth)
    chain.push(context)
  }
  const expected = (depth: number) => {
    const odd = depth % 2 ? depth : depth - 1
    const even = depth % 2 ? depth - 1 : depth
    return (odd > 0 ? odd : 1) + 10 + (even > 0 ? even : 2) * 10
  }
  for (const depth of [40, 31, 32, 30, 39, 1, 0, 33, 2, 40]) {
    t.equal(chain[depth]?.get(top), expected(depth), `depth ${depth}`)
    checkInvariants(base)
  }
})

void t.test('R3: the nearest tweak wins, then the own cache, then the ancestors', async (t) => {
  const { runs, x, mid } = worked()
  const base = new Context()
  const a = base.fork()
  const b = a.fork()
  const c = b.fork()
  steps(
    base,
    () => t.equal(c.get(mid), 11),
    () => a.tweak(x, 2),
    () => t.equal(c.get(mid), 12),
    () => b.tweak(x, 3),
    () => t.equal(c.get(mid), 13),
    () => c.tweak(x, 4),
    () => t.equal(c.get(mid), 14),
    () =>
      t.same(
        [base, a, b, c].map((context) => context.get(x)),
        [1, 2, 3, 4],
      ),
    () =>
      t.same(
        [base, a, b, c].map((context) => context.get(mid)),
        [11, 12, 13, 14],
      ),
    () => runs.take(),
    () =>
      t.same(
        [base, a, b, c].map((context) => context.get(mid)),
        [11, 12, 13, 14],
      ),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R3: verification goes in recorded order and stops at the first difference', async (t) => {
  const { runs, flag, a, b, r } = branch()
  const base = new Context()
  base.get(r)
  runs.take()
  const deep = runs.leaf('deep', 1)
  const costly = tracked('costly', () => {
    runs.count('costly')
    return deep()
  })
  const chooser = tracked('chooser', () => {
    runs.count('chooser')
    return flag() ? costly() : b()
  })
  base.get(chooser)
  runs.take()
  const child = base.fork().tweak(flag, false).tweak(deep, 2)
  t.equal(child.get(chooser), 2)
  t.same(runs.take(), { chooser: 1, b: 1 }, 'the branch not taken is not evaluated to verify')
  checkInvariants(base)
  void a
})

void t.test('R3: an ancestor result is used where every dependency resolves to the same stamp', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 4)
  const parity = tracked('parity', () => {
    runs.count('parity')
    return x() % 2
  })
  const report = tracked('report', () => {
    runs.count('report')
    return { parity: parity() }
  })
  const base = new Context()
  const result = base.get(report)
  runs.take()
  const child = base.fork().tweak(x, 6)
  t.equal(child.get(report), result, 'the very object of the parent')
  t.same(runs.take(), { parity: 1 })
  t.equal(child.fork().get(report), result)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R3: what is not masked is read at any depth without running anything', async (t) => {
  const { runs, x, side } = worked()
  const base = new Context()
  base.get(side)
  runs.take()
  let context = base
  for (let depth = 0; depth < 20; depth++) context = context.fork().tweak(x, depth)
  t.equal(context.get(side), 20)
  t.equal(context.isMasked(side), false)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R4: the worked example: tweaked before anything was evaluated', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context()
  const child = base.fork()
  steps(
    base,
    () => child.tweak(x, 5),
    () => t.equal(base.get(mid), 11),
    () => t.equal(child.get(mid), 15),
    () => t.equal(base.get(top), 31),
    () => t.equal(child.get(top), 35),
  )
})

void t.test('R4: a tweak flags the node and all that is known to reach it, nothing else', async (t) => {
  const { runs, x, y, mid, side, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  const child = base.fork()
  t.same(
    [x, y, mid, side, top].map((target) => child.isMasked(target)),
    [false, false, false, false, false],
  )
  child.tweak(x, 5)
  t.same(
    [x, y, mid, side, top].map((target) => child.isMasked(target)),
    [true, false, true, false, true],
  )
  t.same(
    [x, y, mid, side, top].map((target) => base.isMasked(target)),
    [false, false, false, false, false],
  )
  const grandchild = child.fork()
  t.equal(grandchild.get(top), 35)
  t.equal(base.fork().isMasked(top), false)
  t.same(runs.take(), { mid: 1, top: 1 })
  checkInvariants(base)
})

void t.test('R4: the flag reaches nodes that are first evaluated after the tweak, wherever', async (t) => {
  const { x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const sibling = base.fork()
  t.equal(child.isMasked(mid), false, 'nothing is known to reach x yet')
  base.get(mid)
  t.equal(child.isMasked(mid), true)
  t.equal(child.isMasked(top), false)
  checkInvariants(base)
  sibling.get(top)
  t.equal(child.isMasked(top), true, 'learnt in a sibling')
  t.equal(child.get(top), 35)
  checkInvariants(base)
})

void t.test('R4: an edge learnt in one scenario masks in another', async (t) => {
  // Only under flag = false does r read b, and only `child` learns it.
  const { runs, flag, b, r } = branch()
  const base = new Context()
  const outer = tracked('outer', () => {
    runs.count('outer')
    return r() + 100
  })
  base.get(outer)
  const tweaksB = base.fork().tweak(b, 20)
  t.equal(tweaksB.get(outer), 101)
  const child = base.fork().tweak(flag, false)
  t.equal(child.get(outer), 102)
  checkInvariants(base)
  tweaksB.tweak(flag, false)
  t.equal(tweaksB.get(outer), 120)
  t.equal(child.get(outer), 102)
  t.equal(base.get(outer), 101)
  base.tweak(flag, false)
  t.equal(base.get(outer), 102)
  t.equal(tweaksB.untweak(flag).get(outer), 120)
  checkInvariants(base)
})

void t.test('R4: flagged already above does not stop the flag on its way to a grandchild', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const grandchild = child.fork().tweak(y, 3)
  steps(
    base,
    () => t.equal(grandchild.get(top), 45),
    () => child.tweak(x, 6),
    () => t.equal(grandchild.get(top), 46),
    () => child.tweak(x, 7),
    () => t.equal(grandchild.get(top), 47),
    () => t.equal(child.get(top), 37),
    () => child.untweak(x),
    () => t.equal(grandchild.get(top), 41),
    () => base.tweak(x, 9),
    () => t.equal(grandchild.get(top), 49),
    () => t.equal(child.get(top), 39),
  )
})

void t.test('R4: a mask says "may differ": a verified node has the value of the parent', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 4)
  const parity = tracked('parity', () => {
    runs.count('parity')
    return x() % 2
  })
  const report = tracked('report', () => {
    runs.count('report')
    return parity() ? 'odd' : 'even'
  })
  const base = new Context()
  base.get(report)
  const child = base.fork().tweak(x, 6)
  t.equal(child.isMasked(report), true)
  runs.take()
  t.equal(child.get(report), 'even')
  t.equal(child.get(report), 'even')
  t.same(runs.take(), { parity: 1 })
  child.tweak(x, 7)
  t.equal(child.get(report), 'odd')
  t.equal(base.get(report), 'even')
  t.same(runs.take(), { parity: 1, report: 1 })
  checkInvariants(base)
})

void t.test('R4: a tweak on a whole function flags calls made before and after it', async (t) => {
  const price = tracked('price', (item: string) => item.length)
  const total = tracked('total', (...items: string[]) => items.reduce((sum, item) => sum + price(item), 0))
  const base = new Context()
  t.equal(base.get(total.at('ab', 'c')), 3)
  const child = base.fork().tweak(price, 10)
  t.equal(child.get(total.at('ab', 'c')), 20)
  t.equal(base.get(total.at('new', 'newer')), 8)
  t.equal(child.get(total.at('new', 'newer')), 20)
  t.equal(child.get(total.at('first', 'here', 'c')), 30)
  t.equal(base.get(total.at('first', 'here', 'c')), 10)
  child.untweak(price)
  t.equal(child.get(total.at('first', 'here', 'c')), 10)
  checkInvariants(base)
})

void t.test('R5: the worked example: the parent changes while the child lives', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  const child = base.fork()
  child.tweak(x, 5)
  base.get(top)
  child.get(top)
  runs.take()
  steps(
    base,
    () => base.tweak(y, 7),
    () => t.equal(child.get(top), 85),
    () => t.same(runs.take(), { side: 1, top: 1 }),
    () => t.equal(base.get(top), 81),
    () => t.same(runs.take(), { top: 1 }),
  )
})

void t.test('R5: only results whose dependencies really changed run again', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 4)
  const y = runs.leaf('y', 1)
  const parity = tracked('parity', () => {
    runs.count('parity')
    return x() % 2
  })
  const sum = tracked('sum', () => {
    runs.count('sum')
    return parity() + y()
  })
  const base = new Context()
  const child = base.fork().tweak(y, 10)
  t.equal(child.get(sum), 10)
  runs.take()
  base.tweak(x, 8)
  t.equal(child.get(sum), 10)
  t.same(runs.take(), { parity: 1 })
  base.tweak(x, 9)
  t.equal(child.get(sum), 11)
  t.same(runs.take(), { parity: 1, sum: 1 })
  checkInvariants(base)
})

void t.test('R5: a change at any level reaches every level below and none above', async (t) => {
  const { x, y, mid, top } = worked()
  const base = new Context()
  const a = base.fork()
  const b = a.fork().tweak(y, 3)
  const c = b.fork()
  const all = () => [base, a, b, c].map((context) => context.get(top))
  steps(
    base,
    () => t.same(all(), [31, 31, 41, 41]),
    () => a.tweak(x, 2),
    () => t.same(all(), [31, 32, 42, 42]),
    () => c.tweak(mid, 0),
    () => t.same(all(), [31, 32, 42, 30]),
    () => base.tweak(y, 0),
    () => t.same(all(), [11, 12, 42, 30]),
    () => a.tweak(y, 1),
    () => t.same(all(), [11, 22, 42, 30]),
    () => b.untweak(y),
    () => t.same(all(), [11, 22, 22, 10]),
    () => base.tweak(x, 5),
    () => t.same(all(), [15, 22, 22, 10]),
    () => a.untweak(),
    () => t.same(all(), [15, 15, 15, 0]),
    () => c.untweak(mid),
    () => t.same(all(), [15, 15, 15, 15]),
    () => base.untweak(),
    () => t.same(all(), [31, 31, 31, 31]),
  )
})

void t.test('R6: what the child overrides changes above it at no cost below it', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const grandchild = child.fork()
  base.get(top)
  child.get(top)
  runs.take()
  steps(
    base,
    () => base.tweak(x, 100),
    () => t.equal(child.get(top), 35),
    () => t.equal(grandchild.get(top), 35),
    () => t.same(runs.take(), {}),
    () => base.tweak(mid, 1),
    () => t.equal(child.get(top), 21, 'mid of the base beats its body in the child too'),
    () => base.untweak(mid),
    () => child.tweak(mid, 7),
    () => t.equal(child.get(top), 27),
    () => runs.take(),
    () => base.tweak(x, 200),
    () => base.invalidate(mid),
    () => t.equal(child.get(top), 27),
    () => t.equal(grandchild.get(top), 27),
    () => t.same(runs.take(), {}, 'nor is the hidden mid of the base evaluated'),
  )
})

void t.test('R7: the next outer tweak shows again, then the body', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const child = base.fork()
  const grandchild = child.fork()
  base.tweak(x, 2)
  child.tweak(x, 3)
  grandchild.tweak(x, 4)
  steps(
    base,
    () => t.equal(grandchild.get(top), 34),
    () => grandchild.untweak(x),
    () => t.equal(grandchild.get(top), 33),
    () => child.untweak(x),
    () => t.equal(grandchild.get(top), 32),
    () => base.untweak(x),
    () => t.equal(grandchild.get(top), 31),
    () => t.equal(grandchild.tweaks.size, 0),
  )
})

void t.test('R7: what is still right is used again, zero runs', async (t) => {
  const { runs, x, mid, side, top } = worked()
  const base = new Context()
  base.get(top)
  const child = base.fork().tweak(x, 5)
  child.get(top)
  runs.take()
  steps(
    base,
    () => child.untweak(x),
    () => t.equal(child.get(top), 31),
    () => t.equal(child.get(mid), 11),
    () => t.same(runs.take(), {}),
    () =>
      t.same(
        [x, mid, side, top].map((target) => child.isMasked(target)),
        [false, false, false, false],
      ),
    () => t.equal(child.stats().masked, 0, 'the child keeps nothing of its own'),
    () => child.tweak(mid, 100),
    () => t.equal(child.get(top), 120),
    () => runs.take(),
    () => child.untweak(mid),
    () => t.equal(child.get(top), 31),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R7: also where the tweak was in the very context that holds the results', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  steps(
    base,
    () => base.tweak(x, 5),
    () => base.untweak(x),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}, 'never read in between'),
    () => base.tweak(x, 5),
    () => t.equal(base.get(top), 35),
    () => t.same(runs.take(), { mid: 1, top: 1 }),
    () => base.untweak(x),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}, 'read in between'),
  )
})

void t.test('R7: the same tweak again, and an untweak of what is not tweaked, change nothing', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  child.get(top)
  runs.take()
  child.tweak(x, 5)
  child.untweak(y)
  child.untweak(top)
  t.equal(child.get(top), 35)
  t.same(runs.take(), {})
  t.equal(child.tweaks.size, 1)
  child.untweak()
  t.equal(child.tweaks.size, 0)
  child.untweak()
  t.equal(child.get(top), 31)
  checkInvariants(base)
})

void t.test('R8: the worked example: another context may read other nodes', async (t) => {
  const { runs, flag, a, b, r } = branch()
  const base = new Context()
  const child = base.fork()
  steps(
    base,
    () => t.equal(base.get(r), 1),
    () => runs.take(),
    () => child.tweak(flag, false),
    () => t.equal(child.get(r), 2),
    () => t.same(runs.take(), { r: 1, b: 1 }),
    () => t.equal(base.get(b), 2),
    () => child.tweak(a, 50),
    () => t.equal(child.get(r), 2),
    () => t.equal(base.get(r), 1),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R8: each context has the dependencies of its own result', async (t) => {
  const { runs, flag, a, b, r } = branch()
  const base = new Context()
  base.get(r)
  const child = base.fork().tweak(flag, false)
  child.get(r)
  t.same(ids(base.dependencies(r)), ids([flag.at(), a.at()]))
  t.same(ids(child.dependencies(r)), ids([flag.at(), b.at()]))
  runs.take()
  base.tweak(a, 10)
  t.equal(child.get(r), 2)
  t.same(runs.take(), {}, 'a is nothing to the child')
  t.equal(base.get(r), 10)
  t.same(runs.take(), { r: 1 })
  base.tweak(b, 20)
  t.equal(base.get(r), 10)
  t.same(runs.take(), {}, 'b is nothing to the base')
  t.equal(child.get(r), 20)
  t.same(runs.take(), { r: 1 })
  checkInvariants(base)
})

void t.test('R8: control flow that depends on a computed node, changed in a grandparent', async (t) => {
  const runs = new Runs()
  const n = runs.leaf('n', 1)
  const mode = tracked('mode', () => (n() > 2 ? 'long' : 'short'))
  const long = runs.leaf('long', 'L')
  const short = runs.leaf('short', 'S')
  const pick = tracked('pick', () => {
    runs.count('pick')
    return mode() === 'long' ? long() : short()
  })
  const base = new Context()
  const child = base.fork().tweak(short, 's')
  const grandchild = child.fork().tweak(long, 'l')
  t.same(
    [base, child, grandchild].map((context) => context.get(pick)),
    ['S', 's', 's'],
  )
  base.tweak(n, 2)
  runs.take()
  t.same(
    [base, child, grandchild].map((context) => context.get(pick)),
    ['S', 's', 's'],
  )
  t.same(runs.take(), {})
  base.tweak(n, 3)
  t.same(
    [grandchild, child, base].map((context) => context.get(pick)),
    ['l', 'L', 'L'],
  )
  t.same(runs.take(), { pick: 2, long: 1 }, 'base and child share one')
  checkInvariants(base)
})

void t.test('R9: a new result replaces the edges of the old one, in both directions', async (t) => {
  const { runs, flag, a, b, r } = branch()
  const base = new Context()
  base.get(r)
  t.same(ids(base.dependents(a)), ids([r.at()]))
  t.same(ids(base.dependents(b)), [])
  base.tweak(flag, false)
  base.get(r)
  t.same(ids(base.dependencies(r)), ids([flag.at(), b.at()]))
  t.same(ids(base.dependents(a)), [])
  t.same(ids(base.dependents(b)), ids([r.at()]))
  runs.take()
  base.tweak(a, 50)
  t.equal(base.get(r), 2)
  t.same(runs.take(), {}, 'a change of a node no longer read')
  checkInvariants(base)
})

void t.test('R9: a node that no longer reaches a tweak loses its mask and is homed upward', async (t) => {
  const { runs, flag, a, r } = branch()
  const base = new Context()
  const child = base.fork()
  base.get(r)
  child.tweak(a, 50)
  t.equal(child.get(r), 50)
  t.equal(child.isMasked(r), true)
  base.tweak(flag, false)
  runs.take()
  t.equal(child.get(r), 2)
  t.same(runs.take(), { r: 1, b: 1 })
  t.equal(child.isMasked(r), false)
  t.equal(base.get(r), 2)
  t.equal(base.fork().get(r), 2)
  t.same(runs.take(), {}, 'found in the child, kept by the base')
  checkInvariants(base)
})

void t.test('R9: edges appear, vanish and appear again', async (t) => {
  const { flag, a, b, r } = branch()
  const after = tracked('after', () => r() * 10)
  const base = new Context()
  const child = base.fork().tweak(a, 5)
  const expected = (on: boolean, first: number, second: number) => (on ? first : second) * 10
  for (const [index, on] of [true, false, true, true, false, false, true].entries()) {
    base.tweak(flag, on)
    if (index % 3 === 0) base.tweak(b, index)
    t.equal(child.get(after), expected(on, 5, base.get(b)))
    t.equal(base.get(after), expected(on, 1, base.get(b)))
    checkInvariants(base)
  }
})

void t.test('R10: a result equal to the one before stops the change', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const parity = tracked('parity', () => {
    runs.count('parity')
    return x() % 2
  })
  const mid = tracked('mid', () => {
    runs.count('mid')
    return parity() + 1
  })
  const top = tracked('top', () => {
    runs.count('top')
    const value = mid()
    return x() > 0 ? value : -value
  })
  const side = tracked('side', () => {
    runs.count('side')
    return mid()
  })
  const base = new Context()
  base.get(top)
  base.get(side)
  runs.take()
  base.tweak(x, 3)
  t.equal(base.get(side), 2)
  t.same(runs.take(), { parity: 1 })
  t.equal(base.get(top), 2)
  t.same(runs.take(), { top: 1 }, 'top reads x itself')
  base.tweak(x, 4)
  t.equal(base.get(side), 1)
  t.same(runs.take(), { parity: 1, mid: 1, side: 1 })
  checkInvariants(base)
})

void t.test('R10: a tweak to the value that was there anyway runs nothing', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  base.get(top)
  runs.take()
  const child = base.fork().tweak(x, 1)
  t.equal(child.get(top), 31)
  child.tweak(mid, 11)
  t.equal(child.get(top), 31)
  base.tweak(x, 1)
  t.equal(base.get(top), 31)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test(
  'R10: equality: Object.is for primitives, structure for plain data and Immutable, else identity',
  async (t) => {
    class Instance {
      readonly n = 1
    }
    const shared = () => 1
    const kinds: [string, boolean, (n: number) => unknown][] = [
      ['NaN', true, () => Number.NaN],
      ['0 and -0', false, (n) => (n % 2 ? 0 : -0)],
      ['undefined', true, () => undefined],
      ['null', true, () => null],
      ['null and undefined', false, (n) => (n % 2 ? null : undefined)],
      ['strings', true, () => 'a'.repeat(3)],
      ['1 and "1"', false, (n) => (n % 2 ? 1 : '1')],
      ['bigints', true, () => 10n ** 20n],
      ['objects', true, () => ({ a: 1, b: { c: [1, 2, null] } })],
      ['objects, keys in another order', true, (n) => (n % 2 ? { a: 1, b: 2 } : { b: 2, a: 1 })],
      ['objects that differ deep down', false, (n) => ({ b: { c: [1, n] } })],
      ['arrays', true, () => [1, [2, ['x']]]],
      ['arrays in another order', false, (n) => (n % 2 ? [1, 2] : [2, 1])],
      ['an array and an object', false, (n) => (n % 2 ? [] : {})],
      ['Immutable', true, () => ImmutableMap({ list: List([1, 2]) })],
      ['Immutable that differs', false, (n) => List([n])],
      ['functions', false, () => () => 1],
      ['the same function', true, () => shared],
      ['instances', false, () => new Instance()],
      ['symbols', false, () => Symbol('s')],
    ]
    for (const [name, equal, make] of kinds) {
      const runs = new Runs()
      const n = runs.leaf('n', 1)
      const value = tracked('value', () => {
        runs.count('value')
        return make(n())
      })
      const reader = tracked('reader', () => {
        runs.count('reader')
        return [value()].length
      })
      const base = new Context()
      base.get(reader)
      runs.take()
      base.tweak(n, 2)
      base.get(reader)
      t.same(runs.take(), equal ? { value: 1 } : { value: 1, reader: 1 }, `${name}, in one context`)
      checkInvariants(base)
      const root = new Context()
      root.get(reader)
      runs.take()
      const child = root.fork().tweak(n, 2)
      child.get(reader)
      t.same(runs.take(), equal ? { value: 1 } : { value: 1, reader: 1 }, `${name}, in a child`)
      if (equal) t.ok(Object.is(child.get(value), root.get(value)), `${name}: the child's is the parent's`)
      checkInvariants(root)
    }
  },
)

void t.test('R10: undefined is a value, not an absent one', async (t) => {
  const runs = new Runs()
  const nothing = tracked('nothing', (): undefined => {
    runs.count('nothing')
    return undefined
  })
  const base = new Context()
  base.get(nothing)
  base.get(nothing)
  base.fork().get(nothing)
  t.same(runs.take(), { nothing: 1 })
  t.equal(base.has(nothing), true)
})

void t.test('R10: -0 keeps its sign', async (t) => {
  const x = tracked('x', () => 1)
  const zero = tracked('zero', () => (x() > 0 ? 0 : -0))
  const sign = tracked('sign', () => 1 / zero())
  const base = new Context()
  t.equal(base.get(sign), Number.POSITIVE_INFINITY)
  const child = base.fork().tweak(x, -1)
  t.ok(Object.is(child.get(zero), -0))
  t.equal(child.get(sign), Number.NEGATIVE_INFINITY)
  t.ok(Object.is(base.get(zero), 0))
  t.equal(base.get(sign), Number.POSITIVE_INFINITY)
  const tweaked = base.fork().tweak(zero, -0)
  t.equal(tweaked.get(sign), Number.NEGATIVE_INFINITY)
  checkInvariants(base)
})

void t.test('R10: a child that computes what the parent has, has the object of the parent', async (t) => {
  const { x, y } = worked()
  const sum = tracked('sum', () => ({ sum: x() + y() }))
  const base = new Context()
  const ofBase = base.get(sum)
  const child = base.fork().tweak(x, 2).tweak(y, 1)
  t.equal(child.get(sum), ofBase)
  t.not(base.fork().tweak(x, 2).get(sum), ofBase)
  checkInvariants(base)
})

void t.test('R10: `equals` of a function replaces equality', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const rough = tracked(
    'rough',
    () => {
      runs.count('rough')
      return x()
    },
    { equals: (a: number, b: number) => Math.abs(a - b) < 0.5 },
  )
  const never = tracked(
    'never',
    () => {
      runs.count('never')
      return x() > 1e9 ? 1 : 0
    },
    { equals: () => false },
  )
  const readsRough = tracked('readsRough', () => {
    runs.count('readsRough')
    return rough()
  })
  const readsNever = tracked('readsNever', () => {
    runs.count('readsNever')
    return never()
  })
  const base = new Context()
  t.equal(base.get(readsRough), 1)
  base.get(readsNever)
  runs.take()
  base.tweak(x, 1.2)
  t.equal(base.get(readsRough), 1)
  t.same(runs.take(), { rough: 1 }, 'within the tolerance')
  base.get(readsNever)
  t.same(runs.take(), { never: 1, readsNever: 1 })
  base.get(readsNever)
  base.get(readsRough)
  t.same(runs.take(), {}, 'and hits are hits')
  base.tweak(x, 2)
  t.equal(base.get(readsRough), 2)
  t.same(runs.take(), { rough: 1, readsRough: 1 }, 'beyond it')
  const child = base.fork().tweak(x, 2.2)
  t.equal(child.get(readsRough), 2)
  t.same(runs.take(), { rough: 1 }, "the result of the parent is the child's")
  checkInvariants(base)
})

void t.test('R10: `equals` is asked of the result before and of the parent only', async (t) => {
  const asked: string[] = []
  const x = tracked('x', () => 1)
  const value = tracked('value', () => x(), {
    equals: (a: number, b: number) => {
      asked.push(a < b ? `${a}-${b}` : `${b}-${a}`)
      return Object.is(a, b)
    },
  })
  const base = new Context()
  base.get(value)
  for (const n of [100, 200, 300, 400, 500, 600, 700, 800]) t.equal(base.fork().tweak(x, n).get(value), n)
  t.same(
    asked.filter((pair) => !pair.startsWith('1-')),
    [],
    'no sibling is compared with another',
  )
  checkInvariants(base)
})
