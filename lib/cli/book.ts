/** A scenario book: named sets of tweaks on a model, as YAML, TOML or JSON. Its JSON Schema is published (schema/). */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'
import type { Context, Extension, TweakSetLike } from '../index.js'
import { parseText, problemsOf, suggestion, validated } from '../load/index.js'
import { UsageError } from './errors.js'
import { type Model, shortened } from './model.js'
import { tweaksFrom } from './tweaks.js'

const described = <S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text))

const scenario = v.strictObject({
  description: v.optional(described(v.string(), 'What it stands for.')),
  extends: v.optional(described(v.string(), 'The scenario that it stands on: its own tweaks come on top of that one.')),
  tweak: v.optional(described(v.record(v.string(), v.any()), 'Values by target: price, or volume("EU") for one call.')),
  adjust: v.optional(
    described(v.record(v.string(), v.string()), 'Changes by target: *1.1, /2, +5, -5, +10%, clamp(0, 1).'),
  ),
})

/** What a book may hold. */
export const bookSchema = v.pipe(
  v.strictObject({
    $schema: v.optional(v.string()),
    model: v.optional(described(v.string(), 'The module that it is about, relative to the book.')),
    outputs: v.optional(described(v.array(v.string()), 'What is asked for where a command names no target.')),
    scenarios: described(v.record(v.string(), scenario), 'Sets of tweaks by name.'),
    distributions: v.optional(
      described(v.record(v.string(), v.string()), 'For simulate: what is uncertain, by target: normal(3.1, 0.8).'),
    ),
  }),
  v.title('Scenario book'),
  v.description('Named sets of tweaks on a dugout model.'),
)

type Written = v.InferOutput<typeof bookSchema>

export const BOOKS = ['.yaml', '.yml', '.toml', '.json'] as const

export class Book {
  readonly file: string
  readonly #written: Written

  constructor(file: string, written: Written) {
    this.file = file
    this.#written = written
  }

  /** The model's file. */
  get model(): string {
    const { model } = this.#written
    if (model === undefined) throw new UsageError(`${shortened(this.file)} names no model. Add one: model: ./model.ts.`)
    return path.resolve(path.dirname(this.file), model)
  }

  get outputs(): readonly string[] {
    return this.#written.outputs ?? []
  }

  get distributions(): Readonly<Record<string, string>> {
    return this.#written.distributions ?? {}
  }

  get names(): readonly string[] {
    return Object.keys(this.#written.scenarios)
  }

  /** As the scenario room takes them; those named, with what they extend, or all. */
  scenarios(model: Model, names: readonly string[] = this.names): Record<string, TweakSetLike | Extension> {
    const found = new Map<string, TweakSetLike | Extension>()
    const seen = new Set<string>()
    const add = (name: string): void => {
      if (seen.has(name)) return
      seen.add(name)
      const { extends: parent, tweak = {}, adjust = {} } = this.#scenario(name)
      const tweaks = tweaksFrom(model, Object.entries(tweak), Object.entries(adjust))
      if (parent !== undefined && !names.includes(parent)) add(parent)
      found.set(name, parent === undefined ? tweaks : { extends: parent, tweaks })
    }
    for (const name of names) add(name)
    return Object.fromEntries(found)
  }

  /** A context under a scenario: one below the other, where scenarios extend each other. */
  fork(context: Context, model: Model, name: string, above: readonly string[] = []): Context {
    const { extends: parent, tweak = {}, adjust = {} } = this.#scenario(name)
    if (above.includes(name))
      throw new UsageError(`${[...above, name].join(' extends ')}: a scenario cannot extend itself.`)
    const below = parent === undefined ? context : this.fork(context, model, parent, [...above, name])
    return below.fork({ name, tweaks: tweaksFrom(model, Object.entries(tweak), Object.entries(adjust)) })
  }

  #scenario(name: string): Written['scenarios'][string] {
    const { scenarios } = this.#written
    const found = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
    if (found !== undefined) return found
    throw new UsageError(
      `${shortened(this.file)} has no scenario ${JSON.stringify(name)}.${suggestion(name, this.names)}`,
    )
  }
}

/** Read a book. Throws UsageError where it is none. */
export async function readBook(file: string): Promise<Book> {
  const full = path.resolve(file)
  const text = await readFile(full, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'no such file.' : message}`, { cause })
  })
  const written = await parseText(full, text).catch((cause: unknown) => {
    throw new UsageError(`${shortened(full)} cannot be read: ${(cause as Error).message}`, { cause })
  })
  for (const { where, what } of problemsOf(written)) throw new UsageError(`${file}: ${where} ${what} in a book.`)
  const found = validated(bookSchema, written, KEYS)
  if ('value' in found) return new Book(full, found.value)
  const lines = found.problems.map(({ where, what }) => `  ${where || 'the book'}: ${what}`)
  throw new UsageError(`${file} is no scenario book:\n${lines.join('\n')}`)
}

const KEYS = [...Object.keys(bookSchema.entries), ...Object.keys(scenario.entries)]
