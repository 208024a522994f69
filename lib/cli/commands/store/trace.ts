import { type Command, Option } from 'commander'
import { count, examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

interface Options extends StoreOptions {
  readonly depth?: string
  readonly as: string
}

/** How a result came to be, call by call. */
export function trace(program: Command): void {
  const command = inStore(program, 'trace', 'The calls that led to a result, as a tree or a graph')
    .argument('<id>', 'of its memento, or the beginning of one')
    .option('--depth <count>', 'how many calls deep; default: all')
    .addOption(new Option('--as <form>', 'tree, or a graph').choices(['tree', 'dot', 'mermaid']).default('tree'))
    .action(async (id: string, options: Options) => {
      await answerOfStore(options, async (store) => {
        const { traced } = await import('../../store/traced.js')
        return traced(store, id, options.as, options.depth && (await count(options.depth, '--depth')))
      })
    })
  examples(
    command,
    'store trace 01928f3c',
    'store trace 01928f3c --depth 2 --json',
    'store trace 01928f3c --as dot | dot -Tsvg',
  )
}
