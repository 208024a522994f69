// Long work says how far it is, though seldom, and gives the event loop its turn.
import t from 'tap'
import { Pace } from '../../lib/core/rooms.js'

/** Work that takes so long that something is due. */
function spend(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

void t.test('it tells at once, and again when it is due', async (t) => {
  const pace = new Pace()
  let told = 0
  const tell = () => void told++
  await pace.step(tell)
  t.equal(told, 1)
  spend(60)
  await pace.step(tell)
  t.equal(told, 2)
})

void t.test('others have their turn when one is due', async (t) => {
  const pace = new Pace()
  let isDone = false
  setImmediate(() => {
    isDone = true
  })
  spend(15)
  const turn = pace.step(() => undefined)
  t.ok(turn, 'to be awaited')
  t.equal(isDone, false)
  await turn
  t.equal(isDone, true)
})

void t.test('what telling throws ends the work, and is not told again at once', (t) => {
  const pace = new Pace()
  const thrown = new Error('no more')
  t.throws(
    () =>
      pace.step(() => {
        throw thrown
      }),
    thrown,
  )
  t.end()
})
