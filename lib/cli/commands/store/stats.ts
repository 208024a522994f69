import type { Command } from 'commander'
import { examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

/** How much of what there is. */
export function stats(program: Command): void {
  const command = inStore(
    program,
    'stats',
    'How many results of which functions and code versions, and how large',
  ).action(async (options: StoreOptions) => {
    await answerOfStore(options, async (store) => {
      const { counted } = await import('../../store/counted.js')
      return counted(store)
    })
  })
  examples(command, 'store stats', 'store stats --json --store results.sqlite')
}
