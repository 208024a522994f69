/** A model: the tracked functions that a module exports, by name. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { functionsOf } from '../core/rooms.js'
import { type AnyFunction, type AnyTarget, Node, type Tracked } from '../index.js'
import { suggestion } from '../load/index.js'
import { load } from './bundle.js'
import { ModelError, UsageError } from './errors.js'
import { parseCall } from './text.js'

/** A range of more is taken for a slip. */
const MOST_NODES = 100_000

export class Model {
  readonly file: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly functions: ReadonlyMap<string, Tracked<AnyFunction>>
  /** Under what name a function is exported, where that is another one. */
  readonly #aliases: ReadonlyMap<string, Tracked<AnyFunction>>

  constructor(file: string, exports: Readonly<Record<string, unknown>>) {
    this.file = file
    this.exports = exports
    this.functions = functionsOf(exports)
    const aliases = Object.entries(exports).filter(([name, value]) => isTracked(value) && !this.functions.has(name))
    this.#aliases = new Map(aliases as [string, Tracked<AnyFunction>][])
    if (this.functions.size === 0) {
      throw new UsageError(
        `${shortened(file)} exports no tracked functions. Export what tracked(...) gives: export const price = tracked(...).`,
      )
    }
  }

  /** The function of a name; with suggestions where there is none. */
  functionOf(name: string): Tracked<AnyFunction> {
    const found = this.functions.get(name) ?? this.#aliases.get(name)
    if (found === undefined)
      throw new UsageError(`${shortened(this.file)} has no ${name}.${suggestion(name, this.names())}`)
    return found
  }

  names(): string[] {
    return [...this.functions.keys(), ...this.#aliases.keys()]
  }

  /** A target for tweaks: a name is all calls of the function, `name(...)` is one. */
  target(text: string): AnyTarget {
    const call = parseCall(text)
    const method = this.#method(call.name, call.args)
    if (method !== undefined) return method
    const fn = this.functionOf(call.name)
    return call.args === undefined ? fn : fn.at(...(call.args as never[]))
  }

  /** One node: a name is the call without arguments. */
  node(text: string): Node {
    const [only, ...more] = this.nodes(text)
    if (only === undefined || more.length > 0)
      throw new UsageError(`${text} is ${more.length + 1} nodes, and one is due.`)
    return only
  }

  /** The nodes of a text, `f(1..5)` being five. */
  nodes(text: string): Node[] {
    const call = parseCall(text)
    const method = this.#method(call.name, call.args ?? [])
    if (method !== undefined) return [method]
    const fn = this.functionOf(call.name)
    if (call.args === undefined && call.range === undefined && fn.length > 0) {
      const count = `${fn.length} argument${fn.length === 1 ? '' : 's'}`
      throw new UsageError(`${call.name} takes ${count}: write '${call.name}(...)', arguments as JSON.`)
    }
    if (call.range === undefined) return [fn.at(...((call.args ?? []) as never[]))]
    const [from, to] = call.range
    if (Math.abs(to - from) >= MOST_NODES) throw new UsageError(`${text} is more than ${MOST_NODES} nodes.`)
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) =>
      fn.at(...([from + Math.sign(to - from) * i] as never[])),
    )
  }

  /** `portfolio.value`: a tracked method of an exported object, or a function that it holds. */
  #method(name: string, args: readonly unknown[] | undefined): Node | undefined {
    const [owner = '', key, ...rest] = name.split('.')
    const object = this.exports[owner]
    if (
      key === undefined ||
      rest.length > 0 ||
      typeof object !== 'object' ||
      object === null ||
      this.functions.has(name)
    )
      return undefined
    const held = (object as Record<string, unknown>)[key]
    return isTracked(held) && Object.hasOwn(object, key)
      ? held.at(...((args ?? []) as never[]))
      : Node.of(object, key, ...(args ?? []))
  }
}

function isTracked(value: unknown): value is Tracked<AnyFunction> {
  return typeof value === 'function' && 'at' in value && 'options' in value
}

/** A path as people like to read it. */
export function shortened(file: string): string {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') ? file : relative
}

export const MODULES = ['.ts', '.mts', '.js', '.mjs'] as const

/** Load a model; adds its files to a set. Throws UsageError where there is none, ModelError where it fails. */
export async function loadModel(file: string, files = new Set<string>()): Promise<Model> {
  const full = path.resolve(file)
  if (!existsSync(full)) throw new UsageError(`${file}: no such file.`)
  if (!MODULES.some((extension) => full.endsWith(extension))) {
    throw new UsageError(
      `${file} is no model: it is a module (${MODULES.join(', ')}), or a scenario book that names one.`,
    )
  }
  const exports = await load(full, files)
  try {
    return new Model(full, exports)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new ModelError(`${shortened(full)} is no model`, error)
  }
}
