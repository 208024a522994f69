/**
 * What a code version is made of, piece by piece: kept once a version, so that a miss can be explained by what changed,
 * from what to what, when the old code is gone.
 */
import { sha256 } from './codec/index.js'
import type { Reads } from './fetched.js'
import type { Writes } from './outgoing.js'
import type { Store, StoredRecord } from './store.js'
import { hashOfTexts } from './trace.js'

/** `code`: a declaration; `statement`: one at the top that mentions something reached; `tracked`: only by its name. */
export type RuleKind = 'version' | 'assumed version' | 'salt' | 'code' | 'statement' | 'package' | 'module' | 'tracked'

/** One piece of a code version. */
export interface Rule {
  readonly kind: RuleKind
  /** What the code calls it. */
  readonly name: string
  readonly hash: string
  /** The code as it is compared, cut where it is long; of a package, its version. */
  readonly text: string
}

/** One piece that differs. `from` is undefined where it is new, `to` where it is gone. */
export interface RuleChange {
  readonly function: string
  readonly rule: string
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Characters of a piece of code that are kept. */
const LONGEST = 4000

export function ruleOf(kind: RuleKind, name: string, text: string): Rule {
  return { kind, name, hash: sha256(Buffer.from(text)).slice(0, 32), text: text.slice(0, LONGEST) }
}

/** What differs between two versions of a function's code. */
export function changesOf(fn: string, before: readonly Rule[], after: readonly Rule[]): RuleChange[] {
  const left = new Map<string, Rule[]>()
  for (const rule of before) left.set(keyOf(rule), [...(left.get(keyOf(rule)) ?? []), rule])
  const added: Rule[] = []
  for (const rule of after) {
    const same = left.get(keyOf(rule))
    const at = same?.findIndex(({ hash }) => hash === rule.hash) ?? -1
    if (at >= 0) same?.splice(at, 1)
    else added.push(rule)
  }
  const changes: RuleChange[] = []
  for (const rule of added) {
    const old = left.get(keyOf(rule))?.shift()
    const [from, to] = old === undefined ? [undefined, excerpt(rule.text)] : excerpts(old.text, rule.text)
    changes.push({ function: fn, rule: labelOf(rule), from, to })
  }
  for (const rule of [...left.values()].flat())
    changes.push({ function: fn, rule: labelOf(rule), from: excerpt(rule.text), to: undefined })
  return changes
}

const keyOf = ({ kind, name }: Rule): string => `${kind} ${name}`

function labelOf({ kind, name }: Rule): string {
  if (kind === 'code') return name
  return kind === 'statement' || name === '' ? kind : `${kind} ${name}`
}

/** Characters that are shown at most, and of these the ones around what differs. */
const SHOWN = 120
const AROUND = 25

/** The two where they differ. */
function excerpts(from: string, to: string): [string, string] {
  if (from === to) return ['what follows its beginning', 'something else']
  if (from.length <= SHOWN && to.length <= SHOWN) return [excerpt(from), excerpt(to)]
  let start = 0
  while (from[start] === to[start]) start++
  const rest = Math.min(from.length, to.length) - start
  let same = 0
  while (same < rest && from.at(-1 - same) === to.at(-1 - same)) same++
  const begin = Math.max(0, start - AROUND)
  const after = Math.max(0, same - AROUND)
  return [excerpt(from, begin, from.length - after), excerpt(to, begin, to.length - after)]
}

function excerpt(text: string, begin = 0, end = text.length): string {
  const last = Math.min(end, begin + SHOWN)
  const line = text.slice(begin, last).replaceAll(/\s+/g, ' ')
  return `${begin > 0 ? '…' : ''}${line}${text.length > last ? '…' : ''}`
}

/** A change as people read it. */
export function describeChange({ function: fn, rule, from, to }: RuleChange): string {
  const what = rule === fn ? fn : `${fn}, ${rule}`
  if (from === undefined) return `${what} is new${told(to)}`
  return to === undefined ? `${what} is gone${told(from)}` : `${what}: ${from} -> ${to}`
}

/** Some pieces are no more than their name. */
const told = (text: string | undefined): string => (text ? `: ${text}` : '')

const MAGIC = 'DGC1'
const ID = 'code'

export const codeKey = (fn: string, version: string): string => hashOfTexts('code', fn, version)

/** Keep the rules of a version, unless they are kept. */
export function writeRules(store: Writes, fn: string, version: string, rules: readonly Rule[]): boolean {
  const key = codeKey(fn, version)
  for (const record of store.readRecords(key)) if (isRules(record)) return true
  const bytes = Buffer.from(MAGIC + JSON.stringify(rules))
  return store.writeRecord({ key, id: ID, function: fn, version, bytes, blobs: [] })
}

export function isRules({ id, bytes }: StoredRecord): boolean {
  return id === ID && Buffer.from(bytes.subarray(0, MAGIC.length)).toString() === MAGIC
}

/** The rules of a record that holds some. */
export function rulesOf({ bytes }: StoredRecord): readonly Rule[] {
  return JSON.parse(Buffer.from(bytes.subarray(MAGIC.length)).toString()) as Rule[]
}

/** The rules of a version that are kept. */
export function readRulesSync(store: Reads, fn: string, version: string): readonly Rule[] | undefined {
  for (const record of store.readRecords(codeKey(fn, version))) if (isRules(record)) return rulesOf(record)
  return undefined
}

/** The rules of a version that are kept, of any store. */
export async function readRules(store: Store, fn: string, version: string): Promise<readonly Rule[] | undefined> {
  for await (const record of await store.readRecords(codeKey(fn, version))) if (isRules(record)) return rulesOf(record)
  return undefined
}
