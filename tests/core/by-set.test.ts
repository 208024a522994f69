// A map by tweak sets: equal sets are one key, unequal sets of one hash are two.
import t from 'tap'
import { BySet } from '../../lib/core/by-set.js'
import { TweakSet, tracked } from '../../lib/index.js'

void t.test('BySet: sets by content, also where hashes meet', async (t) => {
  const x = tracked('x', (): unknown => 1)
  const set = (value: unknown) => new TweakSet().tweak(x, value)
  t.equal(set([0]).hashCode(), set([-0]).hashCode(), 'unequal, of one hash')
  const map = new BySet<string>()
  map.set(set([0]), 'zero')
  map.set(set([-0]), 'negative')
  map.set(set([1]), 'one')
  t.equal(map.size, 3)
  t.equal(map.get(set([0])), 'zero')
  t.equal(map.get(set([-0])), 'negative')
  t.equal(map.get(set([2])), undefined)
  t.same([...map.values()].sort(), ['negative', 'one', 'zero'])
  map.delete(set([2]))
  map.delete(set([Number.NaN]))
  t.equal(map.size, 3, 'what is not there is not taken away')
  map.delete(set([0]))
  map.delete(set([0]))
  t.equal(map.get(set([0])), undefined)
  t.equal(map.get(set([-0])), 'negative')
  map.delete(set([-0]))
  t.same([...map.values()], ['one'])
  t.equal(map.size, 1)
})
