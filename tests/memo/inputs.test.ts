// External inputs: what is read from outside is tracked by its content, in this process and between processes.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { Context, tracked } from '../../lib/index.js'
import { directory, env, file, http, memoryStore, openMemo, revalidate, type SyncStore } from '../../lib/memo/index.js'
import { Runs } from '../core/helpers.js'

async function folderOf(t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-inputs-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The functions as a new process has them, over a store. */
async function opened<Functions extends Record<string, (...args: never[]) => unknown>>(
  store: SyncStore,
  make: (count: (name: string) => void) => Functions,
  more: object = {},
) {
  const runs = new Runs()
  const model = make((name) => runs.count(name))
  const warnings: string[] = []
  const memo = await openMemo({ store, onWarning: (message) => warnings.push(message), ...more })
  memo.registry.addModule(model, 'the test')
  const base = new Context({ name: 'base' })
  memo.attach(base)
  return { ...model, memo, base, runs, warnings }
}

const memo = { memo: { version: 1 } }

/** total = the sum of prices.csv times a rate; two = twice the total; apart reads nothing. */
function shop(prices: string) {
  return (count: (name: string) => void) => {
    const rate = tracked('rate', () => (count('rate'), 1), memo)
    const total = tracked(
      'total',
      () => {
        count('total')
        return (
          file(prices)
            .toString()
            .trim()
            .split('\n')
            .map(Number)
            .reduce((sum, one) => sum + one, 0) * rate()
        )
      },
      memo,
    )
    const two = tracked('two', () => (count('two'), 2 * total()), memo)
    const isMany = tracked('isMany', () => (count('isMany'), total() > 2), memo)
    const verdict = tracked('verdict', () => (count('verdict'), isMany() ? 'many' : 'few'), memo)
    const apart = tracked('apart', () => (count('apart'), rate() + 1), memo)
    return { rate, total, two, isMany, verdict, apart }
  }
}

t.test('a file that changed is read again after revalidate, with what depends on it and nothing else', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  await writeFile(prices, '1\n2\n')
  const { base, two, verdict, apart, runs } = await opened(memoryStore(), shop(prices))
  t.strictSame([base.get(two), base.get(verdict), base.get(apart)], [6, 'many', 2])
  runs.take()
  await writeFile(prices, '3\n4\n')
  t.equal(base.get(two), 6, 'one graph, one state of the world')
  t.strictSame(await revalidate(base), [`file(${JSON.stringify(prices)})`])
  t.strictSame([base.get(two), base.get(verdict), base.get(apart)], [14, 'many', 2])
  t.strictSame(runs.take(), { total: 1, two: 1, isMany: 1 }, 'the verdict is cut off')
  t.strictSame(await revalidate(base), [])
  t.equal(base.get(two), 14)
  t.strictSame(runs.take(), {})
  checkInvariants(base)
})

t.test('a file that changed and changed back runs nothing', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  await writeFile(prices, '1\n')
  const { base, two, runs } = await opened(memoryStore(), shop(prices))
  base.get(two)
  await writeFile(prices, '2\n')
  await revalidate(base)
  t.equal(base.get(two), 4)
  runs.take()
  await writeFile(prices, '1\n')
  t.equal((await revalidate(base)).length, 1)
  t.equal(base.get(two), 2)
  t.strictSame(runs.take(), {})
})

t.test('another process runs nothing while the file is the same, and says what changed when it is not', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const label = `file(${JSON.stringify(prices)})`
  const store = memoryStore()
  await writeFile(prices, '1\n2\n')
  const first = await opened(store, shop(prices))
  t.strictSame([first.base.get(first.two), first.base.get(first.apart)], [6, 2])
  const sum = 'a6e2b7a040683432de03a18fd8a1939a2fdf82585b364bfc874bdd4095c4cae1'
  t.strictSame(first.memo.memento(first.base, first.two)?.inputs, [{ input: label, hash: sum }], 'as sha256sum has it')
  t.strictSame(first.memo.memento(first.base, first.apart)?.inputs, [])
  const second = await opened(store, shop(prices))
  t.equal(second.base.get(second.two), 6)
  t.strictSame(second.runs.take(), {})
  t.equal(second.base.stats().evaluations, 1, 'of the input alone: its state')
  checkInvariants(second.base)
  await writeFile(prices, '5\n')
  const third = await opened(store, shop(prices))
  const why = third.memo.explainMiss(third.base, third.two)?.why ?? ''
  t.ok(why.startsWith(`${label} changed, from ${sum} to `), why)
  t.equal(third.base.get(third.two), 10)
  t.equal(third.base.get(third.apart), 2)
  t.strictSame(third.runs.take(), { two: 1, total: 1 })
  await writeFile(prices, '1\n2\n')
  const fourth = await opened(store, shop(prices))
  t.equal(fourth.base.get(fourth.two), 6, 'what it was before is found again')
  t.strictSame(fourth.runs.take(), {})
  t.strictSame(
    [first, second, third, fourth].flatMap(({ warnings }) => warnings),
    [],
  )
})

t.test('within a process the store answers for the state that revalidate found', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const store = memoryStore()
  for (const text of ['1\n', '2\n']) {
    await writeFile(prices, text)
    const one = await opened(store, shop(prices))
    one.base.get(one.two)
  }
  const { base, two, total, runs } = await opened(store, shop(prices))
  t.equal(base.get(two), 4)
  await writeFile(prices, '1\n')
  await revalidate(base)
  t.equal(base.get(two), 2)
  t.equal(base.get(total), 1)
  t.strictSame(runs.take(), {})
  checkInvariants(base)
})

t.test('a what-if can tweak an input, and then the file does not count', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const store = memoryStore()
  await writeFile(prices, '1\n')
  const first = await opened(store, shop(prices))
  const tweaks = [[file.at(prices), Buffer.from('7\n8\n')]] as const
  t.equal(first.base.with(tweaks).get(first.two), 30)
  t.equal(first.base.get(first.two), 2)
  await writeFile(prices, '100\n')
  const second = await opened(store, shop(prices))
  t.equal(second.base.with(tweaks).get(second.two), 30)
  t.strictSame(second.runs.take(), {})
  t.equal(second.base.get(second.two), 200)
  t.strictSame(second.memo.memento(second.base.with(tweaks), second.two)?.inputs, [])
  checkInvariants(second.base)
})

t.test('a hit under tweaks counts the file that they leave alone', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const store = memoryStore()
  await writeFile(prices, '1\n')
  const first = await opened(store, shop(prices))
  t.equal(first.base.fork().tweak(first.rate, 10).get(first.two), 20)
  const second = await opened(store, shop(prices))
  t.equal(second.base.fork().tweak(second.rate, 10).get(second.two), 20)
  t.strictSame(second.runs.take(), {})
  await writeFile(prices, '2\n')
  const third = await opened(store, shop(prices))
  t.equal(third.base.fork().tweak(third.rate, 10).get(third.two), 40)
})

t.test('a file that is missing is an error, and a state like any other', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const store = memoryStore()
  const careful = (count: (name: string) => void) => {
    const { rate, total } = shop(prices)(count)
    const safe = tracked(
      'safe',
      () => {
        count('safe')
        try {
          return total()
        } catch {
          return -1
        }
      },
      memo,
    )
    return { rate, total, safe }
  }
  const first = await opened(store, careful)
  t.throws(() => first.base.get(first.total), { code: 'ENOENT' })
  t.equal(first.base.get(first.safe), -1)
  t.strictSame(
    first.memo.memento(first.base, first.safe)?.inputs.map((one) => one.hash),
    ['missing'],
  )
  const second = await opened(store, careful)
  t.equal(second.base.get(second.safe), -1)
  t.strictSame(second.runs.take(), {})
  await writeFile(prices, '9\n')
  t.equal((await revalidate(second.base)).length, 1)
  t.equal(second.base.get(second.safe), 9)
  const third = await opened(store, careful)
  t.equal(third.base.get(third.safe), 9)
  t.strictSame(third.runs.take(), {})
  await rm(prices)
  await revalidate(third.base)
  t.equal(third.base.get(third.safe), -1)
})

t.test('what cannot be looked at says nothing: nothing of it is kept', async (t) => {
  const folder = await folderOf(t)
  const { base, two, runs } = await opened(memoryStore(), shop(folder))
  t.throws(() => base.get(two), { code: 'DUGOUT_INPUT', cause: { code: 'EISDIR' } })
  runs.take()
  t.throws(() => base.get(two), { code: 'DUGOUT_INPUT' })
  t.strictSame(runs.take(), { two: 1, total: 1 }, 'it is tried again')
})

t.test('content that is not of the state that the graph saw is refused, until revalidate', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  const store = memoryStore()
  await writeFile(prices, '1\n')
  const first = await opened(store, shop(prices))
  first.base.get(first.two)
  const { base, two, rate } = await opened(store, shop(prices))
  t.equal(base.get(two), 2)
  await writeFile(prices, '2\n')
  const child = base.fork().tweak(rate, 10)
  t.throws(() => child.get(two), { code: 'DUGOUT_INPUT_CHANGED' })
  t.equal(base.get(two), 2)
  await revalidate(base)
  t.equal(child.get(two), 40)
  t.equal(base.get(two), 4)
  checkInvariants(base)
})

t.test('contexts of one graph see one state, isolated ones too', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  await writeFile(prices, '1\n')
  const { base, total } = await opened(memoryStore(), shop(prices))
  const apart = base.fork({ isolate: true })
  t.equal(apart.get(total), 1)
  await writeFile(prices, '2\n')
  t.equal(base.get(total), 1, 'one graph, one state of the world')
  t.equal((await revalidate(apart)).length, 1)
  t.strictSame([apart.get(total), base.get(total)], [2, 2])
})

t.test('a directory is what its pattern finds: a file that comes, goes or changes', async (t) => {
  const folder = await folderOf(t)
  const put = (name: string, text: string) => writeFile(path.join(folder, name), text)
  await put('b.csv', '2')
  await put('a.csv', '1')
  await put('notes.txt', 'no')
  const store = memoryStore()
  const pattern = `${folder.replaceAll('\\', '/')}/*.csv`
  const summing = (count: (name: string) => void) => {
    const names = tracked(
      'names',
      () => (count('names'), directory(pattern).map((one) => path.basename(one.path))),
      memo,
    )
    const sum = tracked(
      'sum',
      () => (count('sum'), directory(pattern).reduce((all, one) => all + Number(file(one.path).toString()), 0)),
      memo,
    )
    return { names, sum }
  }
  const first = await opened(store, summing)
  t.strictSame([first.base.get(first.names), first.base.get(first.sum)], [['a.csv', 'b.csv'], 3])
  const { base, names, sum, runs } = await opened(store, summing)
  t.equal(base.get(sum), 3)
  t.strictSame(runs.take(), {})
  await put('notes.txt', 'not of the pattern')
  t.strictSame(await revalidate(base), [])
  await put('c.csv', '4')
  t.strictSame(await revalidate(base), [`directory(${JSON.stringify(pattern)})`])
  t.strictSame([base.get(names), base.get(sum)], [['a.csv', 'b.csv', 'c.csv'], 7])
  await put('a.csv', '10')
  t.equal((await revalidate(base)).length, 2)
  t.equal(base.get(sum), 16)
  await rm(path.join(folder, 'b.csv'))
  await revalidate(base)
  t.equal(base.get(sum), 14)
  t.strictSame((await opened(store, summing)).memo.explainMiss(base, sum), undefined)
  t.strictSame(base.get(directory.at(`${folder}/none/*.csv`)), [])
})

t.test('a variable of the environment, whose value no memento holds', async (t) => {
  const name = 'DUGOUT_TEST_RATE'
  t.teardown(() => {
    delete process.env[name]
  })
  const store = memoryStore()
  const make = (count: (name: string) => void) => ({
    rate: tracked('rate', () => (count('rate'), Number(env(name) ?? 5)), memo),
  })
  process.env[name] = 'secret 17'
  const first = await opened(store, make)
  t.ok(Number.isNaN(first.base.get(first.rate)))
  for (const { bytes } of store.records()) t.notMatch(Buffer.from(bytes).toString(), 'secret')
  process.env[name] = '3'
  const { base, rate, runs, memo: opening } = await opened(store, make)
  t.match(
    opening.explainMiss(base, rate)?.why,
    /^env\("DUGOUT_TEST_RATE"\) changed, from [0-9a-f]{64} to [0-9a-f]{64}$/,
  )
  t.equal(base.get(rate), 3)
  t.strictSame(runs.take(), { rate: 1 })
  delete process.env[name]
  t.strictSame(await revalidate(base), ['env("DUGOUT_TEST_RATE")'])
  t.equal(base.get(rate), 5)
})

interface Site {
  readonly url: string
  readonly asked: string[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

async function site(t: Test): Promise<Site> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(String(request.method))
    made.answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const made: Site = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rate`,
    asked,
    answer: (_, response) => response.end(),
  }
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return made
}

const fetching = (url: string) => (count: (name: string) => void) => {
  const rate = tracked('rate', async () => (count('rate'), Number((await http(url)).toString())), memo)
  const twice = tracked('twice', async () => (count('twice'), 2 * (await rate())), memo)
  return { rate, twice }
}

/** Answers with these headers and this body, HEAD too. */
function serves(headers: Record<string, string>, body: string): Site['answer'] {
  return (_, response) => response.writeHead(200, headers).end(body)
}

t.test('an address by its ETag: another process asks for the head alone', async (t) => {
  const place = await site(t)
  const store = memoryStore()
  place.answer = serves({ etag: '"one"' }, '1')
  const first = await opened(store, fetching(place.url))
  t.equal(await first.base.get(first.twice), 2)
  t.strictSame(place.asked.splice(0), ['GET'])
  t.strictSame(first.memo.memento(first.base, first.twice)?.inputs, [
    { input: `http("${place.url}")`, hash: 'etag:"one"' },
  ])
  place.answer = serves({ etag: 'W/"one"' }, '1')
  const second = await opened(store, fetching(place.url))
  t.equal(await second.base.get(second.twice), 2)
  t.strictSame([second.runs.take(), place.asked.splice(0)], [{}, ['HEAD']])
  place.answer = serves({ etag: '"two"' }, '5')
  t.strictSame(await revalidate(second.base), [`http("${place.url}")`])
  t.equal(await second.base.get(second.twice), 10)
  t.strictSame(second.runs.take(), { rate: 1, twice: 1 })
  t.strictSame(await revalidate(second.base), [])
  const third = await opened(store, fetching(place.url))
  t.equal(await third.base.get(third.twice), 10)
  t.strictSame(third.runs.take(), {})
  checkInvariants(third.base)
})

t.test('an address by the time of its last change where that tells, else by its body', async (t) => {
  const place = await site(t)
  const store = memoryStore()
  const old = 'Wed, 01 Jan 2020 00:00:00 GMT'
  place.answer = serves({ 'last-modified': old }, '1')
  const first = await opened(store, fetching(place.url))
  t.equal(await first.base.get(first.twice), 2)
  t.strictSame(
    first.memo.memento(first.base, first.twice)?.inputs.map((one) => one.hash),
    [`last-modified:${old}`],
  )
  // changed within the second: its time does not tell it from the next one
  place.answer = serves({ 'last-modified': new Date().toUTCString() }, '1')
  const second = await opened(store, fetching(place.url))
  t.equal(await second.base.get(second.twice), 2)
  t.match(second.memo.memento(second.base, second.twice)?.inputs[0]?.hash, /^6b86b273ff34/)
  place.asked.splice(0)
  place.answer = serves({}, '1')
  const third = await opened(store, fetching(place.url))
  t.equal(await third.base.get(third.twice), 2)
  t.strictSame([third.runs.take(), place.asked.splice(0)], [{}, ['HEAD', 'GET']])
  place.answer = (request, response) => {
    response.writeHead(request.method === 'HEAD' ? 405 : 200).end(request.method === 'HEAD' ? '' : '4')
  }
  await revalidate(third.base)
  t.equal(await third.base.get(third.twice), 8)
})

t.test('an address where nothing is, and one that cannot be reached', async (t) => {
  const place = await site(t)
  const store = memoryStore()
  const make = (count: (name: string) => void) => {
    const safe = tracked(
      'safe',
      async () => {
        count('safe')
        return await http(place.url).then(String, (error: unknown) => `none: ${(error as { code?: string }).code}`)
      },
      memo,
    )
    return { safe }
  }
  place.answer = (_, response) => response.writeHead(404).end('nothing')
  const first = await opened(store, make)
  t.equal(await first.base.get(first.safe), 'none: undefined')
  const second = await opened(store, make)
  t.equal(await second.base.get(second.safe), 'none: undefined')
  t.strictSame(second.runs.take(), {}, 'that nothing is there is a state')
  place.answer = (_, response) => response.writeHead(503).end()
  await t.rejects(revalidate(second.base), { code: 'DUGOUT_INPUT' })
  const third = await opened(store, make)
  t.equal(await third.base.get(third.safe), 'none: DUGOUT_INPUT')
  t.equal(third.memo.memento(third.base, third.safe), undefined, 'a server at fault says nothing')
  place.answer = serves({}, 'there')
  t.equal(await third.base.get(third.safe), 'there')
  t.equal(third.runs.take().safe, 2)
})

t.test('explainMiss looks at no address: a prefetch does', async (t) => {
  const place = await site(t)
  const store = memoryStore()
  place.answer = serves({ etag: '"one"' }, '1')
  const first = await opened(store, fetching(place.url))
  await first.base.get(first.twice)
  const same = await opened(store, fetching(place.url))
  const unseen = `http("${place.url}") was not looked at (await memo.prefetch(...) does), or could not be`
  t.equal(same.memo.explainMiss(same.base, same.twice)?.why, unseen)
  await same.memo.prefetch(same.base, [same.twice])
  t.equal(same.memo.explainMiss(same.base, same.twice), undefined)
  place.answer = serves({ etag: '"two"' }, '2')
  const other = await opened(store, fetching(place.url))
  await other.memo.prefetch(other.base, [other.twice])
  t.equal(
    other.memo.explainMiss(other.base, other.twice)?.why,
    `http("${place.url}") changed, from etag:"one" to etag:"two"`,
  )
  place.answer = (request) => request.socket.destroy()
  const away = await opened(store, fetching(place.url))
  await away.memo.prefetch(away.base, [away.twice])
  t.equal(away.memo.explainMiss(away.base, away.twice)?.why, unseen)
})

t.test('who watches is told when revalidate finds a change', async (t) => {
  const prices = path.join(await folderOf(t), 'prices.csv')
  await writeFile(prices, '1\n')
  const { base, two, apart } = await opened(memoryStore(), shop(prices))
  const told: string[] = []
  base.get(two)
  base.get(apart)
  base.watch(two, () => told.push('two'))
  base.watch(apart, () => told.push('apart'))
  await revalidate(base)
  t.strictSame(told, [])
  await writeFile(prices, '2\n')
  await revalidate(base)
  t.strictSame(told, ['two'])
})

t.test('a connection that fails or breaks says nothing: nothing of it is kept', async (t) => {
  const place = await site(t)
  const store = memoryStore()
  const { base, rate, runs } = await opened(store, fetching(place.url))
  place.answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('1')
    setImmediate(() => response.destroy())
  }
  await t.rejects(base.get(rate), { code: 'DUGOUT_INPUT' })
  place.answer = (request) => request.socket.destroy()
  await t.rejects(base.get(rate), { code: 'DUGOUT_INPUT', message: /^http\("http.*"\) could not be read: / })
  t.equal(store.stats().records, 0)
  place.answer = serves({}, '3')
  t.equal(await base.get(rate), 3)
  t.strictSame(runs.take(), { rate: 3 })
})

t.test('two graphs read one address at the same time', async (t) => {
  const place = await site(t)
  place.answer = serves({ etag: '"one"' }, '1')
  const [one, other] = [
    await opened(memoryStore(), fetching(place.url)),
    await opened(memoryStore(), fetching(place.url)),
  ]
  t.strictSame(await Promise.all([one.base.get(one.twice), other.base.get(other.twice)]), [2, 2])
  place.answer = serves({ etag: '"two"' }, '2')
  await Promise.all([revalidate(one.base), revalidate(other.base)])
  t.strictSame(await Promise.all([one.base.get(one.twice), other.base.get(other.twice)]), [4, 4])
})

t.test('a link that leads nowhere is no file of a directory', async (t) => {
  const folder = await folderOf(t)
  await writeFile(path.join(folder, 'a.csv'), '1')
  await symlink(path.join(folder, 'gone.csv'), path.join(folder, 'b.csv'))
  const base = new Context()
  t.strictSame(
    base.get(directory.at(folder)).map((one) => path.basename(one.path)),
    ['a.csv'],
  )
})

t.test('a tweak of an address asks nobody', async (t) => {
  const place = await site(t)
  const { base, twice } = await opened(memoryStore(), fetching(place.url))
  t.equal(await base.with([[http.at(place.url), Buffer.from('21')]]).get(twice), 42)
  t.strictSame(place.asked, [])
})

t.test('inputs are inputs without a memo too', async (t) => {
  const folder = await folderOf(t)
  await mkdir(path.join(folder, 'data'))
  const prices = path.join(folder, 'data', 'prices.csv')
  await writeFile(prices, '1\n')
  const runs = new Runs()
  const { total } = shop(prices)((name) => runs.count(name))
  const base = new Context()
  t.equal(base.get(total), 1)
  await writeFile(prices, '2\n')
  await revalidate(base)
  t.equal(base.get(total), 2)
  t.strictSame(
    base.get(directory.at(path.join(folder, 'data'))).map((one) => path.basename(one.path)),
    ['prices.csv'],
  )
})
