/**
 * Where the results of which functions are kept, written beside a program and not in it: environments of clusters, each
 * with a store, a runner and a policy, for the functions that have one of its tags. Every value knows where it came from.
 */
import path from 'node:path'
import process from 'node:process'
import type { Runner, RunnerName } from '../../run/index.js'
import { ConfigurationError } from '../errors.js'
import { type StoreDescription, storeFromText } from '../stores/index.js'
import type { Found } from './find.js'
import type { Written } from './schema.js'

/** A value, and where it was said: a place in a file, an environment variable, an option; or that it is the default. */
export interface Setting<Value> {
  readonly value: Value
  readonly from: string
}

export type Policy = 'marked' | 'all' | 'none' | ((name: string, tags: readonly string[]) => boolean)

/** Functions whose results are kept in one place. */
export interface Cluster {
  readonly name: string
  /** Which functions; none: all that belong to no other cluster. */
  readonly tags: Setting<readonly string[]>
  readonly store: Setting<StoreDescription>
  /** Who runs bodies: by name, or in a module a runner. */
  readonly runner: Setting<RunnerName | Runner>
  readonly policy: Setting<Policy>
  readonly readOnly: Setting<boolean>
}

/** A configuration with every value that it comes to. */
export interface Configuration {
  /** Undefined where there is no file: then all is as it is by default. */
  readonly file: string | undefined
  readonly environment: Setting<string>
  /** In the order in which functions are held against their tags. */
  readonly clusters: readonly Cluster[]
}

export interface ConfigurationOptions {
  /** Where to begin looking: the working directory. */
  readonly folder?: string | undefined
  /** The file, where it is not to be looked for. */
  readonly file?: string | undefined
  /** The environment; else DUGOUT_ENVIRONMENT, else what the file says. */
  readonly environment?: string | undefined
}

const DEFAULT = 'default'
/** Where results are kept by default, beside the configuration or in the working directory. */
const FOLDER = '.dugout'

/**
 * Find a configuration, `dugout.config.ts` (or .mts, .js, .mjs, .json, .yaml, .yml) in the folder or above it, and say what
 * it comes to. Without one: one cluster, files in `.dugout`.
 * @throws ConfigurationError naming the place of what is wrong
 */
export async function loadConfiguration(options: ConfigurationOptions = {}): Promise<Configuration> {
  const { folder = process.cwd(), file } = options
  const { find } = await import('./find.js')
  const found = await find(folder, file)
  const environment = environmentOf(found, options.environment)
  const name = environment.value
  const { clusters } = (found?.written.environments[name] as Written['environments'][string]) ?? {
    clusters: { [DEFAULT]: {} },
  }
  if (Object.keys(clusters).length === 0)
    throw new ConfigurationError(found?.file ?? '', [`environments.${name}.clusters: it has no cluster`])
  const base = found === undefined ? path.resolve(folder) : path.dirname(found.file)
  const said = (where: string): string => `${path.basename(found?.file ?? '')}: environments.${name}.clusters.${where}`
  return {
    file: found?.file,
    environment,
    clusters: Object.entries(clusters).map(([cluster, written]) => {
      const setting = <Value>(key: keyof typeof written, value: Value | undefined, otherwise: Value): Setting<Value> =>
        value === undefined ? { value: otherwise, from: DEFAULT } : { value, from: said(`${cluster}.${key}`) }
      const store = written.store === undefined ? undefined : storeIn(written.store, base)
      return {
        name: cluster,
        tags: setting('tags', written.tags, []),
        store: setting('store', store, storeFromText(defaultFolder(cluster), base)),
        runner: setting<RunnerName | Runner>('runner', written.runner, 'local'),
        policy: setting('policy', written.policy, 'marked'),
        readOnly: setting('readOnly', written.readOnly, false),
      }
    }),
  }
}

/** Each cluster has a folder of its own. */
function defaultFolder(cluster: string): string {
  return cluster === DEFAULT ? FOLDER : path.join(FOLDER, encodeURIComponent(cluster).replaceAll('.', '%2E'))
}

function environmentOf(found: Found | undefined, asked: string | undefined): Setting<string> {
  const names = Object.keys(found?.written.environments ?? { [DEFAULT]: {} })
  const { DUGOUT_ENVIRONMENT: variable } = process.env
  const written = found?.written.environment
  const [only, ...others] = names
  const chosen: Setting<string> =
    asked !== undefined
      ? { value: asked, from: 'an option' }
      : variable !== undefined && variable !== ''
        ? { value: variable, from: 'DUGOUT_ENVIRONMENT' }
        : written !== undefined
          ? { value: written, from: `${path.basename(found?.file ?? '')}: environment` }
          : others.length === 0 && only !== undefined
            ? { value: only, from: found === undefined ? DEFAULT : 'the only one' }
            : { value: DEFAULT, from: DEFAULT }
  if (!names.includes(chosen.value)) {
    const what = `there is no environment ${JSON.stringify(chosen.value)}, which ${chosen.from} asks for; there is ${names.join(', ') || 'none'}`
    throw new ConfigurationError(found?.file ?? 'The default configuration', [what])
  }
  return chosen
}

type WrittenStore = NonNullable<Written['environments'][string]['clusters'][string]['store']>

function storeIn(store: WrittenStore, base: string): StoreDescription {
  if (typeof store === 'string') return storeFromText(store, base)
  if (store.type === 'layered') return { ...store, layers: store.layers.map((layer) => storeIn(layer, base)) }
  return 'path' in store ? { ...store, path: path.resolve(base, store.path) } : store
}
