// A result from a store is a result like any other: it is found without running a body, and every rule holds for it.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { add, Context, scale, type TrackedOptions, tracked } from '../../lib/index.js'
import { memoryStore, openMemo, type SyncStore } from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'

/** x = 1, y = 2, mid = x + 10, side = y * 10, top = mid + side; each call of this is a process of its own. */
async function opened(store: SyncStore, kept: readonly string[] = ['top'], more: object = {}) {
  const runs = new Runs()
  const options = (name: string): TrackedOptions => ({ memo: kept.includes(name) ? { version: 1 } : { version: 1 } })
  const make = <R>(name: string, body: () => R) =>
    tracked(
      name,
      () => {
        runs.count(name)
        return body()
      },
      options(name),
    )
  const x = make('x', () => 1)
  const y = make('y', () => 2)
  const mid = make('mid', () => x() + 10)
  const side = make('side', () => y() * 10)
  const top = make('top', (): number => mid() + side())
  const warnings: string[] = []
  const memo = await openMemo({ store, onWarning: (message) => warnings.push(message), ...more })
  memo.registry.addModule({ x, y, mid, side, top }, 'the test')
  const base = new Context({ name: 'base' })
  memo.attach(base)
  return { runs, x, y, mid, side, top, memo, base, warnings }
}

/** A store in which top stands, as another process left it. */
async function filled(ask: (one: Awaited<ReturnType<typeof opened>>) => void = ({ base, top }) => void base.get(top)) {
  const store = memoryStore()
  ask(await opened(store))
  return store
}

t.test('a second process answers without running a body', async (t) => {
  const store = memoryStore()
  const first = await opened(store)
  t.equal(first.base.get(first.top), 31)
  t.strictSame(first.runs.take(), { top: 1, mid: 1, side: 1, x: 1, y: 1 })
  const second = await opened(store)
  t.equal(second.base.get(second.top), 31)
  t.strictSame(second.runs.take(), {})
  checkInvariants(second.base)
  t.strictSame(second.base.dependencies(second.top).map(String), ['mid()', 'side()'])
  t.strictSame(first.warnings, [])
})

t.test(
  'R4: a tweak after the hit masks it: of a leaf, of what lies between, of a whole function, an adjustment',
  async (t) => {
    const store = await filled()
    const { base, x, y, mid, top, runs } = await opened(store)
    t.equal(base.get(top), 31)
    t.equal(base.fork().tweak(x.at(), 5).get(top), 35)
    t.equal(base.fork().tweak(x, 6).get(top), 36)
    t.equal(base.fork().tweak(mid, 100).get(top), 120)
    t.equal(base.fork().adjust(y, scale(2)).get(top), 51)
    t.equal(
      base
        .fork()
        .replace(x, () => 7)
        .get(top),
      37,
    )
    runs.take()
    t.equal(base.get(top), 31)
    t.strictSame(runs.take(), {}, 'the base is as it was')
    base.tweak(y, 3)
    t.equal(base.get(top), 41)
    base.untweak(y)
    t.equal(base.get(top), 31)
    checkInvariants(base)
  },
)

t.test('R4: a tweak before the hit is seen', async (t) => {
  const store = await filled()
  const one = await opened(store)
  one.base.tweak(one.x, 5)
  t.equal(one.base.get(one.top), 35)
  const other = await opened(store)
  const child = other.base.fork().tweak(other.side, 0)
  t.equal(child.get(other.top), 11)
  t.equal(other.base.get(other.top), 31)
})

t.test('a tweaked result is found again under the same tweaks, and never without them', async (t) => {
  const store = await filled(({ base, top, x, y }) => {
    base.fork().tweak(x, 5).get(top)
    base.fork().adjust(y, add(1)).get(top)
  })
  const { base, top, x, y, runs } = await opened(store)
  const child = base.fork().tweak(x, 5)
  t.equal(child.get(top), 35)
  t.equal(base.fork().adjust(y, add(1)).get(top), 41)
  t.strictSame(runs.take(), {})
  checkInvariants(child)
  t.equal(base.get(top), 31)
  t.equal(base.fork().tweak(x, 6).get(top), 36)
  checkInvariants(base)
})

t.test('R2: a hit in a child whose tweaks do not touch it belongs to the parent', async (t) => {
  const store = await filled()
  const unrelated = tracked('unrelated', () => 0, { memo: { version: 1 } })
  const { base, top, runs } = await opened(store)
  t.equal(base.fork().tweak(unrelated, 1).get(top), 31)
  t.ok(base.has(top))
  t.strictSame(runs.take(), {})
})

t.test('R26: what was invalidated runs again, and the cutoff still protects what reads it', async (t) => {
  const store = await filled()
  const { base, top, mid, runs } = await opened(store)
  t.equal(base.get(top), 31)
  base.invalidate(mid)
  t.equal(base.get(top), 31)
  t.equal(runs.take().mid, 1)
  checkInvariants(base)
})

t.test('R25: what is unloaded is found again', async (t) => {
  const store = await filled()
  const { base, top, runs } = await opened(store)
  base.get(top)
  base.unload(top)
  t.equal(base.get(top), 31)
  t.strictSame(runs.take(), {})
})

t.test('what a hit reached is found, or computed, when it is asked for, and dependents stand', async (t) => {
  const store = await filled()
  const { base, top, mid, runs } = await opened(store)
  base.get(top)
  t.equal(base.get(mid), 11)
  runs.take()
  t.equal(base.get(top), 31)
  t.strictSame(runs.take(), {})
  checkInvariants(base)
})

t.test('a tweak that is a function has no text: the result is returned, not kept, and that is said once', async (t) => {
  const store = memoryStore()
  const { base, top, x, warnings } = await opened(store, ['top'])
  const child = base.fork().replace(x, () => 9)
  t.equal(child.get(top), 39)
  t.equal(
    base
      .fork()
      .replace(x, () => 10)
      .get(top),
    40,
  )
  const about = warnings.filter((one) => one.startsWith('top()'))
  t.equal(about.length, 1)
  t.match(about[0], /the replace of x is a function/)
  const second = await opened(store)
  t.equal(second.base.get(second.top), 31)
  t.equal(second.runs.take().top, 1)
})

t.test('read-only writes nothing; offline runs nothing, and says what would have to run', async (t) => {
  const store = memoryStore()
  const reader = await opened(store, ['top'], { readOnly: true })
  t.equal(reader.base.get(reader.top), 31)
  t.equal(store.stats().records, 0)
  const offline = await opened(store, ['top'], { offline: true })
  t.throws(() => offline.base.get(offline.top), { code: 'DUGOUT_OFFLINE' })
  const filledOne = await opened(await filled(), ['top'], { offline: true })
  t.equal(filledOne.base.get(filledOne.top), 31)
})

t.test('a memento says what it is of, and explainMiss what is missing', async (t) => {
  const store = memoryStore()
  const { base, top, x, memo } = await opened(store)
  t.match(memo.explainMiss(base, top), { why: /nothing is kept of this call$/ })
  base.get(top)
  const memento = memo.memento(base, top)
  t.match(memento, { function: 'top', kind: 'value', tweaks: '', runner: 'local', process: process.pid })
  t.strictSame(memento?.functions, { x: 'v:1', mid: 'v:1', y: 'v:1', side: 'v:1', top: 'v:1' })
  t.equal(memo.explainMiss(base, top), undefined)
  t.match(memo.explainMiss(base.fork().tweak(x, 5), top), { why: /under these tweaks: x=value 5$/ })
})

t.test('a memo that does not know what a result reached finds it once it does, and explainMiss says so', async (t) => {
  const store = memoryStore()
  let runs = 0
  const process = async () => {
    const leaf = tracked('leaf', () => (runs++, 1), { memo: { version: 1 } })
    const top = tracked('top', () => (runs++, leaf() + 1), { memo: { version: 1 } })
    const memo = await openMemo({ store })
    const base = new Context()
    memo.attach(base)
    return { memo, base, leaf, top }
  }
  const first = await process()
  t.equal(first.base.get(first.top), 2)
  runs = 0
  const { memo, base, leaf, top } = await process()
  t.match(memo.explainMiss(base, top), {
    why: 'the code of leaf changed:\n  leaf is gone: no module of this memo has it, and nothing has called it yet',
    changes: [{ function: 'leaf', to: undefined }],
  })
  memo.registry.addModule({ leaf, top }, 'the test')
  t.equal(memo.explainMiss(base, top), undefined)
  t.strictSame([base.get(top), runs], [2, 0])
})

t.test('asynchronous functions, written async or not', async (t) => {
  const store = memoryStore()
  const process = async () => {
    const runs = new Runs()
    const leaf = tracked('leaf', async () => (runs.count('leaf'), 1), { memo: { version: 1 } })
    const plain = tracked('plain', () => (runs.count('plain'), leaf().then((one) => one + 1)), { memo: { version: 1 } })
    const memo = await openMemo({ store })
    memo.registry.addModule({ leaf, plain }, 'the test')
    const base = new Context()
    memo.attach(base)
    return { base, plain, leaf, runs }
  }
  const first = await process()
  t.equal(await first.base.get(first.plain), 2)
  const second = await process()
  t.equal(await second.base.get(second.plain), 2)
  t.strictSame(second.runs.take(), {})
  t.equal(await second.base.fork().tweak(second.leaf, 5).get(second.plain), 6)
  checkInvariants(second.base)
})

t.test('R15: a what-if inside a body is part of the history, and a tweak of what it reached is seen', async (t) => {
  const store = memoryStore()
  const process = async () => {
    const runs = new Runs()
    const memo = { version: 1 }
    const x = tracked('x', () => (runs.count('x'), 10), { memo })
    const k = tracked('k', () => (runs.count('k'), 2), { memo })
    const price = tracked('price', () => (runs.count('price'), k() * x() ** 2), { memo })
    const slope = tracked(
      'slope',
      () => {
        runs.count('slope')
        const at = (change: number): number =>
          Context.current()
            .with([[x, add(change)]])
            .get(price)
        return (at(1) - at(-1)) / 2
      },
      { memo },
    )
    const one = await openMemo({ store })
    one.registry.addModule({ x, k, price, slope }, 'the test')
    const base = new Context()
    one.attach(base)
    return { base, x, k, slope, runs }
  }
  const first = await process()
  t.equal(first.base.get(first.slope), 40)
  const { base, k, x, slope, runs } = await process()
  t.equal(base.get(slope), 40)
  t.strictSame(runs.take(), {})
  t.equal(base.fork().tweak(k, 3).get(slope), 60)
  t.equal(base.fork().tweak(x, 20).get(slope), 80)
  base.tweak(k, 4)
  t.equal(base.get(slope), 80)
  checkInvariants(base)
})

t.test('errors are kept only where that is asked for', async (t) => {
  const store = memoryStore()
  const process = async () => {
    const runs = new Runs()
    const failing = (name: string, errors: boolean) =>
      tracked(
        name,
        () => {
          runs.count(name)
          throw new RangeError('too far')
        },
        { memo: { version: 1, errors } },
      )
    const kept = failing('kept', true)
    const notKept = failing('notKept', false)
    const memo = await openMemo({ store })
    memo.registry.addModule({ kept, notKept }, 'the test')
    const base = new Context()
    memo.attach(base)
    return { base, kept, notKept, runs }
  }
  const thrown = ({ base, kept }: Awaited<ReturnType<typeof process>>): Error | undefined => {
    try {
      base.get(kept)
    } catch (error) {
      return error as Error
    }
    return undefined
  }
  const first = await process()
  const original = thrown(first)
  t.throws(() => first.base.get(first.notKept), RangeError)
  const second = await process()
  const replayed = thrown(second)
  t.ok(replayed instanceof RangeError)
  t.equal(replayed?.message, original?.message)
  t.equal(replayed?.stack, original?.stack)
  t.throws(() => second.base.get(second.notKept), RangeError)
  t.strictSame(second.runs.take(), { notKept: 1 })
})

t.test('values and arguments that JSON does not know come back as they were', async (t) => {
  const store = memoryStore()
  const values = [undefined, Number.NaN, -0, 12n, new Date(5), new Map([[1, new Set(['a'])]]), new Float64Array([1, 2])]
  const process = async () => {
    const runs = new Runs()
    const pick = tracked('pick', (key: Map<string, number>) => (runs.count('pick'), values[key.get('i') ?? -1]), {
      memo: { version: 1 },
    })
    const outer = tracked('outer', (i: number) => pick(new Map([['i', i]])), { memo: { version: 1 } })
    const memo = await openMemo({ store })
    memo.registry.addModule({ pick, outer }, 'the test')
    const base = new Context()
    memo.attach(base)
    return { base, outer, pick, runs }
  }
  const first = await process()
  for (const i of values.keys()) first.base.get(first.outer.at(i))
  const { base, outer, pick, runs } = await process()
  for (const [i, value] of values.entries()) t.strictSame(base.get(outer.at(i)), value)
  t.ok(Object.is(base.get(outer.at(2)), -0))
  t.strictSame(runs.take(), {})
  t.equal(
    base
      .fork()
      .tweak(pick.at(new Map([['i', 3]])), 13n)
      .get(outer.at(3)),
    13n,
  )
  checkInvariants(base)
})
