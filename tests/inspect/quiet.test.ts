// Asking changes nothing: no evaluation, no result, no memory; in any context, of anything.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  type AnyFunction,
  Context,
  DisposedError,
  diff,
  failure,
  graph,
  NotEvaluatedError,
  profile,
  record,
  scale,
  type Tracked,
  trace,
  tracked,
  why,
} from '../../lib/index.js'
import { moved, settle, thrown, throws, worked } from '../core/helpers.js'

/** What a graph holds, as far as anybody can see, and the tables that it has begun. */
function state(context: Context): unknown {
  return [context.stats(), Context.level(context).graph.tables.size]
}

function ask(base: Context, child: Context, target: Tracked<AnyFunction>): void {
  for (const context of [base, child]) {
    JSON.stringify(why(context, target))
    failure(context, target)
    for (const direction of ['dependencies', 'dependents', 'both'] as const) {
      const view = graph(context, { targets: [target], direction })
      view.toDOT()
      view.toMermaid()
      JSON.stringify(view.toJSON())
    }
    graph(context)
  }
  try {
    JSON.stringify(diff(base, child, target))
  } catch (error) {
    if (!(error instanceof NotEvaluatedError)) throw error
  }
}

void t.test('asking evaluates nothing and keeps nothing', async (t) => {
  const { runs, x, y, mid, side, top } = worked()
  const never = tracked('never', () => 1)
  const bad = tracked('bad', (): number => {
    throw new Error(`no ${x()}`)
  })
  const later = tracked('later', async () => top() * 2)
  // asks what it is under other tweaks of what it reads: a recursion through what-ifs
  const depth = tracked('depth', () => 0)
  const deep = tracked('deep', (): number => {
    if (depth() >= 3) throw new RangeError('too deep')
    return Context.current()
      .with([[depth, depth() + 1]])
      .get(deep)
  })
  const delta = moved(x, top)
  const base = new Context({ name: 'base' })
  const child = base.fork({ name: 'child' }).tweak(x, 5).adjust(mid, scale(2))
  const all = [x, y, mid, side, top, never, bad, later, delta, depth, deep] as unknown as Tracked<AnyFunction>[]
  const evaluate = async (): Promise<void> => {
    for (const context of [base, child])
      for (const target of all) {
        if (target === (never as unknown)) continue
        try {
          await (context.get(target as never) as unknown)
        } catch {}
      }
  }
  const unasked = state(base)
  for (const target of all) ask(base, child, target)
  t.same(state(base), unasked, 'nothing evaluated yet')
  for (const change of [
    () => undefined,
    () => void base.tweak(y, 7),
    () => base.invalidate(delta),
    () => void base.unload(mid),
    () => void child.untweak(mid),
  ]) {
    await evaluate()
    change()
    runs.take()
    const before = state(base)
    for (const target of all) ask(base, child, target)
    t.same(state(base), before)
    t.same(runs.take(), {})
    checkInvariants(base)
  }
})

void t.test('a disposed context says so', async (t) => {
  const { top } = worked()
  const base = new Context()
  const gone = base.fork({ name: 'gone' })
  gone.get(top)
  gone.dispose()
  base.get(top)
  for (const question of [
    () => why(gone, top),
    () => diff(base, gone, top),
    () => graph(gone),
    () => failure(gone, top),
    () => profile(gone),
    () => record(gone),
    () => trace(gone),
  ])
    throws(t, question, DisposedError)
})

void t.test('a context that goes meanwhile takes nothing with it', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const child = base.fork().tweak(x, 5)
  using profiler = profile(child)
  using recording = record(child)
  child.get(top)
  child.dispose()
  base.get(top)
  t.match(
    profiler
      .report()
      .functions.map(({ name, runs }) => `${name} ${runs}`)
      .sort(),
    ['mid 2', 'side 1', 'top 2', 'x 1', 'y 1'],
  )
  t.equal(recording.of(top).filter(({ type }) => type === 'ran').length, 2)
})

void t.test('a listener that throws harms no evaluation', async (t) => {
  const { x, top } = worked()
  const base = new Context()
  const uncaught: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  const error = new Error('of the listener')
  let heard = 0
  const stop = base.observe(() => {
    throw error
  })
  const stopOther = base.observe(() => heard++)
  const value = base.get(top)
  await settle()
  stop()
  process.removeAllListeners('uncaughtException')
  for (const other of others) process.on('uncaughtException', other)
  t.equal(value, 31)
  t.equal(heard, 5, 'the others are told')
  t.same(new Set(uncaught), new Set([error]))
  t.equal(uncaught.length, 5)
  stopOther()
  checkInvariants(base)
  base.tweak(x, 2)
  t.equal(base.get(top), 32)
  t.equal(heard, 5)
  t.equal(
    thrown(t, () =>
      base.get(
        tracked('bad', () => {
          throw error
        }),
      ),
    ),
    error,
  )
})
