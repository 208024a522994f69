// A hundred kills of four writers. npm run test:crash does twenty thousand.
import t from 'tap'
import { killWriters } from './kills.js'

t.test('writers that are killed lose nothing that they acknowledged, and leave nothing behind', async (t) => {
  const { kills, acknowledged, wrong } = await killWriters(100, 4, Date.now() % 1_000_000)
  t.same(wrong, [])
  t.equal(kills, 100)
  t.ok(acknowledged > 100, `${acknowledged} records were acknowledged`)
})
