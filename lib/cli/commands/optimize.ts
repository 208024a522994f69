import { type Command, Option } from 'commander'
import { type AskingOptions, answer, asking, count, examples, number, several } from '../command.js'

interface Options extends AskingOptions {
  readonly by: readonly string[]
  readonly minimize?: boolean
  readonly maximize?: boolean
  readonly starts: string
  readonly evaluations?: string
}

/** The inputs that make an output smallest or largest. */
export function optimize(program: Command): void {
  const command = asking(program, 'optimize', 'The values of some inputs that make an output smallest or largest')
    .argument('<target>', 'the output')
    .requiredOption('--by <target=low,high>', 'an input with its bounds, and others so named', several)
    .addOption(new Option('--minimize', 'look for the smallest output').conflicts('maximize'))
    .addOption(new Option('--maximize', 'look for the largest output'))
    .option('--starts <count>', 'searches, besides the one from where the inputs are', '4')
    .option('--evaluations <count>', 'of one search, about; default: 200 an input')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { optimize: ask } = await import('../../index.js')
        const { boundsOf } = await import('../axes.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { UsageError } = await import('../errors.js')
        const { minimize = false, maximize = false, evaluations } = options
        if (minimize === maximize) throw new UsageError('Say which end is wanted: --minimize or --maximize.')
        const output = asked.model.node(target)
        const objective = {
          ...(maximize ? { maximize: output } : { minimize: output }),
          by: options.by.map((text) => boundsOf(asked, text, '--by')),
          starts: await number(options.starts, '--starts'),
          ...(evaluations === undefined ? {} : { maxEvaluations: await count(evaluations, '--evaluations') }),
        }
        const report = await ask(asked.context, objective, asked.options)
        const isFound = report.values !== undefined
        const notes =
          isFound && !report.converged ? ['The search ended before it was sure: allow more --evaluations.'] : []
        return {
          ...answerOf(report, ...notes, costOf(report)),
          ...(isFound ? {} : { exitCode: 1 }),
        }
      })
    })
  examples(
    command,
    'optimize model.ts profit --maximize --by price=50,150',
    "optimize model.ts 'cost(1)' --minimize --by rate=0,0.1 --by 'effort=0,1' --starts 10",
  )
}
