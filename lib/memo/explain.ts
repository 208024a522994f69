/** Why a store does not answer a call: what differs here from the histories that it knows. */
import { type Definition, definitionOf, type Level, nameOf, type Vertex } from '../core/rooms.js'
import { type Condition, conditionOf, isDoubted, Unwritable } from './condition.js'
import type { Reads } from './fetched.js'
import type { Keeping, Lookup } from './lookup.js'
import { type Description, readMemento } from './memento.js'
import { idOf } from './registry.js'
import { changesOf, describeChange, type Rule, type RuleChange, readRulesSync } from './rules.js'
import { callKey, isTraceRecord, type Trace } from './trace.js'

/** Why a call was not answered by the store. */
export interface Miss {
  readonly node: string
  readonly why: string
  /** Where code changed: what it is made of that differs, from what to what. */
  readonly changes: readonly RuleChange[]
}

/** What telling code apart takes. */
export interface Explaining extends Keeping {
  /** What a function's code version is made of. */
  rules(definition: Definition): readonly Rule[]
}

type Reason = Pick<Miss, 'why'> & Partial<Miss>

/** Undefined where the store does answer. `reads`: what is known of it, undefined where nothing was fetched. */
export function explain(
  vertex: Vertex,
  level: Level,
  lookup: Lookup,
  keeping: Explaining,
  reads: Reads | undefined,
): Miss | undefined {
  const definition = definitionOf(vertex)
  const because = ({ why, changes = [] }: Reason): Miss => ({ node: nameOf(vertex), why, changes })
  if (!keeping.isPersisted(definition)) return because({ why: 'its results are not kept' })
  if (definition.isVolatile) return because({ why: 'it is volatile: it gives another value each time' })
  const version = keeping.version(definition)
  // it is known by being asked for
  keeping.registry.owns(definition)
  if (version === undefined)
    return because({ why: `the code of ${idOf(definition)} is not among the modules of the memo` })
  const args = lookup.argumentsOf(vertex)
  if (args instanceof Unwritable) return because(args)
  if (reads === undefined) return because({ why: 'nothing was fetched of it: await memo.prefetch(...) first' })
  if (lookup.first(callKey(idOf(definition), version, args), vertex, level, reads) !== undefined) return undefined
  return because(difference(vertex, level, args, lookup, keeping, reads))
}

function difference(
  vertex: Vertex,
  level: Level,
  args: string,
  lookup: Lookup,
  keeping: Explaining,
  reads: Reads,
): Reason {
  let nearest: Reason = { why: 'nothing is kept of this call' }
  let latest = Number.NEGATIVE_INFINITY
  for (const record of reads.records({ function: idOf(definitionOf(vertex)) })) {
    if (!isTraceRecord(record)) continue
    const trace = lookup.trace(record, reads)
    if (trace === undefined || trace.step.args !== args) continue
    const changed = [...trace.functions].filter(([name, version]) => {
      const now = keeping.registry.named(name)
      return version !== '' && (now === undefined || keeping.version(now) !== version)
    })
    if (changed.length === 0) return conditionDiffers(trace, level, keeping, reads)
    // of several old ones the latest tells most
    if (record.writtenAt >= latest) nearest = codeDiffers(changed, keeping, reads)
    latest = Math.max(latest, record.writtenAt)
  }
  return nearest
}

/** Of a history whose code is what it was. */
function conditionDiffers(trace: Trace, level: Level, keeping: Explaining, reads: Reads): Reason {
  if (isDoubted(trace, level, keeping.values)) return { why: 'something that it reached was invalidated' }
  const condition = conditionOf(trace, level, keeping)
  if (condition instanceof Unwritable) return condition
  const { tweaks } = condition
  const inputs = inputsChanged(trace, condition, reads)
  if (inputs.length > 0) return { why: inputs.join('; ') }
  if (tweaks === '') return { why: 'nothing is kept of this call without tweaks' }
  return { why: `nothing is kept of this call under these tweaks: ${tweaks.replaceAll('\n', ', ')}` }
}

/** What a memo that does not know a function says of it. */
const UNKNOWN = 'no module of this memo has it, and nothing has called it yet'

function codeDiffers(
  functions: readonly (readonly [name: string, version: string])[],
  keeping: Explaining,
  reads: Reads,
): Reason {
  const changes = functions.flatMap(([name, version]) => {
    const now = keeping.registry.named(name)
    const before = readRulesSync(reads, name, version)
    if (now === undefined) return [{ function: name, rule: name, from: UNKNOWN, to: undefined }]
    return before === undefined ? [] : changesOf(name, before, keeping.rules(now))
  })
  const names = functions.map(([name]) => name).sort()
  const told = changes.map((change) => `\n  ${describeChange(change)}`)
  return { why: `the code of ${names.join(', ')} changed${told.length > 0 ? `:${told.join('')}` : ''}`, changes }
}

/** What is in another state than in the latest memento of this history under these tweaks. */
function inputsChanged(trace: Trace, { tweaks, inputs }: Condition, reads: Reads): string[] {
  if (inputs.length === 0) return []
  let latest: Description | undefined
  for (const record of reads.records({ function: trace.step.name })) {
    const { memento } = (isTraceRecord(record) ? undefined : readMemento(record.bytes)) ?? {}
    const isBefore = memento?.trace === trace.hash && memento.tweaks === tweaks
    if (isBefore && (latest === undefined || memento.id > latest.id)) latest = memento
  }
  const before = new Map(latest?.inputs.map(({ input, hash }) => [input, hash]))
  return inputs
    .filter(({ input, hash }) => before.has(input) && before.get(input) !== hash)
    .map(({ input, hash }) => `${input} changed, from ${before.get(input)} to ${hash}`)
}
