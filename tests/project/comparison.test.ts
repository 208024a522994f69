// What the README says of packages that are installed here ("run" in its table), run.
import { signal, computed as signalComputed } from 'alien-signals'
import { HyperFormula } from 'hyperformula'
import memoizee from 'memoizee'
import * as mobx from 'mobx'
import t from 'tap'
import { Context, tracked } from '../../lib/index.js'

t.test('an equal value stops a change', async (t) => {
  const tops = { dugout: 0, mobx: 0, signals: 0 }

  const x = tracked('x', (): number => 1)
  const parity = tracked('parity', () => x() % 2)
  const top = tracked('top', () => {
    tops.dugout++
    return parity()
  })
  const context = new Context()
  context.get(top)
  context.tweak(x, 3).get(top)

  const box = mobx.observable.box(1)
  const boxParity = mobx.computed(() => box.get() % 2, { keepAlive: true })
  const boxTop = mobx.computed(
    () => {
      tops.mobx++
      return boxParity.get()
    },
    { keepAlive: true },
  )
  boxTop.get()
  mobx.runInAction(() => box.set(3))
  boxTop.get()

  const source = signal(1)
  const signalParity = signalComputed(() => source() % 2)
  const signalTop = signalComputed(() => {
    tops.signals++
    return signalParity()
  })
  signalTop()
  source(3)
  signalTop()

  t.same(tops, { dugout: 1, mobx: 1, signals: 1 })
})

t.test('going back to the base', async (t) => {
  const runs = { dugout: 0, mobx: 0, signals: 0 }

  const x = tracked('x', (): number => 1)
  const double = tracked('double', () => {
    runs.dugout++
    return x() * 2
  })
  const context = new Context()
  context.get(double)
  context.tweak(x, 5).get(double)
  context.untweak(x).get(double)

  const box = mobx.observable.box(1)
  const boxDouble = mobx.computed(
    () => {
      runs.mobx++
      return box.get() * 2
    },
    { keepAlive: true },
  )
  const source = signal(1)
  const signalDouble = signalComputed(() => {
    runs.signals++
    return source() * 2
  })
  for (const value of [1, 5, 1]) {
    mobx.runInAction(() => box.set(value))
    boxDouble.get()
    source(value)
    signalDouble()
  }

  t.same(runs, { dugout: 2, mobx: 3, signals: 3 }, 'dugout knows the result, the others run')
})

t.test('what is read after an await', async (t) => {
  const x = tracked('x', (): number => 1)
  const later = tracked(async function later() {
    await Promise.resolve()
    return x()
  })
  const context = new Context()
  await context.get(later)
  t.equal(await context.tweak(x, 5).get(later), 5, 'dugout: a dependency')

  const box = mobx.observable.box(1)
  const boxLater = mobx.computed(
    async () => {
      await Promise.resolve()
      return box.get()
    },
    { keepAlive: true },
  )
  await boxLater.get()
  mobx.runInAction(() => box.set(5))
  t.equal(await boxLater.get(), 1, 'mobx: none')

  const source = signal(1)
  const signalLater = signalComputed(async () => {
    await Promise.resolve()
    return source()
  })
  await signalLater()
  source(5)
  t.equal(await signalLater(), 1, 'signals: none')
})

t.test('mobx runs a computed that nobody observes for every read', async (t) => {
  let runs = 0
  const box = mobx.observable.box(1)
  const plain = mobx.computed(() => {
    runs++
    return box.get()
  })
  plain.get()
  plain.get()
  t.equal(runs, 2)
})

t.test('a memoizer does not know what a function depends on', async (t) => {
  let rate = 1
  let failures = 0
  const inner = memoizee((n: number) => n * rate)
  const outer = memoizee((n: number) => inner(n) + 1)
  t.equal(outer(1), 2)
  rate = 10
  inner.clear()
  t.equal(outer(1), 2, 'memoizee: what depends on it has to be cleared as well')
  outer.clear()
  t.equal(outer(1), 11)

  const failing = memoizee(() => {
    failures++
    throw new Error('no')
  })
  t.throws(failing)
  t.throws(failing)
  t.equal(failures, 2, 'memoizee: errors are not kept')
})

t.test('a spreadsheet engine has one value a cell', async (t) => {
  const sheet = HyperFormula.buildFromArray([[1, '=A1+10', '=B1*2']], { licenseKey: 'gpl-v3' })
  const cell = { sheet: 0, row: 0, col: 2 }
  sheet.setCellContents({ sheet: 0, row: 0, col: 0 }, 5)
  t.equal(sheet.getCellValue(cell), 30)
  sheet.undo()
  t.equal(sheet.getCellValue(cell), 22)
  const methods = Object.getOwnPropertyNames(HyperFormula.prototype)
  t.same(
    methods.filter((name) => /scenario|fork|branch|context|whatif/i.test(name)),
    [],
    'HyperFormula: no scenarios',
  )
})
