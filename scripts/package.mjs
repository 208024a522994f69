// What users install, as they install it: packs dist/ (`npm run build` before), unpacks it beside its dependencies in a folder
// of its own, imports it there, compiles against its declarations (each entry alone too, without the types of Node and of
// optional packages), and runs the command line of the README.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const { version, dependencies, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const folder = mkdtempSync(path.join(tmpdir(), 'dugout-package-'))

function run(command, args, cwd = folder) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

try {
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root)
  const installed = path.join(folder, 'node_modules/dugout')
  mkdirSync(installed, { recursive: true })
  run('tar', ['xzf', `dugout-${version}.tgz`, '-C', installed, '--strip-components=1'])
  for (const name of Object.keys(dependencies)) {
    symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))
  }
  cpSync(path.join(root, 'examples/climate'), path.join(folder, 'examples/climate'), { recursive: true })
  writeFileSync(
    path.join(folder, 'table.mts'),
    `import { Context, dataTable, tracked } from 'dugout'
import { file, memoryStore, openMemo } from 'dugout/memo'
import { storeConformance } from 'dugout/memo/testing'
import { localRunner, type Runner } from 'dugout/run'
const price = tracked('price', () => 100)
const revenue = tracked('revenue', () => price() * 3)
const table = await dataTable(new Context(), [price, [1, 2]], revenue)
const rows: Record<string, unknown>[] = table.toRows()
if (JSON.stringify(rows) !== '[{"price":1,"revenue":3},{"price":2,"revenue":6}]') throw new Error(table.toText())
const runner: Runner = localRunner
if (runner.name !== 'local') throw new Error(runner.name)
const length = tracked('length', (path: string): number => file(path).length, { memo: { version: 1 } })
const memo = await openMemo({ store: memoryStore(), runner })
for (const hits of [0, 1]) {
  const base = new Context()
  memo.attach(base)
  if (base.get(length.at('table.mts')) === 0 || memo.counts.hits !== hits) throw new Error(JSON.stringify(memo.counts))
}
const rules: string[] = []
storeConformance((name) => void rules.push(name), () => ({ store: memoryStore() }))
if (rules.length === 0) throw new Error('a store has nothing to keep true')
`,
  )
  const compiler = path.join(root, 'node_modules/typescript7/bin/tsc')
  const options = '--strict --module nodenext --target es2022 --skipLibCheck false --types'.split(' ')
  run(process.execPath, [compiler, ...options, '', 'table.mts'])
  for (const entry of Object.keys(exports).filter((name) => name !== './package.json')) {
    writeFileSync(path.join(folder, 'alone.mts'), `export * from '${path.posix.join('dugout', entry)}'\n`)
    run(process.execPath, [compiler, ...options, '', '--noEmit', 'alone.mts'])
  }
  run(process.execPath, ['table.mjs'])
  const [, line] = /^node dist\/cli\.js (goal-seek .*)$/m.exec(readFileSync(path.join(root, 'README.md'), 'utf8'))
  const answer = run('sh', ['-c', `'${process.execPath}' node_modules/dugout/dist/cli.js ${line}`])
  if (!/\breached\n/.test(answer)) throw new Error(answer)
  process.stdout.write(`dugout ${version}: imports, compiles and answers as installed\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
