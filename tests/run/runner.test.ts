// Where bodies run: what a runner is told, what it may do, and what it may not.
import { AsyncLocalStorage } from 'node:async_hooks'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context as Inner, type Vertex } from '../../lib/core/rooms.js'
import {
  AbortedError,
  Context,
  DepthError,
  type ProfileReport,
  percent,
  profile,
  type Tracked,
  tracked,
} from '../../lib/index.js'
import { localRunner, NotRunError, nullRunner, type Runner, RunnerError, type Task } from '../../lib/run/index.js'
import { aroundBy } from '../../lib/run/rooms.js'
import { gate, isError, Runs, rejected, rejects, settle, thrown, throws, worked } from '../core/helpers.js'

/** A context whose bodies are run by this. */
function runBy(runner: Runner, versionOf: (vertex: Vertex) => string | undefined = () => undefined): Context {
  const base = new Context({ name: 'base' })
  Inner.level(base).graph.wrap(aroundBy(() => runner, versionOf))
  return base
}

const named = (run: Runner['run']): Runner => ({ name: 'mine', run })

/** Runs so many bodies of asynchronous functions at once, and starts the next one wherever one ends. */
function atMost(limit: number): Runner & { most: number } {
  const waiting: (() => void)[] = []
  let running = 0
  const next = (): void => {
    running--
    waiting.shift()?.()
  }
  const runner = {
    name: `at most ${limit}`,
    most: 0,
    run: (task: Task) => {
      if (!task.isAsync) return task.here()
      return new Promise((resolve) => {
        const start = (): void => {
          running++
          runner.most = Math.max(runner.most, running)
          // what is started here is started inside whatever ended
          resolve(Promise.resolve(task.here()).finally(next))
        }
        if (running < limit) start()
        else waiting.push(start)
      })
    },
  }
  return runner
}

void t.test('a runner is told what runs: the node, the code version, whether it may take its time', async (t) => {
  const told: unknown[] = []
  const base = runBy(
    named((task) => {
      told.push([task.node.id, task.node.args, task.version, task.isAsync])
      return task.here()
    }),
    () => 'v:1',
  )
  const price = tracked('price', (of: string) => of.length)
  const later = tracked('later', async (of: string) => price(of) + 1)
  t.equal(await base.get(later.at('bond')), 5)
  t.same(told, [
    ['later("bond")', ['bond'], 'v:1', true],
    ['price("bond")', ['bond'], 'v:1', false],
  ])
  const [node] = base.dependencies(later.at('bond'))
  t.ok(node?.equals(price.at('bond')))
  checkInvariants(base)
})

void t.test(
  'what is known does not run, and what is read is recorded: cutoff, masks and scenarios as ever',
  async (t) => {
    const runs: string[] = []
    const base = runBy(named((task) => (runs.push(task.node.id), task.here())))
    const { x, side, top } = worked()
    t.equal(base.get(top), 31)
    runs.length = 0
    const child = base.fork({ tweaks: [[x, 5]] })
    t.equal(child.get(top), 35)
    t.same(runs.splice(0), ['mid()', 'top()'])
    t.ok(child.isMasked(top))
    t.notOk(child.isMasked(side))
    t.equal(child.get(top), 35)
    t.equal(base.get(top), 31)
    t.same(runs, [])
    checkInvariants(base)
  },
)

void t.test('the body of a node is run by the runner; what tweaks put in place of it, or on top, is not', async (t) => {
  const run: string[] = []
  const base = runBy(named((task) => (run.push(task.node.id), task.here())))
  const { x, mid } = worked()
  const child = base
    .fork()
    .replace(x, () => 7)
    .adjust(mid, percent(100))
  t.equal(child.get(mid), 34)
  t.same(run, ['mid()'])
  checkInvariants(base)
})

void t.test('methods keep their object', async (t) => {
  class Book {
    size = 3
    total = tracked(() => this.size)
  }
  const base = runBy(named((task) => task.here()))
  t.equal(base.get(new Book().total), 3)
})

void t.test('inside here() the context is the one that reads, and in run() too', async (t) => {
  const seen: string[] = []
  const base = runBy(
    named((task) => {
      seen.push(`run ${Context.current().name}`)
      return task.here()
    }),
  )
  const where = tracked('where', () => (seen.push(`body ${Context.current().name}`), 1))
  const x = tracked('x', () => 0)
  const whereX = tracked('whereX', () => x() + where())
  base.fork({ name: 'child', tweaks: [[where, 2]] }).get(whereX)
  t.same(seen, ['run child', 'run child'])
  seen.length = 0
  base.get(where)
  t.same(seen, ['run base', 'body base'])
})

void t.test('what run() itself reads of the model counts as read by the body', async (t) => {
  const { x, y, mid } = worked()
  const base = runBy(
    named((task) => {
      if (task.node.function === mid) y()
      return task.here()
    }),
  )
  t.equal(base.get(mid), 11)
  t.same(
    base.dependencies(mid).map(({ id }) => id),
    ['y()', 'x()'],
  )
  t.equal(base.fork({ tweaks: [[x, 2]] }).get(mid), 12)
  checkInvariants(base)
})

void t.test(
  'a profile that was attached later times bodies, one that was there before the waiting as well',
  async (t) => {
    let time = 0
    const base = new Context()
    const before = profile(base, { now: () => time })
    const runner = named(async (task) => {
      await settle(1)
      time += 100
      return await task.here()
    })
    Inner.level(base).graph.wrap(
      aroundBy(
        () => runner,
        () => undefined,
      ),
    )
    const after = profile(base, { now: () => time })
    const inner = tracked('inner', async () => {
      time += 1
    })
    const outer = tracked('outer', async () => {
      time += 10
      await inner()
    })
    await base.get(outer)
    const timed = ({ functions }: ProfileReport) =>
      Object.fromEntries(functions.map(({ name, runs, self, total }) => [name, { runs, self, total }]))
    t.same(timed(after.report()), {
      inner: { runs: 1, self: 1, total: 1 },
      outer: { runs: 1, self: 110, total: 111 },
    })
    t.same(timed(before.report()), {
      inner: { runs: 1, self: 101, total: 101 },
      outer: { runs: 1, self: 110, total: 211 },
    })
    before.stop()
    after.stop()
  },
)

void t.test('a limit to how many run at once: each body has its own reads, wherever it was started', async (t) => {
  const limit = atMost(2)
  const base = runBy(limit)
  const runs = new Runs()
  const local = new AsyncLocalStorage<string>()
  const leaf = tracked('leaf', (of: number) => of * 10)
  const work = tracked('work', async (of: number) => {
    runs.count('work')
    const first = leaf(of)
    await settle(1)
    return `${first + leaf(of + 100)} ${Context.current().name} ${local.getStore()}`
  })
  const answers = await Promise.all([1, 2, 3, 4, 5].map((of) => local.run(`for ${of}`, () => base.get(work.at(of)))))
  t.same(
    answers,
    [1, 2, 3, 4, 5].map((of) => `${of * 10 + (of + 100) * 10} base for ${of}`),
  )
  t.equal(limit.most, 2)
  t.same(runs.take(), { work: 5 })
  for (const of of [1, 2, 3, 4, 5])
    t.same(
      base.dependencies(work.at(of)).map(({ id }) => id),
      [`leaf(${of})`, `leaf(${of + 100})`],
    )
  const child = base.fork({ name: 'child', tweaks: [[leaf.at(103), 0]] })
  t.equal(await child.get(work.at(3)), '30 child undefined')
  t.equal(await child.get(work.at(2)), answers[1])
  t.same(runs.take(), { work: 1 })
  checkInvariants(base)
})

void t.test('started later in the middle of another body, a body is no callee of it', async (t) => {
  const waiting: Task[] = []
  const base = runBy(
    named((task) => {
      if (!task.isAsync) return task.here()
      return new Promise((resolve) => {
        waiting.push({ ...task, node: task.node, version: undefined, isAsync: true, here: () => resolve(task.here()) })
      })
    }),
  )
  const other = tracked('other', async () => outer() + 1)
  const outer: Tracked<() => number> = tracked('outer', () => {
    for (const task of waiting.splice(0)) task.here()
    return 1
  })
  const asked = base.get(other)
  t.equal(base.get(outer), 1)
  t.equal(await asked, 2)
  t.same(base.dependencies(outer), [])
  checkInvariants(base)
})

void t.test('what the body throws is its result, through any runner: the same object, kept', async (t) => {
  const runs = new Runs()
  const base = runBy(named((task) => task.here()))
  const error = new RangeError('no')
  const bad = tracked('bad', (): number => {
    runs.count('bad')
    throw error
  })
  const badLater = tracked('badLater', async () => {
    runs.count('badLater')
    await settle(1)
    throw error
  })
  for (let i = 0; i < 2; i++) {
    t.equal(
      thrown(t, () => base.get(bad)),
      error,
    )
    t.equal(await rejected(t, base.get(badLater)), error)
  }
  t.same(runs.take(), { bad: 1, badLater: 1 })
})

void t.test(
  'what the runner throws is a RunnerError with its cause, and neither it nor what saw it is kept',
  async (t) => {
    const cause = new Error('no room')
    let isFull = true
    const base = runBy(
      named((task) => {
        if (isFull && task.node.function !== caller && task.node.function !== callerLater) throw cause
        return task.here()
      }),
    )
    const one = tracked('one', () => 1)
    const oneLater = tracked('oneLater', async () => 1)
    const caller: Tracked<() => number> = tracked('caller', () => {
      try {
        return one() + 1
      } catch {
        return -1
      }
    })
    const callerLater: Tracked<() => Promise<number>> = tracked('callerLater', async () => oneLater().catch(() => -1))
    const error = throws(t, () => base.get(one), RunnerError)
    t.equal(error.code, 'DUGOUT_RUNNER')
    t.equal(error.message, 'The runner mine of one() failed: no room')
    t.equal(error.cause, cause)
    t.equal((await rejects(t, base.get(oneLater), RunnerError)).cause, cause)
    t.equal(base.get(caller), -1)
    t.equal(await base.get(callerLater), -1)
    isFull = false
    t.equal(base.get(one), 1)
    t.equal(await base.get(oneLater), 1)
    t.equal(base.get(caller), 2)
    t.equal(await base.get(callerLater), 1)
    checkInvariants(base)
  },
)

void t.test('a runner may try again: one run, which depends on what each time read', async (t) => {
  const runs = new Runs()
  const base = runBy(
    named((task) => {
      if (task.isAsync) return Promise.resolve(task.here()).catch(() => task.here())
      try {
        return task.here()
      } catch {
        return task.here()
      }
    }),
  )
  let luck = 0
  const a = tracked('a', () => 1)
  const b = tracked('b', () => 2)
  const shaky = tracked('shaky', () => {
    runs.count('shaky')
    if (luck++ === 0) throw new Error(`no luck with ${a()}`)
    return b()
  })
  const shakyLater = tracked('shakyLater', async () => {
    runs.count('shakyLater')
    await settle(1)
    if (luck++ === 0) throw new Error(`no luck with ${a()}`)
    return b()
  })
  t.equal(base.get(shaky), 2)
  luck = 0
  t.equal(await base.get(shakyLater), 2)
  t.same(runs.take(), { shaky: 2, shakyLater: 2 })
  t.equal(base.stats().evaluations, 4)
  for (const fn of [shaky, shakyLater])
    t.same(
      base.dependencies(fn).map(({ id }) => id),
      ['a()', 'b()'],
    )
  luck = -5
  base.invalidate(shaky)
  const failing = tracked('failing', (): number => {
    runs.count('failing')
    throw new Error(`${luck--}`)
  })
  t.match(
    thrown(t, () => base.get(failing)),
    { message: '-6' },
    'the last error is thrown',
  )
  t.match(
    thrown(t, () => base.get(failing)),
    { message: '-6' },
    'and kept',
  )
  t.same(runs.take(), { failing: 2 })
  checkInvariants(base)
})

void t.test('a value that is not the body’s is refused: made up, changed, of a body that did not run', async (t) => {
  const one = tracked('one', () => ({ n: 1 }))
  const later = tracked('later', async () => ({ n: 1 }))
  const refused = async (run: Runner['run'], message: RegExp): Promise<void> => {
    t.match(throws(t, () => runBy(named(run)).get(one), RunnerError).message, message)
    t.match((await rejects(t, runBy(named(run)).get(later), RunnerError)).message, message)
  }
  await refused(() => ({ n: 1 }), /^The runner mine of (one|later)\(\) did not run it, and threw no error\./)
  await refused(() => undefined, /did not run it/)
  const other = /gave something else than its body/
  await refused((task) => void task.here(), other)
  await refused(
    (task) => (task.isAsync ? Promise.resolve(task.here()).then(() => ({ n: 1 })) : (task.here(), 1)),
    other,
  )
  const swallowing = runBy(
    named((task) => {
      try {
        return task.here()
      } catch {
        return 0
      }
    }),
  )
  const bad = tracked('bad', (): number => {
    throw new Error('no')
  })
  t.match(throws(t, () => swallowing.get(bad), RunnerError).message, other)
})

void t.test('a promise for a synchronous function is refused, with what to do', async (t) => {
  const one = tracked('one', () => 1)
  const message =
    'The runner mine of one() gave a promise, and the function is synchronous. Give what here() gives, or say ' +
    '`async: true` of a function that returns promises.'
  for (const run of [
    async (task: Task) => task.here(),
    async () => Promise.reject(new Error('late')),
    async (task: Task) => {
      await settle(1)
      return task.here()
    },
  ]) {
    const base = runBy(named(run))
    t.equal(throws(t, () => base.get(one), RunnerError).message, message)
    t.throws(() => base.get(one), RunnerError, 'and is not taken for asynchronous from then on')
  }
  await settle(2)
  t.equal(new Context().get(one), 1)
})

void t.test(
  'a function that turns out to be asynchronous: at its first call where the runner runs it at once',
  async (t) => {
    const make = () => tracked('hidden', () => settle(1).then(() => 3))
    const atOnce = runBy(named(async (task) => await task.here()))
    t.equal(await atOnce.get(make()), 3)
    const late = runBy(
      named(async (task) => {
        await settle(1)
        return await task.here()
      }),
    )
    throws(t, () => late.get(make()), RunnerError)
    t.equal(await late.get(tracked('said', () => settle(1).then(() => 3), { async: true })), 3)
  },
)

void t.test('here() after the run is over, or inside another body, is refused', async (t) => {
  const kept: Task[] = []
  const base = runBy(named((task) => (kept.push(task), task.here())))
  const one = tracked('one', () => 1)
  const later = tracked('later', async () => 1)
  base.get(one)
  await base.get(later)
  t.equal(kept.length, 2)
  for (const task of kept) t.match(throws(t, () => task.here(), RunnerError).message, /after its run was over/)

  let outer: Task | undefined
  const nested = runBy(
    named((task) => {
      outer?.here()
      outer ??= task
      return task.here()
    }),
  )
  const reader = tracked('reader', () => one() + 1)
  t.match(throws(t, () => nested.get(reader), RunnerError).message, /of reader\(\) called here\(\) inside another body/)
})

void t.test('what nobody waits for any more does not start', async (t) => {
  const runs = new Runs()
  const { opened, open } = gate()
  const reasons: unknown[] = []
  const signals: AbortSignal[] = []
  const base = runBy(
    named(async (task) => {
      signals.push(Context.signal())
      await opened
      return await Promise.resolve(task.here()).catch((error: unknown) => {
        reasons.push(error)
        throw error
      })
    }),
  )
  const later = tracked('later', async () => {
    runs.count('later')
    return 1
  })
  const controller = new AbortController()
  const asked = base.get(later, { signal: controller.signal })
  t.notOk(signals[0]?.aborted)
  controller.abort()
  await rejects(t, asked, AbortedError)
  t.ok(signals[0]?.aborted, 'and the runner is told')
  open()
  await settle(2)
  t.equal(reasons.length, 1)
  isError(t, reasons[0], AbortedError)
  t.same(runs.take(), {})
  t.equal(await base.get(later), 1)
  checkInvariants(base)
})

void t.test('a change while a body waits for its turn: the value is the one after the change (R21)', async (t) => {
  const { opened, open } = gate()
  const base = runBy(
    named(async (task) => {
      await opened
      return await task.here()
    }),
  )
  const x = tracked('x', async () => 1)
  const sum = tracked('sum', async () => (await x()) + 1)
  base.tweak(x, 2)
  const asked = base.get(sum)
  base.tweak(x, 40)
  open()
  t.equal(await asked, 41)
  checkInvariants(base)
})

void t.test('the null runner runs nothing, and says what would have run', async (t) => {
  const base = runBy(nullRunner)
  const { top } = worked()
  const later = tracked('later', async () => 1)
  const error = throws(t, () => base.get(top), NotRunError)
  t.equal(error.code, 'DUGOUT_NOT_RUN')
  t.match(error.message, /^top\(\) would have to run, and the runner null runs no body\. /)
  await rejects(t, base.get(later), NotRunError)
  t.equal(base.with([[top, 3]]).get(top), 3, 'what is tweaked does not have to run')
  t.notOk(base.has(top))
  checkInvariants(base)
})

void t.test('the local runner is no runner at all', async (t) => {
  let calls = 0
  const before = { ...localRunner }
  t.teardown(() => Object.assign(localRunner, before))
  Object.assign(localRunner, { run: (task: Task) => (calls++, before.run(task)) })
  t.equal(runBy(localRunner).get(worked().top), 31)
  t.equal(calls, 0, 'nothing is made for it')
  t.equal(runBy({ ...localRunner }).get(worked().top), 31)
  t.equal(calls, 5)
})

void t.test('R33: a chain that is too long ends as it does without a runner', async (t) => {
  const base = runBy(named((task) => task.here()))
  const chain: Tracked<(n: number) => number> = tracked('chain', (n: number): number =>
    n === 0 ? 0 : chain(n - 1) + 1,
  )
  t.equal(base.get(chain.at(250)), 250)
  throws(t, () => base.get(chain.at(1_000_000)), DepthError)
  t.equal(base.get(chain.at(300)), 300)
  checkInvariants(base)
})
