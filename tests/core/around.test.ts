// What the other rooms put around the making of values (graph.ts): each sees the body, may run it again, and is gone when it
// was taken away.
import t from 'tap'
import { checkInvariants } from '../../lib/core/check.js'
import { type Around, Context as Inner, nameOf } from '../../lib/core/rooms.js'
import { Context, DepthError, type Tracked, tracked } from '../../lib/index.js'
import { throws, worked } from './helpers.js'

const graphOf = (context: Context) => Inner.level(context).graph

void t.test('what was put first is outermost, and each is taken away by itself', async (t) => {
  const { base, x, mid, log, put } = told()
  const first = put('first')
  const second = put('second')
  t.equal(base.get(mid), 11)
  t.same(log.splice(0), ['first mid()', 'second mid()', 'first x()', 'second x()'])
  first()
  t.equal(base.fork({ tweaks: [[x, 5]] }).get(mid), 15)
  t.same(log.splice(0), ['second mid()'])
  first()
  second()
  t.equal(graphOf(base).around, null)
  base.invalidate(mid)
  t.equal(base.get(mid), 11)
  t.same(log, [])
  checkInvariants(base)
})

void t.test('put twice, it is there once', async (t) => {
  const { base, y } = { ...worked(), base: new Context() }
  let calls = 0
  const around: Around = (_vertex, _level, _producer, make) => (calls++, make())
  graphOf(base).wrap(around)
  graphOf(base).wrap(around)()
  base.get(y)
  t.equal(calls, 0)
  graphOf(base).wrap(around)
  base.get(tracked('z', () => y() + 1))
  t.equal(calls, 1)
})

void t.test('made again, it is one run that read what each of both did', async (t) => {
  const { runs, x, y, mid } = worked()
  const base = new Context()
  let isSecond = false
  const either = tracked('either', () => {
    runs.count('either')
    if (!isSecond) return mid()
    return y()
  })
  const stop = graphOf(base).wrap((_vertex, _level, _producer, make) => {
    make()
    isSecond = true
    return make()
  })
  t.equal(base.get(either), 2)
  stop()
  t.same(runs.take(), { either: 2, mid: 2, x: 2, y: 2 })
  t.same(
    base.dependencies(either).map(({ id }) => id),
    ['mid()', 'y()'],
  )
  t.equal(base.fork({ tweaks: [[x, 7]] }).get(either), 2)
  t.same(runs.take(), { either: 1, mid: 1 }, 'what the first time read counts')
  checkInvariants(base)
})

void t.test(
  'R33: what stands around a body may take room of its own: a chain that is too long is a DepthError',
  async (t) => {
    const base = new Context()
    const deep = (levels: number, make: () => unknown): unknown => (levels === 0 ? make() : deep(levels - 1, make))
    graphOf(base).wrap((_vertex, _level, _producer, make) => deep(6, make))
    const chain: Tracked<(n: number) => number> = tracked('chain', (n: number): number =>
      n === 0 ? 0 : chain(n - 1) + 1,
    )
    for (let i = 0; i < 5; i++) throws(t, () => base.get(chain.at(1_000_000 + i)), DepthError)
    t.equal(base.get(chain.at(40)), 40)
    checkInvariants(base)
  },
)

function told() {
  const log: string[] = []
  const base = new Context()
  const put = (name: string) =>
    graphOf(base).wrap((vertex, _level, _producer, make) => {
      log.push(`${name} ${nameOf(vertex)}`)
      return make()
    })
  return { ...worked(), base, log, put }
}
