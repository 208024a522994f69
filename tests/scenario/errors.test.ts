// What errors of this room say, beside what docs/errors.md does.
import t from 'tap'
import { InvalidQuestionError, MissingPackageError, NotNumericError } from '../../lib/index.js'

t.test('errors name the tool, the output, and what to install', async (t) => {
  t.equal(new InvalidQuestionError('dataTable', 'no outputs were given.').message, 'dataTable: no outputs were given.')
  t.match(new NotNumericError('label', 'text'), { message: /^label is string, /, value: 'text' })
  const cause = new Error('not found')
  const missing = new MissingPackageError('Drawing as SVG', ['vega', 'vega-lite'], { cause })
  t.match(missing.message, /npm install vega vega-lite$/)
  t.equal(missing.cause, cause)
})
