// The command line itself: help, exit codes, suggestions, formats, start-up. Runs the built command.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { binary, book, climate, dugout, json, models, root, rows } from './run.js'
import { bookJSONSchema } from './schema.js'

const shop = `${models}/shop.ts`

/** Wrong usage: exit code 2, nothing on stdout, and a message. */
async function wrong(t: Test, args: readonly string[], message: RegExp | string): Promise<void> {
  const { code, stdout, stderr } = await dugout(...args)
  t.equal(code, 2, args.join(' '))
  t.equal(stdout, '')
  t.match(stderr, message)
}

void t.test('help and version', async (t) => {
  const commands = [
    'list',
    'get',
    'graph',
    'why',
    'diff',
    'scenario',
    'table',
    'goal-seek',
    'sensitivity',
    'attribute',
    'simulate',
    'optimize',
    'morris',
    'sobol',
    'profile',
    'store',
    'config',
    'completion',
  ]
  const { code, stdout } = await dugout('--help')
  t.equal(code, 0)
  for (const command of commands) t.match(stdout, new RegExp(`^ {2}${command} `, 'm'))
  t.notMatch(stdout, /^ {2}complete /m)
  t.match(stdout, /Exit codes: 0 done, 1 the model failed, 2 wrong usage\./)
  const helps = await Promise.all(commands.map((command) => dugout(command, '--help')))
  for (const [i, help] of helps.entries())
    t.match(help, { code: 0, stdout: new RegExp(`Examples:\n  \\$ dugout ${commands[i]}`) })
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  t.match(await dugout('--version'), { code: 0, stdout: `${manifest.version}\n` })
})

void t.test('help is quick: it loads commander and nothing else', async (t) => {
  const loaded = new Set<string>()
  const visit = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    if (!file.startsWith('/')) return
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];$/gm)) {
      visit(name.startsWith('.') ? path.join(path.dirname(file), name) : name)
    }
  }
  visit(binary)
  const packages = [...loaded].filter((name) => !name.startsWith('/') && !name.startsWith('node:'))
  t.same(packages, ['commander'])
})

void t.test('wrong usage: exit code 2, and what to do', async (t) => {
  await Promise.all([
    wrong(t, ['lst'], /unknown command 'lst'\s+\(Did you mean list\?\)/),
    wrong(t, ['get'], /missing required argument 'model'/),
    wrong(t, ['get', climate, 'welfare', '--jsn'], /Did you mean --json\?/),
    wrong(
      t,
      ['get', climate, 'temprature(1)'],
      'examples/climate/model.ts has no temprature. Did you mean temperature?',
    ),
    wrong(
      t,
      ['get', climate, 'temperature'],
      "temperature takes 1 argument: write 'temperature(...)', arguments as JSON.",
    ),
    wrong(t, ['get', climate, 'temperature(one)'], 'The arguments of temperature(one) are not JSON'),
    wrong(t, ['get', climate, 'temperature(1'], 'temperature(1 has no closing parenthesis.'),
    wrong(t, ['get', climate], 'Nothing is asked for.'),
    wrong(t, ['get', 'nowhere.ts', 'x'], 'nowhere.ts: no such file.'),
    wrong(t, ['get', 'package.json', 'x'], /package.json is no scenario book:\n.*scenarios: missing/),
  ])
  await Promise.all([
    wrong(t, ['get', 'README.md', 'x'], 'README.md is no model'),
    wrong(t, ['get', `${models}/empty.ts`, 'x'], 'exports no tracked functions'),
    wrong(t, ['get', shop, 'revenue', '--tweak', 'price'], "--tweak price has no =. Write --tweak 'target=...'."),
    wrong(t, ['get', shop, 'revenue', '--tweak', 'price=cheap'], 'The value of price is not JSON: cheap.'),
    wrong(t, ['get', shop, 'revenue', '--adjust', 'price=2'], 'it is one of *1.1, /2, +5, -5, +10%, clamp(0, 1).'),
    wrong(t, ['get', shop, 'revenue', '--adjust', 'price=process.exit()'], 'The change of price is process.exit()'),
    wrong(t, ['get', shop, 'revenue', '--scenario', 'x'], 'There is no scenario book.'),
    wrong(t, ['get', book, 'welfare', '--scenario', 'stern discount'], 'Did you mean Stern discounting?'),
    wrong(t, ['scenario', `${models}/wrong.yaml`], /scenarios\.one\.tweek: unknown\. Did you mean tweak\?/),
    wrong(t, ['diff', shop, 'price'], 'There is nothing to compare with.'),
  ])
  await Promise.all([
    wrong(
      t,
      ['table', shop, 'price', '--axis', 'price=lineal(1, 2, 3)'],
      'is no range; it is one of linear, logarithmic, percentages.',
    ),
    wrong(t, ['table', shop, 'revenue', '--axis', 'price=[]x'], 'not JSON'),
    wrong(t, ['goal-seek', shop, 'revenue', '--to', 'much', '--by', 'price'], '--to is "much"; it is a number.'),
    wrong(t, ['goal-seek', shop, 'revenue', '--to', '1', '--by', 'price', '--within', '9,1'], 'within is [9, 1]'),
    wrong(t, ['simulate', shop, 'price', '--vary', 'price=norml(1, 2)'], 'price=norml(1, 2)'.slice(6)),
    wrong(t, ['simulate', shop, 'price'], 'Nothing varies.'),
    wrong(t, ['get', shop, 'price', '--format', 'svg'], 'There is no drawing of get.'),
    wrong(t, ['why', shop, 'price', '--csv'], 'This answer cannot be printed as csv.'),
  ])
})

void t.test('the model failed: exit code 1, its stack by the source, and the nodes', async (t) => {
  const failed = await dugout('get', shop, 'bad')
  t.equal(failed.code, 1)
  t.equal(failed.stdout, '')
  const lines = failed.stderr.split('\n')
  t.same(lines.slice(0, 4), ['dugout: bad() failed', '  bad()', '  └ volume("XX")', 'RangeError: nobody knows XX'])
  t.match(lines[4], /at missing \(tests\/cli\/models\/shop\.ts:42:9\)/)
  t.notMatch(failed.stderr, /node:|dist\/|lib\/core/)
  const deep = await dugout('get', climate, 'temperature(200)')
  t.equal(deep.code, 1)
  t.match(deep.stderr, /└ temperature\(199\)\n[^]*└ savingsRate\(101\)\nRangeError: period 101 is not one of 1 to 100/)
  t.match(deep.stderr, /examples\/climate\/model\.ts:\d+:\d+\) \(\d+ times\)/)
  const broken = await dugout('get', `${models}/broken.ts`, 'x')
  t.match(broken, {
    code: 1,
    stderr: /broken\.ts failed while it was loaded\nError: this model does not load\n.*broken\.ts:1:7/,
  })
  const cells = await dugout('table', shop, 'volume("EU")', 'bad', '--axis', 'price=1, 2')
  t.match(cells, {
    code: 0,
    stdout: /#ERROR nobody knows XX/,
    stderr: /2 answers failed; the first: RangeError: nobody knows XX/,
  })
})

void t.test('formats', async (t) => {
  t.equal(
    (await dugout('get', shop, 'volume("EU")', '--csv')).stdout,
    'node,value,unit\r\n"volume(""EU"")",7,pieces\r\n',
  )
  t.match(await json('get', shop, 'price'), { tool: 'get', rows: [['price', 100]] })
  t.match((await dugout('get', shop, 'price', '--format', 'markdown')).stdout, '| node | value | unit |\n')
  const svg = await dugout('table', climate, 'temperature(2)', '--axis', 't2xco2=2, 4', '--format', 'svg')
  t.match(svg, { code: 0, stdout: /^<svg/ })
  const { stdout } = await dugout('list', climate)
  t.ok(Math.max(...stdout.split('\n').map(({ length }) => length)) <= 100, 'as wide as the terminal')
  t.notMatch(stdout, '\u001b', 'no colours where there is no terminal')
})

void t.test('on a terminal: colours unless NO_COLOR, progress on stderr', async (t) => {
  if (spawnSync('script', ['--version']).status !== 0) {
    t.comment('there is no script(1)')
    return
  }
  const on = (args: string, env: NodeJS.ProcessEnv = {}): string =>
    execFileSync(
      'script',
      ['-qec', `stty cols 90 2>/dev/null; ${process.execPath} ${binary} ${args} || true`, '/dev/null'],
      {
        cwd: root,
        encoding: 'utf8',
        env: {
          ...process.env,
          TERM: 'xterm-256color',
          // where it is set, node takes every terminal for one without colours
          CI: undefined,
          NODE_V8_COVERAGE: '',
          NO_COLOR: undefined,
          FORCE_COLOR: undefined,
          ...env,
        },
      },
    )
  t.match(on(`get ${shop} bda`), '\u001b[31mdugout:\u001b[39m')
  t.notMatch(on(`get ${shop} bda`, { NO_COLOR: '1' }), '\u001b[3')
  const simulated = on(`simulate ${shop} revenue --vary 'price=normal(100,10)' -n 3000`)
  t.match(simulated, /simulate [█░]{24} [\d,]+\/3,001/)
  t.ok(
    /3,001\/3,001 (?:\d+ s left)?([^]*?) {10}standard/.exec(simulated)?.[1]?.startsWith('\r\u001b[2K'),
    'gone when it is done',
  )
})

void t.test('completion', async (t) => {
  const complete = async (...words: string[]): Promise<string[]> =>
    (await dugout('complete', '--', ...words)).stdout.split('\n').slice(0, -1)
  const [commands, options, functions, scenarios, choices, shells, files] = await Promise.all([
    complete('s'),
    complete('get', shop, '--t'),
    complete('get', climate, 'social'),
    complete('get', book, 'welfare', '--scenario', 'S'),
    complete('graph', shop, 'price', '--as', ''),
    complete('completion', ''),
    complete('get', 'exam'),
  ])
  t.same(commands, ['scenario', 'sensitivity', 'simulate', 'sobol', 'store'])
  t.same(options, ['--tweak'])
  t.same(functions, ['socialCostOfCarbon'])
  t.same(scenarios, ['Stern discounting', 'Stern, high climate sensitivity'])
  t.same(choices, ['dot', 'mermaid', 'json'])
  t.same(shells, ['bash', 'zsh', 'fish'])
  t.same(files, [])
  const script = (await dugout('completion', 'bash')).stdout
  if (existsSync('/bin/bash')) {
    t.equal(spawnSync('bash', ['-n'], { input: script }).status, 0, 'bash takes it')
    const asked = `dugout() { '${process.execPath}' '${binary}' "$@"; }; ${script}
      COMP_WORDS=(dugout get ${climate} social); COMP_CWORD=3; _dugout; echo "\${COMPREPLY[@]}"`
    t.equal(spawnSync('bash', ['-c', asked], { cwd: root, encoding: 'utf8' }).stdout, 'socialCostOfCarbon\n')
  }
})

void t.test('the published schema is what books are read with', async (t) => {
  const published = readFileSync(path.join(root, 'schema/scenario-book.schema.json'), 'utf8')
  t.equal(published, bookJSONSchema(), 'node scripts/schema.mjs writes it')
})

void t.test('models: TypeScript, packages, JSON, import.meta, names that collide; plain modules', async (t) => {
  const found = await rows('get', shop, 'revenue', 'source', 'tax', 'portfolio.worth(3)')
  t.same(
    found.map(({ node, value }) => [node, value]),
    [
      ['revenue', 1400],
      ['source', '// A model'],
      ['local tax', 20],
      ['worth(3)', 300],
    ],
  )
  t.match(await rows('get', `${models}/plain.mjs`, 'answer'), [{ value: 42 }])
})
