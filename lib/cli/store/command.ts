/** What the commands of stores have in common: which store, how to print. */
import process from 'node:process'
import { type Command, Option } from 'commander'
import type { Store } from '../../memo/index.js'
import type { Answer, Printing } from '../answer.js'

/** The options of every command that asks a store. */
export interface StoreOptions extends Printing {
  readonly store?: string
  readonly cluster?: string
  readonly environment?: string
  readonly config?: string
}

/** The options that say which store. */
export function ofStore(command: Command): Command {
  return command
    .option('--store <where>', 'a folder, a .sqlite file or redis://host; default: of the configuration, else .dugout')
    .option('--cluster <name>', 'a cluster of the configuration; default: the one without tags')
    .option('--environment <name>', 'an environment of the configuration')
    .option('--config <file>', 'the configuration, where it is not to be looked for')
}

/** A command that asks a store. */
export function inStore(program: Command, name: string, description: string): Command {
  return ofStore(program.command(name).description(description))
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'format']))
    .addOption(new Option('--csv', 'print CSV').conflicts('format'))
    .addOption(new Option('--format <format>', 'print in another format').choices(['text', 'json', 'csv', 'markdown']))
}

/** Open the store, ask, print. Everything heavy comes with the first of these. */
export async function answerOfStore(
  options: StoreOptions,
  ask: (store: Store) => Answer | Promise<Answer>,
  opening: { readonly mayBeNew?: boolean } = {},
): Promise<void> {
  const { answering } = await import('./opened.js')
  process.exitCode = await answering(options, ask, opening)
}
