import type { Command } from 'commander'
import { examples } from '../../command.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'
import type { ForgetLine } from '../../store/forgotten.js'

type Options = StoreOptions & ForgetLine

/** Forget results. */
export function forget(program: Command): void {
  const command = inStore(
    program,
    'forget',
    'Forget results: one, a call, a function, a code version, errors, everything',
  )
    .argument('[id]', 'of a memento, or the beginning of one')
    .option('--function <name>', 'all of this function')
    .option('--code <version>', 'with --function: only this code version')
    .option('--call <call>', 'with --function: only this call, \'volume("EU")\'')
    .option('--errors', 'errors only: of an id, with the errors that led to it; without, all of them')
    .option('--everything', 'all that the store has')
    .option('-n, --dry-run', 'say what would be forgotten, and forget nothing')
    .action(async (id: string | undefined, options: Options) => {
      await answerOfStore(options, async (store) => {
        const { forgotten } = await import('../../store/forgotten.js')
        return forgotten(store, id, options)
      })
    })
  examples(
    command,
    'store forget 01928f3c',
    'store forget --function volume --dry-run',
    'store forget --errors',
    'store forget --everything --cluster heavy',
  )
}
