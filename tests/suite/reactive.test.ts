import t from 'tap'
import { TweakInsideError } from '../../lib/index.js'
import { framework } from './adapter.js'
import { loadSuite, type ReactiveFramework } from './suite.js'

const why = 'a computed writes a signal, and a body changes no context that it runs in (R14)'

/** What is left out, by name, with the reason. Each is run all the same, and has to fail for exactly that reason. */
const leftOut: Readonly<Record<string, string>> = {
  '#57 computed side effect triggers downstream': why,
  '#179 computed self-increment: intra-run read-after-write values correct': why,
}

/** Cases that try the same and take an error for an answer. They pass, but what they go on to ask is not asked of dugout. */
const refusedIn: readonly string[] = [
  '#52 computed writing to signal',
  "#112 computed side-effect doesn't affect sibling computeds",
  '#135 chained computed inner write: downstream only sees settled',
  '#136 computed inner write unchanged: no downstream notification',
  '#137 computed inner write changed: downstream notified',
  '#138 independent computeds sharing source, one inner-writes',
  '#172 computed writing to own dep: never caches',
  '#181 computed writes multiple signals: downstream sees consistent pair',
  '#182 computed side effect + batch: writes visible after flush',
  '#183 branch switch stops computed side effect',
  '#184 nested computeds: outer reads inner, both have side effects',
  '#185 computed side effect write visible despite later throw',
  '#186 effect observes computed side-channel write during propagation',
]

/** What dugout does where the suite has no opinion. */
const ways: Readonly<Record<string, string>> = {
  '#17 computed evaluation timing': 'lazy',
  '#15 unread computed subscription': 'no subscription',
  '#146 recompute count on multiple dep changes': 'single recompute',
  '#29 NaN equality semantics': 'Object.is',
  '#167 computed NaN downstream propagation': 'Object.is',
  '#30 same-reference signal write': 'skips',
  '#176 batch return value': 'returns value',
  '#173 mid-propagation read isolation': 'post-write',
  '#174 intra-run read-after-write': 'post-write',
  '#88 effect subscription after first-run throw': 'keeps subscribed',
  '#106 effect throw isolation in flush': 'continues',
  '#86 computed error caching': 'caches error',
  '#107 non-Error throw caching': 'caches error',
  '#49 inner write re-run through computed chain': 'runs 2x per write',
  '#62 infinite loop in effect': 'manual bail (200+)',
  '#175 effect multi-signal write batching': 'batched',
}

/** The framework, and how often it refused a write inside a computed. */
function counting(): { readonly framework: ReactiveFramework; readonly refusals: () => number } {
  const plain = framework()
  let count = 0
  return {
    refusals: () => count,
    framework: {
      ...plain,
      signal<T>(initialValue: T) {
        const { read, write } = plain.signal(initialValue)
        return {
          read,
          write(value: T) {
            try {
              write(value)
            } catch (error) {
              if (error instanceof TweakInsideError) count++
              throw error
            }
          },
        }
      },
    },
  }
}

const { testSuite } = await loadSuite()

for (const { section, cases, type } of testSuite) {
  t.test(section, async (t) => {
    const refused: string[] = []
    for (const [name, run] of Object.entries(cases)) {
      const { framework, refusals } = counting()
      let way: unknown
      const ask = (): void => framework.run(() => void (way = run(framework)))
      if (name in leftOut) {
        t.throws(ask, TweakInsideError, `left out: ${name}`)
        continue
      }
      // a case that asks for what a framework does not have throws as well: nothing is skipped
      t.doesNotThrow(ask, name)
      if (type === 'behavioral') t.equal(way, ways[name], `${name}: ${String(way)}`)
      if (refusals() > 0) refused.push(name)
    }
    t.same(
      refused,
      refusedIn.filter((name) => name in cases),
      'writes inside computeds are refused, there and nowhere else',
    )
  })
}

t.test('what is listed above are cases of the suite', async (t) => {
  const names = testSuite.flatMap(({ cases }) => Object.keys(cases))
  t.equal(names.length, 179)
  for (const name of [...Object.keys(leftOut), ...refusedIn, ...Object.keys(ways)]) t.ok(names.includes(name), name)
})
