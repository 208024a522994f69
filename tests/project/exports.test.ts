// What package.json promises is what the build makes, and what lib/ imports is what package.json declares.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import path from 'node:path'
import t from 'tap'
import { project, read } from './snippets.js'

interface Manifest {
  readonly type: string
  readonly sideEffects: boolean
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly files: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifest = JSON.parse(await read('package.json')) as Manifest
const build = await read('esbuild.mjs')

/** The entries of the build: name, and source. */
const entries = new Map(
  [...(/^const entries = \{([^}]*)\}/m.exec(build)?.[1]?.matchAll(/['"]?([\w/-]+)['"]?: '([^']+)'/g) ?? [])].map(
    ({ 1: name = '', 2: source = '' }) => [name, source] as const,
  ),
)

/** What is run, not imported: the file of a command by the name of its entry. */
const commands = Object.values(manifest.bin ?? {}).map((file) => path.basename(file, '.js'))

t.test('each entry of the exports map is built, and each that is built can be imported or run', async (t) => {
  const { './package.json': own, ...maps } = manifest.exports
  t.equal(own, './package.json')
  const imported = Object.entries(maps).map(([name, map]) => {
    const entry = name === '.' ? 'index' : name.slice('./'.length)
    const source = entries.get(entry)
    t.ok(source !== undefined && existsSync(path.join(project, source)), `${name} is built from ${source}`)
    const declarations = `./dist/${path.relative('lib', source ?? '').replace(/\.ts$/, '.d.ts')}`
    t.strictSame(map, { types: declarations, default: `./dist/${entry}.js` }, name)
    t.equal(Object.keys(map)[0], 'types', `${name}: types come first`)
    return entry
  })
  t.same(
    [...entries.keys()].filter((entry) => !commands.includes(entry)),
    imported,
  )
})

t.test('each command is built', async (t) => {
  for (const command of commands) {
    const isThere = existsSync(path.join(project, `lib/${command}/index.ts`))
    t.ok(entries.has(command), command, { skip: isThere ? false : `lib/${command} is not there yet` })
  }
})

t.test('the package is ESM without side effects, and holds what it exports', async (t) => {
  t.equal(manifest.type, 'module')
  t.equal(manifest.sideEffects, false)
  t.equal(manifest.engines.node, '>=20.19')
  t.ok(manifest.files.includes('dist'))
})

async function importsOf(folder: string): Promise<Set<string>> {
  const found = new Set<string>()
  for (const name of await readdir(path.join(project, folder), { recursive: true })) {
    if (!name.endsWith('.ts')) continue
    const text = await read(path.join(folder, name))
    for (const { 1: from = '' } of text.matchAll(/(?:\bfrom |\bimport\(|^import )'([^']+)'/gm)) found.add(from)
  }
  return found
}

t.test('lib imports what is declared', async (t) => {
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
  for (const from of await importsOf('lib')) {
    if (from.startsWith('.') || builtinModules.includes(from.replace(/^node:/, ''))) continue
    const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/')
    t.ok(declared.has(name), name)
  }
})

t.test('the core imports no other room, and little else', async (t) => {
  const allowed = ['immutable', 'node:async_hooks', 'uuid']
  const outside = [...(await importsOf('lib/core'))].filter((from) => !from.startsWith('./'))
  t.same(outside.toSorted(), allowed)
})

/** The folders of lib/, and the doors by which others enter them. */
const doors: Readonly<Record<string, readonly string[]>> = {
  core: ['index.js', 'rooms.js'],
  run: ['index.js', 'rooms.js'],
}

t.test('a room is entered by its door alone', async (t) => {
  const rooms = (await readdir(path.join(project, 'lib'), { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  )
  for (const { name: room } of rooms) {
    for (const from of await importsOf(`lib/${room}`)) {
      const [, other, file] = /^(?:\.\.\/)+(?:(\w+)\/)?(.+)$/.exec(from) ?? []
      if (file === undefined || (other === undefined && file === 'index.js')) continue
      const isWithin = other === undefined || other === room || !rooms.some(({ name }) => name === other)
      if (!isWithin) t.ok((doors[other] ?? ['index.js']).includes(file), `${room} imports ${from}`)
    }
  }
})
