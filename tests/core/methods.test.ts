// `tracked` as a decorator of methods and getters: the receiver is part of the identity and is held weakly (R1).
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import {
  Context,
  InvalidFunctionError,
  Node,
  OutsideContextError,
  tracked,
  UnknownTargetError,
} from '../../lib/index.js'
import { collect, gcUntil, Runs, settle, throws, tick } from './helpers.js'

const runs = new Runs()
const spot = runs.leaf('spot', 100)

class Position {
  readonly quantity: number
  readonly #secret: number

  constructor(quantity: number, secret = 0) {
    this.quantity = quantity
    this.#secret = secret
  }

  @tracked
  value(factor: number): number {
    runs.count('value')
    return this.quantity * spot() * factor
  }

  @tracked
  get total(): number {
    runs.count('total')
    return this.value(1) + this.#secret
  }

  @tracked
  async later(): Promise<number> {
    runs.count('later')
    await tick()
    return this.total * 2
  }

  @tracked({ equals: (a: number, b: number) => Math.round(a) === Math.round(b) })
  rounded(): number {
    runs.count('rounded')
    return this.total / 1000
  }

  @tracked
  readsRounded(): number {
    runs.count('readsRounded')
    return this.rounded()
  }

  plain(): number {
    return this.total + 1
  }

  @tracked
  static shared(n: number): number {
    runs.count('shared')
    return n * spot()
  }
}

class Leveraged extends Position {
  @tracked
  override value(factor: number): number {
    runs.count('leveraged')
    return super.value(factor) * 3
  }

  override get total(): number {
    return super.total + 1
  }
}

t.beforeEach(() => void runs.take())

void t.test('R1: the receiver is part of the identity', async (t) => {
  const base = new Context()
  const one = new Position(1)
  const two = new Position(2)
  base.run(() => {
    t.equal(one.total, 100)
    t.equal(two.total, 200)
    t.equal(one.value(1), 100)
    t.equal(one.value(2), 200)
    t.equal(one.total, 100)
    t.equal(one.plain(), 101)
    t.equal(new Position(1).total, 100, 'by identity, not by content')
  })
  t.same(runs.take(), { spot: 1, total: 3, value: 4 })
  checkInvariants(base)
})

void t.test('R1: private fields, async methods, static methods', async (t) => {
  const base = new Context()
  const position = new Position(1, 7)
  t.equal(
    base.run(() => position.total),
    107,
  )
  t.equal(await base.run(() => position.later()), 214)
  t.equal(await base.run(() => position.later()), 214)
  t.equal(
    base.run(() => Position.shared(3) + Position.shared(3)),
    600,
  )
  t.same(runs.take(), { spot: 1, total: 1, value: 1, later: 1, shared: 1 })
  base.tweak(spot, 10)
  t.equal(await base.run(() => position.later()), 34)
  checkInvariants(base)
})

void t.test('R1: an override and the method it overrides are two functions', async (t) => {
  const base = new Context()
  const leveraged = new Leveraged(1)
  t.equal(
    base.run(() => leveraged.value(2)),
    600,
  )
  t.equal(
    base.run(() => leveraged.total),
    301,
  )
  t.same(runs.take(), { spot: 1, leveraged: 2, value: 2, total: 1 })
  t.equal(
    base
      .fork()
      .tweak(spot, 1)
      .run(() => leveraged.value(2)),
    6,
  )
  checkInvariants(base)
})

void t.test('R1: Node.of names a method or a getter of one receiver', async (t) => {
  const base = new Context()
  const one = new Position(1)
  const two = new Position(2)
  const node = Node.of(one, 'value', 2)
  t.ok(node instanceof Node)
  t.ok(node.equals(Node.of(one, 'value', 2)))
  t.equal(node.hashCode(), Node.of(one, 'value', 2).hashCode())
  t.notOk(node.equals(Node.of(two, 'value', 2)))
  t.notOk(node.equals(Node.of(one, 'value', 3)))
  t.notOk(node.equals(Node.of(one, 'total')))
  t.match(node.id, /value\(.*2\)/)
  t.equal(base.get(node), 200)
  t.equal(base.get(Node.of(one, 'total')), 100)
  t.equal(await base.get(Node.of(one, 'later')), 200)
  t.equal(base.get(Node.of(Position, 'shared', 3)), 300)
  base.get(Node.of(one, 'total'))
  t.same(runs.take(), { spot: 1, value: 2, total: 1, later: 1, shared: 1 })
  t.ok(base.dependencies(Node.of(one, 'total')).some((dependency) => dependency.equals(Node.of(one, 'value', 1))))
  checkInvariants(base)
})

void t.test('R1: Node.of of what is not tracked is an unknown target', async (t) => {
  const position = new Position(1)
  for (const key of ['plain', 'quantity', 'nothing', 'constructor']) {
    const error = throws(t, () => Node.of(position, key as 'plain'), UnknownTargetError)
    t.match(error.message, new RegExp(key))
  }
  throws(t, () => Node.of({}, 'total'), UnknownTargetError)
})

void t.test('R11: tweaks, adjustments and replacements of one receiver', async (t) => {
  const base = new Context()
  const one = new Position(1)
  const two = new Position(2)
  const child = base.fork().tweak(Node.of(one, 'value', 1), 5)
  t.same(
    child.run(() => [one.total, two.total, one.value(2)]),
    [5, 200, 200],
  )
  t.same(
    base.run(() => [one.total, two.total]),
    [100, 200],
  )
  child.tweak(Node.of(one, 'total'), 7)
  t.equal(await child.run(() => one.later()), 14)
  child.adjust(Node.of(two, 'total'), (previous: unknown) => (previous as number) + 1)
  t.equal(await child.run(() => two.later()), 402)
  child.untweak()
  t.equal(await child.run(() => one.later()), 200)
  t.equal(child.isMasked(Node.of(one, 'total')), false)
  checkInvariants(base)
})

void t.test('R10: options of a decorator', async (t) => {
  const base = new Context()
  const position = new Position(10)
  t.equal(
    base.run(() => position.readsRounded()),
    1,
  )
  runs.take()
  base.tweak(spot, 101)
  base.run(() => position.readsRounded())
  t.same(runs.take(), { value: 1, total: 1, rounded: 1 })
  base.tweak(spot, 200)
  t.equal(
    base.run(() => position.readsRounded()),
    2,
  )
  checkInvariants(base)
})

void t.test('R31: outside a context a method and a getter throw, by name', async (t) => {
  const position = new Position(1)
  t.match(throws(t, () => position.value(2), OutsideContextError).message, /value/)
  t.match(throws(t, () => position.total, OutsideContextError).message, /total/)
  throws(t, () => position.plain(), OutsideContextError)
  t.equal(position.quantity, 1)
})

void t.test('R29: receivers are held weakly: they go with their results', async (t) => {
  const base = new Context()
  const before = base.stats()
  const weak: WeakRef<object>[] = []
  const use = () => {
    for (let i = 0; i < 20; i++) {
      const position = new Position(i)
      base.run(() => position.total)
      base
        .fork()
        .tweak(spot, i)
        .run(() => position.total)
      weak.push(new WeakRef(position))
    }
  }
  use()
  t.ok(await gcUntil(() => weak.every((reference) => reference.deref() === undefined)), 'collected')
  const held = () => base.stats().results - before.results
  await gcUntil(() => held() <= 1)
  t.ok(held() <= 1, `${held()} results: at most the one of spot`)
  checkInvariants(base)
})

void t.test('R29: a receiver that is held keeps its results', async (t) => {
  const base = new Context()
  const position = new Position(3)
  base.run(() => position.total)
  runs.take()
  await gcUntil(() => false)
  base.run(() => position.total)
  t.same(runs.take(), {})
  checkInvariants(base)
})

void t.test('R1: a dependent outlives a receiver that only its body knew', async (t) => {
  const wraps = tracked('wraps', (n: number) => {
    runs.count('wraps')
    return new Position(n).total
  })
  const base = new Context()
  t.equal(base.get(wraps.at(2)), 200)
  runs.take()
  await gcUntil(() => false)
  t.equal(base.get(wraps.at(2)), 200)
  t.same(runs.take(), {})
  base.tweak(spot, 5)
  t.equal(base.get(wraps.at(2)), 10)
  t.equal(base.fork().tweak(spot, 6).get(wraps.at(2)), 12)
  checkInvariants(base)
})

void t.test('R1: a frozen receiver, and one without a prototype chain of its own', async (t) => {
  const base = new Context()
  const frozen = Object.freeze(new Position(4))
  const heir = Object.create(frozen) as Position
  t.equal(
    base.run(() => frozen.value(1)),
    400,
  )
  t.equal(
    base.run(() => heir.value(1)),
    400,
  )
  t.same(runs.take(), { spot: 1, value: 2 })
  checkInvariants(base)
})

void t.test('R1: a method called without its object is an error, and evaluates nothing', async (t) => {
  const base = new Context()
  const value = Reflect.get(Position.prototype, 'value')
  runs.take()
  for (const receiver of [undefined, null, 5, 'text']) {
    const error = throws(t, () => base.run(() => value.call(receiver as never, 1)), InvalidFunctionError)
    t.match(error.message, /^value .*without its object/)
  }
  t.same(runs.take(), {})
  t.equal(base.stats().nodes, 0)
})

void t.test('`@tracked` on what is neither a method nor a getter is an error', async (t) => {
  const decorate = tracked as unknown as (value: unknown, context: object) => unknown
  const withOptions = tracked({ volatile: true }) as unknown as typeof decorate
  for (const kind of ['field', 'accessor', 'setter', 'class']) {
    const context = { kind, name: 'price', addInitializer: () => undefined }
    for (const decorator of [decorate, withOptions]) {
      const error = throws(t, () => decorator(() => 1, context), InvalidFunctionError)
      t.match(error.message, new RegExp(`^The ${kind} price cannot be tracked`))
    }
  }
})

void t.test('R1: what is tracked and hangs on an object is a method only where it was made one', async (t) => {
  const model = { spot, untracked: () => 1 }
  t.ok(Node.of(model, 'spot').equals(spot.at()))
  throws(t, () => Node.of(model, 'untracked'), UnknownTargetError)
})

void t.test('R1: of an object that was never asked nothing is known, and to ask leaves nothing behind', async (t) => {
  const base = new Context()
  base.get(Node.of(new Position(1), 'total'))
  const { nodes } = base.stats()
  const fresh = Node.of(new Position(2), 'total')
  t.equal(base.has(fresh), false)
  t.equal(base.peek(fresh), undefined)
  t.same(base.dependents(fresh), [])
  t.equal(base.unload(fresh), 0)
  t.equal(base.stats().nodes, nodes)
})

void t.test('R29: a node of an object that is gone may go before anybody is told of its end', async (t) => {
  const base = new Context()
  const weak = (() => {
    const position = new Position(1)
    base.get(Node.of(position, 'total'))
    return new WeakRef(position)
  })()
  await settle()
  collect()
  // in the turn of the collection the end of the object has not been told
  t.equal(weak.deref(), undefined)
  base.clear()
  t.equal(base.stats().nodes, 0)
  base.tweak(Node.of(new Position(2), 'total').function, 5)
  checkInvariants(base)
  await settle()
  t.equal(base.stats().nodes, 0)
  checkInvariants(base)
})

void t.test('R29: a node of an object goes when it is of no use, and comes back when it is asked again', async (t) => {
  const base = new Context()
  const position = new Position(1)
  const node = Node.of(position, 'total')
  t.equal(String(node), node.id)
  for (let round = 0; round < 2; round++) {
    t.equal(base.get(node), 100)
    base.clear()
    t.equal(base.stats().nodes, 0)
    checkInvariants(base)
  }
})
