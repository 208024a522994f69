import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

t.test('prints what its comments say', async (t) => {
  const script = fileURLToPath(new URL('../../examples/quickstart/index.js', import.meta.url))
  const lines = execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim().split('\n')
  t.same(lines, [
    'base: 80000, 4 evaluated',
    'cheaper: 72000, 1 evaluated',
    'cheaper, so more is sold: 86400, 1 evaluated',
    'base: 90000, 1 evaluated',
    'cheaper, so more is sold: 97200, 1 evaluated',
  ])
})
