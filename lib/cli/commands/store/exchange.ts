import type { Command } from 'commander'
import { examples, several } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

/** A store as one file. */
export function exportCommand(program: Command): void {
  const command = inStore(program, 'export', 'Write the store to one file')
    .argument('<file>', 'the file')
    .option('--function <name>', 'only of this function; may be given more than once', several)
    .action(async (file: string, options: StoreOptions & { readonly function?: readonly string[] }) => {
      await answerOfStore(options, async (store) => {
        const { exported } = await import('../../store/exchanged.js')
        return exported(store, file, options.function)
      })
    })
  examples(
    command,
    'store export results.dugout',
    'store export volume.dugout --function volume --store results.sqlite',
  )
}

/** And back. */
export function importCommand(program: Command): void {
  const command = inStore(program, 'import', 'Put what a file holds into the store; a damaged file changes nothing')
    .argument('<file>', 'what store export wrote')
    .option('-n, --dry-run', 'check the file, and import nothing')
    .action(async (file: string, options: StoreOptions & { readonly dryRun?: boolean }) => {
      await answerOfStore(
        options,
        async (store) => {
          const { imported } = await import('../../store/exchanged.js')
          return imported(store, file, options.dryRun === true)
        },
        { mayBeNew: true },
      )
    })
  examples(command, 'store import results.dugout', 'store import results.dugout --store redis://cache.example.org')
}
