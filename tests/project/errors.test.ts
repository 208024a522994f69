// docs/errors.md lists the error classes of the core, all of them and no others, with the codes that they have.
import t from 'tap'
import * as errors from '../../lib/core/errors.js'
import { read } from './snippets.js'

const { DugoutError, ...kinds } = errors

/** Text in pieces, each under the name that begins it. */
function pieces(text: string, beginning: RegExp): [name: string, piece: string][] {
  const found = [...text.matchAll(beginning)]
  return found.map(({ 1: name = '', index }, i) => [name, text.slice(index, found[i + 1]?.index)])
}

const source = await read('lib/core/errors.ts')
const page = await read('docs/errors.md')
const section = new Map(pieces(page, /^## (.*)$/gm)).get('The live graph') ?? ''
const documented = pieces(section, /^### (.*)$/gm)

const codeOf = (text: string): string | undefined => /['`](DUGOUT_\w+)['`]/.exec(text)?.[1]

t.test('every error class is documented, and nothing else is', async (t) => {
  t.same(documented.map(([name]) => name).toSorted(), Object.keys(kinds).toSorted())
})

t.test('with its code', async (t) => {
  const codes = new Map(pieces(source, /^export class (\w+)/gm).map(([name, text]) => [name, codeOf(text)]))
  for (const [name, text] of documented) t.equal(codeOf(text), codes.get(name), `${name}: ${codes.get(name)}`)
  t.equal(new Set(codes.values()).size, codes.size, 'each class has a code of its own')
})

t.test('with what happened and what to do', async (t) => {
  for (const [name, text] of documented) {
    t.match(text, /^What happened: \S.*\.$/ms, name)
    t.match(text, /^What to do: \S.*\.$/ms, name)
  }
})

t.test('all are errors of dugout', async (t) => {
  for (const [name, kind] of Object.entries(kinds)) {
    t.ok(kind.prototype instanceof DugoutError || kind === errors.CyclicArgumentError, name)
  }
  t.ok(new errors.CyclicArgumentError('f()') instanceof DugoutError)
  t.ok(new errors.CyclicArgumentError('f()') instanceof TypeError)
})
