// The code version of a function is what its own code reaches, and nothing else.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { definitionFrom } from '../../lib/core/node.js'
import { tracked } from '../../lib/index.js'
import { Versions } from '../../lib/memo/version.js'

const MODEL = `
import { tracked } from 'dugout'
import { discount, Tariff } from './helpers.ts'
import { parse } from 'yaml'
const RATE = 0.2
const settings = { fee: 1 }
settings.fee = 2
export const parameter = (name, value) => tracked(name, () => value)
export const elasticity = parameter('elasticity', 1.45)
export const price = tracked('price', (quantity, unit = 3) => discount(quantity * unit) * RATE)
export const volume = tracked('volume', () => new Tariff().of(2))
export const revenue = tracked('revenue', () => price(2) * volume())
export const fee = tracked('fee', () => settings.fee)
export const parsed = tracked('parsed', (text) => parse(text))
const hidden = tracked('hidden', () => 7)
export const reader = tracked('reader', () => hidden())
`
const HELPERS = `
const STEP = 4
export function discount(x) { return x - STEP }
export function unused() { return 9 }
export class Tariff { of(x) { return this.base() + x } base() { return 5 } }
`
const NAMES = ['elasticity', 'price', 'volume', 'revenue', 'fee', 'parsed', 'reader', 'hidden'] as const
const functions = Object.fromEntries(NAMES.map((name) => [name, tracked(name, () => undefined)]))
const { hidden, ...exported } = functions

/** The versions of the model, with edits. */
async function versions(edits: readonly (readonly [from: string | RegExp, to: string])[] = []) {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-version-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const edited = (text: string): string =>
    edits.reduce((before, [from, to]) => before.replaceAll(from as string, to), text)
  await writeFile(path.join(folder, 'model.ts'), edited(MODEL))
  await writeFile(path.join(folder, 'helpers.ts'), edited(HELPERS))
  const found = new Versions()
  await found.addModule(pathToFileURL(path.join(folder, 'model.ts')).href, exported)
  return Object.fromEntries(NAMES.map((name) => [name, found.of(definitionFrom(functions[name]) as never)?.version]))
}

const before = await versions()

async function changed(...edits: readonly (readonly [string | RegExp, string])[]): Promise<string[]> {
  const after = await versions(edits)
  return NAMES.filter((name) => after[name] !== before[name])
}

t.test('every function has one, those that are not exported by the name in the code', async (t) => {
  for (const name of NAMES) t.match(before[name], /^[0-9a-f]{32}$/, name)
  t.equal(new Set(Object.values(before)).size, NAMES.length)
  t.ok(hidden)
})

t.test('what counts: body, default, constant, helper in another file and what it reaches, class method', async (t) => {
  t.strictSame(await changed(['* RATE', '+ RATE']), ['price'])
  t.strictSame(await changed(['unit = 3', 'unit = 4']), ['price'])
  t.strictSame(await changed(['RATE = 0.2', 'RATE = 0.3']), ['price'])
  t.strictSame(await changed(['x - STEP', 'x + STEP']), ['price'])
  t.strictSame(await changed(['STEP = 4', 'STEP = 5']), ['price'])
  t.strictSame(await changed(['return 5', 'return 6']), ['volume'])
  t.strictSame(await changed(["'elasticity', 1.45", "'elasticity', 1.5"]), ['elasticity'])
  t.strictSame(await changed(['settings.fee = 2', 'settings.fee = 3']), ['fee'])
})

t.test('what does not: white space, comments, unused helpers, other functions of the file', async (t) => {
  t.strictSame(await changed([/\n/g, '\n\n  // a comment\n']), [])
  t.strictSame(await changed(['return 9', 'return 10']), [])
  t.strictSame(await changed(['const RATE', "export const other = tracked('other', () => 1)\nconst RATE"]), [])
})

t.test('a tracked function that is called has a version of its own', async (t) => {
  t.strictSame(await changed(['price(2) *', 'price(3) *']), ['revenue'])
  t.strictSame(await changed(['() => 7', '() => 8']), ['hidden'])
})
