// Single flight: of several processes that ask for the same call one computes, and the others wait for what it finds.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { Context, scale, tracked } from '../../lib/index.js'
import { memoryStore, openMemo, type SyncLock, type SyncStore } from '../../lib/memo/index.js'
import { later } from './later.js'

const script = fileURLToPath(new URL('flight-run.js', import.meta.url))

interface Asking {
  readonly child: ChildProcess
  /** What it printed, once a line begins like this. */
  said(beginning: string): Promise<string>
}

async function folderOf(t: Test) {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-flight-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const go = path.join(folder, 'go')
  const ask = (): Asking => {
    const env = { ...process.env, NODE_V8_COVERAGE: '' }
    const child = spawn(process.execPath, [script, path.join(folder, 'store'), go], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    const told = new Set<() => void>()
    child.stdout.on('data', (data: Buffer) => {
      output += String(data)
      for (const tell of told) tell()
    })
    child.on('close', () => told.forEach((tell) => tell()))
    return {
      child,
      said: async (beginning) => {
        for (;;) {
          const line = output.split('\n').find((one) => one.startsWith(beginning))
          if (line !== undefined) return line
          if (child.exitCode !== null || child.signalCode !== null) return `ended: ${output}`
          await new Promise<void>((resolve) => told.add(resolve))
        }
      },
    }
  }
  return { ask, go: () => writeFile(go, '') }
}

t.test('one process computes, and the other waits and is given what it found', async (t) => {
  const { ask, go } = await folderOf(t)
  const first = ask()
  t.equal(await first.said('asked'), 'asked 1')
  const second = ask()
  t.equal(await second.said('asked'), 'asked 0', 'it waits')
  await go()
  const given = `given ${first.child.pid}`
  t.equal(await first.said('given'), `${given} 1`)
  t.equal(await second.said('given'), `${given} 0`)
})

t.test('who dies is taken over from', async (t) => {
  const { ask, go } = await folderOf(t)
  const first = ask()
  t.equal(await first.said('asked'), 'asked 1')
  const second = ask()
  t.equal(await second.said('asked'), 'asked 0')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  await go()
  t.equal(await second.said('given'), `given ${second.child.pid} 1`)
})

/** A store whose locks are seen: those that are held, and those that were asked for. */
function locking() {
  const store = memoryStore()
  const held = new Set<string>()
  const asked: string[] = []
  const tryLock = (key: string): SyncLock | undefined => {
    asked.push(key)
    if (held.has(key)) return undefined
    held.add(key)
    return { release: () => void held.delete(key) }
  }
  const seen: SyncStore = new Proxy(store, {
    get: (_, name) => {
      if (name === 'tryLock') return tryLock
      const member: unknown = Reflect.get(store, name)
      return typeof member === 'function' ? member.bind(store) : member
    },
  })
  return { store: seen, held, asked }
}

async function opened(store: SyncStore | ReturnType<typeof later>, more: object = {}) {
  const memo = { version: 1 }
  let ran = 0
  let isFailing = false
  const leaf = tracked('leaf', () => 1, { memo })
  const slow = tracked(
    'slow',
    async (times: number) => {
      ran++
      await Promise.resolve()
      if (isFailing) throw new Error('no')
      return times * leaf()
    },
    { memo },
  )
  const opening = await openMemo({ store, onWarning: () => undefined, ...more })
  opening.registry.addModule({ leaf, slow }, 'the test')
  const base = new Context()
  const detach = opening.attach(base)
  return { leaf, slow, base, detach, ran: () => ran, memo: opening, fail: (is: boolean) => void (isFailing = is) }
}

t.test('a lock is given back whatever comes of the run', async (t) => {
  const { store, held, asked } = locking()
  const { base, slow, leaf, fail } = await opened(store)
  const running = base.get(slow.at(1))
  t.equal(held.size, 1)
  t.equal(await running, 1)
  t.equal(held.size, 0, 'a value')
  fail(true)
  await t.rejects(base.get(slow.at(2)), { message: 'no' })
  t.equal(held.size, 0, 'an error')
  fail(false)
  const abort = new AbortController()
  const waiting = base.get(slow.at(3), { signal: abort.signal })
  t.equal(held.size, 1)
  abort.abort()
  await t.rejects(waiting, { code: 'DUGOUT_ABORTED' })
  t.equal(held.size, 0, 'given up')
  const child = base.fork().tweak(leaf, 5)
  const lost = child.get(slow.at(4))
  child.dispose()
  await t.rejects(lost, { code: 'DUGOUT_DISPOSED' })
  t.equal(held.size, 0, 'disposed')
  const changed = base.get(slow.at(5))
  base.tweak(leaf, 2)
  t.equal(await changed, 10)
  t.equal(held.size, 0, 'run again')
  const before = asked.length
  t.equal(await base.get(slow.at(5)), 10)
  t.equal(asked.length, before, 'a hit asks for none')
})

t.test('scenarios do not wait for each other, and what no other process can compute has no lock', async (t) => {
  const { store, held, asked } = locking()
  const { base, slow, leaf } = await opened(store)
  t.equal(await base.get(slow.at(1)), 1)
  const running = [2, 3, 4].map((value) => base.fork().tweak(leaf, value).get(slow.at(1)))
  t.equal(held.size, 3)
  t.strictSame(await Promise.all(running), [2, 3, 4])
  const before = asked.length
  t.equal(
    await base
      .fork()
      .replace(leaf, () => 9)
      .get(slow.at(1)),
    9,
  )
  t.equal(asked.length, before, 'a function as a tweak')
  t.equal(await base.fork().adjust(leaf, scale(7)).get(slow.at(1)), 7)
  t.equal(asked.length, before + 1)
})

t.test('what was found while the lock was asked for is not computed again', async (t) => {
  const { store, held } = locking()
  const first = await opened(store)
  const second = await opened(
    new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (name === 'tryLock') {
          return (key: string) => {
            const lock = store.tryLock(key)
            held.clear()
            // the other one comes first
            void first.base.get(first.slow.at(1))
            return lock
          }
        }
        return member
      },
    }),
    {},
  )
  const answer = first.base.get(first.slow.at(1))
  const waiting = second.base.get(second.slow.at(1))
  t.strictSame(await Promise.all([answer, waiting]), [1, 1])
  t.ok(first.ran() + second.ran() <= 2)
  t.equal(second.memo.counts.hits + second.ran(), 1)
})

t.test('patience: who waited long enough computes; with none there are no locks', async (t) => {
  const { store, held, asked } = locking()
  const probe = await opened(store)
  void probe.base.get(probe.slow.at(1))
  const [key = ''] = asked
  await probe.base.get(probe.slow.at(1))
  const other = locking()
  other.held.add(key)
  const waiting = await opened(other.store, { patience: 30 })
  t.equal(await waiting.base.get(waiting.slow.at(1)), 1)
  t.equal(waiting.ran(), 1)
  t.ok(other.asked.length > 1)
  t.strictSame([...other.held], [key], 'it is not its own')
  const without = locking()
  const hasty = await opened(without.store, { patience: 0 })
  t.equal(await hasty.base.get(hasty.slow.at(1)), 1)
  t.strictSame([without.asked.length, held.size], [0, 0])
})

t.test(
  'a cycle that two processes ask for from both ends is a cycle to both, once they waited long enough',
  async (t) => {
    const { store, held } = locking()
    const process = async () => {
      const memo = { version: 1 }
      const one = tracked('one', async (): Promise<number> => 1 + (await two()), { memo })
      const two = tracked('two', async (): Promise<number> => 2 + (await one()), { memo })
      const opening = await openMemo({ store, patience: 30 })
      opening.registry.addModule({ one, two }, 'the test')
      const base = new Context()
      opening.attach(base)
      return { base, one, two }
    }
    const first = await process()
    const second = await process()
    const answers = [first.base.get(first.one), second.base.get(second.two)]
    t.equal(held.size, 2, 'each has the lock that the other waits for')
    for (const answer of answers) await t.rejects(answer, { code: 'DUGOUT_CYCLE' })
    t.strictSame([held.size, store.stats().records], [0, 0])
  },
)

t.test('R22: who gives up while it waits for another process takes no lock', async (t) => {
  const probe = locking()
  const other = await opened(probe.store)
  await other.base.get(other.slow.at(1))
  const { store, held } = locking()
  // another process has it
  held.add(probe.asked[0] as string)
  const { base, slow, ran } = await opened(store)
  const abort = new AbortController()
  const waiting = base.get(slow.at(1), { signal: abort.signal })
  abort.abort()
  await t.rejects(waiting, { code: 'DUGOUT_ABORTED' })
  t.strictSame([base.stats().inFlight, ran()], [0, 0])
  held.clear()
  t.equal(await base.get(slow.at(1)), 1)
  t.equal(held.size, 0)
})

t.test('a store that has to be awaited: the one waits for the other', async (t) => {
  const { store, asked } = locking()
  const first = await opened(later(store))
  const second = await opened(later(store))
  const answers = await Promise.all([first.base.get(first.slow.at(1)), second.base.get(second.slow.at(1))])
  t.strictSame(answers, [1, 1])
  t.equal(first.ran() + second.ran(), 1)
  t.ok(asked.length >= 2)
})

t.test('a memo waits for no lock of its own', async (t) => {
  const { store, held } = locking()
  const { base, slow, memo } = await opened(store)
  const other = new Context()
  memo.attach(other)
  t.strictSame(await Promise.all([base.get(slow.at(1)), other.get(slow.at(1))]), [1, 1])
  t.equal(held.size, 0)
})

t.test('what a memo took is given back, though it is detached or replaced meanwhile', async (t) => {
  const { store, held } = locking()
  const one = await opened(store)
  const running = one.base.get(one.slow.at(1))
  t.equal(held.size, 1)
  one.detach()
  t.equal(await running, 1)
  t.equal(held.size, 0)
  one.memo.attach(one.base)
  const again = one.base.get(one.slow.at(2))
  const other = await opened(memoryStore())
  other.memo.attach(one.base)
  t.equal(await again, 2)
  t.equal(held.size, 0)
})

t.test('a store that cannot lock: everybody computes, and nobody waits for ever', async (t) => {
  const away = (): never => {
    throw new Error('away')
  }
  for (const store of [
    Object.assign(Object.create(locking().store), { tryLock: away }) as SyncStore,
    { ...later(memoryStore()), tryLock: async () => away() },
  ]) {
    const { base, slow } = await opened(store)
    t.strictSame(await Promise.all([base.get(slow.at(1)), base.get(slow.at(1))]), [1, 1])
    t.equal(await base.get(slow.at(2)), 2)
    t.equal(base.stats().inFlight, 0)
  }
})
