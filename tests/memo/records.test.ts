// What a store is asked without the model: lists, histories, provenance, forgetting, metadata, export and import.
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { Context, scale, tracked } from '../../lib/index.js'
import {
  exportStore,
  file,
  filesystemStore,
  importStore,
  memoryStore,
  openMemo,
  type RecordFilter,
  Records,
  type Store,
  type StoredRecord,
  type SyncStore,
  sqliteStore,
  type TraceNode,
  Types,
} from '../../lib/memo/index.js'
import { readMemento, writeMemento } from '../../lib/memo/memento.js'
import { Runs } from '../core/helpers.js'

async function folder(t: Test): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'dugout-records-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

/** x = 1, half is not kept, top = half(4) + half(6) + x, sum of tops. */
async function opened(store: SyncStore, version = 1) {
  const runs = new Runs()
  const memo = { version }
  const x = tracked('x', () => (runs.count('x'), 1), { memo })
  const part = tracked('part', (n: number) => (runs.count('part'), n * x()), { memo })
  const half = tracked('half', (n: number) => part(n) / 2, { memo })
  const top = tracked('top', () => half(4) + half(6) + x(), { memo })
  const bad = tracked(
    'bad',
    () => {
      runs.count('bad')
      if (x() > 0) throw new RangeError('too far')
      return 1
    },
    { memo: { version, errors: true } },
  )
  const worse = tracked('worse', () => top() + bad(), { memo: { version, errors: true } })
  const one = await openMemo({
    store,
    policy: () => true,
    onWarning: (message) => {
      throw new Error(message)
    },
  })
  one.registry.addModule({ x, part, half, top, bad, worse }, 'the test')
  const base = new Context()
  one.attach(base)
  return { runs, x, part, half, top, bad, worse, memo: one, base, records: new Records(store) }
}

const names = (mementos: readonly { readonly node: string }[]): string[] => mementos.map(({ node }) => node).sort()

t.test('list: by function, version, call, time, tweaks, kind, correlation', async (t) => {
  const store = memoryStore()
  const { base, top, x, worse, records } = await opened(store)
  base.get(top)
  const between = new Date()
  base.fork().tweak(x, 5).get(top)
  t.throws(() => base.get(worse))
  const list = async (filter: Parameters<Records['list']>[0]) => names(await records.list(filter))
  t.strictSame(await list({ function: 'half' }), ['half(4)', 'half(4)', 'half(6)', 'half(6)'])
  t.strictSame(await list({ node: 'half(4)' }), ['half(4)', 'half(4)'])
  t.strictSame(await list({ function: 'half', tweaks: '' }), ['half(4)', 'half(6)'])
  t.strictSame(await list({ function: 'half', tweaks: 'x=value 5' }), ['half(4)', 'half(6)'])
  t.strictSame(await list({ function: 'half', version: 'v:2' }), [])
  t.strictSame(await list({ kind: 'error' }), ['bad()', 'worse()'])
  t.strictSame(await list({ function: 'x', until: between }), ['x()'])
  t.strictSame(await list({ function: 'x', since: new Date(Date.now() + 10_000) }), [])
  const [first] = await records.list({ node: 'top()', tweaks: '' })
  t.strictSame(await list({ correlation: first?.correlation ?? '' }), [
    'half(4)',
    'half(6)',
    'part(4)',
    'part(6)',
    'top()',
    'x()',
  ])
  const all = await records.list()
  t.strictSame(
    all.map(({ id }) => id),
    all.map(({ id }) => id).toSorted(),
    'the oldest first',
  )
  const memento = await records.memento(first?.id ?? '')
  t.strictSame(memento.functions, { x: 'v:1', part: 'v:1', half: 'v:1', top: 'v:1' })
  t.equal(await records.result(memento.id), 6)
  t.equal((await records.memento(memento.id.slice(0, -1))).id, memento.id, 'the beginning of an id will do')
  await t.rejects(records.memento('0'), { code: 'DUGOUT_UNKNOWN_MEMENTO', message: /\d+ mementos whose id begins/ })
  await t.rejects(records.memento('no'), { code: 'DUGOUT_UNKNOWN_MEMENTO', message: /has no memento "no"/ })
})

t.test(
  'by its whole id a memento is found without reading another, and one of an id of another making too',
  async (t) => {
    const at = await folder(t)
    for (const store of [
      memoryStore(),
      filesystemStore(path.join(at, 'files')),
      await sqliteStore(path.join(at, 'one')),
    ]) {
      const { base, top, records } = await opened(store)
      base.get(top)
      const read: string[] = []
      const watched = new Proxy(store, {
        get(of, name) {
          const held: unknown = Reflect.get(of, name, of)
          if (name !== 'records') return typeof held === 'function' ? (held.bind(of) as unknown) : held
          return function* watching(filter?: RecordFilter) {
            for (const record of of.records(filter)) {
              read.push(record.key)
              yield record
            }
          }
        },
      })
      const looking = new Records(watched)
      const all = await records.list()
      t.equal(all.length, 6)
      for (const { id, node } of all) {
        t.equal((await looking.memento(id)).node, node)
        t.equal(read.splice(0).length, 1, `${node} alone`)
      }
      await t.rejects(looking.memento(`${(all[0]?.id ?? '').slice(0, -10)}0000000000`), {
        code: 'DUGOUT_UNKNOWN_MEMENTO',
      })
      t.ok(read.splice(0).length > 6, 'before it is said that there is none, all are read')
      const id = '0193a7e0-1111-7222-8333-444455556666'
      for (const { key, id: name, function: fn, version, blobs, bytes } of [...store.records()]) {
        const { memento, result } = readMemento(bytes) ?? {}
        if (memento?.node !== 'top()' || result === undefined) continue
        const other = writeMemento({ ...memento, id }, result)
        t.ok(store.writeRecord({ key, id: name, function: fn, version, blobs, bytes: other }))
      }
      t.equal((await looking.memento(id)).node, 'top()')
      t.equal((await looking.trace(id))?.calls.length, 3)
      store.close()
    }
  },
)

/** `top() [half(4) [...]]`, a star where there is a memento, ... where it was told already. */
function told({ node, memento, calls, isRepeated }: TraceNode): string {
  const inner = calls.map(told).join(' ')
  return `${node}${memento === undefined ? '' : '*'}${isRepeated ? '...' : ''}${inner === '' ? '' : ` [${inner}]`}`
}

t.test('provenance: what was computed from this file', async (t) => {
  const at = path.join(await folder(t), 'prices.csv')
  await writeFile(at, '3')
  const store = memoryStore()
  const price = tracked('price', () => Number(String(file(at))), { memo: { version: 1 } })
  const total = tracked('total', () => price() * 2, { memo: { version: 1 } })
  const other = tracked('other', () => 1, { memo: { version: 1 } })
  const memo = await openMemo({ store })
  memo.registry.addModule({ price, total, other }, 'the test')
  const base = new Context()
  memo.attach(base)
  t.equal(base.get(total), 6)
  base.get(other)
  const [memento] = await memo.records.list({ function: 'total' })
  const [input] = memento?.inputs ?? []
  t.equal(input?.input, `file(${JSON.stringify(at)})`)
  t.strictSame(names(await memo.records.list({ input: input?.hash ?? '' })), ['price()', 'total()'])
  t.strictSame(names(await memo.records.list({ input: '0'.repeat(64) })), [])
  const tree = await memo.records.trace(memento?.id ?? '')
  t.equal(tree?.calls[0]?.memento?.function, 'price', 'a history with inputs finds the mementos in it')
  t.equal(tree && told(tree), `total()* [price()* [file(${JSON.stringify(at)}) [file(${JSON.stringify(at)})]]]`)
})

t.test('trace: the tree of calls, each with its memento where it is kept, nothing told twice', async (t) => {
  const store = memoryStore()
  const { base, top, x, half, records } = await opened(store)
  base.get(top)
  base.fork().adjust(x, scale(3)).get(top)
  const tweaked = base.fork().tweak(half.at(4), 7)
  tweaked.get(top)
  const [plain, adjusted, third] = await records.list({ function: 'top' })
  const tree = async (id: string | undefined, depth?: number) => {
    const found = await records.trace(id ?? '', depth === undefined ? {} : { depth })
    return found && told(found)
  }
  t.equal(
    await tree(plain?.id),
    'top()* [half(4)* [part(4)* [x()*]] half(6)* [part(6)* [x()*]] x()*]',
    'what calls nothing is no repetition',
  )
  t.equal(await tree(plain?.id, 1), 'top()* [half(4)* half(6)* x()*]')
  t.match(await tree(adjusted?.id), /^top\(\)\* \[half\(4\)\* \[part\(4\)\* \[x\(\)/)
  t.equal(await tree(third?.id), 'top()* [half(4) half(6)* [part(6)* [x()*]] x()*]', 'a tweaked call has none')
  const ids = async (id: string | undefined) => {
    const found = await records.trace(id ?? '')
    return found?.calls.map(({ memento }) => memento?.id)
  }
  for (const one of [plain, adjusted, third]) {
    t.strictSame(
      await ids(one?.id),
      one?.invocations.map(({ memento }) => memento),
      'the same as its invocations say',
    )
  }
  const twice = tracked('twice', () => half(4) + half(4) + top(), { memo: { version: 1 } })
  base.get(twice)
  const [last] = await records.list({ function: 'twice' })
  t.equal(
    await tree(last?.id),
    'twice()* [half(4)* [part(4)* [x()*]] top()* [half(4)*... half(6)* [part(6)* [x()*]] x()*]]',
  )
})

t.test('graph: each call once, as DOT, Mermaid and JSON', async (t) => {
  const store = memoryStore()
  const { base, top, half, records } = await opened(store)
  base.fork().tweak(half.at(4), 7).get(top)
  const [memento] = await records.list({ function: 'top' })
  const graph = await records.graph(memento?.id ?? '')
  t.strictSame(graph?.nodes.map(({ node }) => node).sort(), ['half(4)', 'half(6)', 'part(6)', 'top()', 'x()'])
  const { nodes, edges } = graph?.toJSON() ?? { nodes: [], edges: [] }
  t.equal(nodes.length, 5)
  t.strictSame(
    edges.map(({ source, target }) => `${source} -> ${target}`).sort(),
    ['half(4) -> top()', 'half(6) -> top()', 'part(6) -> half(6)', 'x() -> part(6)', 'x() -> top()'].sort(),
  )
  t.match(graph?.toDOT(), /"half\(4\)" \[label="half\(4\)", style="rounded,filled", fillcolor="#ffe082"\]/)
  t.match(graph?.toMermaid(), /\["half\(4\)"\]:::tweaked/)
})

t.test('arguments of a class that is not registered here are shown, and asked about, all the same', async (t) => {
  class Region {
    readonly name: string
    constructor(name: string) {
      this.name = name
    }
  }
  const store = memoryStore()
  const memo = await openMemo({ store, types: new Types().class('Region', Region) })
  const size = tracked('size', (region: Region) => region.name.length, { memo: { version: 1 } })
  const both = tracked('both', () => size(new Region('EU')), { memo: { version: 1 } })
  memo.registry.addModule({ size, both }, 'the test')
  const base = new Context()
  memo.attach(base)
  base.get(both)
  const records = new Records(store)
  const [memento] = await records.list({ function: 'both' })
  t.match((await records.trace(memento?.id ?? ''))?.calls[0]?.node, /^size\(/)
})

t.test('forget: a memento, a call, a function, a version, everything; and what it would be', async (t) => {
  const fill = async () => {
    const store = memoryStore()
    const one = await opened(store)
    one.base.get(one.top)
    one.base.fork().tweak(one.x, 5).get(one.top)
    const two = await opened(store, 2)
    two.base.get(two.top)
    return { store, ...one }
  }
  const { records, store } = await fill()
  const before = store.stats().records
  const [first] = await records.list({ node: 'half(4)', tweaks: '', version: 'v:1' })
  for (const target of [{ memento: first?.id ?? '' }, { function: 'half' }, 'everything'] as const) {
    const dry = await records.forget(target, { dryRun: true })
    t.equal(store.stats().records, before, 'a dry run forgets nothing')
    const { store: other, records: others } = await fill()
    const real = await others.forget(
      typeof target === 'object' && 'memento' in target
        ? { memento: (await others.list({ node: 'half(4)', tweaks: '', version: 'v:1' }))[0]?.id ?? '' }
        : target,
    )
    t.strictSame(names(real.mementos), names(dry.mementos))
    t.equal(real.records, dry.records)
    t.equal(other.stats().records, before - real.records)
  }

  t.strictSame(names((await records.forget({ memento: first?.id ?? '' })).mementos), ['half(4)'])
  t.strictSame(names((await records.forget({ function: 'half', version: 'v:1', node: 'half(6)' })).mementos), [
    'half(6)',
    'half(6)',
  ])
  t.strictSame(names(await records.list({ function: 'half' })), ['half(4)', 'half(4)', 'half(6)'])
  const again = await opened(store)
  again.base.get(again.half.at(6))
  t.strictSame(again.runs.take(), {}, 'half runs again, and finds what it calls')
  t.strictSame((await records.forget({ function: 'half', version: 'v:1' })).mementos.length, 2)
  t.equal(await records.rules('half', 'v:1'), undefined)
  t.ok(await records.rules('half', 'v:2'))
  await records.forget({ function: 'top' })
  t.strictSame(await records.list({ function: 'top' }), [])
  await records.forget('everything')
  t.equal(store.stats().records, 0)
  const empty = await opened(store)
  t.equal(empty.base.get(empty.top), 6)
  t.ok(empty.runs.take()['x'])
})

t.test(
  'what was forgotten in a store that a process writes to is found again once it was computed again',
  async (t) => {
    const store = memoryStore()
    const one = await opened(store)
    one.base.get(one.part.at(4))
    await one.records.forget({ function: 'part' })
    one.base.invalidate(one.part.at(4))
    one.base.get(one.part.at(4))
    const two = await opened(store)
    t.equal(two.base.get(two.part.at(4)), 4)
    t.strictSame(two.runs.take(), {})
  },
)

t.test('forgetErrors: one with the errors that led to it, or all; nothing else', async (t) => {
  const store = memoryStore()
  const { base, worse, records } = await opened(store)
  t.throws(() => base.get(worse))
  const [error] = await records.list({ function: 'worse' })
  const [value] = await records.list({ function: 'top' })
  t.strictSame(names((await records.forgetErrors({ id: error?.id ?? '', dryRun: true })).mementos), [
    'bad()',
    'worse()',
  ])
  t.equal((await records.list({ kind: 'error' })).length, 2)
  t.strictSame((await records.forgetErrors({ id: value?.id ?? '' })).mementos, [], 'a value is no error')
  t.strictSame(names((await records.forgetErrors({ id: error?.id ?? '' })).mementos), ['bad()', 'worse()'])
  t.strictSame(names(await records.list({ kind: 'error' })), [])
  t.strictSame(names(await records.list({ function: 'top' })), ['top()'])
  const again = await opened(store)
  t.throws(() => again.base.get(again.worse), RangeError)
  t.strictSame(again.runs.take(), { bad: 1 })
  t.strictSame(names((await records.forgetErrors()).mementos), ['bad()', 'worse()'])
})

t.test('metadata is put, read, taken away, and harms nothing', async (t) => {
  const store = memoryStore()
  const { base, top, records } = await opened(store)
  base.get(top)
  const id = (await records.list({ function: 'top' }))[0]?.id ?? ''
  t.strictSame(await records.metadata(id), {})
  await Promise.all([
    records.putMetadata(id, 'reviewed', { by: 'A', at: [1] }),
    records.putMetadata(id, '__proto__', 5),
    records.putMetadata(id, 'note', 'x'),
  ])
  t.strictSame(Object.entries(await records.metadata(id)).sort(), [
    ['__proto__', 5],
    ['note', 'x'],
    ['reviewed', { by: 'A', at: [1] }],
  ])
  t.equal(await records.putMetadata(id, 'note', undefined), true)
  t.notOk('note' in (await records.metadata(id)))
  await t.rejects(records.putMetadata(id, 'no', new Map()), { code: 'DUGOUT_NOT_STORABLE' })
  await t.rejects(records.putMetadata('none', 'no', 1), { code: 'DUGOUT_UNKNOWN_MEMENTO' })
  const second = await opened(store)
  t.equal(second.base.get(second.top), 6)
  t.strictSame(second.runs.take(), {})
})

t.test('rules say what a version was made of', async (t) => {
  const store = memoryStore()
  const { base, top, records } = await opened(store)
  base.get(top)
  t.match(await records.rules('half', 'v:1'), [{ kind: 'version', text: '1' }])
  t.equal(await records.rules('half', 'v:9'), undefined)
})

/** Everything that a store holds, to be compared. */
async function content(store: Store): Promise<unknown> {
  const found: unknown[] = []
  const line = ({ key, id, function: fn, version, bytes, blobs }: StoredRecord) => [
    key,
    id,
    fn,
    version,
    Buffer.from(bytes).toString('hex'),
    blobs,
  ]
  for await (const record of store.records()) {
    for (const blob of record.blobs)
      found.push(['blob', Buffer.from((await store.readBlob(blob)) ?? []).toString('hex')])
    found.push(line(record))
  }
  return found.map((one) => JSON.stringify(one)).sort()
}

async function exported(t: Test) {
  const place = await folder(t)
  const store = memoryStore()
  const one = await opened(store)
  one.base.get(one.top)
  t.throws(() => one.base.get(one.worse))
  const rows = tracked('rows', () => new Float64Array(10_000).fill(1 / 3), { memo: { version: 1 } })
  one.base.get(rows)
  const at = path.join(place, 'all.dugout')
  const done = await exportStore(store, at)
  return { place, store, at, done, rows }
}

t.test('a store goes out as one file, and comes back the same, in a store of another kind too', async (t) => {
  const { place, store, at, done } = await exported(t)
  t.equal(done.records, store.stats().records)
  t.equal(done.bytes, (await stat(at)).size)
  for (const target of [
    filesystemStore(path.join(place, 'files')),
    await sqliteStore(path.join(place, 'one.sqlite')),
  ]) {
    const came = await importStore(target, at)
    t.strictSame([came.records, came.blobs], [done.records, done.blobs])
    t.strictSame(await content(target), await content(store), target.name)
    const again = await importStore(target, at)
    t.equal(again.records, done.records)
    t.strictSame(await content(target), await content(store), 'twice is fine')
    const model = await opened(target)
    t.equal(model.base.get(model.top), 6)
    t.strictSame(model.runs.take(), {})
    target.close()
  }
  const some = path.join(place, 'some.dugout')
  await exportStore(store, some, { functions: ['half'] })
  const target = memoryStore()
  await importStore(target, some)
  t.strictSame(names(await new Records(target).list()), ['half(4)', 'half(6)'])
})

t.test('a file that is cut, changed or no export leaves the store as it was', async (t) => {
  const { place, at } = await exported(t)
  const whole = await readFile(at)
  const target = memoryStore()
  const refused = async (bytes: Uint8Array, name: string): Promise<void> => {
    const bad = path.join(place, 'bad')
    await writeFile(bad, bytes)
    await t.rejects(importStore(target, bad), { code: 'DUGOUT_DAMAGED_EXPORT' }, name)
    t.equal(target.stats().records + target.stats().blobs, 0, name)
  }
  await refused(Buffer.alloc(0), 'empty')
  await refused(Buffer.from('hello'), 'something else')
  await refused(Buffer.concat([whole, Buffer.from('x')]), 'longer')
  await refused(Buffer.concat([whole, whole]), 'twice')
  for (let i = 0; i < 40; i++) {
    const place = Math.floor((i / 40) * whole.length)
    await refused(whole.subarray(0, place), `cut at ${place}`)
    const changed = Buffer.from(whole)
    changed[place] = (changed[place] as number) ^ 0x10
    await refused(changed, `changed at ${place}`)
  }
  await refused(whole.subarray(0, -1), 'without its last byte')
  await truncate(at, 100)
  await t.rejects(importStore(target, at), { code: 'DUGOUT_DAMAGED_EXPORT' })
  await t.rejects(importStore(target, path.join(place, 'none')), { code: 'ENOENT' })
})

t.test('a store that cannot write says so; a file that cannot be written is not left half', async (t) => {
  const { place, store, at } = await exported(t)
  const full = filesystemStore(path.join(at, 'under a file'), { onWarning: () => undefined })
  await t.rejects(importStore(full, at), { code: 'DUGOUT_STORE' })
  await t.rejects(exportStore(store, path.join(place, 'none', 'x')), { code: 'ENOENT' })
})
