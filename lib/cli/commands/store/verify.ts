import type { Command } from 'commander'
import { examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

/** Is everything whole? */
export function verify(program: Command): void {
  const command = inStore(
    program,
    'verify',
    'Read everything, and put aside what is damaged. Exit code 1 where something is',
  )
    .option('-n, --dry-run', 'report damage, and leave it where it is')
    .action(async (options: StoreOptions & { readonly dryRun?: boolean }) => {
      await answerOfStore(options, async (store) => {
        const { verified } = await import('../../store/verified.js')
        return verified(store, options.dryRun !== true)
      })
    })
  examples(command, 'store verify', 'store verify --dry-run --json', 'store verify --store results.sqlite')
}
