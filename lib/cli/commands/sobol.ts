import type { Command } from 'commander'
import { type AskingOptions, answer, asking, count, examples, number, varying } from '../command.js'

interface Options extends AskingOptions {
  readonly vary?: readonly string[]
  readonly samples: string
  readonly seed: string
  readonly pairs: boolean
}

/** Shares of the variance. */
export function sobol(program: Command): void {
  const command = varying(asking(program, 'sobol', 'Whose share of the variance of an output is how large'))
    .argument('<target>', 'the output')
    .option('-n, --samples <count>', 'how many, a power of 2 being best; each costs 2 inputs + 2 evaluations', '1024')
    .option('--no-pairs', 'without pairs of inputs, at about half the cost')
    .option('--seed <number>', 'the same seed, the same answer', '0')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { sobol: ask } = await import('../../index.js')
        const { distributionsOf } = await import('../axes.js')
        const { answerOf, costOf } = await import('../answer.js')
        const settings = {
          ...asked.options,
          samples: await count(options.samples, '--samples'),
          seed: await number(options.seed, '--seed'),
          pairs: options.pairs,
        }
        const inputs = distributionsOf(asked, options.vary ?? [])
        const report = await ask(asked.context, inputs, asked.model.node(target), settings)
        return { ...answerOf(report, costOf(report)), errors: report.failures }
      })
    })
  examples(
    command,
    "sobol model.ts revenue --vary 'price=normal(100, 10)' --vary 'rate=uniform(0, 0.1)'",
    'sobol scenarios.yaml revenue --samples 4096 --no-pairs --format svg > sobol.svg',
  )
}
