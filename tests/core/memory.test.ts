// R25 to R29 and R32: unload, invalidate, clear, dispose, re-entry, growth, isolation; and that memory comes back.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, DisposedError, tracked } from '../../lib/index.js'
import { gate, gc, gcUntil, Runs, settle, steps, thrown, throws, worked } from './helpers.js'

/** A leaf that gives what the test sets: outer.value. */
function external() {
  const runs = new Runs()
  const outer = { value: 1 }
  const leaf = tracked('leaf', () => {
    runs.count('leaf')
    return outer.value
  })
  const parity = tracked('parity', () => {
    runs.count('parity')
    return leaf() % 2
  })
  const top = tracked('top', () => {
    runs.count('top')
    return parity() * 10
  })
  return { runs, outer, leaf, parity, top }
}

void t.test('R25: the worked example', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  steps(
    base,
    () => t.equal(base.get(top), 31),
    () => runs.take(),
    () => t.equal(base.unload(mid), 1),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}),
    () => t.equal(base.get(mid), 11),
    () => t.same(runs.take(), { mid: 1 }),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}),
    () => t.equal(base.unload(mid), 1),
    () => base.tweak(x, 2),
    () => t.equal(base.get(top), 32),
    () => t.same(runs.take(), { mid: 1, top: 1 }),
  )
})

void t.test('R25: it tells how many values were dropped', async (t) => {
  const { x, mid, side, top } = worked()
  const base = new Context()
  const child = base.fork()
  t.equal(base.unload(), 0)
  t.equal(base.unload(top), 0)
  base.get(top)
  t.equal(child.unload(top), 0, 'kept by the parent')
  t.equal(child.unload(), 0)
  child.tweak(x, 5)
  child.get(top)
  t.equal(child.unload(top), 1)
  t.equal(child.unload(top), 0, 'once')
  t.equal(child.unload(side), 0)
  t.equal(child.unload(), 1, 'mid is left')
  t.equal(base.unload(mid), 1)
  t.equal(base.unload(), 4)
  t.equal(base.unload(), 0)
  checkInvariants(base)
})

void t.test('R25: after unload of everything all is known but the values', async (t) => {
  const { runs, x, mid, side, top } = worked()
  const base = new Context()
  base.get(top)
  const { edges } = base.stats()
  base.unload()
  runs.take()
  t.equal(base.stats().edges, edges, 'the edges stay')
  t.equal(base.has(top), false)
  t.equal(base.peek(top), undefined)
  t.equal(base.get(side), 20)
  const counts = runs.take()
  t.equal(counts['side'], 1)
  t.equal(counts['mid'], undefined)
  t.equal(base.get(top), 31)
  base.tweak(x, 2)
  t.equal(base.get(mid), 12)
  t.equal(base.get(top), 32)
  checkInvariants(base)
})

void t.test('R25: tweaks and the values of other contexts are untouched', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const sibling = base.fork().tweak(x, 6)
  t.same(
    [base, child, sibling].map((context) => context.get(top)),
    [31, 35, 36],
  )
  runs.take()
  steps(
    base,
    () => child.unload(),
    () => t.equal(base.get(top), 31),
    () => t.equal(sibling.get(top), 36),
    () => t.equal(child.get(x), 5),
    () => t.same(runs.take(), {}),
    () => t.equal(child.get(top), 35),
    () => t.ok(runs.take()['top'] === 1),
    () => base.unload(),
    () => t.equal(child.get(top), 35),
    () => t.equal(sibling.get(mid), 16),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R25: what is computed again may differ, and then dependents run', async (t) => {
  const { runs, outer, leaf, top } = external()
  const base = new Context()
  t.equal(base.get(top), 10)
  runs.take()
  outer.value = 2
  base.unload(leaf)
  t.equal(base.get(top), 10, 'dependents stay valid')
  t.same(runs.take(), {})
  t.equal(base.get(leaf), 2)
  t.equal(base.get(top), 0)
  t.same(runs.take(), { leaf: 1, parity: 1, top: 1 })
  outer.value = 4
  base.unload(leaf)
  base.get(leaf)
  t.equal(base.get(top), 0)
  t.same(runs.take(), { leaf: 1, parity: 1 })
  checkInvariants(base)
})

void t.test('R25: one call of many, errors, and a value below a child', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 1)
  const f = tracked('f', (n: number) => {
    runs.count('f')
    if (n < 0) throw new Error('negative')
    return n * x()
  })
  const base = new Context()
  for (const n of [1, 2]) base.get(f.at(n))
  thrown(t, () => base.get(f.at(-1)))
  runs.take()
  t.equal(base.unload(f.at(1)), 1)
  t.equal(base.unload(f.at(-1)), 1)
  base.get(f.at(2))
  t.same(runs.take(), {})
  base.get(f.at(1))
  thrown(t, () => base.get(f.at(-1)))
  t.same(runs.take(), { f: 2 })
  base.unload(f.at(1))
  const child = base.fork()
  t.equal(child.get(f.at(1)), 1)
  t.equal(base.get(f.at(1)), 1)
  t.same(runs.take(), { f: 1 }, 'found by the child, kept by the base')
  t.equal(base.fork().tweak(x, 3).get(f.at(1)), 3)
  checkInvariants(base)
})

void t.test('R25: unload lets go of the value', async (t) => {
  const big = tracked('big', () => ({ bytes: new Uint8Array(1000) }))
  const size = tracked('size', () => big().bytes.length)
  const base = new Context()
  const child = base.fork()
  t.equal(child.get(size), 1000)
  const weak = new WeakRef(base.get(big))
  base.unload(big)
  t.ok(await gcUntil(() => weak.deref() === undefined))
  t.equal(base.get(size), 1000)
  checkInvariants(base)
})

void t.test('R26: here and below it runs again when asked for, and cutoff protects dependents', async (t) => {
  const { runs, outer, leaf, top } = external()
  const base = new Context()
  const child = base.fork()
  t.equal(base.get(top), 10)
  runs.take()
  steps(
    base,
    () => base.invalidate(leaf),
    () => t.same(runs.take(), {}, 'nothing runs by itself'),
    () => t.equal(child.get(top), 10),
    () => t.same(runs.take(), { leaf: 1 }),
    () => t.equal(base.get(top), 10),
    () => t.same(runs.take(), {}, 'once'),
    () => {
      outer.value = 3
    },
    () => t.equal(base.get(leaf), 1, 'nobody said so'),
    () => base.invalidate(leaf),
    () => t.equal(base.get(top), 10),
    () => t.same(runs.take(), { leaf: 1, parity: 1 }),
    () => {
      outer.value = 4
    },
    () => base.invalidate(leaf),
    () => t.equal(child.get(top), 0),
    () => t.equal(base.get(top), 0),
    () => t.same(runs.take(), { leaf: 1, parity: 1, top: 1 }),
  )
})

void t.test('R26: in a child: not above, not beside', async (t) => {
  const { runs, outer, leaf, top } = external()
  const base = new Context()
  const child = base.fork()
  const grandchild = child.fork()
  const sibling = base.fork()
  t.equal(base.get(top), 10)
  runs.take()
  outer.value = 2
  steps(
    base,
    () => child.invalidate(leaf),
    () => t.equal(base.get(top), 10),
    () => t.equal(sibling.get(leaf), 1),
    () => t.same(runs.take(), {}),
    () => t.equal(grandchild.get(top), 0),
    () => t.same(runs.take(), { leaf: 1, parity: 1, top: 1 }),
    () => t.equal(child.get(top), 0),
    () => t.equal(child.get(leaf), 2),
    () => t.same(runs.take(), {}, "what the grandchild found is the child's"),
    () => t.equal(base.get(leaf), 1),
    () => t.equal(sibling.get(top), 10),
    () => t.same(runs.take(), {}),
    () => base.invalidate(leaf),
    () => t.equal(sibling.get(top), 0),
    () => t.same(runs.take()['leaf'], 1),
    () => t.equal(base.get(leaf), 2),
    () => t.same(runs.take(), {}),
  )
})

void t.test('R26: it reaches the results that contexts below keep', async (t) => {
  const { runs, x, mid, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const grandchild = child.fork().tweak(x, 6)
  const all = () => [base, child, grandchild].map((context) => context.get(top))
  t.same(all(), [31, 35, 36])
  runs.take()
  base.invalidate(mid)
  t.same(all(), [31, 35, 36])
  t.same(runs.take(), { mid: 3 }, 'once in each')
  t.same(all(), [31, 35, 36])
  t.same(runs.take(), {})
  child.invalidate(mid)
  t.same(all(), [31, 35, 36])
  t.same(runs.take(), { mid: 2 })
  checkInvariants(base)
})

void t.test('R26: it reaches an entry hidden under a tweak at the time', async (t) => {
  const { runs, outer, leaf, top } = external()
  const base = new Context()
  const child = base.fork()
  base.get(top)
  runs.take()
  outer.value = 2
  steps(
    base,
    () => base.tweak(leaf, 7),
    () => t.equal(base.get(top), 10),
    () => base.invalidate(leaf),
    () => t.equal(base.get(leaf), 7, 'the tweak is no matter of trust'),
    () => t.equal(runs.take()['leaf'], undefined),
    () => base.untweak(leaf),
    () => t.equal(base.get(leaf), 2),
    () => t.equal(base.get(top), 0),
    () => t.equal(runs.take()['leaf'], 1),
    () => child.tweak(leaf, 9),
    () => t.equal(child.get(leaf), 9),
    () => {
      outer.value = 3
    },
    () => base.invalidate(leaf),
    () => t.equal(child.get(leaf), 9),
    () => child.untweak(leaf),
    () => t.equal(child.get(leaf), 3),
    () => t.equal(base.get(leaf), 3),
    () => t.equal(runs.take()['leaf'], 1),
  )
})

void t.test('R26: an untweak does not bring back what was invalidated', async (t) => {
  const { runs, outer, leaf, parity, top } = external()
  const base = new Context()
  const child = base.fork().tweak(parity, 5)
  t.equal(base.get(top), 10)
  t.equal(child.get(top), 50)
  runs.take()
  outer.value = 2
  base.invalidate(leaf)
  child.untweak(parity)
  t.equal(child.get(top), 0)
  t.same(runs.take(), { leaf: 1, parity: 1, top: 1 })
  t.equal(base.get(top), 0)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R26: what was never evaluated, and what is invalidated twice', async (t) => {
  const { runs, leaf, top } = external()
  const base = new Context()
  base.invalidate(leaf)
  t.equal(base.get(top), 10)
  t.same(runs.take(), { leaf: 1, parity: 1, top: 1 })
  base.invalidate(leaf)
  base.invalidate(leaf)
  base.get(top)
  base.get(leaf)
  t.same(runs.take(), { leaf: 1 })
  base.invalidate(top)
  base.get(top)
  t.same(runs.take(), { top: 1 }, 'and nothing that it reads')
  checkInvariants(base)
})

void t.test('R26: `volatile`: what is volatile is asked again by every read', async (t) => {
  const runs = new Runs()
  let now = 1
  const clock = tracked(
    'clock',
    () => {
      runs.count('clock')
      return now
    },
    { volatile: true },
  )
  const reads = tracked('reads', () => {
    runs.count('reads')
    return clock() * 10
  })
  const base = new Context()
  t.equal(base.get(reads), 10)
  runs.take()
  t.equal(base.get(reads), 10)
  t.same(runs.take(), { clock: 1 }, 'cutoff protects what reads it')
  now = 2
  t.equal(base.get(clock), 2)
  t.equal(base.get(reads), 20)
  t.equal(base.fork().tweak(clock, 9).get(reads), 90)
  checkInvariants(base)
})

void t.test('R27: clear drops all results of this context and keeps its tweaks', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  base.get(top)
  child.get(top)
  runs.take()
  steps(
    base,
    () => child.clear(),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), {}),
    () => t.equal(child.get(top), 35),
    () => t.same(runs.take(), { mid: 1, top: 1 }),
    () => base.clear(),
    () => t.equal(base.has(top), false),
    () => t.same(base.dependencies(top), []),
    () => t.equal(child.get(top), 35),
    () => t.same(runs.take(), { y: 1, side: 1 }, 'verified: what it read of the base is asked again'),
    () => t.equal(base.get(top), 31),
    () => t.same(runs.take(), { x: 1, mid: 1, top: 1 }),
    () => base.tweak(y, 3),
    () =>
      t.same(
        [base, child].map((context) => context.get(top)),
        [41, 45],
      ),
    () => base.clear(),
    () => t.equal(base.tweaks.size, 1),
    () =>
      t.same(
        [base, child].map((context) => context.get(top)),
        [41, 45],
      ),
  )
})

void t.test('R27: clear forgets errors and what is not known to be wrong', async (t) => {
  const { runs, outer, top } = external()
  const base = new Context()
  const child = base.fork()
  base.get(top)
  outer.value = 2
  base.clear()
  t.equal(child.get(top), 0)
  t.equal(base.get(top), 0)
  runs.take()
  checkInvariants(base)
})

void t.test('R27: a disposed context refuses every use', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const child = base.fork()
  child.get(top)
  const bound = child.bind(() => top())
  child.dispose()
  t.equal(child.disposed, true)
  t.equal(base.disposed, false)
  for (const [name, use] of Object.entries({
    get: () => child.get(top),
    run: () => child.run(() => 1),
    bind: () => child.bind(() => 1)(),
    bound,
    fork: () => child.fork(),
    with: () => child.with([]),
    tweak: () => child.tweak(x, 1),
    adjust: () => child.adjust(x, (n) => n),
    replace: () => child.replace(x, () => 1),
    untweak: () => child.untweak(x),
    untweakAll: () => child.untweak(),
    peek: () => child.peek(top),
    has: () => child.has(top),
    isMasked: () => child.isMasked(top),
    unload: () => child.unload(),
    invalidate: () => child.invalidate(top),
    clear: () => child.clear(),
    watch: () => child.watch(top, () => {}),
    batch: () => child.batch(() => 1),
    dependencies: () => child.dependencies(top),
    dependents: () => child.dependents(top),
  })) {
    t.equal(throws(t, use, DisposedError).code, 'DUGOUT_DISPOSED', name)
  }
  t.doesNotThrow(() => child.dispose(), 'twice is fine')
  t.doesNotThrow(() => child[Symbol.dispose]())
  t.equal(base.get(top), 31)
  checkInvariants(base)
})

void t.test('R27: children go with their parent, siblings stay', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const grandchild = child.fork().tweak(y, 3)
  const frozen = child.with([[y, 4]])
  const sibling = base.fork().tweak(x, 6)
  t.same(
    [base, child, grandchild, frozen, sibling].map((context) => context.get(top)),
    [31, 35, 45, 55, 36],
  )
  child.dispose()
  t.same(
    [base, child, grandchild, frozen, sibling].map((context) => context.disposed),
    [false, true, true, true, false],
  )
  throws(t, () => grandchild.get(top), DisposedError)
  t.same(
    [base, sibling].map((context) => context.get(top)),
    [31, 36],
  )
  base.tweak(y, 1)
  t.same(
    [base, sibling].map((context) => context.get(top)),
    [21, 26],
  )
  t.equal(base.stats().contexts, 2)
  checkInvariants(base)
  base.dispose()
  t.equal(sibling.disposed, true)
  throws(t, () => base.get(top), DisposedError)
  t.equal(new Context().get(top), 31, "the functions are nobody's")
})

void t.test('R27: `using` disposes', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  let kept: Context
  {
    using child = base.fork().tweak(x, 5)
    kept = child
    t.equal(child.get(top), 35)
  }
  t.equal(kept.disposed, true)
  t.equal(base.stats().contexts, 1)
  checkInvariants(base)
})

void t.test('R27: disposed while it is entered', async (t) => {
  const { top } = worked()
  const base = new Context()
  const child = base.fork()
  child.run(() => {
    t.equal(top(), 31)
    child.dispose()
    throws(t, () => top(), DisposedError)
    throws(t, () => Context.current().get(top), DisposedError)
  })
  t.equal(base.get(top), 31)
  checkInvariants(base)
})

void t.test('R27: an interned context that was disposed comes back empty, never wrong', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  const first = base.with([[x, 5]])
  t.equal(first.get(top), 35)
  first.dispose()
  const second = base.with([[x, 5]])
  t.equal(second.disposed, false)
  t.equal(second.get(top), 35)
  runs.take()
  checkInvariants(base)
})

void t.test('R27: disposal gives back what the context kept', async (t) => {
  const { x, y, mid, top } = worked()
  const base = new Context()
  base.get(top)
  const before = base.stats()
  for (let round = 0; round < 10; round++) {
    const child = base.fork().tweak(x, 100 + round)
    const grandchild = child.fork().tweak(y, round)
    child.get(top)
    grandchild.get(top)
    child.adjust(mid, (n) => n + 1)
    grandchild.get(top)
    checkInvariants(base)
    child.dispose()
    checkInvariants(base)
  }
  const after = base.stats()
  for (const key of ['results', 'edges', 'masked', 'contexts', 'inFlight'] as const)
    t.equal(after[key], before[key], key)
})

void t.test('R28: a context keeps its tweaks and its cache between runs', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  for (let round = 0; round < 3; round++) {
    t.equal(
      child.run(() => top()),
      35,
    )
    t.equal(
      base.run(() => top()),
      31,
    )
  }
  t.same(runs.take(), { x: 1, y: 1, mid: 2, side: 1, top: 2 })
  checkInvariants(base)
})

void t.test('R28: a context may be entered while it is active', async (t) => {
  const { runs, x, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  const value = child.run(() => child.run(() => top()) + base.run(() => child.run(() => top())) + top())
  t.equal(value, 105)
  t.same(runs.take(), { y: 1, mid: 1, side: 1, top: 1 })
  const inside = tracked('inside', () => Context.current().run(() => top()) + Context.current().get(top))
  t.equal(child.get(inside), 70)
  t.equal(base.get(inside), 62)
  await Promise.all(
    [0, 1, 2].map(() =>
      child.run(async () => {
        await settle(1)
        t.equal(top(), 35)
        t.equal(Context.current(), child)
      }),
    ),
  )
  checkInvariants(base)
})

/** 1,000 nodes: 100 leaves, and nine layers of 100 above them. `read` adds up the uppermost layer. */
function thousand() {
  const runs = new Runs()
  const leaf = tracked('leaf', (i: number) => {
    runs.count('leaf')
    return i
  })
  const layer = tracked('layer', (depth: number, i: number): number => {
    runs.count('layer')
    return (depth === 0 ? leaf(i) : layer(depth - 1, i)) + 1
  })
  const read = (context: Context) => {
    let sum = 0
    for (let i = 0; i < 100; i++) sum += context.get(layer.at(8, i))
    return sum
  }
  return { runs, leaf, layer, read }
}

void t.test('R29: a fork costs no evaluations, whatever the graph; 10,000 siblings', async (t) => {
  const { runs, leaf, layer, read } = thousand()
  const base = new Context()
  const sum = read(base)
  t.same(runs.take(), { leaf: 100, layer: 900 })
  const before = base.stats()
  t.equal(before.nodes, 1000)
  t.equal(before.results, 1000)
  t.equal(before.edges, 900)
  const siblings = Array.from({ length: 10_000 }, () => base.fork())
  const forked = base.stats()
  t.equal(forked.contexts, 10_001)
  for (const key of ['nodes', 'results', 'edges', 'masked', 'evaluations'] as const) {
    t.equal(forked[key], before[key], `${key} after the forks`)
  }
  for (const sibling of siblings) sibling.get(layer.at(8, 7))
  t.same(runs.take(), {}, 'an untweaked sibling reads what is there')

  const [first, second] = siblings as [Context, Context]
  first.tweak(leaf.at(7), 1000)
  t.same(runs.take(), {}, 'a tweak runs nothing')
  t.equal(first.stats().masked, 10, 'the leaf and the nine above it')
  t.equal(second.stats().masked, 0)
  t.equal(base.stats().masked, 0)
  t.equal(first.get(layer.at(8, 7)), 1009)
  t.same(runs.take(), { layer: 9 })
  for (const sibling of siblings.slice(1)) sibling.get(layer.at(8, 7))
  t.equal(second.isMasked(layer.at(8, 7)), false)
  t.equal(read(second), sum)
  t.same(runs.take(), {}, 'a tweak in one sibling costs another nothing')
  checkInvariants(base)

  // Every sibling with a tweak of its own: each keeps its ten, and no more.
  for (const [index, sibling] of siblings.slice(0, 100).entries()) {
    sibling.tweak(leaf.at(index), 5000)
    t.equal(sibling.get(layer.at(8, index)), 5009)
  }
  t.equal(second.stats().masked, 10)
  t.equal(base.stats().edges, before.edges, 'no edges of their own')
  runs.take()
  t.equal(read(base), sum)
  t.equal(siblings[200] && read(siblings[200]), sum)
  t.same(runs.take(), {})
  for (const sibling of siblings) sibling.dispose()
  const after = base.stats()
  for (const key of ['nodes', 'results', 'edges', 'masked', 'contexts'] as const) t.equal(after[key], before[key], key)
  checkInvariants(base)
})

void t.test('R29: deep nesting and wide siblings together', async (t) => {
  const { runs, leaf, layer, read } = thousand()
  const base = new Context()
  const sum = read(base)
  let deep = base
  for (let depth = 0; depth < 20; depth++) deep = deep.fork().tweak(leaf.at(depth), 100)
  runs.take()
  t.equal(read(deep), sum + 20 * 100 - 190)
  t.same(runs.take(), { layer: 180 })
  t.equal(deep.stats().masked <= 200, true)
  t.equal(deep.get(layer.at(8, 50)), 59)
  t.equal(read(base), sum)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R29: a chain of 5,000 contexts', async (t) => {
  const { runs, x, y, top } = worked()
  const base = new Context()
  t.equal(base.get(top), 31)
  const chain = [base]
  for (let depth = 0; depth < 5000; depth++) chain.push((chain.at(-1) as Context).fork())
  const deepest = chain.at(-1) as Context
  runs.take()
  t.equal(deepest.get(top), 31)
  t.same(runs.take(), {})
  chain[1]?.tweak(x, 5)
  t.equal(deepest.get(top), 35)
  t.same(runs.take(), { mid: 1, top: 1 })
  t.equal(chain[2500]?.get(top), 35)
  t.same(runs.take(), {}, 'homed where the tweak is, deep as it may be')
  deepest.tweak(y, 3)
  t.equal(deepest.get(top), 45)
  t.equal(chain[4999]?.get(top), 35)
  base.tweak(y, 7)
  t.equal(chain[4999]?.get(top), 85)
  t.equal(deepest.get(top), 45)
  checkInvariants(base)
  chain[1]?.dispose()
  t.equal(deepest.disposed, true)
  t.equal(base.get(top), 81)
  t.equal(base.stats().contexts, 1)
  checkInvariants(base)
})

void t.test('R29: 10,000 contexts forked, used and disposed leave the heap where it was', async (t) => {
  const { leaf, layer, read } = thousand()
  const base = new Context()
  read(base)
  const round = () => {
    for (let i = 0; i < 10_000; i++) {
      const child = base.fork().tweak(leaf.at(i % 100), i)
      child.get(layer.at(8, i % 100))
      child.get(layer.at(8, (i + 1) % 100))
      child.dispose()
    }
  }
  round()
  const before = base.stats()
  await gc()
  const heap = process.memoryUsage().heapUsed
  round()
  const after = base.stats()
  await gc()
  const grown = process.memoryUsage().heapUsed - heap
  t.ok(grown < 400_000, `${grown} bytes more, less than 40 a context`)
  for (const key of ['nodes', 'results', 'edges', 'masked', 'contexts'] as const) t.equal(after[key], before[key], key)
  checkInvariants(base)
})

void t.test('R29: a forgotten context is collected and its entries go', async (t) => {
  const { leaf, layer, read } = thousand()
  const base = new Context()
  read(base)
  const before = base.stats()
  const forgotten: WeakRef<Context>[] = []
  const forget = () => {
    for (let i = 0; i < 50; i++) {
      const child = base.fork().tweak(leaf.at(i), 1000)
      const grandchild = child.fork().tweak(leaf.at(i + 1), 1000)
      child.get(layer.at(8, i))
      grandchild.get(layer.at(8, i + 1))
      grandchild.get(layer.at(8, i))
      forgotten.push(new WeakRef(child), new WeakRef(grandchild))
    }
  }
  forget()
  t.equal(base.stats().contexts, 101)
  t.ok(await gcUntil(() => forgotten.every((reference) => reference.deref() === undefined)), 'collected')
  const keys = ['results', 'edges', 'masked', 'contexts'] as const
  await gcUntil(() => keys.every((key) => base.stats()[key] === before[key]))
  const after = base.stats()
  for (const key of keys) t.equal(after[key], before[key], key)
  checkInvariants(base)
})

void t.test('R29: a context that is held keeps those above it, and a bound function holds one', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const make = () => base.fork().tweak(x, 5).fork().tweak(y, 3)
  const grandchild = make()
  const bound = (() => {
    const child = base.fork().tweak(x, 7)
    return child.bind(() => top())
  })()
  await gc(5)
  t.equal(grandchild.get(top), 45)
  t.equal(grandchild.parent?.get(top), 35)
  t.equal(bound(), 37)
  checkInvariants(base)
})

void t.test('R29: a context that somebody waits in is not forgotten', async (t) => {
  const hold = gate()
  const x = tracked('x', () => 1)
  const slow = tracked('slow', async (when: 'early' | 'late') => {
    const before = when === 'early' ? x() : 0
    await hold.opened
    return before + (when === 'late' ? x() : 0)
  })
  const base = new Context()
  const start = () => {
    const promises = [
      base.fork().tweak(x, 5).get(slow.at('early')),
      base.fork().tweak(x, 6).get(slow.at('late')),
      base.fork().get(slow.at('early')),
      base.fork().tweak(x, 7).fork().get(slow.at('late')),
      base
        .fork()
        .tweak(x, 8)
        .run(async () => {
          await hold.opened
          return x()
        }),
    ]
    return Promise.allSettled(promises)
  }
  const all = start()
  await gc(10)
  hold.open()
  t.strictSame(
    (await all).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    [5, 6, 1, 7, 8],
  )
  checkInvariants(base)
})

void t.test('R29: a forgotten root lets go of its values though the functions live on', async (t) => {
  const value = tracked('value', (n: number) => ({ n }))
  const first = tracked('first', () => value(1).n)
  const weak: WeakRef<object>[] = []
  const use = () => {
    const base = new Context()
    base.get(first)
    weak.push(new WeakRef(base.get(value.at(1))), new WeakRef(base))
    const child = base.fork().tweak(value.at(1), { n: 2 })
    child.get(first)
    weak.push(new WeakRef(child))
  }
  use()
  t.ok(await gcUntil(() => weak.every((reference) => reference.deref() === undefined)))
  t.equal(new Context().get(first), 1)
})

void t.test('R29: a forgotten graph is collected though its functions and its tweaks hold its contexts', async (t) => {
  const weak: WeakRef<object>[] = []
  const use = () => {
    const base = new Context()
    const child = base.fork()
    const x = tracked('x', () => base.stats().contexts)
    child.replace(x, () => child.stats().contexts * 10)
    t.equal(base.get(x), 2)
    t.equal(child.get(x), 20)
    weak.push(new WeakRef(base), new WeakRef(child), new WeakRef(x))
  }
  use()
  t.ok(await gcUntil(() => weak.every((reference) => reference.deref() === undefined)))
})

void t.test('R29: a graph that was disposed does not wait for the objects whose methods it asked', async (t) => {
  class Shop {
    @tracked
    sales(): number {
      return 3
    }
  }
  const shop = new Shop()
  const weak: WeakRef<object>[] = []
  const use = () => {
    const base = new Context()
    const value = tracked('value', () => ({ n: shop.sales() }))
    weak.push(new WeakRef(base.get(value)))
    base.dispose()
  }
  use()
  t.ok(await gcUntil(() => weak.every((reference) => reference.deref() === undefined)))
  t.equal(
    new Context().run(() => shop.sales()),
    3,
  )
})

void t.test('R29: `with` contexts that nobody holds may go, and come back right', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  for (let i = 0; i < 1000; i++) t.equal(base.with([[x, i]]).get(top), i + 30)
  await gc(5)
  for (let i = 0; i < 10; i++) t.equal(base.with([[x, i]]).get(top), i + 30)
  checkInvariants(base)
})

void t.test('R29: superseded results of a long-lived context do not pile up', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const child = base.fork()
  for (let i = 0; i < 100; i++) {
    base.tweak(x, i)
    child.tweak(x, -i)
    base.get(top)
    child.get(top)
  }
  const before = base.stats()
  for (let i = 100; i < 1000; i++) {
    base.tweak(x, i)
    child.tweak(x, -i)
    base.get(top)
    child.get(top)
  }
  const after = base.stats()
  t.ok(after.results <= before.results, `${after.results} results, ${before.results} before`)
  t.equal(after.edges, before.edges)
  t.equal(after.nodes, before.nodes)
  checkInvariants(base)
})

void t.test('R32: nothing found at or under an isolated context is homed above it', async (t) => {
  const { runs, x, mid, side, top } = worked()
  const base = new Context()
  base.get(mid)
  runs.take()
  const isolated = base.fork({ isolate: true })
  const below = isolated.fork()
  t.equal(below.get(top), 31)
  t.same(runs.take(), { y: 1, side: 1, top: 1 }, 'what is above is used')
  t.equal(isolated.get(top), 31)
  t.same(runs.take(), {}, 'what is below serves the isolated one')
  t.equal(base.has(top), false)
  t.equal(base.has(side), false)
  t.equal(base.get(top), 31, 'the base may take it over when it asks itself')
  t.equal(base.has(top), true)
  checkInvariants(base)
  isolated.tweak(x, 5)
  t.equal(below.get(top), 35)
  base.tweak(x, 9)
  t.equal(isolated.get(top), 35)
  t.equal(base.get(top), 39)
  isolated.untweak()
  t.equal(below.get(top), 39)
  checkInvariants(base)
})

void t.test('R32: disposing it gives back everything it caused to be cached', async (t) => {
  const { runs, leaf, layer, read } = thousand()
  const base = new Context()
  base.get(layer.at(8, 0))
  const before = base.stats()
  const isolated = base.fork({ isolate: true })
  const sum = read(isolated)
  t.equal(read(isolated.fork().tweak(leaf.at(3), 4)), sum + 1)
  checkInvariants(base)
  isolated.dispose()
  await gc()
  const after = base.stats()
  for (const key of ['results', 'edges', 'masked', 'contexts'] as const) t.equal(after[key], before[key], key)
  t.equal(base.has(layer.at(8, 5)), false)
  runs.take()
  base.get(layer.at(8, 0))
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R32: a base that changes reaches an isolated context', async (t) => {
  const { x, y, top } = worked()
  const base = new Context()
  const isolated = base.fork({ isolate: true }).tweak(y, 3)
  t.equal(isolated.get(top), 41)
  base.tweak(x, 2)
  t.equal(isolated.get(top), 42)
  base.untweak(x)
  t.equal(isolated.get(top), 41)
  t.equal(base.get(top), 31)
  checkInvariants(base)
})
