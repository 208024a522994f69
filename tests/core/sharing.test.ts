// R30: results homed in a sibling are used where all they depended on is the same.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, tracked } from '../../lib/index.js'
import { Runs, thrown, tick } from './helpers.js'

/** f = g + h, g = x * 10 + k, h = y + k, k = 1. */
function separable() {
  const runs = new Runs()
  const k = runs.leaf('k', 1)
  const x = runs.leaf('x', 0)
  const y = runs.leaf('y', 0)
  const g = tracked('g', () => {
    runs.count('g')
    return x() * 10 + k()
  })
  const h = tracked('h', () => {
    runs.count('h')
    return y() + k()
  })
  const f = tracked('f', () => {
    runs.count('f')
    return g() + h()
  })
  return { runs, k, x, y, g, h, f }
}

/** The cells of a table, in an order that the test names. */
function cells(rows: number, columns: number, order: 'rows' | 'columns' | 'shuffled'): [number, number][] {
  const all: [number, number][] = []
  for (let row = 1; row <= rows; row++) for (let column = 1; column <= columns; column++) all.push([row, column])
  if (order === 'columns') all.sort((a, b) => a[1] - b[1])
  if (order === 'shuffled') {
    const key = ([row, column]: [number, number]) => (row * 7919 + column * 104_729) % 1009
    all.sort((a, b) => key(a) - key(b))
  }
  return all
}

for (const order of ['rows', 'columns', 'shuffled'] as const) {
  for (const [rows, columns] of [
    [3, 4],
    [20, 20],
  ] as const) {
    void t.test(`R30: a table of ${rows} x ${columns} flat contexts, by ${order}`, async (t) => {
      const { runs, x, y, f } = separable()
      const base = new Context()
      const contexts: [number, number, Context][] = []
      for (const [row, column] of cells(rows, columns, order)) {
        const cell = base.fork().tweak(x, row).tweak(y, column)
        t.equal(cell.get(f), row * 10 + column + 2)
        contexts.push([row, column, cell])
      }
      t.same(runs.take(), { f: rows * columns, g: rows, h: columns, k: 1 })
      checkInvariants(base)
      for (const [row, column, cell] of contexts) t.equal(cell.get(f), row * 10 + column + 2)
      t.same(runs.take(), {}, 'and each cell keeps its value')
    })
  }
}

void t.test('R30: a table of contexts made by `with`, and one of rows with columns under them', async (t) => {
  for (const nested of [false, true]) {
    const { runs, x, y, f } = separable()
    const base = new Context()
    const held: Context[] = []
    for (const [row, column] of cells(3, 4, 'rows')) {
      const cell = nested
        ? base
            .with([[x, row]])
            .fork()
            .tweak(y, column)
        : base.with([
            [x, row],
            [y, column],
          ])
      held.push(cell)
      t.equal(cell.get(f), row * 10 + column + 2)
    }
    t.same(runs.take(), { f: 12, g: 3, h: 4, k: 1 }, nested ? 'nested' : 'flat')
    checkInvariants(base)
  }
})

void t.test('R30: the base was read before, and a cell is like the base', async (t) => {
  const { runs, x, y, g, f } = separable()
  const base = new Context()
  t.equal(base.get(f), 2)
  runs.take()
  const cell = base.fork().tweak(x, 0).tweak(y, 5)
  t.equal(cell.get(f), 7)
  t.same(runs.take(), { h: 1, f: 1 }, "g is the base's")
  const like = base.fork().tweak(x, 0).tweak(y, 0)
  t.equal(like.get(f), 2)
  t.equal(base.fork().tweak(y, 5).get(f), 7)
  t.same(runs.take(), {})
  t.equal(cell.get(g), 1)
  checkInvariants(base)
})

void t.test('R30: what differs in one dependency is not shared', async (t) => {
  const { runs, k, x, y, f } = separable()
  const base = new Context()
  const a = base.fork().tweak(x, 1).tweak(y, 1)
  const b = base.fork().tweak(x, 1).tweak(y, 1).tweak(k, 2)
  const c = base.fork().tweak(x, 1).tweak(y, 2).tweak(k, 2)
  t.same(
    [a, b, c].map((context) => context.get(f)),
    [13, 15, 16],
  )
  t.same(runs.take(), { k: 1, g: 2, h: 3, f: 3 })
  a.tweak(k, 2)
  t.equal(a.get(f), 15)
  t.same(runs.take(), {}, 'a is what b was')
  checkInvariants(base)
})

void t.test('R30: a shared result stays right when the sibling it came from changes or goes', async (t) => {
  const { runs, x, y, f } = separable()
  const base = new Context()
  const a = base.fork().tweak(x, 1).tweak(y, 1)
  const b = base.fork().tweak(x, 1).tweak(y, 2)
  t.same(
    [a, b].map((context) => context.get(f)),
    [13, 14],
  )
  runs.take()
  a.tweak(x, 5)
  t.same(
    [a, b].map((context) => context.get(f)),
    [53, 14],
  )
  t.same(runs.take(), { g: 1, f: 1 })
  a.dispose()
  checkInvariants(base)
  t.equal(b.get(f), 14)
  t.same(runs.take(), {}, 'what b has, it keeps')
  const c = base.fork().tweak(x, 1).tweak(y, 2)
  t.equal(c.get(f), 14)
  t.same(runs.take(), {})
  b.dispose()
  t.equal(c.get(f), 14)
  t.equal(base.fork().tweak(x, 5).tweak(y, 1).get(f), 53, 'what a had is right, wherever it is from')
  checkInvariants(base)
})

void t.test('R30: unload and clear of the sibling it came from', async (t) => {
  const { x, y, f } = separable()
  const base = new Context()
  const a = base.fork().tweak(x, 1).tweak(y, 1)
  const b = base.fork().tweak(x, 1).tweak(y, 1)
  const c = base.fork().tweak(x, 1).tweak(y, 2)
  for (const change of [() => a.unload(), () => a.clear(), () => b.unload(), () => a.untweak()]) {
    t.same(
      [b, c].map((context) => context.get(f)),
      [13, 14],
    )
    change()
    checkInvariants(base)
    t.same(
      [b, c].map((context) => context.get(f)),
      [13, 14],
    )
    checkInvariants(base)
  }
  t.equal(a.get(f), 2)
})

void t.test('R30: control flow: the next dependency depends on what the one before gave', async (t) => {
  const runs = new Runs()
  const mode = runs.leaf('mode', 0)
  const options = [0, 1, 2].map((n) => runs.leaf(`option${n}`, n * 10))
  const pick = tracked('pick', () => {
    runs.count('pick')
    return options[mode() % 3]?.() ?? 0
  })
  const base = new Context()
  const held: Context[] = []
  for (let n = 0; n < 30; n++) {
    const context = base.fork().tweak(mode, n % 6)
    t.equal(context.get(pick), (n % 3) * 10)
    held.push(context)
  }
  // Six modes, of which none equals another; what was read is compared, not what came of it.
  t.same(runs.take(), { option0: 1, option1: 1, option2: 1, pick: 6 })
  const other = base
    .fork()
    .tweak(mode, 4)
    .tweak(options[0] ?? mode, 7)
  t.equal(other.get(pick), 10)
  t.same(runs.take(), {}, 'a tweak of what is not read under this mode')
  const touched = base
    .fork()
    .tweak(mode, 4)
    .tweak(options[1] ?? mode, 7)
  t.equal(touched.get(pick), 7)
  t.same(runs.take(), { pick: 1 })
  checkInvariants(base)
})

void t.test('R30: objects, errors and undefined are shared like numbers', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 0)
  const object = tracked('object', () => {
    runs.count('object')
    return { x: x() }
  })
  const nothing = tracked('nothing', () => {
    runs.count('nothing')
    return x() > 1e9 ? 1 : undefined
  })
  const bad = tracked('bad', (): number => {
    runs.count('bad')
    throw new Error(`bad ${x()}`)
  })
  const base = new Context()
  const [a, b] = [base.fork().tweak(x, 1), base.fork().tweak(x, 1)]
  t.equal(a.get(object), b.get(object))
  t.equal(a.get(nothing), b.get(nothing))
  t.equal(
    thrown(t, () => a.get(bad)),
    thrown(t, () => b.get(bad)),
  )
  t.same(runs.take(), { object: 1, nothing: 1, bad: 1 })
  checkInvariants(base)
})

void t.test('R30: tweaks of equal structure have the same stamp', async (t) => {
  const runs = new Runs()
  const parameters = runs.leaf('parameters', { rate: 1, terms: [1, 2] })
  const sum = tracked('sum', () => {
    runs.count('sum')
    const { rate, terms } = parameters()
    return terms.reduce((a, b) => a + b, 0) * rate
  })
  const base = new Context()
  const a = base.fork().tweak(parameters, { rate: 2, terms: [1, 2] })
  const b = base.fork().tweak(parameters, { terms: [1, 2], rate: 2 })
  const c = base.fork().tweak(parameters, { rate: 2, terms: [2, 1] })
  t.same(
    [a, b, c].map((context) => context.get(sum)),
    [6, 6, 6],
  )
  t.same(runs.take(), { sum: 2 })
  checkInvariants(base)
})

void t.test('R30: among cousins and across levels', async (t) => {
  const { runs, x, y, f } = separable()
  const base = new Context()
  const left = base.fork().tweak(x, 1)
  const right = base.fork().tweak(x, 2)
  const a = left.fork().tweak(y, 7)
  const b = right.fork().tweak(y, 7)
  const c = right.fork().tweak(y, 8).tweak(x, 1)
  t.same(
    [a, b, c].map((context) => context.get(f)),
    [19, 29, 20],
  )
  t.same(runs.take(), { k: 1, g: 2, h: 2, f: 3 })
  checkInvariants(base)
})

void t.test('R30: async functions', async (t) => {
  const runs = new Runs()
  const x = runs.leaf('x', 0)
  const y = runs.leaf('y', 0)
  const g = tracked('g', async () => {
    runs.count('g')
    await tick()
    return x() * 10
  })
  const h = tracked('h', async () => {
    runs.count('h')
    await tick()
    return y()
  })
  const f = tracked('f', async () => {
    runs.count('f')
    const [a, b] = await Promise.all([g(), h()])
    return a + b
  })
  const base = new Context()
  const held: Context[] = []
  for (const [row, column] of cells(3, 4, 'rows')) {
    const cell = base.fork().tweak(x, row).tweak(y, column)
    held.push(cell)
    t.equal(await cell.get(f), row * 10 + column)
  }
  t.same(runs.take(), { f: 12, g: 3, h: 4 })
  checkInvariants(base)
})

void t.test('R30: the sensitivity of a sensitivity asks for each price once', async (t) => {
  const runs = new Runs()
  const vol = runs.leaf('vol', 2)
  const x = runs.leaf('x', 10)
  const price = tracked('price', () => {
    runs.count('price')
    return vol() * x() ** 2
  })
  const slope = (of: () => number) => {
    const own = Context.current()
    const at = (value: number) => own.with([[x, value]]).run(of)
    return (at(x() + 1) - at(x() - 1)) / 2
  }
  const delta = tracked('delta', () => slope(price))
  const gamma = tracked('gamma', () => slope(delta))
  const base = new Context()
  t.equal(base.get(gamma), 4)
  t.same(runs.take(), { vol: 1, x: 1, price: 3 }, 'at 12, 10 and 8')
  checkInvariants(base)
})

void t.test("R30: invalidated results are nobody's", async (t) => {
  const runs = new Runs()
  let outer = 1
  const x = runs.leaf('x', 0)
  const leaf = tracked('leaf', () => {
    runs.count('leaf')
    return x() < 0 ? 0 : outer
  })
  const base = new Context()
  const a = base.fork().tweak(x, 1)
  const b = base.fork().tweak(x, 1)
  t.equal(a.get(leaf), 1)
  t.equal(b.get(leaf), 1)
  t.same(runs.take(), { leaf: 1 })
  outer = 2
  base.invalidate(leaf)
  t.equal(b.get(leaf), 2)
  t.equal(a.get(leaf), 2)
  t.equal(base.get(leaf), 2)
  t.same(runs.take(), { x: 1, leaf: 2 }, 'once for x = 1, once for the base')
  outer = 3
  a.invalidate(leaf)
  t.equal(b.get(leaf), 2)
  t.equal(a.get(leaf), 3)
  t.equal(base.fork().tweak(x, 1).get(leaf), 2, 'distrust in one sibling is its own')
  checkInvariants(base)
})

void t.test('R30: a result is found though looking for it makes its context learn something new', async (t) => {
  const runs = new Runs()
  const part = tracked('part', async (i: number) => i * 10)
  const one = tracked('one', async () => (await part(1)) + 1)
  const two = tracked('two', async () => part(2))
  const total = tracked('total', async () => {
    runs.count('total')
    const [asked, other] = await Promise.all([
      Context.current()
        .with([[one, 0]])
        .get(one),
      two(),
    ])
    return asked + other
  })
  const base = new Context()
  await base.get(part.at(1))
  const all = base.with([[part, 20]])
  t.equal(await all.get(total), 20)
  t.same(runs.take(), { total: 1 })
  // one is evaluated in the base meanwhile, and reads what the other context tweaks
  t.same(await Promise.all([base.get(one), base.get(total)]), [11, 20])
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R10, R30: the same error in many siblings is one result', async (t) => {
  const runs = new Runs()
  const error = new Error('out of range')
  const x = runs.leaf('x', 0)
  const checked = tracked('checked', () => {
    if (x() > 0) throw error
    return 1
  })
  const guarded = tracked('guarded', () => {
    runs.count('guarded')
    try {
      return checked()
    } catch {
      return -1
    }
  })
  const base = new Context()
  t.equal(base.get(guarded), 1)
  for (let i = 1; i <= 20; i++) t.equal(base.fork().tweak(x, i).get(guarded), -1)
  t.same(runs.take(), { guarded: 2, x: 1 })
  checkInvariants(base)
})

void t.test('R10, R12: what lies below an adjustment knows the objects that the node gave before', async (t) => {
  const runs = new Runs()
  const scaleOf = runs.leaf('scaleOf', 1)
  const row = tracked('row', () => [scaleOf(), 2])
  const first = tracked('first', () => {
    runs.count('first')
    return row()[0]
  })
  const base = new Context()
  t.equal(base.get(first), 1)
  base.tweak(scaleOf, 3)
  t.equal(base.get(first), 3)
  runs.take()
  const child = base.fork().adjust(row, (previous) => [...previous, 0])
  base.untweak(scaleOf)
  base.invalidate(row)
  t.equal(child.get(first), 1)
  runs.take()
  t.equal(base.get(first), 1)
  t.same(runs.take(), {})
  checkInvariants(base)
})
