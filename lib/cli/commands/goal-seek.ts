import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples, number } from '../command.js'

interface Options extends AskingOptions {
  readonly to: string
  readonly by: string
  readonly within?: string
  readonly tolerance?: string
}

/** Which input makes the output what is wanted? */
export function goalSeek(program: Command): void {
  const command = asking(program, 'goal-seek', 'The value of an input that makes an output what is wanted')
    .argument('<target>', 'the output')
    .requiredOption('--to <value>', 'what the output is to be')
    .requiredOption('--by <target>', 'the input')
    .option('--within <low,high>', 'where to look; default: ever farther from where the input is')
    .option('--tolerance <value>', 'how far off the output may be')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { goalSeek: seek } = await import('../../index.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { bounds } = await import('../axes.js')
        const goal = {
          set: asked.model.node(target),
          to: await number(options.to, '--to'),
          by: asked.model.target(options.by),
          ...(options.within === undefined ? {} : { within: bounds(options.within, '--within') }),
          ...(options.tolerance === undefined ? {} : { tolerance: await number(options.tolerance, '--tolerance') }),
        }
        const report = await seek(asked.context, goal, asked.options)
        return {
          ...answerOf(report, costOf(report)),
          ...(report.converged ? {} : { exitCode: 1 }),
          errors: report.error ? [report.error] : [],
        }
      })
    })
  examples(
    command,
    'goal-seek model.ts revenue --to 5000 --by price',
    "goal-seek model.ts 'cost(1)' --to 50 --by sensitivity --within 1,10",
  )
}
