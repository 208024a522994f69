// What models, books and lines may do to the command: print, hang, collide, pretend.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import t from 'tap'
import { binary, dugout, models, root, start } from './run.js'

const shop = `${models}/shop.ts`

t.test('what a model prints goes to stderr, and a timer of it keeps nobody waiting', async (t) => {
  const { code, stdout, stderr } = await dugout('get', `${models}/loud.ts`, 'price', '--json')
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { rows: [['price', 100]] })
  t.match(stderr, /^loaded\nasked\n$/)
  t.equal((await dugout('complete', '--', 'get', `${models}/loud.ts`, 'pr')).stdout, 'price\n')
})

t.test('a model that awaits what never comes: said, and not silence', async (t) => {
  const { code, stdout, stderr } = await dugout('get', `${models}/endless.ts`, 'never')
  t.match({ code, stdout, stderr }, { code: 1, stdout: '', stderr: /^dugout: no answer: the model awaits/ })
})

t.test('a model that computes without end can be interrupted', async (t) => {
  const { child, until } = start('get', `${models}/endless.ts`, 'busy')
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  await until(/busy now/)
  t.teardown(() => child.kill('SIGKILL'))
  child.kill('SIGINT')
  t.equal(await ended, 'SIGINT')
})

t.test('scenarios that extend one another in a circle', async (t) => {
  const book = `${models}/cyclic.yaml`
  for (const line of [
    ['scenario', book],
    ['scenario', book, '--only', 'one'],
    ['get', book, '--scenario', 'two'],
    ['table', book, '--axis', 'scenarios'],
  ]) {
    t.match(await dugout(...line), { code: 2, stdout: '', stderr: /extends .*: a scenario cannot extend itself/ })
  }
})

t.test('names that objects have by themselves are refused in books, and pollute nothing', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dugout-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [extension, name] of [
    ['yaml', 'constructor'],
    ['yaml', '__proto__'],
    ['json', '__proto__'],
    ['toml', 'prototype'],
  ] as const) {
    const file = path.join(folder, `book.${extension}`)
    const model = path.join(root, shop)
    const json = `{ "model": "${model}", "scenarios": { "${name}": { "tweak": { "price": 1 } } } }`
    const toml = `model = "${model}"\n[scenarios.${name}.tweak]\nprice = 1\n`
    writeFileSync(file, extension === 'toml' ? toml : json)
    const ran = await dugout('scenario', file, 'price')
    t.match(
      ran,
      { code: 2, stdout: '', stderr: new RegExp(`${name} cannot be a name in a book`) },
      `${extension} ${name}`,
    )
  }
  for (const name of ['__proto__', 'constructor', 'toString', 'portfolio.constructor', 'portfolio.__proto__']) {
    const ran = await dugout('get', shop, 'price', '--tweak', `${name}=1`)
    t.match(ran, { code: 2, stdout: '', stderr: /has no |is not a target/ }, name)
  }
})

t.test('lines that say nothing, or two things at once', async (t) => {
  for (const [args, message] of [
    [['--tweak', 'price=1', '--adjust', 'price=*2'], /price is tweaked twice/],
    [['--tweak', 'price=1', '--tweak', 'price=2'], /price is tweaked twice/],
    [['--adjust', 'price=clamp(5, 1)'], /it is one of/],
    [['--adjust', 'price=/0'], /it is one of/],
    [['--adjust', 'price=*1e999'], /it is one of/],
    [['--adjust', 'price=process.exit(0)'], /it is one of/],
    [['--tweak', 'price=process.exit(0)'], /is not JSON/],
    [['--json', '--csv'], /cannot be used with/],
    [['--csv', '--format', 'svg'], /cannot be used with/],
    [['price(1..99999999999)'], /more than 100000 nodes/],
  ] as const) {
    const { code, stdout, stderr } = await dugout('get', shop, 'price', ...args)
    t.match({ code, stdout, stderr }, { code: 2, stdout: '', stderr: message }, args.join(' '))
  }
  const quoted = await dugout('sensitivity', shop, 'revenue', '--input', 'volume("a=b")')
  t.match(quoted.stderr, /volume\("a=b"\) is no finite number/, 'an equals sign in an argument is none of the line')
})

t.test('completion runs nothing that stands in a book', { skip: !existsSync('/bin/bash') }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dugout-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { stdout: script } = await dugout('completion', 'bash')
  const book = path.join(root, models, 'hostile.yaml')
  const asked = `dugout() { '${process.execPath}' '${binary}' "$@"; }; ${script}
    COMP_WORDS=(dugout get ${book} price --scenario ''); COMP_CWORD=5; _dugout; eval "printf '%s\\n' \${COMPREPLY[0]}"`
  const { stdout } = spawnSync('bash', ['-c', asked], { cwd: folder, encoding: 'utf8' })
  t.equal(stdout, '$(touch expanded)`touch expanded`\n', 'quoted, it is the name')
  t.notOk(existsSync(path.join(folder, 'expanded')))
})

t.test('a folder that a killed process left is taken away, of nobody else and of nothing that lives', async (t) => {
  const temporary = t.testdir({})
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const left = (name: string, hours: number): string => {
    const folder = path.join(temporary, name)
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'model.mjs'), '')
    const then = Date.now() / 1000 - 3600 * hours
    utimesSync(folder, then, then)
    return folder
  }
  const old = left(`dugout-model-${gone}-abcdef`, 2)
  const kept = [
    left(`dugout-model-${gone}-ghijkl`, 0.5),
    left(`dugout-model-${process.pid}-abcdef`, 2),
    left('dugout-model-x', 2),
    left(`another-${gone}-abcdef`, 2),
  ]
  const env = { ...process.env, TMPDIR: temporary, NODE_V8_COVERAGE: '' }
  const { status } = spawnSync(process.execPath, [binary, 'get', shop, 'price'], { cwd: root, env })
  t.equal(status, 0)
  t.notOk(existsSync(old))
  t.ok(kept.every((folder) => existsSync(folder)))
  t.equal(readdirSync(temporary).length, kept.length, 'and leaves none itself')
})
