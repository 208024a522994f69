import path from 'node:path'
import t from 'tap'
import { linesOf, project, read, snippets } from './snippets.js'

const blocks = snippets(await read('README.md'))

t.test('the first code is examples/quickstart', async (t) => {
  t.equal(blocks[0]?.language, 'ts')
  t.equal(blocks[0]?.text, await read('examples/quickstart/index.ts'))
})

t.test('the output of the climate model is what it prints', async (t) => {
  const shown = blocks.find(({ text }) => text.startsWith('DICE-2016R'))
  const printed = await linesOf([path.join(project, 'build/examples/climate/index.js')])
  t.same(shown?.text.trimEnd().split('\n'), printed)
})

t.test('two commands do all the set-up', async (t) => {
  const shell = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim())
  t.ok(shell.includes('npm ci && npm start'))
  t.ok(shell.includes('npm ci && npm test'))
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  for (const command of shell.join('\n').matchAll(/npm run ([\w:]+)/g))
    t.ok(command[1] && command[1] in scripts, command[0])
})
