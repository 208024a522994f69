/**
 * A memo: results of a model that outlive the process. It is attached to a context, and answers for the whole graph of
 * that context from then on, in every context of it.
 */
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Context as AnyContext, type Target } from '../core/index.js'
import { Context, type Definition, definitionFrom, Node, serving } from '../core/rooms.js'
import type { Types } from './codec/index.js'
import { commitOf } from './commit.js'
import { Hook, type Miss } from './hook.js'
import { inputFunctions, isInput } from './inputs/input.js'
import { Journal } from './journal.js'
import type { Memento } from './memento.js'
import { Mementos } from './mementos.js'
import { registerJournal } from './note.js'
import { Records } from './records/index.js'
import { memoOptions, Registry } from './registry.js'
import { type Rule, ruleOf } from './rules.js'
import type { Store } from './store.js'
import { Values } from './values.js'
import { Versions } from './version.js'

/** A module whose functions are kept: its address, and what it exports where that is at hand. */
export type MemoModule =
  | URL
  | string
  | { readonly url: URL | string; readonly exports: Readonly<Record<string, unknown>> }

export interface MemoConfiguration {
  /** One that answers at once, or one that has to be awaited: then synchronous functions are answered after `prefetch`. */
  readonly store: Store
  /** The modules that hold the model: their code is what versions are made of. */
  readonly modules?: readonly MemoModule[]
  /** The classes whose instances may stand in arguments and results. */
  readonly types?: Types
  /** Which functions are kept that say nothing themselves: none, all, or those that a test picks. Default: none. */
  readonly policy?: 'marked' | 'all' | ((name: string, tags: readonly string[]) => boolean)
  /** Write nothing. */
  readonly readOnly?: boolean
  /** Run nothing: what is not found is an OfflineError. */
  readonly offline?: boolean
  /**
   * Milliseconds that a call of an asynchronous function waits for another process that computes the same: ten minutes.
   * 0: it does not wait, and takes no lock.
   */
  readonly patience?: number
  /** Told once a cause why a result is not kept. Without it: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
}

/** Open a memo over a store. Reads the code of the modules. */
export async function openMemo(configuration: MemoConfiguration): Promise<Memo> {
  const registry = new Registry()
  const versions = new Versions()
  for (const one of configuration.modules ?? []) {
    const isPair = typeof one === 'object' && 'exports' in one
    const url = String(isPair ? one.url : one)
    const exports = isPair ? one.exports : ((await import(url)) as Record<string, unknown>)
    registry.addModule(exports, url)
    await versions.addModule(url, exports)
  }
  const [first] = configuration.modules ?? []
  const commit = await commitOf(first === undefined ? process.cwd() : folderOf(first))
  return new Memo(configuration, registry, versions, commit)
}

function folderOf(one: MemoModule): string {
  const url = String(typeof one === 'object' && 'exports' in one ? one.url : one)
  return path.dirname(fileURLToPath(url))
}

/** Ten minutes. */
const PATIENCE = 600_000

export class Memo {
  /** The functions that it knows by name. */
  readonly registry: Registry
  /** The git commit of the model when it was opened, where there is one. */
  readonly commit: string | undefined
  /** What its store knows of results: lists, histories, forgetting. */
  readonly records: Records
  readonly #hook: Hook

  constructor(configuration: MemoConfiguration, registry: Registry, versions: Versions, commit: string | undefined) {
    const { store, types, readOnly = false, offline = false, patience = PATIENCE, onWarning } = configuration
    const journal = new Journal()
    this.registry = registry
    for (const one of inputFunctions()) registry.add(one, 'dugout/memo')
    this.commit = commit
    this.records = new Records(store, { types })
    this.#hook = new Hook({
      store,
      patience,
      readOnly,
      offline,
      registry,
      values: new Values(types),
      journal,
      mementos: new Mementos(),
      commit,
      warn: onWarning ?? ((message) => process.emitWarning(message, { code: 'DUGOUT_NOT_KEPT' })),
      version: (definition) => versionOf(definition, versions),
      rules: (definition) => rulesOf(definition, versions),
      changing: (definition) => changingOf(definition, versions),
      isPersisted: (definition) => isPersisted(definition, configuration),
    })
    registerJournal(this.#hook, journal)
  }

  /** Keep the results of a context's graph, and answer from the store. Gives what stops it. */
  attach(context: AnyContext): () => void {
    const { graph } = Context.level(context)
    graph.results = this.#hook
    return () => {
      if (graph.results === this.#hook) graph.results = null
    }
  }

  /** How a result that stands in a context came to be; undefined where none stands or it is not kept. */
  memento(context: AnyContext, target: Target<never> | Target): Memento | undefined {
    const level = Context.level(context)
    const vertex = Node.knownVertex(nodeOf(target), level.graph)
    return vertex === undefined ? undefined : this.#hook.mementoOf(serving(vertex, level))
  }

  /** Why the store does not answer a call here; undefined where it does. */
  explainMiss(context: AnyContext, target: Target<never> | Target): Miss | undefined {
    const level = Context.level(context)
    return this.#hook.explain(Node.vertex(nodeOf(target), level.graph), level)
  }

  /**
   * Fetch from an asynchronous store what it has of these calls, so that `context.get` of a synchronous function finds it;
   * asynchronous functions do so by themselves. With `history`, also what it has of other code, tweaks and inputs, which
   * `explainMiss` compares with. Nothing to do where the store answers at once.
   */
  async prefetch(
    context: AnyContext,
    targets: Iterable<Target<never> | Target>,
    options: { readonly history?: boolean } = {},
  ): Promise<void> {
    const level = Context.level(context)
    await Promise.all(
      Array.from(targets, (one) => this.#hook.prefetch(Node.vertex(nodeOf(one), level.graph), level, options)),
    )
  }

  /** When all results that were found until now are in the store. At once, where the store answers at once. */
  async settled(): Promise<void> {
    await this.#hook.settled()
  }

  /** How many calls the store answered, and how many it did not. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hook.hits, misses: this.#hook.misses }
  }
}

function nodeOf(target: Target<never> | Target): Node {
  return target instanceof Node ? target : new Node(definitionFrom(target) as Definition, [])
}

function isPersisted(definition: Definition, { policy = 'marked' }: MemoConfiguration): boolean {
  const { memo, tags = [], volatile } = definition.options
  if (isInput(definition)) return false
  if (memo !== undefined) return memo !== false
  if (policy === 'marked' || volatile === true) return false
  return policy === 'all' || policy(definition.name, tags)
}

function versionOf(definition: Definition, versions: Versions): string | undefined {
  const { version, assumeVersion, salt } = memoOptions(definition)
  if (version !== undefined) return `v:${version}`
  if (assumeVersion !== undefined) return assumeVersion
  const code = versions.of(definition)?.version
  return code === undefined || salt === undefined ? code : `${code}+${salt}`
}

function rulesOf(definition: Definition, versions: Versions): readonly Rule[] {
  const { version, assumeVersion, salt } = memoOptions(definition)
  if (version !== undefined) return [ruleOf('version', '', String(version))]
  if (assumeVersion !== undefined) return [ruleOf('assumed version', '', assumeVersion)]
  const rules = versions.of(definition)?.rules ?? []
  return salt === undefined ? rules : [...rules, ruleOf('salt', '', salt)]
}

/** A clock or a source of randomness in a function's code, unless the function says that it does not matter. */
function changingOf(definition: Definition, versions: Versions): string | undefined {
  const { version, assumeVersion } = memoOptions(definition)
  if (version !== undefined || assumeVersion !== undefined || definition.options.volatile === false) return undefined
  return versions.of(definition)?.changing
}
