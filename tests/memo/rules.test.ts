// What an edit of code is told as: each piece that differs, from what to what, and nothing else.
import t from 'tap'
import { changesOf, describeChange, type Rule, ruleOf } from '../../lib/memo/rules.js'

const told = (before: readonly Rule[], after: readonly Rule[]): string[] =>
  changesOf('f', before, after).map(describeChange)
const code = (name: string, text: string): Rule => ruleOf('code', name, text)

t.test('equal rules differ in nothing, in whatever order', (t) => {
  const rules = [code('f', 'f = 1'), code('RATE', 'RATE = 2'), ruleOf('package', 'yaml', '2.9.1')]
  t.strictSame(told(rules, rules.toReversed()), [])
  t.end()
})

t.test('a piece of code, a package, a salt: from what to what', (t) => {
  t.strictSame(told([code('RATE', 'RATE = 0.2')], [code('RATE', 'RATE = 0.3')]), ['f, RATE: RATE = 0.2 -> RATE = 0.3'])
  t.strictSame(told([code('f', 'f = () => 1')], [code('f', 'f = () => 2')]), ['f: f = () => 1 -> f = () => 2'])
  t.strictSame(told([ruleOf('package', 'yaml', '2.9.1')], [ruleOf('package', 'yaml', '3.0.0')]), [
    'f, package yaml: 2.9.1 -> 3.0.0',
  ])
  t.strictSame(told([ruleOf('salt', '', 'a')], [ruleOf('salt', '', 'b')]), ['f, salt: a -> b'])
  t.strictSame(told([], [code('help', 'help = 1')]), ['f, help is new: help = 1'])
  t.strictSame(told([code('help', 'help = 1')], []), ['f, help is gone: help = 1'])
  t.strictSame(told([], [ruleOf('tracked', 'g', '')]), ['f, tracked g is new'])
  t.strictSame(told([ruleOf('tracked', 'g', '')], []), ['f, tracked g is gone'])
  t.end()
})

t.test('of statements, which have no names, those that are the same are not told', (t) => {
  const statement = (text: string): Rule => ruleOf('statement', '', text)
  t.strictSame(
    told(
      [statement('a = 1'), statement('b = 1'), statement('c = 1')],
      [statement('c = 1'), statement('a = 1'), statement('b = 2')],
    ),
    ['f, statement: b = 1 -> b = 2'],
  )
  t.end()
})

t.test('of long code, where it differs, in one line', (t) => {
  const long = (value: number): string => `${'before();\n'.repeat(100)}rate = ${value};\n${'after();\n'.repeat(600)}`
  const [change] = told([code('f', long(1))], [code('f', long(2))])
  t.match(change, /^f: ….*rate = 1; after\(\);.*… -> ….*rate = 2; after\(\);.*…$/)
  t.ok((change?.length ?? 0) < 200)
  const far = (value: number): string => `${'x'.repeat(5000)}${value}`
  t.strictSame(told([code('f', far(1))], [code('f', far(2))]), ['f: what follows its beginning -> something else'])
  t.end()
})
