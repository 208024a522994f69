import type { Command } from 'commander'
import { answer, asking, examples } from '../command.js'
import { drawn, type VaryingOptions, varying } from '../varying.js'

type Options = VaryingOptions<'samples'> & { readonly pairs: boolean }

/** Shares of the variance. */
export function sobol(program: Command): void {
  const command = asking(program, 'sobol', 'Whose share of the variance of an output is how large')
  varying(command, 'samples', 'how many, a power of 2 being best; each costs 2 inputs + 2 evaluations', '1024')
    .argument('<target>', 'the output')
    .option('--no-pairs', 'without pairs of inputs, at about half the cost')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { sobol: ask } = await import('../../index.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { inputs, settings } = await drawn(asked, options, 'samples')
        const { pairs } = options
        const report = await ask(asked.context, inputs, asked.model.node(target), { ...settings, pairs })
        return { ...answerOf(report, costOf(report)), errors: report.failures }
      })
    })
  examples(
    command,
    "sobol model.ts revenue --vary 'price=normal(100, 10)' --vary 'rate=uniform(0, 0.1)'",
    'sobol scenarios.yaml revenue --samples 4096 --no-pairs --format svg > sobol.svg',
  )
}
