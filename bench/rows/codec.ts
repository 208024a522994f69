// Why values are written as they are: ours beside devalue with reducers, and beside the engine's own serializer, which
// knows no classes and takes damaged bytes for values. Plain data of 1 KB, rich data of 1 KB, and an array of 100,000 numbers.
import { deserialize, serialize } from 'node:v8'
import { parse, stringify } from 'devalue'
import { isList, List } from 'immutable'
import { decode, encode } from '../../lib/memo/codec/index.js'
import { detail, geometricMean, race, ratio, type Times } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'codec',
  what: 'writing and reading values: devalue over ours',
  goals: [],
}

const reducers = { List: (value: unknown) => isList(value) && value.toArray() }
const revivers = { List: (items: unknown[]) => List(items) }

const years = Array.from({ length: 22 }, (_, year) => ({ year: 2015 + 5 * year, value: 1 / (year + 3) }))
const values: Readonly<Record<string, unknown>> = {
  'plain, 1 KB': { name: 'scenario', tags: ['base', 'EU'], isFinal: true, years },
  'rich, 1 KB': {
    at: new Date(0),
    missing: undefined,
    zero: -0,
    big: 10n ** 20n,
    byYear: new Map(years.map(({ year, value }) => [year, value])),
    list: List(years.map(({ value }) => value)),
    tags: new Set(['base', 'EU']),
  },
  '100,000 numbers': Float64Array.from({ length: 100_000 }, (_, i) => 1 / (i + 1)),
}

export async function measure(): Promise<Measured> {
  const found: Record<string, number> = {}
  const ratios: number[] = []
  for (const [what, value] of Object.entries(values)) {
    const { bytes: encoded, attachments } = encode(value)
    const attachment = (hash: string) => attachments.get(hash)
    const text = stringify(value, reducers)
    const devalued = Buffer.from(text)
    const engine = what.startsWith('rich') ? undefined : serialize(value)
    const times: Times = await race(
      [
        { name: 'ours, read', run: () => decode(encoded, { attachment }) },
        { name: 'devalue, read', run: () => parse(devalued.toString(), revivers) as unknown },
        { name: 'ours, write', run: () => encode(value) },
        { name: 'devalue, write', run: () => Buffer.from(stringify(value, reducers)) },
        ...(engine === undefined
          ? []
          : [
              { name: 'v8, read', run: () => deserialize(engine) as unknown },
              { name: 'v8, write', run: () => serialize(value) },
            ]),
      ],
      { compare: false },
    )
    Object.assign(
      found,
      detail(Object.fromEntries(Object.entries(times).map(([k, v]) => [`${what}: ${k}`, v])), '', 'us'),
    )
    found[`${what}: ours, bytes`] =
      encoded.length + [...attachments.values()].reduce((sum, part) => sum + part.length, 0)
    found[`${what}: devalue, bytes`] = devalued.length
    ratios.push(ratio(times, 'devalue, read', 'ours, read'), ratio(times, 'devalue, write', 'ours, write'))
  }
  return { figures: [], detail: { 'devalue over ours, geometric mean': geometricMean(ratios), ...found } }
}
