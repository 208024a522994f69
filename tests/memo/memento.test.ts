// The memento of a result: how it came to be, also where several questions are under way at once.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { Context, tracked } from '../../lib/index.js'
import { log, type Memento, memoryStore, note, openMemo } from '../../lib/memo/index.js'

const kept = { memo: { version: 1 } } as const

async function attached(functions: Readonly<Record<string, unknown>>, more: object = {}) {
  const warnings: string[] = []
  const memo = await openMemo({ store: memoryStore(), onWarning: (message) => warnings.push(message), ...more })
  memo.registry.addModule(functions, 'the test')
  const base = new Context()
  memo.attach(base)
  const of = (target: Parameters<typeof memo.memento>[1], context = base): Memento => {
    const found = memo.memento(context, target)
    if (found === undefined) throw new Error(`${String(target)} has no memento`)
    return found
  }
  return { memo, base, of, warnings }
}

t.test('invocations stand in order, each with its memento where it is kept', async (t) => {
  const leaf = tracked('leaf', (n: number) => n, kept)
  const failing = tracked(
    'failing',
    (): number => {
      throw new RangeError('errors are not kept')
    },
    kept,
  )
  const caught = (): number => {
    try {
      return failing()
    } catch {
      return 0
    }
  }
  const top = tracked('top', () => leaf(2) + caught() + leaf(1) + leaf(2), kept)
  const { base, of, warnings } = await attached({ leaf, failing, top })
  base.get(top)
  t.strictSame(of(top).invocations, [
    { node: 'leaf(2)', memento: of(leaf.at(2)).id },
    { node: 'failing()', memento: undefined },
    { node: 'leaf(1)', memento: of(leaf.at(1)).id },
  ])
  t.strictSame(warnings, [])
})

t.test('a call that was answered by the store is an invocation with its memento, too', async (t) => {
  const store = memoryStore()
  const leaf = tracked('leaf', () => 1, kept)
  const first = await attached({ leaf }, { store })
  first.base.get(leaf)
  const top = tracked('top', () => leaf() + 1, kept)
  const second = await attached({ leaf, top }, { store })
  t.equal(second.base.get(top), 2)
  t.strictSame(second.of(top).invocations, [{ node: 'leaf()', memento: first.of(leaf).id }])
})

t.test('a result that is not kept has no memento, where one stood before that had', async (t) => {
  const x = tracked('x', (): unknown => 1, kept)
  const top = tracked('top', () => x(), kept)
  const { base, of, memo } = await attached({ x, top })
  base.get(top)
  const { id } = of(top)
  base.replace(x, () => 2)
  t.equal(base.get(top), 2)
  t.equal(memo.memento(base, top), undefined)
  base.untweak(x)
  t.equal(base.get(top), 1)
  t.equal(of(top).id, id)
})

t.test('under tweaks the invocations are those of the context', async (t) => {
  const x = tracked('x', () => 1, kept)
  const half = tracked('half', () => x() / 2, kept)
  const top = tracked('top', () => half() + 1, kept)
  const { base, of } = await attached({ x, half, top })
  base.get(top)
  const child = base.fork().tweak(x, 4)
  t.equal(child.get(top), 3)
  t.not(of(half, child).id, of(half).id)
  t.strictSame(of(top, child).invocations, [{ node: 'half()', memento: of(half, child).id }])
  t.strictSame(of(half, child).invocations, [{ node: 'x()', memento: undefined }], 'a tweak has none')
})

/** Spins, so that the time is the body's own. */
function spend(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

t.test('durations: the whole, and without the bodies that it called', async (t) => {
  const leaf = tracked('leaf', (n: number) => (spend(20), n), kept)
  const middle = tracked('middle', () => leaf(1) + leaf(2), kept)
  const top = tracked('top', () => (spend(5), middle()), kept)
  const { base, of } = await attached({ leaf, middle, top })
  base.get(top)
  for (const one of [top, middle]) {
    t.ok(of(one).duration >= 40, 'whole')
    t.ok(of(one).ownDuration <= of(one).duration - 40, 'less what it called')
    t.ok(of(one).ownDuration >= (one === top ? 5 : 0), 'its own')
  }
  t.equal(of(leaf.at(1)).ownDuration, of(leaf.at(1)).duration)
})

t.test('durations of asynchronous calls that overlap count their time once', async (t) => {
  const leaf = tracked('leaf', async (n: number) => (await setTimeout(30), n), kept)
  const top = tracked('top', async () => (await Promise.all([leaf(1), leaf(2), leaf(3)])).length, kept)
  const { base, of } = await attached({ leaf, top })
  await base.get(top)
  const { duration, ownDuration } = of(top)
  const [one, two, three] = [1, 2, 3].map((n) => of(leaf.at(n)).duration) as [number, number, number]
  t.ok(duration - ownDuration >= Math.max(one, two, three), 'the calls are left out')
  t.ok(duration - ownDuration < one + two + three, 'once')
})

/** The correlations of nodes, as letters in the order that they are met. */
function letters(mementos: readonly Memento[]): string {
  const known: string[] = []
  return mementos
    .map(({ correlation }) => {
      if (!known.includes(correlation)) known.push(correlation)
      return 'abcdefgh'[known.indexOf(correlation)]
    })
    .join('')
}

t.test('one question from outside, one correlation: synchronous', async (t) => {
  const x = tracked('x', () => 1, kept)
  const y = tracked('y', () => x() + 1, kept)
  const z = tracked('z', () => y() + x(), kept)
  const other = tracked('other', () => 5, kept)
  const { base, of } = await attached({ x, y, z, other })
  base.get(z)
  base.get(other)
  t.equal(letters([of(x), of(y), of(z), of(other)]), 'aaab')
  base.run(() => base.invalidate(y))
  base.invalidate(x)
  base.get(z)
  t.equal(letters([of(x), of(y), of(z), of(other)]).slice(0, 2), 'aa', 'what verification asked for, too')
})

t.test('one question from outside, one correlation: many at once', async (t: Test) => {
  const leaf = tracked('leaf', async (n: number) => (await setTimeout(5 - n), n), kept)
  const plain = tracked('plain', (n: number) => n * 2, kept)
  const middle = tracked('middle', async (n: number) => (await leaf(n)) + plain(n), kept)
  const top = tracked(
    'top',
    async (n: number) => {
      const first = await middle(n)
      await setTimeout(3)
      return first + plain(n + 10)
    },
    kept,
  )
  const { base, of } = await attached({ leaf, plain, middle, top })
  await Promise.all([1, 2, 3].map((n) => base.get(top.at(n))))
  const nodes = [1, 2, 3].map((n) => [top.at(n), middle.at(n), leaf.at(n), plain.at(n), plain.at(n + 10)] as const)
  for (const one of nodes) t.equal(new Set(one.map((node) => of(node).correlation)).size, 1, String(one[0]))
  t.equal(new Set(nodes.map(([one]) => of(one).correlation)).size, 3)
})

t.test(
  'one correlation where verification runs asynchronous and synchronous bodies, and where one is asked again',
  async (t) => {
    const rate = tracked('rate', () => 1, { memo: { version: 1 } })
    const feed = tracked('feed', async () => (await setTimeout(1), rate() * 2), kept)
    const plain = tracked('plain', () => feed().then((one) => one + 1), kept)
    const top = tracked('top', async () => (await plain()) + rate(), kept)
    const { base, of } = await attached({ rate, feed, plain, top })
    const all = () => [of(top), of(plain), of(feed), of(rate)]
    const both = [base.get(top), base.get(top)]
    t.strictSame(await Promise.all(both), [4, 4])
    t.equal(letters(all()), 'aaaa', 'a function that returns promises is found out at its first call')
    const [before] = all()
    base.invalidate(rate)
    base.invalidate(feed)
    await base.get(top)
    t.equal(letters([of(feed), of(rate)]), 'aa')
    t.not(of(feed).correlation, before?.correlation)
  },
)

t.test('two contexts in which the same node runs at once: each question has its own', async (t) => {
  const x = tracked('x', () => 1, kept)
  const slow = tracked('slow', async () => (await setTimeout(4), x()), kept)
  const top = tracked('top', async () => await slow(), kept)
  const { base, of } = await attached({ x, slow, top })
  const children = [base.fork().tweak(x, 2), base.fork().tweak(x, 3)]
  t.strictSame(await Promise.all(children.map((one) => one.get(top))), [2, 3])
  const mementos = children.flatMap((one) => [of(top, one), of(slow, one)])
  t.equal(letters(mementos), 'aabb')
})

t.test('where and when', async (t) => {
  const one = tracked('one', () => 1, kept)
  const { base, of } = await attached({ one })
  const before = new Date().toISOString()
  base.get(one)
  const memento = of(one)
  t.ok(memento.startedAt >= before && memento.startedAt <= new Date().toISOString())
  t.match(memento, { process: process.pid, nodeVersion: process.versions.node, runner: 'local', inputs: [] })
  t.match(memento.host, /./)
})

t.test('the commit of the model, and the packages that its code reaches, not the others', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-commit-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'model.mjs')
  await writeFile(
    file,
    'import { parse } from "yaml"\nimport { v4 } from "uuid"\nexport const read = tracked("read", () => parse("1"))\nexport const id = v4\n',
  )
  const read = tracked('read', () => 1, { memo: true })
  const modules = [{ url: pathToFileURL(file).href, exports: { read } }]
  const { base, of } = await attached({}, { modules })
  base.get(read)
  t.strictSame(of(read).packages, { yaml: '?' }, 'not installed there')
  t.equal(of(read).commit, undefined)
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
  git('init', '--quiet')
  t.equal((await attached({}, { modules })).memo.commit, undefined, 'no commit yet')
  git('commit', '--quiet', '--allow-empty', '--message', 'first')
  const second = await attached({}, { modules })
  t.equal(second.memo.commit, git('rev-parse', 'HEAD').trim())
  second.base.get(read)
  t.equal(second.of(read).commit, second.memo.commit)
})

t.test('what a body notes and logs is kept in its memento, and in no other', async (t) => {
  const leaf = tracked('leaf', () => (note('rows', 3), log('leaf read'), 1), kept)
  const top = tracked(
    'top',
    async () => {
      note('seed', { of: [1, 2] })
      const value = leaf()
      await setTimeout(1)
      log('after waiting')
      note('rows', 5)
      note('rows', 6)
      return value
    },
    kept,
  )
  const store = memoryStore()
  const { base, of } = await attached({ leaf, top }, { store })
  await base.get(top)
  t.strictSame(of(leaf).metadata, { rows: 3 })
  t.strictSame(of(leaf).logs, ['leaf read'])
  t.strictSame(of(top).metadata, { seed: { of: [1, 2] }, rows: 6 })
  t.strictSame(of(top).logs, ['after waiting'])
  const second = await attached({ leaf, top }, { store })
  await second.base.get(top)
  t.strictSame(second.of(top), of(top), 'and found with it')
  const bad = tracked('bad', () => note('no', () => 1), kept)
  t.throws(() => base.get(bad), { code: 'DUGOUT_NOT_STORABLE' })
  t.doesNotThrow(() => note('outside', 1))
  const plain = new Context()
  t.equal(await plain.get(top), 1, 'without a memo nothing happens')
})
