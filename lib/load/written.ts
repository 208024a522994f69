/** A file of settings: YAML, TOML or JSON as data, held against a schema, and what is wrong with it said by its place. */
import path from 'node:path'
import * as v from 'valibot'
import { suggestion } from './suggestion.js'

/** The data of a text, by the name of its file. Throws what the parser throws. */
export async function parseText(file: string, text: string): Promise<unknown> {
  switch (path.extname(file)) {
    case '.toml':
      return (await import('smol-toml')).parse(text)
    case '.json':
      return JSON.parse(text) as unknown
    default:
      return (await import('yaml')).parse(text) as unknown
  }
}

/** One thing that is wrong, and where. */
export interface Problem {
  readonly where: string
  readonly what: string
}

/** The value, or what is wrong with it. `names`: those that a misspelt one may have been meant for. */
export function validated<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  names: readonly string[],
): { readonly value: v.InferOutput<S> } | { readonly problems: readonly Problem[] } {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return { value: parsed.output }
  return {
    problems: parsed.issues.map((issue) => ({ where: v.getDotPath(issue) ?? '', what: describe(issue, names) })),
  }
}

/** Names that every object has by itself: a record would lose them without a word. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** Names that cannot be ones in any file. */
export function problemsOf(value: unknown): Problem[] {
  return [...forbiddenIn(value)].map((name) => ({ where: name, what: 'cannot be a name' }))
}

function* forbiddenIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, one] of Object.entries(value)) {
    if (FORBIDDEN.has(name) && !Array.isArray(value)) yield name
    yield* forbiddenIn(one)
  }
}

function describe({ type, expected, received, message }: v.BaseIssue<unknown>, names: readonly string[]): string {
  if (type !== 'strict_object') return message
  if (expected === 'never') return `unknown.${suggestion(received.replaceAll('"', ''), names)}`
  return received === 'undefined' ? 'missing' : message
}
