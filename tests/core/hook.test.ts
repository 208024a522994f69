// The hook for results from elsewhere (results.ts), by a keeper that holds them in memory: what it gives is a result like
// any other, at once or after a while, and what it cannot give runs.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  definitionOf,
  Context as Inner,
  type Level,
  Node,
  type Producer,
  type ResultHook,
  restore,
  restoreResult,
  type Slot,
  type Vertex,
} from '../../lib/core/rooms.js'
import { type AnyFunction, Context, type Tracked, tracked } from '../../lib/index.js'
import { gate, Runs, settle } from './helpers.js'

/** Keeps values by the name of the function, for nodes without reads. */
class Keeper implements ResultHook {
  readonly values = new Map<string, unknown>()
  readonly fetched: string[] = []
  readonly kept: string[] = []
  readonly ended: string[] = []
  readonly turnedSlots: Slot[] = []
  /** Where what it gives belongs, if that is not where it is asked for. */
  home: Level | null = null
  waits: Promise<void> | null = null
  claims: Promise<void> | null = null
  refusal: Error | null = null

  find(vertex: Vertex, level: Level, _producer: Producer): Slot | null {
    const { name } = definitionOf(vertex)
    if (!this.values.has(name)) return null
    return restoreResult(vertex, level, this.home ?? level, [], this.values.get(name), false)
  }
  fetch(vertex: Vertex): Promise<void> | null {
    if (this.fetched.length > 20) throw new Error('it is fetched for ever')
    this.fetched.push(definitionOf(vertex).name)
    return this.waits
  }
  claim(): Promise<void> | null {
    const { claims } = this
    this.claims = null
    return claims
  }
  begin(): Error | null {
    return this.refusal
  }
  keep(vertex: Vertex): void {
    this.kept.push(definitionOf(vertex).name)
  }
  turned(slot: Slot): void {
    this.turnedSlots.push(slot)
  }
  end(vertex: Vertex): void {
    this.ended.push(definitionOf(vertex).name)
  }
}

function kept() {
  const runs = new Runs()
  const keeper = new Keeper()
  const base = new Context()
  const level = Inner.level(base)
  level.graph.results = keeper
  const vertexOf = (fn: { at: () => Node }): Vertex => Node.vertex(fn.at(), level.graph)
  return { runs, keeper, base, level, vertexOf }
}

void t.test('what has to be fetched is awaited, and then found', async (t) => {
  const { runs, keeper, base } = kept()
  const { opened, open } = gate()
  const later = tracked('later', async () => {
    runs.count('later')
    return 1
  })
  const reader = tracked('reader', async () => (await later()) + 1)
  keeper.waits = opened
  const asked = Promise.all([base.get(reader), base.get(later)])
  await settle()
  t.same(runs.take(), {}, 'nothing runs before it is known')
  keeper.values.set('later', 41)
  open()
  t.same(await asked, [42, 41])
  t.same(runs.take(), {})
  t.same(keeper.kept, ['reader'])
  t.same(keeper.ended, ['later', 'reader'], 'each is told of once it is answered')
  checkInvariants(base)
})

void t.test('what is fetched and not there runs; who gave up meanwhile is not run for', async (t) => {
  const { runs, keeper, base } = kept()
  const first = gate()
  keeper.waits = first.opened
  const later = tracked('later', async (n: number) => {
    runs.count('later')
    return n
  })
  const stop = new AbortController()
  const asked = base.get(later.at(1))
  const left = base.get(later.at(2), { signal: stop.signal })
  stop.abort()
  await t.rejects(left)
  first.open()
  t.equal(await asked, 1)
  await settle()
  t.same(runs.take(), { later: 1 })
  checkInvariants(base)
})

void t.test('what somebody else is finding is waited for before the body runs, and looked for again', async (t) => {
  const { runs, keeper, base } = kept()
  const later = tracked('later', async () => {
    runs.count('later')
    return 1
  })
  const first = gate()
  keeper.claims = first.opened
  const asked = base.get(later)
  await settle()
  t.same([runs.take(), keeper.ended], [{}, []])
  keeper.values.set('later', 41)
  first.open()
  t.equal(await asked, 41, 'it was found')
  t.same([runs.take(), keeper.ended], [{}, ['later']])
  keeper.values.clear()
  base.invalidate(later)
  const second = gate()
  keeper.claims = second.opened
  const again = base.get(later)
  second.open()
  t.equal(await again, 1, 'it was not')
  t.same([runs.take(), keeper.ended], [{ later: 1 }, ['later', 'later']])
  checkInvariants(base)
})

void t.test(
  'R21, R22: whoever waits for somebody else and is given up, or overtaken by a change, is told of once',
  async (t) => {
    const { runs, keeper, base } = kept()
    const x = tracked('x', () => 1)
    const later = tracked('later', async () => {
      runs.count('later')
      return x()
    })
    const stop = new AbortController()
    const first = gate()
    keeper.claims = first.opened
    const left = base.get(later, { signal: stop.signal })
    stop.abort()
    await t.rejects(left)
    t.same(keeper.ended, ['later'])
    first.open()
    await settle()
    t.same(runs.take(), {}, 'nobody wants it')
    const second = gate()
    keeper.claims = second.opened
    const asked = base.get(later)
    base.tweak(x, 5)
    second.open()
    t.equal(await asked, 5)
    t.same([runs.take(), keeper.ended], [{ later: 1 }, ['later', 'later']])
    checkInvariants(base)
  },
)

void t.test('what may not run gives the error of the keeper, asynchronous or not', async (t) => {
  const { runs, keeper, base } = kept()
  keeper.refusal = new RangeError('offline')
  const now = tracked('now', () => runs.count('now'))
  const later = tracked('later', async () => runs.count('later'))
  t.throws(() => base.get(now), keeper.refusal)
  await t.rejects(base.get(later), keeper.refusal)
  t.same(runs.take(), {})
  keeper.refusal = null
  base.get(now)
  await base.get(later)
  t.same(runs.take(), { now: 1, later: 1 }, 'a refusal is no result')
  checkInvariants(base)
})

void t.test('restore: what the graph knows stands, and what is being evaluated is not taken for known', (t) => {
  const { base, level, vertexOf } = kept()
  const x = tracked('x', () => 1)
  let during: boolean | undefined
  const body = tracked('body', () => {
    during = restore(vertexOf(body), level, [])
    return x()
  })
  t.equal(base.get(body), 1)
  t.equal(during, false)
  t.equal(restore(vertexOf(x), level, []), true)
  t.equal(base.get(x), 1)
  checkInvariants(base)
  t.end()
})

void t.test('restoreResult: no result where it is not known what it read', async (t) => {
  const { runs, base, level, vertexOf } = kept()
  const { opened, open } = gate()
  const later = tracked('later', async () => {
    runs.count('later')
    await opened
    return 1
  })
  const started = tracked('started', () => {
    void later()
    return 1
  })
  const reader = tracked('reader', () => 5)
  const asked = base.get(later)
  t.equal(restoreResult(vertexOf(reader), level, level, [vertexOf(later)], 7, false), null, 'a run that is not done')
  base.get(started)
  t.equal(
    restoreResult(vertexOf(reader), level, level, [vertexOf(started)], 7, false),
    null,
    'what rests on such a run',
  )
  checkInvariants(base)
  open()
  await asked
  t.equal(await base.get(later), 1)
  t.equal(base.get(reader), 5)
  checkInvariants(base)
})

void t.test('restoreResult: no result for a context in which what it read is something else', async (t) => {
  const { runs, base, level, vertexOf } = kept()
  const leaf = tracked('leaf', () => 1)
  const reader = tracked('reader', () => (runs.count('reader'), leaf()))
  base.get(leaf)
  const child = base.fork().tweak(leaf, 2)
  const found = restoreResult(vertexOf(reader), Inner.level(child), level, [vertexOf(leaf)], 7, false)
  t.equal(found, null)
  checkInvariants(base)
  t.equal(base.get(reader), 7, 'where it belongs, it stands')
  t.equal(child.get(reader), 2)
  t.same(runs.take(), { reader: 1 })
  checkInvariants(base)
})

void t.test(
  'what belongs further up is shown in a context that has a slot of its own for what was read before',
  async (t) => {
    for (const isAsync of [false, true]) {
      const { runs, keeper, base, level } = kept()
      const leaf = tracked('leaf', () => 1)
      const body = () => (runs.count('reader'), leaf())
      const reader: Tracked<AnyFunction> = tracked('reader', isAsync ? async () => body() : body)
      t.equal(await base.get(reader), 1)
      const child = base.fork().tweak(leaf, 2)
      base.invalidate(reader)
      keeper.home = level
      keeper.values.set('reader', 7)
      keeper.waits = Promise.resolve()
      t.equal(await child.get(reader), 7)
      t.strictSame([runs.take(), child.has(reader)], [{ reader: 1 }, true], 'and held there')
      checkInvariants(child)
      keeper.values.clear()
      t.strictSame([await child.get(reader), await base.get(reader), runs.take()], [7, 7, {}])
    }
  },
)
