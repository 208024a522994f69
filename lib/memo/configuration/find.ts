/** The file of a configuration: looked for upwards from a folder, or named. */
import path from 'node:path'
import process from 'node:process'
import { lilconfig } from 'lilconfig'
import { load, parseText, problemsOf, validated } from '../../load/index.js'
import { ConfigurationError } from '../errors.js'
import { configurationSchema, NAMES, type Written } from './schema.js'

/** Where it may stand in a folder, the first that is there. */
const PLACES = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((extension) => `dugout.config.${extension}`)

export interface Found {
  readonly file: string
  readonly written: Written
}

/** Undefined where there is none. @throws ConfigurationError */
export async function find(folder: string, file: string | undefined): Promise<Found | undefined> {
  const searcher = lilconfig('dugout', {
    searchPlaces: PLACES,
    cache: false,
    stopDir: path.parse(path.resolve(folder)).root,
    // an empty file says so, and is not passed over
    ignoreEmptySearchPlaces: false,
    loaders: {
      ...Object.fromEntries(['.ts', '.mts', '.js', '.mjs'].map((extension) => [extension, fromModule])),
      ...Object.fromEntries(['.json', '.yaml', '.yml'].map((extension) => [extension, fromText])),
    },
  })
  if (file !== undefined && !PLACES.some((place) => path.extname(place) === path.extname(file))) {
    throw new ConfigurationError(file, [`it ends in none of ${PLACES.map((place) => path.extname(place)).join(', ')}`])
  }
  const found: { readonly filepath: string; readonly config: unknown } | null =
    file === undefined
      ? await searcher.search(path.resolve(folder))
      : await searcher.load(path.resolve(folder, file)).catch(refused(file))
  if (found === null) return undefined
  const checked = validated(configurationSchema, found.config ?? {}, NAMES)
  if ('value' in checked) return { file: found.filepath, written: checked.value }
  throw new ConfigurationError(
    shown(found.filepath),
    checked.problems.map(({ where, what }) => (where === '' ? what : `${where}: ${what}`)),
  )
}

async function fromModule(file: string): Promise<unknown> {
  const exports = await load(file).catch(refused(file))
  if (!('default' in exports)) throw new ConfigurationError(shown(file), ['it has no default export'])
  return await exports['default']
}

async function fromText(file: string, text: string): Promise<unknown> {
  const written = await parseText(file, text).catch(refused(file))
  const problems = problemsOf(written)
  if (problems.length > 0) {
    throw new ConfigurationError(
      shown(file),
      problems.map(({ where, what }) => `${where} ${what}`),
    )
  }
  return written
}

function refused(file: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError(shown(file), [`it cannot be read: ${(cause as Error).message}`], { cause })
  }
}

function shown(file: string): string {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') ? file : relative
}
