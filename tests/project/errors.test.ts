// docs/errors.md lists the error classes of every room, all of them and no others, with the codes that they have.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import * as core from '../../lib/core/errors.js'
import { project, read } from './snippets.js'

const { DugoutError } = core

/** The section of the page that a room has. */
const sections: Readonly<Record<string, string>> = {
  core: 'The live graph',
  inspect: 'Questions about a graph',
  scenario: 'What-if tools',
  memo: 'Results that outlive the process',
  run: 'Where bodies run',
}

/** Text in pieces, each under the name that begins it. */
function pieces(text: string, beginning: RegExp): [name: string, piece: string][] {
  const found = [...text.matchAll(beginning)]
  return found.map(({ 1: name = '', index }, i) => [name, text.slice(index, found[i + 1]?.index)])
}

const page = await read('docs/errors.md')
const codeOf = (text: string): string | undefined => /['`](DUGOUT_\w+)['`]/.exec(text)?.[1]

const all = (await readdir(path.join(project, 'lib'), { recursive: true })).filter((name) => name.endsWith('.ts'))

/** What a room declares, in every errors.ts of it: its classes, and its source. */
async function errorsOf(room: string): Promise<{ kinds: Record<string, typeof DugoutError>; source: string }> {
  const kinds: [string, typeof DugoutError][] = []
  let source = ''
  for (const name of all.filter((one) => one.startsWith(`${room}/`) && path.basename(one) === 'errors.ts')) {
    const declared = (await import(`../../lib/${name.replace(/ts$/, 'js')}`)) as Record<string, typeof DugoutError>
    kinds.push(...Object.entries(declared))
    source += await read(`lib/${name}`)
  }
  const classes = kinds.filter(([name, kind]) => name !== 'DugoutError' && /^class\b/.test(String(kind)))
  return { kinds: Object.fromEntries(classes), source }
}

/** Names that are no codes: variables of the environment. */
const variables: ReadonlySet<string> = new Set(['DUGOUT_ENVIRONMENT'])

t.test('every room that declares errors has a section, and no code is written elsewhere', async (t) => {
  for (const name of all) {
    const [room = ''] = name.split('/')
    if (path.basename(name) !== 'errors.ts' || codeOf(await read(`lib/${name}`)) === undefined) continue
    t.ok(room in sections, name)
  }
  const known = new Set(pieces(page, /^### (.*)$/gm).map(([, text]) => codeOf(text)))
  for (const name of all) {
    for (const [code] of (await read(path.join('lib', name))).matchAll(/\bDUGOUT_[A-Z_]+\b/g))
      t.ok(known.has(code) || variables.has(code), `${code} of ${name}`)
  }
})

const codes: (string | undefined)[] = []

for (const [room, title] of Object.entries(sections)) {
  t.test(`${room}: every error class is documented with its code, and nothing else is`, async (t) => {
    const { kinds, source } = await errorsOf(room)
    const documented = pieces(new Map(pieces(page, /^## (.*)$/gm)).get(title) ?? '', /^### (.*)$/gm)
    t.same(documented.map(([name]) => name).toSorted(), Object.keys(kinds).toSorted())
    const declared = new Map(pieces(source, /^export class (\w+)/gm).map(([name, text]) => [name, codeOf(text)]))
    for (const [name, text] of documented) {
      t.equal(codeOf(text), declared.get(name), `${name}: ${declared.get(name)}`)
      t.match(text, /^What happened: \S.*\.$/ms, name)
      t.match(text, /^What to do: \S.*\.$/ms, name)
      codes.push(codeOf(text))
    }
    for (const [name, kind] of Object.entries(kinds)) {
      t.ok(kind.prototype instanceof DugoutError || name === 'CyclicArgumentError', name)
    }
  })
}

t.test('each class has a code of its own', async (t) => {
  t.equal(new Set(codes).size, codes.length)
})

t.test('an error that is a TypeError too', async (t) => {
  t.ok(new core.CyclicArgumentError('f()') instanceof DugoutError)
  t.ok(new core.CyclicArgumentError('f()') instanceof TypeError)
})
