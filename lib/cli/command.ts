/** What the commands have in common: the model, tweaks, how to print. */
import process from 'node:process'
import { type Command, Option } from 'commander'
import type { Answer } from './answer.js'
import type { Asked } from './asked.js'

/** The options of every command that asks a model. */
export interface AskingOptions {
  readonly tweak?: readonly string[]
  readonly adjust?: readonly string[]
  readonly scenario?: string
  readonly book?: string
  readonly format?: string
  readonly json?: boolean
  readonly csv?: boolean
  readonly watch?: boolean
}

/** `--tweak a=1 --tweak b=2`: one each time, so that what follows is not swallowed. */
export const several = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** A number on the line. */
export async function number(text: string, what: string): Promise<number> {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  const { UsageError } = await import('./errors.js')
  throw new UsageError(`${what} is ${JSON.stringify(text)}; it is a number.`)
}

/** A whole number on the line, from 1 on. */
export async function count(text: string, what: string): Promise<number> {
  const value = await number(text, what)
  if (Number.isSafeInteger(value) && value >= 1) return value
  const { UsageError } = await import('./errors.js')
  throw new UsageError(`${what} is ${text}; it is a whole number from 1 on.`)
}

/** A command that asks a model. */
export function asking(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<model>', 'a module, or a scenario book that names one')
    .option(
      '-t, --tweak <target=value>',
      'override a value, which is JSON: --tweak price=90, --tweak \'volume("EU")=1000\'',
      several,
    )
    .option(
      '-a, --adjust <target=change>',
      "change a value: --adjust 'volume=*1.1', +5, -5, +10%, clamp(0, 1)",
      several,
    )
    .option('-s, --scenario <name>', 'under a scenario of the book')
    .option('-b, --book <file>', 'the scenario book (.yaml, .toml, .json)')
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'format']))
    .addOption(new Option('--csv', 'print CSV').conflicts('format'))
    .addOption(
      new Option('--format <format>', 'print in another format').choices([
        'text',
        'json',
        'csv',
        'markdown',
        'vega-lite',
        'svg',
      ]),
    )
    .option('-w, --watch', 'answer again whenever the model or the book is saved')
}

/** Load the model, ask, print. Everything heavy comes with the first of these. */
export async function answer(
  model: string,
  options: AskingOptions,
  ask: (asked: Asked) => Answer | Promise<Answer>,
): Promise<void> {
  const { answering } = await import('./asked.js')
  process.exitCode = await answering(model, options, ask)
}

export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ dugout ${line}`).join('\n')}`)
}
