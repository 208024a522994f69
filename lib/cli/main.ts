/** The commands, their help, and exit codes: 0 done, 1 the model failed, 2 wrong usage. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { attribute } from './commands/attribute.js'
import { completion } from './commands/completion.js'
import { config } from './commands/config.js'
import { diff } from './commands/diff.js'
import { get } from './commands/get.js'
import { goalSeek } from './commands/goal-seek.js'
import { graph } from './commands/graph.js'
import { list } from './commands/list.js'
import { morris } from './commands/morris.js'
import { optimize } from './commands/optimize.js'
import { profile } from './commands/profile.js'
import { scenario } from './commands/scenario.js'
import { sensitivity } from './commands/sensitivity.js'
import { simulate } from './commands/simulate.js'
import { sobol } from './commands/sobol.js'
import { store } from './commands/store/index.js'
import { table } from './commands/table.js'
import { why } from './commands/why.js'

const commands = [
  list,
  get,
  graph,
  why,
  diff,
  scenario,
  table,
  goalSeek,
  optimize,
  sensitivity,
  attribute,
  simulate,
  morris,
  sobol,
  profile,
  store,
  config,
  completion,
]

const HELP = `
Examples:
  $ dugout list model.ts                              what a model has
  $ dugout get model.ts revenue 'volume("EU")'        values
  $ dugout get model.ts revenue --tweak price=90      what if
  $ dugout scenario scenarios.yaml                    the scenarios of a book side by side
  $ dugout goal-seek model.ts revenue --to 5000 --by price
  $ dugout store ls --store .dugout                   results that outlive the process

<model> is a module (.ts, .mts, .js, .mjs) that exports tracked functions, or a scenario book (.yaml, .toml, .json) that
names one. <target> is a call as it is written in the model: revenue, 'volume("EU")', 'temperature(18)'.

Exit codes: 0 done, 1 the model failed, 2 wrong usage.`

/** Run a command line. Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('dugout')
    .description('Ask what-if of a model: ordinary TypeScript functions, tracked.')
    .option('-V, --version', 'the version of dugout')
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .exitOverride()
    .on('option:version', () => {
      process.stdout.write(`${version()}\n`)
      throw new CommanderError(0, 'version', '')
    })
  for (const add of commands) add(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { reportFailure } = await import('./failure.js')
    return reportFailure(error)
  }
}

function version(): string {
  const manifest = new URL(import.meta.resolve('dugout/package.json'))
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
