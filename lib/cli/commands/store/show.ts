import type { Command } from 'commander'
import { examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

/** One result: its value, and how it came to be. */
export function show(program: Command): void {
  const command = inStore(program, 'show', 'A result: its value, and how, when and where it came to be')
    .argument('<id>', 'of its memento, or the beginning of one')
    .option('--put <key=value>', 'attach a value, which is JSON, to the memento; nothing after = takes it away')
    .option('--rules', 'what its code version was made of')
    .action(async (id: string, options: StoreOptions & { readonly put?: string; readonly rules?: boolean }) => {
      await answerOfStore(options, async (store) => {
        const { shown } = await import('../../store/shown.js')
        return shown(store, id, options)
      })
    })
  examples(command, 'store show 01928f3c', 'store show 01928f3c --json', "store show 01928f3c --put 'reviewed=true'")
}
