// Random models that read files, over one store: edited, tweaked, restarted; forgotten, collected and damaged. Every answer
// is what a plain interpreter of the model gives for the world as it is, and what was asked before costs no run after a
// restart.
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { type AnyFunction, Context, type Tracked, tracked } from '../../lib/index.js'
import { file, memoryStore, openMemo, Records, revalidate, type Store, type SyncStore } from '../../lib/memo/index.js'
import type { NewRecord } from '../../lib/memo/store.js'
import { later } from './later.js'

const FUNCTIONS = 5
const FILES = 3
/** Each function reads so many notes, so that histories are long enough to share what holds them. */
const NOTES = 4
const LONG = 'a note that takes its room '.repeat(12)
const folder = await mkdtemp(path.join(tmpdir(), 'dugout-random-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const pathOf = (k: number): string => path.join(folder, `${k}.txt`)

type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'file'; readonly file: number }
  | { readonly kind: 'call'; readonly of: number }
  | { readonly kind: 'add' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'if'; readonly parts: readonly Expression[] }

const { expression } = fc.letrec<{ expression: Expression; part: Expression }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.record({ kind: fc.constant('file'), file: fc.nat(FILES - 1) }) as fc.Arbitrary<Expression>,
    fc.record({ kind: fc.constant('call'), of: fc.nat(FUNCTIONS - 1) }) as fc.Arbitrary<Expression>,
    fc.record({ kind: fc.constant('constant'), value: fc.nat(4) }) as fc.Arbitrary<Expression>,
    tie('expression'),
  ),
  expression: fc.record({
    kind: fc.constantFrom('add', 'or', 'if'),
    parts: fc.tuple(tie('part'), tie('part'), tie('part')),
  }),
}))

/** What an expression asks of the world: numbers modulo 5, or an error. `or` gives the second where the first throws. */
interface World<N> {
  file(k: number): N
  call(of: number): N
  sum(parts: readonly (() => N)[]): N
  or(first: () => N, second: () => N): N
  choose(condition: () => N, yes: () => N, no: () => N): N
  constant(value: number): N
}

function evaluate<N>(one: Expression, world: World<N>): N {
  const part = (i: number) => (): N => evaluate((one as { parts: readonly Expression[] }).parts[i] as Expression, world)
  switch (one.kind) {
    case 'constant':
      return world.constant(one.value)
    case 'file':
      return world.file(one.file)
    case 'call':
      return world.call(one.of)
    case 'add':
      return world.sum([part(0), part(1)])
    case 'or':
      return world.or(part(0), part(1))
    default:
      return world.choose(part(0), part(1), part(2))
  }
}

function synchronous(asks: Pick<World<number>, 'file' | 'call'>): World<number> {
  return {
    ...asks,
    constant: (value) => value,
    sum: (parts) => parts.reduce((sum, part) => sum + part(), 0) % 5,
    or: (first, second) => {
      try {
        return first()
      } catch {
        return second()
      }
    },
    choose: (condition, yes, no) => (condition() > 1 ? yes() : no()),
  }
}

function asynchronous(asks: Pick<World<Promise<number>>, 'file' | 'call'>): World<Promise<number>> {
  return {
    ...asks,
    constant: (value) => Promise.resolve(value),
    sum: async (parts) => {
      const found = await Promise.allSettled(parts.map((part) => part()))
      for (const one of found) if (one.status === 'rejected') throw one.reason
      return found.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0) % 5
    },
    or: (first, second) => first().catch(() => second()),
    choose: async (condition, yes, no) => ((await condition()) > 1 ? yes() : no()),
  }
}

type Program = readonly Expression[]
type Tweaks = ReadonlyMap<number, number>

/** The oracle: no cache, no graph. A function calls those before it; the first ones call nobody. */
function plain(program: Program, files: readonly (number | undefined)[], tweaks: Tweaks, i: number): number | string {
  const ask = (of: number): number => {
    const tweaked = tweaks.get(of)
    if (tweaked !== undefined) return tweaked
    const world = synchronous({
      file: (k) => {
        const value = files[k]
        if (value === undefined) throw new Error('ENOENT')
        return value
      },
      call: (callee) => (of === 0 ? 1 : ask(callee % of)),
    })
    return evaluate(program[of] as Expression, world)
  }
  try {
    return ask(i)
  } catch (error) {
    return (error as Error).message
  }
}

/** The model as a new process has it. */
async function opened(program: Program, isAsync: boolean, store: Store) {
  const ran = program.map(() => 0)
  const fns: Tracked<AnyFunction>[] = []
  const note = tracked('note', (_of: number, _at: number, _text: string) => 0, { memo: { version: 1 } })
  const notes = (of: number): void => {
    for (let at = 0; at < NOTES; at++) note(of, at, LONG)
  }
  const count = (i: number): void => {
    ran[i] = (ran[i] ?? 0) + 1
  }
  program.forEach((one, i) => {
    const options = { memo: { version: 1, errors: true } }
    const read = (k: number): number => Number(file(pathOf(k)).toString())
    const call = (of: number): unknown => (i === 0 ? 1 : fns[of % i]?.())
    const body = isAsync
      ? async () => {
          count(i)
          notes(i)
          const asks = { file: async (k: number) => read(k), call: async (of: number) => (await call(of)) as number }
          return await evaluate(one, asynchronous(asks))
        }
      : () => {
          count(i)
          notes(i)
          return evaluate(one, synchronous({ file: read, call: (of) => call(of) as number }))
        }
    fns.push(tracked(`f${i}`, body, options))
  })
  const memo = await openMemo({ store, onWarning: (message) => t.fail(message) })
  memo.registry.addModule({ note, ...Object.fromEntries(fns.map((fn, i) => [`f${i}`, fn])) }, 'the test')
  const base = new Context()
  memo.attach(base)
  const ask = async (context: Context, i: number): Promise<number | string> => {
    try {
      return (await context.get(fns[i] as Tracked<AnyFunction>)) as number
    } catch (error) {
      return (error as { code?: string }).code ?? String(error)
    }
  }
  return { fns, memo, base, ask, ran }
}

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('read' as const), of: fc.nat(FUNCTIONS - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('read under' as const),
      of: fc.nat(FUNCTIONS - 1),
      tweaked: fc.nat(FUNCTIONS - 1),
      to: fc.nat(4),
      /** In a context below. */
      inner: fc.option(fc.record({ tweaked: fc.nat(FUNCTIONS - 1), to: fc.nat(4) }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('edit' as const),
      of: fc.nat(FILES - 1),
      to: fc.option(fc.nat(2), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('restart' as const),
      /** What was known is asked above and in contexts below, too, where something is tweaked to this. */
      below: fc.option(fc.nat(4), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom('unload' as const, 'invalidate' as const),
      of: fc.nat(FUNCTIONS - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('forget' as const), of: fc.nat(FUNCTIONS - 1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('collect' as const), maxCount: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('lose' as const), which: fc.nat(999), isNew: fc.boolean() }) },
)

type Command = typeof command extends fc.Arbitrary<infer One> ? One : never

/** A store in memory that loses what it is told to. */
function losing() {
  let time = 1
  const inner = memoryStore({ now: () => ++time, onWarning: () => undefined })
  const lost = new Set<string>()
  const store: SyncStore = Object.assign(Object.create(inner) as SyncStore, {
    ...Object.fromEntries(
      (['readRecords', 'deleteRecord', 'records', 'tryLock', 'gc', 'close'] as const).map((name) => [
        name,
        (inner[name] as (...args: unknown[]) => unknown).bind(inner),
      ]),
    ),
    writeRecord: (record: NewRecord) => !record.blobs.some((blob) => lost.has(blob)) && inner.writeRecord(record),
    readBlob: (hash: string) => (lost.has(hash) ? undefined : inner.readBlob(hash)),
    blobSize: (hash: string) => (lost.has(hash) ? undefined : inner.blobSize(hash)),
    writeBlob: (bytes: Uint8Array) => {
      const hash = inner.writeBlob(bytes)
      lost.delete(hash ?? '')
      return hash
    },
  })
  const lose = (which: number): void => {
    const records = [...inner.records()]
    const blobs = [...new Set(records.flatMap((record) => record.blobs))]
    const at = which % Math.max(1, records.length + blobs.length)
    const record = records[at]
    if (record !== undefined) inner.deleteRecord(record.key, record.id)
    else if (blobs[at - records.length] !== undefined) lost.add(blobs[at - records.length] as string)
  }
  return { store, lose }
}

async function holds(
  program: Program,
  isAsync: boolean,
  commands: readonly Command[],
  { store: raw, lose }: ReturnType<typeof losing>,
  store: () => Store,
): Promise<void> {
  const files: (number | undefined)[] = Array.from({ length: FILES }, (_, k) => k)
  for (const k of files.keys()) await writeFile(pathOf(k), String(k))
  let one = await opened(program, isAsync, store())
  /** What ran since the world changed, and so is kept. (An answer that another context had already was not kept again.) */
  let known = new Map<string, { readonly tweaks: readonly Tweaks[]; readonly of: number }>()
  /** Not after the store has lost what this process takes to be there. */
  let isKnowing = true
  const read = async (tweaks: readonly Tweaks[], of: number, why: string): Promise<void> => {
    const contexts = [one.base]
    for (const some of tweaks) {
      const set = [...some].map(([i, value]) => [one.fns[i], value] as const)
      contexts.push((contexts.at(-1) as Context).fork({ tweaks: set as never }))
    }
    const context = contexts.at(-1) as Context
    const found = await one.ask(context, of)
    const isHeld = context.has(one.fns[of] as Tracked<AnyFunction>)
    for (const inner of contexts.slice(1).reverse()) inner.dispose()
    const all = new Map(tweaks.flatMap((some) => [...some]))
    const right = plain(program, files, all, of)
    if (!isHeld) throw new Error(`${why}: f${of} under ${JSON.stringify([...all])} is not held`)
    if (found !== right) throw new Error(`${why}: f${of} under ${JSON.stringify([...all])} is ${found}, not ${right}`)
  }
  const readFirst = async (tweaks: readonly Tweaks[], of: number): Promise<void> => {
    const before = one.ran[of]
    await read(tweaks, of, 'read')
    const isKnown = one.ran[of] !== before && isKnowing
    if (isKnown) known.set(JSON.stringify([of, ...tweaks.map((some) => [...some])]), { tweaks, of })
  }
  /** What was kept is no longer all there. */
  const lessens = (): void => {
    known = new Map()
    isKnowing = store().isSync
  }
  for (const step of commands) {
    switch (step.does) {
      case 'read':
        await readFirst([], step.of)
        break
      case 'read under': {
        const { inner } = step
        const tweaks = [step, ...(inner === undefined ? [] : [inner])]
        await readFirst(
          tweaks.map(({ tweaked, to }) => new Map([[tweaked, to]])),
          step.of,
        )
        break
      }
      case 'edit':
        files[step.of] = step.to
        if (step.to === undefined) await unlink(pathOf(step.of)).catch(() => undefined)
        else await writeFile(pathOf(step.of), String(step.to))
        await revalidate(one.base)
        known = new Map()
        break
      case 'restart': {
        await one.memo.settled()
        one = await opened(program, isAsync, store())
        isKnowing = true
        if (!isAsync && !store().isSync) break
        for (const { tweaks, of } of known.values()) await read(tweaks, of, 'again')
        if (one.ran.some((runs) => runs > 0)) throw new Error(`ran again after a restart: ${one.ran}`)
        if (step.below === undefined) break
        for (const { tweaks, of } of known.values()) {
          await read([], of, 'above')
          for (const tweaked of program.keys()) await read([...tweaks, new Map([[tweaked, step.below]])], of, 'below')
        }
        break
      }
      case 'forget':
        await new Records(store()).forget({ function: `f${step.of}` })
        lessens()
        break
      case 'collect':
        raw.gc({ maxCount: step.maxCount, grace: 0 })
        lessens()
        break
      case 'lose':
        lose(step.which)
        lessens()
        if (!step.isNew) break
        await one.memo.settled()
        one = await opened(program, isAsync, store())
        isKnowing = true
        break
      case 'unload':
        one.base.unload(one.fns[step.of])
        break
      default:
        one.base.invalidate(one.fns[step.of] as Tracked<AnyFunction>)
    }
    checkInvariants(one.base)
  }
  await one.memo.settled()
}

const program = fc.array(expression, { minLength: FUNCTIONS, maxLength: FUNCTIONS })
const commands = fc.array(command, { minLength: 5, maxLength: 25 })

/** How many turns of the event loop each call of the store takes, over and over. */
const pace = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 })

for (const [name, isAsync, wrap, numRuns] of [
  ['synchronous', false, (store: SyncStore): Store => store, 100],
  ['asynchronous', true, (store: SyncStore): Store => store, 100],
  ['asynchronous over a store that has to be awaited', true, later, 100],
] as const) {
  t.test(`random models, ${name}: right, and free after a restart`, async (t) => {
    await fc.assert(
      fc.asyncProperty(program, commands, pace, async (one, steps, turns) => {
        const own = losing()
        let calls = 0
        await holds(one, isAsync, steps, own, () => wrap(own.store, () => turns[calls++ % turns.length] ?? 0))
      }),
      { numRuns },
    )
    t.pass(`${numRuns} cases`)
  })
}
