/** What a configuration may hold. */
import * as v from 'valibot'
import type { Runner } from '../../run/index.js'
import { isRunner, runnerNames } from '../../run/rooms.js'

const described = <S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text))

const text = v.pipe(v.string(), v.minLength(1))

const variable = v.pipe(
  v.string('it has to be the name of an environment variable'),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'it has to be the name of an environment variable'),
)

// What is wrong with it is not shown: somebody may have written the secret itself.
const secret = described(
  v.strictObject(
    {
      env: v.union(
        [variable, v.pipe(v.array(variable), v.minLength(1))],
        'it has to be the name of an environment variable, or a list of names',
      ),
    },
    'it is not written here, but in an environment variable, which is named: { env: NAME }',
  ),
  'The environment variable of the secret that records are signed with; of several, the first signs.',
)

const single = [
  v.strictObject({
    type: v.literal('filesystem'),
    path: text,
    durability: v.optional(v.picklist(['process', 'file', 'power'])),
    secret: v.optional(secret),
  }),
  v.strictObject({
    type: v.literal('sqlite'),
    path: text,
    isDurable: v.optional(v.boolean()),
    secret: v.optional(secret),
  }),
  v.strictObject({ type: v.literal('redis'), url: text, prefix: v.optional(v.string()), secret: v.optional(secret) }),
  v.strictObject({ type: v.literal('memory'), maxBytes: v.optional(v.pipe(v.number(), v.minValue(0))) }),
  v.strictObject({ type: v.literal('null') }),
] as const

// By what it is, not one after the other: so the place of what is wrong in it is told.
const layer = v.lazy((written) => (typeof written === 'string' ? text : v.variant('type', [...single])))

const store = v.lazy((written) =>
  typeof written === 'string'
    ? text
    : v.variant('type', [
        ...single,
        v.strictObject({
          type: v.literal('layered'),
          layers: v.pipe(v.array(layer), v.minLength(1)),
          secret: v.optional(secret),
        }),
      ]),
)

const policy = v.union([
  v.picklist(['marked', 'all', 'none']),
  v.custom<(name: string, tags: readonly string[]) => boolean>((value) => typeof value === 'function'),
])

const runner = v.union(
  [v.picklist(runnerNames), v.custom<Runner>(isRunner)],
  `it is neither ${runnerNames.map((name) => `'${name}'`).join(' nor ')} in quotation marks, nor has it a name and run(task)`,
)

const cluster = v.strictObject({
  description: v.optional(v.string()),
  tags: v.optional(
    described(v.array(text), 'The functions that belong here. Without tags: all that belong nowhere else.'),
  ),
  store: v.optional(described(store, 'Where results are kept: a folder, a file, an address, or options.')),
  runner: v.optional(described(runner, 'Where bodies run.')),
  policy: v.optional(described(policy, 'Which functions are kept that say nothing themselves.')),
  readOnly: v.optional(v.boolean()),
})

const environment = v.strictObject({
  description: v.optional(v.string()),
  clusters: described(v.record(text, cluster), 'By name, in the order in which functions are held against their tags.'),
})

/** A configuration as it is written. */
export const configurationSchema = v.pipe(
  v.strictObject({
    $schema: v.optional(v.string()),
    environment: v.optional(described(text, 'The environment, where nothing else names one.')),
    environments: described(v.record(text, environment), 'Sets of clusters by name.'),
  }),
  v.title('dugout configuration'),
)

export type Written = v.InferInput<typeof configurationSchema>

/** The names that may have been meant by one that does not exist. */
export const NAMES = [
  'environment',
  'environments',
  'clusters',
  'description',
  'tags',
  'store',
  'runner',
  'policy',
  'readOnly',
  'type',
  'path',
  'durability',
  'isDurable',
  'url',
  'prefix',
  'maxBytes',
  'layers',
  'secret',
  'env',
] as const
