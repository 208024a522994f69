// What users can import from 'dugout', name by name and member by member: a change of it is meant, or it is a mistake.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { project, read } from './snippets.js'

/** What the doors of the rooms let out: a class with its members, static ones with a dot before them; else its kind. */
const doors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  core: {
    AbortedError: 'class',
    Adjustment: 'class apply equals hashCode kind operands toJSON toString',
    AnyFunction: 'type',
    Context:
      'class .current .level .signal [Symbol.dispose] [Symbol.toStringTag] adjust batch bind clear dependencies dependents depth dispose disposed fork get has id invalidate isMasked name observe parent peek replace run stats tweak tweaks unload untweak watch with',
    ContextOptions: 'interface isolate name tweaks',
    CycleError: 'class path',
    CyclicArgumentError: 'class code',
    DepthError: 'class depth',
    DisposedError: 'class',
    DugoutError: 'class .[Symbol.hasInstance] code',
    DuplicateNameError: 'class',
    ForeignContextError: 'class',
    FrozenContextError: 'class',
    GraphEvent: 'interface context node type',
    InvalidFunctionError: 'class',
    LateDependencyError: 'class',
    MissingPackageError: 'class',
    MemoOptions: 'interface assumeVersion errors id salt version',
    Merge: 'interface conflicts tweaks',
    Model: 'type',
    Node: 'class .definition .knownVertex .of .vertex args equals function hashCode id toJSON toString',
    NotSerialisableError: 'class',
    OutsideContextError: 'class',
    PromiseTweakError: 'class',
    Result: 'type',
    Stats: 'interface bytes contexts edges evaluations hits inFlight masked nodes results',
    SupersededError: 'class',
    Target: 'type',
    Tracked: 'type',
    TrackedOptions: 'interface async cacheErrors description equals key memo name tags unit volatile',
    Tweak: 'class content equals hashCode key kind toString',
    TweakInsideError: 'class',
    TweakJSON: 'interface adjust target value',
    TweakSet:
      'class .from .fromJSON [Symbol.iterator] adjust equals get has hashCode merge replace size toJSON toString tweak untweak with',
    TweakSetLike: 'type',
    UnknownTargetError: 'class',
    Value: 'type',
    add: 'function',
    clamp: 'function',
    percent: 'function',
    scale: 'function',
    tracked: 'function',
  },
}

/** Rooms whose API is not settled yet. */
const unsettled: readonly string[] = ['inspect', 'scenario']

function kind(symbol: ts.Symbol): string {
  const { flags } = symbol
  if (flags & ts.SymbolFlags.Class) return `class ${members(symbol)}`.trimEnd()
  if (flags & ts.SymbolFlags.Function) return 'function'
  if (flags & ts.SymbolFlags.Interface) return `interface ${members(symbol)}`.trimEnd()
  if (flags & ts.SymbolFlags.TypeAlias) return 'type'
  return flags & ts.SymbolFlags.Variable ? 'constant' : 'something else'
}

/** The names of what a class or an interface itself declares and does not keep to itself. */
function members(symbol: ts.Symbol): string {
  const names: string[] = []
  for (const declaration of symbol.declarations ?? []) {
    if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) continue
    for (const member of declaration.members) {
      if (member.name === undefined || /^#|^\[(?!Symbol\.)/.test(member.name.getText())) continue
      if (ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'internal')) continue
      const flags = ts.getCombinedModifierFlags(member)
      if (flags & ts.ModifierFlags.Private) continue
      names.push(`${flags & ts.ModifierFlags.Static ? '.' : ''}${member.name.getText()}`)
    }
  }
  return [...new Set(names)].sort().join(' ')
}

function exportsOf(program: ts.Program, file: string): Record<string, string> {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path.join(project, file))
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${file} exports nothing`)
  const exported = checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return [symbol.name, kind(target)] as const
  })
  return Object.fromEntries(exported.sort(([one], [other]) => (one < other ? -1 : 1)))
}

const index = readFileSync(path.join(project, 'lib/index.ts'), 'utf8')
const rooms = [...index.matchAll(/^export \* from '\.\/(\w+)\/index\.js'$/gm)].map(({ 1: room = '' }) => room)

t.test('lib/index.ts lets out what the doors of its rooms let out, and nothing else', async (t) => {
  const said = index.split('\n').filter((line) => line !== '' && !line.startsWith('//'))
  t.equal(said.length, rooms.length)
  t.same(rooms.toSorted(), [...Object.keys(doors), ...unsettled.filter((room) => rooms.includes(room))].toSorted())
})

t.test('the public API', async (t) => {
  const { config } = ts.parseConfigFileTextToJson('tsconfig.json', await read('tsconfig.json')) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, project)
  const program = ts.createProgram([path.join(project, 'lib/index.ts')], options)
  for (const [room, door] of Object.entries(doors)) t.same(exportsOf(program, `lib/${room}/index.ts`), door, room)
})
