/** A configuration with every value, and where it came from. */
import process from 'node:process'
import {
  type Cluster,
  type Configuration,
  describeStore,
  loadConfiguration,
  type StoreDescription,
} from '../../memo/index.js'
import { type Answer, answerOf, rendered, widthOf } from '../answer.js'
import { reportFailure } from '../failure.js'
import { Listing } from '../listing.js'
import { shortened } from '../model.js'
import type { StoreOptions } from './command.js'

const COLUMNS = [
  { name: 'setting', kind: 'text' },
  { name: 'value', kind: 'text' },
  { name: 'from', kind: 'text' },
] as const

export async function configured(options: StoreOptions): Promise<void> {
  try {
    const found = await loadConfiguration({ environment: options.environment, file: options.config })
    process.stdout.write(`${(await rendered(answer(found), options, widthOf())).trimEnd()}\n`)
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
}

function answer(configuration: Configuration): Answer {
  const { file } = configuration
  const note = file === undefined ? 'There is no dugout.config.* here or above.' : `Of ${shortened(file)}.`
  return {
    ...answerOf(new Listing('config', COLUMNS, rowsOf(configuration, describeStore)), note),
    text: () => `${lines(rowsOf(configuration, (store) => describeStore(nearby(store)))).join('\n')}\n\n${note}`,
  }
}

/** With paths as people like to read them. */
function nearby(store: StoreDescription): StoreDescription {
  if (store.type === 'layered') return { ...store, layers: store.layers.map(nearby) }
  return 'path' in store ? { ...store, path: shortened(store.path) } : store
}

type Row = readonly [setting: string, value: string, from: string]

function rowsOf({ environment, clusters }: Configuration, told: (store: StoreDescription) => string): Row[] {
  return [
    ['environment', environment.value, environment.from],
    ...clusters.flatMap((cluster) =>
      settings(cluster, told).map(([key, value, from]): Row => [`clusters.${cluster.name}.${key}`, value, from]),
    ),
  ]
}

/** Nothing of a path is cut, however wide the terminal is. */
function lines(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
}

function settings(
  { tags, store, runner, policy, readOnly }: Cluster,
  told: (store: StoreDescription) => string,
): Row[] {
  const { value: kept } = policy
  const { value: ran } = runner
  return [
    ['store', told(store.value), store.from],
    ['tags', tags.value.length === 0 ? 'all that belong nowhere else' : tags.value.join(', '), tags.from],
    ['policy', typeof kept === 'function' ? 'a function' : kept, policy.from],
    ['runner', typeof ran === 'string' ? ran : ran.name, runner.from],
    ['readOnly', String(readOnly.value), readOnly.from],
  ]
}
