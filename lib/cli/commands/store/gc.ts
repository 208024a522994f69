import type { Command } from 'commander'
import { examples } from '../../command.js'
import type { GcLine } from '../../store/collected.js'
import { answerOfStore, inStore, type StoreOptions } from '../../store/command.js'

type Options = StoreOptions & GcLine

/** Collect what is over the limits, and what nothing names. */
export function gc(program: Command): void {
  const command = inStore(
    program,
    'gc',
    'Collect: old code versions first, then the least recently used, down to limits',
  )
    .option('--max-bytes <size>', 'what may stay: 500MB, 2GB')
    .option('--max-age <time>', 'since it was last used: 30d, 12h')
    .option('--max-count <count>', 'records that may stay')
    .option('--outdated <model>', 'remove results of code versions that this model no longer has')
    .option('--grace <time>', 'how long blobs that no record names are left alone; default: 1h')
    .option('-n, --dry-run', 'say what would be collected, and collect nothing')
    .action(async (options: Options) => {
      await answerOfStore(options, async (store) => {
        const { collected } = await import('../../store/collected.js')
        return collected(store, options)
      })
    })
  examples(
    command,
    'store gc --max-age 30d --max-bytes 2GB --dry-run',
    'store gc --outdated model.ts',
    'store gc --grace 0s --store results.sqlite',
  )
}
