/**
 * The code version of a tracked function: a hash of everything that its own code reaches. esbuild makes one flat module
 * of the model and prints it in one manner, so that comments and white space do not count; packages stay outside, and
 * count by name and version. Then the names that a function's code mentions are followed: helpers, constants, classes,
 * in other files too. Other tracked functions are not followed: they have versions of their own, and what is called is
 * seen when it is called.
 *
 * A statement at the top that mentions something reached counts with it: it may have changed it.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AnyNode, type Program, parse } from 'acorn'
import type { Plugin } from 'esbuild'
import { type Definition, definitionFrom } from '../core/rooms.js'
import { type Changing, changingImport, changingOf } from './changing.js'
import { held } from './registry.js'
import { type Rule, type RuleKind, ruleOf } from './rules.js'

/** A code version, and what it is made of. */
export interface CodeVersion {
  readonly version: string
  /** A clock or a source of randomness that the code reaches. */
  readonly changing: string | undefined
  readonly rules: readonly Rule[]
}

/** The code versions of the functions of some modules. */
export class Versions {
  readonly #places = new Map<Definition, { readonly code: Code; readonly symbol: string }>()
  readonly #codes: Code[] = []
  readonly #versions = new Map<Definition, CodeVersion>()

  /** Read the code of a module, whose exports these are. */
  async addModule(url: string, exports: Readonly<Record<string, unknown>>): Promise<void> {
    const code = new Code(await flat(fileURLToPath(url)))
    this.#codes.push(code)
    const entries = Object.entries(exports).toSorted((one, other) => rank(one[1]) - rank(other[1]))
    for (const [name, value] of entries) {
      const symbol = code.exports.get(name)
      if (symbol === undefined) continue
      for (const one of held(value)) {
        const definition = definitionFrom(one) as Definition
        if (!this.#places.has(definition)) this.#places.set(definition, { code, symbol })
      }
      if (definitionFrom(value) !== undefined) code.tracked.add(symbol)
    }
  }

  /** Undefined where the code is in none of the modules. */
  of(definition: Definition): CodeVersion | undefined {
    const known = this.#versions.get(definition)
    if (known !== undefined) return known
    const place = this.#places.get(definition) ?? this.#local(definition.name)
    if (place === undefined) return undefined
    const version = place.code.versionOf(place.symbol)
    this.#versions.set(definition, version)
    return version
  }

  /** A function that is not exported, by the name that its code gives it. */
  #local(name: string): { readonly code: Code; readonly symbol: string } | undefined {
    const found = this.#codes.flatMap((code) => code.named.get(name)?.map((symbol) => ({ code, symbol })) ?? [])
    return found.length === 1 ? found[0] : undefined
  }
}

/** A function that is exported by itself is found there, and not in an object that holds it, too. */
function rank(value: unknown): number {
  return definitionFrom(value) === undefined ? 1 : 0
}

interface Unit {
  readonly kind: RuleKind
  readonly name: string
  readonly text: string
  readonly mentions: ReadonlySet<string>
  readonly changing: readonly Changing[]
}

/** The statements of a flat module: what each declares, and what it mentions. */
class Code {
  readonly exports = new Map<string, string>()
  /** The symbols that are tracked functions: they are not followed. */
  readonly tracked = new Set<string>()
  /** Tracked functions by the names that the code gives them. */
  readonly named = new Map<string, string[]>()
  readonly #units = new Map<string, Unit>()
  readonly #effects: Unit[] = []
  readonly #text: string
  #wrapper: string | undefined

  constructor(text: string) {
    this.#text = text
    const program: Program = parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
    for (const statement of program.body) this.#take(statement)
  }

  /** The hash of all that a symbol reaches, and what that is. */
  versionOf(symbol: string): CodeVersion {
    const reached = new Set([symbol])
    const pending = new Set(this.#effects)
    const texts: string[] = []
    const rules: Rule[] = []
    let clock: string | undefined
    const follow = ({ kind, name: unit, text, mentions, changing }: Unit): void => {
      texts.push(text)
      clock ??= changing.find(({ global }) => !this.#units.has(global))?.text
      rules.push(kind === 'package' ? ruleOf(kind, ...packageOf(unit)) : ruleOf(kind, unit, text))
      for (const name of mentions) if (this.#units.has(name)) reached.add(name)
    }
    // a Set that grows while it is walked is walked to its new end
    for (const name of reached) {
      if (name !== symbol && this.tracked.has(name)) {
        texts.push(`tracked ${name}`)
        rules.push(ruleOf('tracked', name, ''))
        continue
      }
      follow(this.#units.get(name) as Unit)
      for (const effect of pending) {
        if (!effect.mentions.has(name)) continue
        pending.delete(effect)
        follow(effect)
      }
    }
    const version = createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 32)
    return { version, changing: clock, rules }
  }

  #take(statement: AnyNode): void {
    switch (statement.type) {
      case 'ImportDeclaration': {
        const from = String(statement.source.value)
        for (const one of statement.specifiers) {
          const imported = one.type === 'ImportSpecifier' ? this.#slice(one.imported) : one.type
          const kind = from.lastIndexOf('@') > 0 ? 'package' : 'module'
          this.#units.set(one.local.name, {
            kind,
            name: from,
            text: `import ${imported} of ${from}`,
            mentions: new Set(),
            changing: changingImport(imported, from),
          })
          if (from === 'dugout' && imported === 'tracked') this.#wrapper = one.local.name
        }
        return
      }
      case 'ExportNamedDeclaration':
        for (const { local, exported } of statement.specifiers)
          this.exports.set(this.#slice(exported), this.#slice(local))
        return
      case 'VariableDeclaration':
        for (const declaration of statement.declarations) {
          const unit = this.#unit('code', this.#slice(declaration.id), declaration)
          for (const name of namesOf(nodesOf(declaration.id))) this.#units.set(name, unit)
          this.#note(declaration.init ?? undefined, this.#slice(declaration.id))
        }
        return
      case 'FunctionDeclaration':
      case 'ClassDeclaration': {
        const name = this.#slice(statement.id as AnyNode)
        this.#units.set(name, this.#unit('code', name, statement))
        return
      }
      default:
        this.#effects.push(this.#unit('statement', '', statement))
    }
  }

  #unit(kind: RuleKind, name: string, piece: AnyNode): Unit {
    const nodes = nodesOf(piece)
    const changing = nodes.flatMap((node) => changingOf(node) ?? [])
    return { kind, name, text: this.#slice(piece), mentions: namesOf(nodes), changing }
  }

  /** `tracked("name", ...)` and `tracked(function name() ...)`. */
  #note(made: AnyNode | undefined, symbol: string): void {
    if (made?.type !== 'CallExpression' || this.#wrapper === undefined || this.#slice(made.callee) !== this.#wrapper)
      return
    const [first] = made.arguments
    if (first === undefined) return
    const isNamed = first.type === 'FunctionExpression' && first.id !== null && first.id !== undefined
    const name = first.type === 'Literal' ? String(first.value) : isNamed ? first.id?.name : undefined
    if (name === undefined) return
    this.tracked.add(symbol)
    this.named.set(name, [...(this.named.get(name) ?? []), symbol])
  }

  #slice({ start, end }: { readonly start: number; readonly end: number }): string {
    return this.#text.slice(start, end)
  }
}

/** Name and version of `yaml/util@2.9.1`. */
function packageOf(text: string): [name: string, version: string] {
  const at = text.lastIndexOf('@')
  return [packageName(text.slice(0, at)), text.slice(at + 1)]
}

/** The package of an import. */
function packageName(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

/** The names in a piece of code that may stand for something outside it: esbuild lets no inner name hide an outer one. */
function namesOf(nodes: readonly AnyNode[]): Set<string> {
  return new Set(nodes.flatMap((node) => (node.type === 'Identifier' ? node.name : [])))
}

/** A piece of a syntax tree and all below it that is code: no names of properties. */
function nodesOf(piece: AnyNode): AnyNode[] {
  const found: AnyNode[] = []
  const open: unknown[] = [piece]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (Array.isArray(at)) open.push(...(at as unknown[]).filter((one) => one !== null && one !== undefined))
    if (!isNode(at)) continue
    found.push(at)
    for (const [key, value] of Object.entries(at)) {
      const isKey = (key === 'key' || key === 'property') && 'computed' in at && !at.computed
      if (!isKey && typeof value === 'object' && value !== null) open.push(value)
    }
  }
  return found
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** The folder of the library's own code: lib/, or where it was bundled to. A model may stand beside it. */
const here = fileURLToPath(new URL('.', import.meta.url))
const library = path.basename(here) === 'memo' ? path.join(here, '..', path.sep) : here
const OWN = Symbol('resolved by esbuild')

/** A module and its own files as one, packages outside under their versions. */
async function flat(file: string): Promise<string> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    charset: 'utf8',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
    plugins: [packages],
  })
  return (outputFiles[0] as { text: string }).text
}

const packages: Plugin = {
  name: 'packages',
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path: name, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === OWN) return undefined
      if (name.startsWith('node:') || builtinModules.includes(name)) return { path: name, external: true }
      if (name === 'dugout' || name.startsWith('dugout/')) return { path: name, external: true, sideEffects: false }
      if (/^[^./]/.test(name) && !path.isAbsolute(name) && !name.startsWith('file:')) {
        return { path: `${name}@${packageVersion(name, resolveDir)}`, external: true, sideEffects: false }
      }
      const file = name.startsWith('file:') ? fileURLToPath(name) : name
      const found = await build.resolve(file, { kind, importer, resolveDir, pluginData: OWN })
      if (!found.path.startsWith(library)) return found
      return { path: 'dugout', external: true, sideEffects: false }
    })
  },
}

/** The version of an installed package as seen from a folder; `?` where it is not installed. */
function packageVersion(name: string, from: string): string {
  const own = packageName(name)
  for (let folder = from; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'node_modules', own, 'package.json')
    if (existsSync(manifest))
      return String((JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }).version)
    if (folder === path.dirname(folder)) return '?'
  }
}
