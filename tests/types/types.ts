// Never run: the type check compiles it. What must not compile stands under @ts-expect-error.
import { add, Context, type Node, scale, TweakSet, tracked } from '../../lib/index.js'

type IsAny<T> = 0 extends 1 & T ? true : false
type Equal<A, B> = IsAny<B> extends true ? false : [A, B] extends [B, A] ? true : false
/** Compiles where both types are the same. */
const same = <A, B>(...proof: Equal<A, B> extends true ? [] : [expected: A, found: B]): void => void proof

const price = tracked(function price() {
  return 100
})
const volume = tracked('volume', (region: string, year?: number) => region.length + (year ?? 0))
const rate = tracked(async (currency: string) => currency.length / 100)
const label = tracked('label', (n: 1 | 2): 'one' | 'two' => (n === 1 ? 'one' : 'two'), { unit: 'none', tags: ['a'] })
const identity = tracked(<T>(value: T): T => value)
const first = tracked(async <T>(values: readonly T[]): Promise<T | undefined> => values[0])

function parse(text: string): number
function parse(text: string, radix: number): bigint
function parse(text: string, radix?: number): number | bigint {
  return radix === undefined ? Number(text) : BigInt(text)
}
const parsed = tracked(parse)
const maybe = tracked('maybe', (): number | Promise<number> => 1)
const base = new Context()

export function calls(): void {
  same<ReturnType<typeof price>, number>()
  same<Parameters<typeof volume>, [region: string, year?: number | undefined]>()
  same<ReturnType<typeof rate>, Promise<number>>()
  const text = identity(String(1))
  same<typeof text, string>()
  const date = identity(new Date())
  same<typeof date, Date>()
  const element = first([1, 2])
  same<typeof element, Promise<number | undefined>>()
  const number = parsed('1')
  same<typeof number, number>()
  const bigint = parsed('1', 10)
  same<typeof bigint, bigint>()
  const word = label(1)
  same<typeof word, 'one' | 'two'>()
  // @ts-expect-error an argument is missing
  volume()
  // @ts-expect-error a string is due
  volume(5)
  // @ts-expect-error too many arguments
  price(1)
  // @ts-expect-error not one of the two
  label(3)
  // @ts-expect-error no overload takes a boolean
  parsed('1', true)
  // @ts-expect-error not a function
  tracked(5)
  // @ts-expect-error no such option
  tracked(() => 1, { unknown: true })
}

export function nodes(): void {
  const node: Node<typeof price> | Node = price.at()
  void node
  void volume.at('EU')
  void volume.at('EU', 2020)
  void rate.at('EUR')
  // @ts-expect-error an argument is missing
  void volume.at()
  // @ts-expect-error a string is due
  void volume.at(5)
  // @ts-expect-error too many arguments
  void price.at(1)
  // @ts-expect-error read only
  volume.at('EU').id = 'other'
}

export function reads(): void {
  const ofFunction = base.get(price)
  same<typeof ofFunction, number>()
  const ofNode = base.get(volume.at('EU'))
  same<typeof ofNode, number>()
  const ofAsync = base.get(rate.at('EUR'))
  same<typeof ofAsync, Promise<number>>()
  const ofRun = base.run(() => price())
  same<typeof ofRun, number>()
  const ofRunWithArguments = base.run(volume, 'EU')
  same<typeof ofRunWithArguments, number>()
  const ofAsyncRun = base.run(async (n: number) => `${n}`, 1)
  same<typeof ofAsyncRun, Promise<string>>()
  const peeked = base.peek(rate.at('EUR'))
  same<typeof peeked, number | undefined>()
  const bound = base.bind((n: number) => `${n}`)
  const boundResult = bound(1)
  same<typeof boundResult, string>()
  const batched = base.batch(() => 5)
  same<typeof batched, number>()
  // @ts-expect-error a string is due
  base.run(volume, 5)
  // @ts-expect-error a number is due
  bound('1')
  // @ts-expect-error not tracked
  base.get(() => 1)
  // @ts-expect-error a name is no target
  base.get('price')
  void base.get(rate.at('EUR'), { signal: new AbortController().signal })
}

export function tweaks(): void {
  base.tweak(price, 90).tweak(volume.at('EU'), 1000).tweak(volume, 5).tweak(rate, 0.5).tweak(label, 'one')
  base.tweak(maybe, 5)
  // @ts-expect-error a number is due
  base.tweak(volume.at('EU'), 'x')
  // @ts-expect-error a number is due
  base.tweak(volume, 'x')
  // @ts-expect-error a number is due
  base.tweak(price, undefined)
  // @ts-expect-error what it resolves to, not a promise
  base.tweak(rate, Promise.resolve(0.5))
  // @ts-expect-error a promise is no number
  base.tweak(price, Promise.resolve(1))
  // @ts-expect-error not one of the two
  base.tweak(label, 'three')
  // @ts-expect-error not tracked
  base.tweak(parse, 5)
}

export function adjustments(): void {
  base.adjust(volume, (previous, region, year) => {
    same<typeof previous, number>()
    same<typeof region, string>()
    same<typeof year, number | undefined>()
    return previous * 2
  })
  base.adjust(rate.at('EUR'), (previous) => {
    same<typeof previous, number>()
    return previous * 1.1
  })
  base.adjust(price, scale(1.1)).adjust(volume.at('EU'), add(5)).adjust(rate, scale(2))
  // @ts-expect-error a number is due
  base.adjust(volume, (previous) => `${previous}`)
  // @ts-expect-error there is no third argument
  base.adjust(volume, (previous, _region, _year, third: string) => previous + third.length)
  // @ts-expect-error a number is adjusted, not a string
  base.adjust(price, (previous: string) => previous.length)
}

export function replacements(): void {
  base.replace(price, () => 42)
  base.replace(volume, (region) => {
    same<typeof region, string>()
    return region.length
  })
  base.replace(volume.at('EU'), () => 5)
  base.replace(rate, async (currency) => currency.length)
  // @ts-expect-error a number is due
  base.replace(price, () => 'x')
  // @ts-expect-error the arguments are those of the function
  base.replace(volume, (region: number) => region)
  // @ts-expect-error an async function is replaced by one that gives a promise of a number
  base.replace(rate, async () => 'x')
}

export function sets(): void {
  new TweakSet()
    .tweak(price, 90)
    .adjust(volume, (previous) => previous + 1)
    .replace(price, () => 1)
    .untweak(price)
  // @ts-expect-error a number is due
  new TweakSet().tweak(price, 'x')
  // @ts-expect-error a number is due
  new TweakSet().adjust(volume, () => 'x')
  const { tweaks: merged, conflicts } = new TweakSet().merge(new TweakSet())
  same<typeof merged, TweakSet>()
  void conflicts.length
  base.with([
    [price, 90],
    [volume.at('EU'), 1000],
  ])
  base.fork({ name: 'child', tweaks: [[price, 90]], isolate: true })
  base.fork({ tweaks: new TweakSet() })
  // @ts-expect-error a number is no set of tweaks
  base.with(5)
  // @ts-expect-error no such option
  base.fork({ unknown: true })
  // @ts-expect-error an option is there or it is not
  base.fork({ name: undefined })
}

export function others(): void {
  const id: string = base.id
  const parent: Context | undefined = base.parent
  void [id, parent]
  // @ts-expect-error read only
  base.name = 'other'
  // @ts-expect-error read only
  base.parent = undefined
  // @ts-expect-error a listener is a function
  base.watch(price, 5)
  const stop = base.watch(price, () => {})
  same<typeof stop, () => void>()
  base.observe((event) => {
    const type: 'ran' | 'verified' | 'hit' | 'cutoff' | 'masked' | 'unloaded' | 'superseded' = event.type
    void [type, event.node.id, event.context.name]
  })
  const counts: number[] = Object.values(base.stats())
  void counts
  same<ReturnType<typeof Context.current>, Context>()
  same<ReturnType<typeof Context.signal>, AbortSignal>()
  using child = base.fork()
  void child
}

class Desk {
  readonly quantity = 1

  @tracked
  value(factor: number): number {
    return this.quantity * factor
  }

  @tracked
  get total(): number {
    return this.value(1)
  }

  @tracked
  async later(name: string): Promise<string> {
    return name
  }

  @tracked({ unit: '$', equals: Object.is })
  scaled(factor = 1): number {
    return this.quantity * factor
  }

  @tracked({ tags: ['a'] })
  get label(): string {
    return 'label'
  }

  @tracked
  pair<T>(value: T): [T, T] {
    return [value, value]
  }

  @tracked({ unit: '$' })
  both<T>(value: T): [T, T] {
    return [value, value]
  }

  @tracked
  static make(): Desk {
    return new Desk()
  }
}

class Wrong {
  // @ts-expect-error a field is neither a method nor a getter
  @tracked
  field = 1
}

export function methods(desk: Desk): void {
  same<Desk['value'], (factor: number) => number>()
  same<Desk['total'], number>()
  same<Desk['later'], (name: string) => Promise<string>>()
  const pair = desk.pair(String(1))
  same<typeof pair, [string, string]>()
  const both = desk.both(Number('1'))
  same<typeof both, [number, number]>()
  same<Desk['scaled'], (factor?: number) => number>()
  same<Desk['label'], string>()
  same<ReturnType<typeof Desk.make>, Desk>()
  // @ts-expect-error a number is due
  desk.value('x')
  // @ts-expect-error a getter cannot be set
  desk.total = 5
  void Wrong
}
