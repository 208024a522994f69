import type { Command } from 'commander'
import { count, examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'
import type { ListOptions } from '../../store/listed.js'

interface Options extends StoreOptions, ListOptions {
  readonly top: string
}

/** Which results are kept. */
export function ls(program: Command): void {
  const command = inStore(program, 'ls', 'The results that are kept, the latest first')
    .argument('[function]', 'only of this function')
    .option('--call <call>', 'only of this call: \'volume("EU")\'')
    .option('--code <version>', 'only of this code version')
    .option('--since <time>', 'only from then on: 2026-01-31, or 12h for the last twelve hours')
    .option('--until <time>', 'only until then')
    .option('--tweaks <text>', "only where the tweaks have this in them; '' for none")
    .option('--errors', 'only errors')
    .option('--correlation <id>', 'only what one question from outside caused')
    .option('--input <hash or file>', 'only what was computed from an input that held this')
    .option('--top <count>', 'how many', '30')
    .action(async (fn: string | undefined, options: Options) => {
      await answerOfStore(options, async (store) => {
        const { listed } = await import('../../store/listed.js')
        return listed(store, fn, options, await count(options.top, '--top'))
      })
    })
  examples(
    command,
    'store ls',
    "store ls volume --since 12h --tweaks ''",
    'store ls --input prices.csv --json',
    'store ls --correlation 01928f3c-... --store redis://cache.example.org',
  )
}
