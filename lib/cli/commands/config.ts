import { type Command, Option } from 'commander'
import { examples } from '../command.js'
import type { StoreOptions } from '../store/command.js'

/** The configuration, resolved. */
export function config(program: Command): void {
  const command = program
    .command('config')
    .description('Where results are kept: the configuration with every value, and where each came from')
    .option('--environment <name>', 'this environment')
    .option('--config <file>', 'the configuration, where it is not to be looked for')
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'format']))
    .addOption(new Option('--csv', 'print CSV').conflicts('format'))
    .addOption(new Option('--format <format>', 'print in another format').choices(['text', 'json', 'csv', 'markdown']))
    .action(async (options: StoreOptions) => {
      const { configured } = await import('../store/configured.js')
      await configured(options)
    })
  examples(command, 'config', 'config --environment shared --json')
}
