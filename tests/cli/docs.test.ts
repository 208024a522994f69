// The command lines of docs/cli.md print what stands there. What an answer cost may change, and is not compared.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import t from 'tap'
import { binary, root } from './run.js'

const page = readFileSync(path.join(root, 'docs/cli.md'), 'utf8')
const blocks = [...page.matchAll(/^```console\n\$ dugout ([^\n]*)\n([^]*?)^```$/gm)]

function printed(line: string): Promise<string> {
  const env = { ...process.env, COLUMNS: '100', NODE_V8_COVERAGE: '' }
  return new Promise((resolve) => {
    execFile('sh', ['-c', `'${process.execPath}' '${binary}' ${line}`], { cwd: root, env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

/** Without the last digits, which the engine decides, and without what an answer cost. */
function rough(text: string): string {
  return text
    .replace(/^[\d,]+ nodes evaluated.*$/m, '')
    .replaceAll(/-?\b\d+\.?\d*(?:e[+-]?\d+)?\b/g, (number) => {
      const value = Number(number)
      return Math.abs(value) < 1e-3 ? '0' : value.toPrecision(3)
    })
    .replaceAll(/[ ─]+/g, ' ')
}

void t.test('node scripts/cli-docs.mjs writes what the command prints', async (t) => {
  t.ok(blocks.length >= 12)
  for (const [, line = '', text = ''] of blocks) t.equal(rough(await printed(line)), rough(text), line)
})
