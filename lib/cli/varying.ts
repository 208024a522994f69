/** What the commands over uncertain inputs have in common: what varies, how often it is drawn, and from which seed. */
import type { Command } from 'commander'
import type { AskOptions, Distributions } from '../index.js'
import type { Asked } from './asked.js'
import { type AskingOptions, count, number, several } from './command.js'

/** What is counted: an option of the command and a setting of the tool. */
export type Counted = 'samples' | 'trajectories'

/** The options of every command over uncertain inputs, of which one is counted. */
export type VaryingOptions<Name extends Counted> = AskingOptions &
  Readonly<Record<Name, string>> & { readonly vary?: readonly string[]; readonly seed: string }

/** `--vary`, `--seed`, and `-n` with its default. */
export function varying(command: Command, counted: Counted, description: string, most: string): Command {
  return command
    .option(
      '-v, --vary <target=distribution>',
      "'price=normal(100, 10)'; default: the distributions of the book",
      several,
    )
    .option(`-n, --${counted} <count>`, description, most)
    .option('--seed <number>', 'the same seed, the same answer', '0')
}

/** What the options say: the inputs, and the settings of the tool. */
export async function drawn<Name extends Counted>(
  asked: Asked,
  options: VaryingOptions<Name>,
  counted: Name,
): Promise<{ inputs: Distributions; settings: AskOptions & Record<Name, number> & { seed: number } }> {
  const { distributionsOf } = await import('./axes.js')
  const counts = { [counted]: await count(options[counted], `--${counted}`) } as Record<Name, number>
  const seed = await number(options.seed, '--seed')
  return { inputs: distributionsOf(asked, options.vary ?? []), settings: { ...asked.options, ...counts, seed } }
}
