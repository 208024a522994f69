/**
 * A memo: results of a model that outlive the process. It is attached to a context, and answers for the whole graph of
 * that context from then on, in every context of it.
 */
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Context as AnyContext, AnyFunction, Result, Target } from '../core/index.js'
import { type Around, Context, type Definition, definitionOf, Node, type ResultHook, serving } from '../core/rooms.js'
import { localRunner, type Runner } from '../run/index.js'
import { aroundBy, isRunner, runnerFrom } from '../run/rooms.js'
import { type BatchOptions, batch } from './batch.js'
import { type CallOptions, get, nodeFor, vertexIn } from './calls.js'
import { Clusters, clusterOf, isPicked } from './clusters.js'
import type { Types } from './codec/index.js'
import { commitOf } from './commit.js'
import type { Cluster, Configuration, Policy } from './configuration/index.js'
import { ConfigurationError } from './errors.js'
import type { Miss } from './explain.js'
import { Hook } from './hook.js'
import { inputFunctions, isInput } from './inputs/input.js'
import { Journal } from './journal.js'
import type { Memento } from './memento.js'
import { Mementos } from './mementos.js'
import { registerJournal } from './note.js'
import { watchTurns } from './reached.js'
import { outdatedIn, Records } from './records/index.js'
import { memoOptions, Registry } from './registry.js'
import { type Rule, ruleOf } from './rules.js'
import type { Store, StoredRecord } from './store.js'
import { openStore } from './stores/index.js'
import { Values } from './values.js'
import { Versions } from './version.js'

/** A module whose functions are kept: its address, and what it exports where that is at hand. */
export type MemoModule =
  | URL
  | string
  | { readonly url: URL | string; readonly exports: Readonly<Record<string, unknown>> }

export interface MemoConfiguration {
  /** One that answers at once, or one that has to be awaited: then synchronous functions are answered after `prefetch`. */
  readonly store?: Store
  /** Instead of a store: clusters, each with a store of its own (`loadConfiguration()`). They are closed with the memo. */
  readonly configuration?: Configuration
  /** The modules that hold the model: their code is what versions are made of. */
  readonly modules?: readonly MemoModule[]
  /** The classes whose instances may stand in arguments and results. */
  readonly types?: Types
  /** With a store: which functions are kept that say nothing themselves: none, all, or those that a test picks. Default: none. */
  readonly policy?: Policy
  /** With a store: who runs bodies (dugout/run). Default: this process. */
  readonly runner?: Runner
  /** Run all bodies in this process, whatever the runners of the clusters are. */
  readonly forceLocal?: boolean
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

/** A cluster of a memo, opened. */
export interface OpenCluster {
  readonly name: string
  readonly store: Store
  /** What its store knows of results: lists, histories, forgetting. */
  readonly records: Records
}

/**
 * Open a memo over a store, or over the clusters of a configuration. Reads the code of the modules.
 * @throws ConfigurationError where there is neither or both
 */
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
  return new Memo(configuration, registry, versions, commit, await storesOf(configuration))
}

interface Kept extends OpenCluster {
  readonly policy: Policy
  readonly runner: Runner
  readonly readOnly: boolean
  readonly tags: Cluster['tags']
  /** Opened here, so closed here. */
  readonly isOwn: boolean
}

async function storesOf({ store, configuration, types, policy, runner }: MemoConfiguration): Promise<Kept[]> {
  if ((store === undefined) === (configuration === undefined))
    throw new ConfigurationError('openMemo', ['it takes a store, or a configuration, and not both'])
  if (configuration !== undefined) {
    const beside = Object.entries({ policy, runner }).filter(([, value]) => value !== undefined)
    if (beside.length > 0)
      throw new ConfigurationError(
        'openMemo',
        beside.map(([name]) => `it takes a ${name} with a store; the clusters of a configuration have theirs`),
      )
  }
  if (runner !== undefined && !isRunner(runner))
    throw new ConfigurationError('openMemo', ['its runner has no name, or no run(task)'])
  if (store !== undefined) {
    const tags = { value: [], from: '' }
    const records = new Records(store, { types })
    const where = { store, records, runner: runner ?? localRunner, isOwn: false }
    return [{ name: 'default', ...where, policy: policy ?? 'marked', readOnly: false, tags }]
  }
  const opened: Kept[] = []
  for (const { name, store: described, runner: by, policy: its, readOnly, tags } of configuration?.clusters ?? []) {
    const own = await openStore(described.value).catch(async (error: unknown) => {
      for (const { store: before } of opened) await before.close()
      throw error
    })
    const records = new Records(own, { types })
    const where = { store: own, records, runner: runnerFrom(by.value), isOwn: true }
    opened.push({ name, ...where, policy: its.value, readOnly: readOnly.value, tags })
  }
  return opened
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
  /** One where it was opened over a store; those of the configuration in their order. */
  readonly clusters: readonly OpenCluster[]
  readonly #kept: readonly Kept[]
  readonly #clusters: Clusters
  readonly #hook: ResultHook
  /** Has bodies run by the runners of the clusters; null where all run here. */
  readonly #around: Around | null
  readonly #version: (definition: Definition) => string | undefined

  constructor(
    configuration: MemoConfiguration,
    registry: Registry,
    versions: Versions,
    commit: string | undefined,
    kept: readonly Kept[],
  ) {
    const {
      types,
      readOnly = false,
      offline = false,
      forceLocal = false,
      patience = PATIENCE,
      onWarning,
    } = configuration
    const journal = new Journal()
    this.registry = registry
    for (const one of inputFunctions()) registry.add(one, 'dugout/memo')
    this.commit = commit
    this.clusters = kept
    this.#version = (definition) => versionOf(definition, versions)
    this.#kept = kept
    const common = {
      patience,
      offline,
      forceLocal,
      registry,
      values: new Values(types),
      journal,
      mementos: new Mementos(),
      commit,
      warn: onWarning ?? ((message) => process.emitWarning(message, { code: 'DUGOUT_NOT_KEPT' })),
      version: this.#version,
      rules: (definition: Definition) => rulesOf(definition, versions),
      changing: (definition: Definition) => changingOf(definition, versions),
    }
    const hooks = kept.map(
      (own) =>
        new Hook({
          ...common,
          store: own.store,
          readOnly: readOnly || own.readOnly,
          runnerOf: (definition) => (clusterOf(definition, kept) === own ? own.runner : localRunner),
          isPersisted: (definition) => clusterOf(definition, kept) === own && isPersisted(definition, own.policy),
        }),
    )
    const [first] = hooks as [Hook]
    this.#clusters = new Clusters(hooks, (definition) => {
      const own = clusterOf(definition, kept)
      return (own && hooks[kept.indexOf(own)]) ?? first
    })
    this.#hook = hooks.length === 1 ? first : this.#clusters
    this.#around = kept.every((own) => own.runner === localRunner)
      ? null
      : aroundBy(
          (vertex, level) =>
            level.graph.results === this.#hook ? this.#clusters.of(vertex).runnerAt(vertex, level) : localRunner,
          (vertex) => this.#version(definitionOf(vertex.extra?.above ?? vertex)),
        )
    registerJournal(this.#hook, journal)
  }

  /** Keep the results of a context's graph, and answer from the store. Gives what stops it. */
  attach(context: AnyContext): () => void {
    const { graph } = Context.level(context)
    watchTurns(graph)
    graph.results = this.#hook
    const unwrap = this.#around && graph.wrap(this.#around)
    return () => {
      unwrap?.()
      if (graph.results === this.#hook) graph.results = null
    }
  }

  /** See to it that the result of a call is kept, without reading it. */
  get<F extends AnyFunction>(
    context: AnyContext,
    target: Target<F>,
    options: CallOptions & { readonly ignoreResult: true },
  ): undefined | Promise<undefined>
  /** A call with options: `context.get`, but refreshed, writing nothing, or running nothing. From outside every body. */
  get<F extends AnyFunction>(context: AnyContext, target: Target<F>, options?: CallOptions): Result<F>
  get<F extends AnyFunction>(context: AnyContext, target: Target<F>, options?: CallOptions): unknown {
    return get(this.#clusters, context, target, options)
  }

  /**
   * Ask for many calls, with options. Each has a slot of its own in the answer, as `Promise.allSettled` has them, in the
   * order of the targets. @throws AbortedError
   */
  async batch<F extends AnyFunction>(
    context: AnyContext,
    targets: Iterable<Target<F>>,
    options?: BatchOptions,
  ): Promise<PromiseSettledResult<Awaited<Result<F>>>[]> {
    return await batch(this.#clusters, context, targets, options)
  }

  /** How a result that stands in a context came to be; undefined where none stands or it is not kept. */
  memento(context: AnyContext, target: Target<never> | Target): Memento | undefined {
    const level = Context.level(context)
    const vertex = Node.knownVertex(nodeFor(target), level.graph)
    return vertex === undefined ? undefined : this.#clusters.of(vertex).mementoOf(serving(vertex, level))
  }

  /** Why the store does not answer a call here; undefined where it does. */
  explainMiss(context: AnyContext, target: Target<never> | Target): Miss | undefined {
    const level = Context.level(context)
    const vertex = vertexIn(level, nodeFor(target))
    return this.#clusters.of(vertex).explain(vertex, level)
  }

  /**
   * Fetch from an asynchronous store what it has of these calls, so that `context.get` of a synchronous function finds it;
   * asynchronous functions do so by themselves. With `history`, also what it has of other code, tweaks and inputs, which
   * `explainMiss` compares with. Over any store, inputs that have to be awaited are looked at.
   */
  async prefetch(
    context: AnyContext,
    targets: Iterable<Target<never> | Target>,
    options: { readonly history?: boolean } = {},
  ): Promise<void> {
    const level = Context.level(context)
    await Promise.all(
      Array.from(targets, (one) => {
        const vertex = vertexIn(level, nodeFor(one))
        return this.#clusters.of(vertex).prefetch(vertex, level, options)
      }),
    )
  }

  /** When all results that were found until now are in the store. At once, where the store answers at once. */
  async settled(): Promise<void> {
    await Promise.all(this.#clusters.hooks.map((hook) => hook.settled()))
  }

  /** What the store of a cluster, or of the first, knows of results: lists, histories, forgetting. */
  get records(): Records {
    return (this.clusters[0] as OpenCluster).records
  }

  /**
   * Which records of a store no function of this memo finds any more, for `gc({ isOutdated, removeOutdated })`. Those of other
   * models do not count. Reads every history.
   */
  async outdated(store: Store): Promise<(record: StoredRecord) => boolean> {
    return outdatedIn(store, (fn, version) => {
      const definition = this.registry.named(fn)
      return definition !== undefined && version !== '' && this.#version(definition) !== version
    })
  }

  /** When all is stored: close the stores that it has opened itself. Twice is fine. */
  async close(): Promise<void> {
    await this.settled()
    for (const { store, isOwn } of this.#kept) if (isOwn) await store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** How many calls the store answered, and how many it did not. */
  get counts(): { readonly hits: number; readonly misses: number } {
    const { hooks } = this.#clusters
    return {
      hits: hooks.reduce((sum, { hits }) => sum + hits, 0),
      misses: hooks.reduce((sum, { misses }) => sum + misses, 0),
    }
  }
}

function isPersisted(definition: Definition, policy: Policy): boolean {
  const { memo } = definition.options
  if (isInput(definition) || policy === 'none') return false
  return memo === undefined ? isPicked(definition, policy) : memo !== false
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
