// docs/scenario.md lists the errors of this room, with their codes.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { DugoutError, InvalidQuestionError, MissingPackageError, NotNumericError } from '../../lib/index.js'

void t.test('errors and their codes', async (t) => {
  const all = [
    new InvalidQuestionError('dataTable', 'no outputs were given.'),
    new NotNumericError('label', 'text'),
    new MissingPackageError('Drawing as SVG', ['vega', 'vega-lite'], { cause: new Error('not found') }),
  ]
  const page = await readFile(new URL('../../../docs/scenario.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `(DUGOUT_\w+)` *\| `(\w+)` *\|/gm)].map(([, code, name]) => [code, name])
  t.same(
    listed,
    all.map(({ code, name }) => [code, name]),
  )
  for (const error of all) t.ok(error instanceof DugoutError)
  t.match(all[2]?.message, /npm install vega vega-lite$/)
})
