import { type Command, Option } from 'commander'
import { type AskingOptions, answer, asking, count, examples, number, varying } from '../command.js'

interface Options extends AskingOptions {
  readonly vary?: readonly string[]
  readonly samples: string
  readonly seed: string
  readonly sampling: 'random' | 'latin hypercube' | 'sobol'
}

/** Monte Carlo. */
export function simulate(program: Command): void {
  const command = varying(asking(program, 'simulate', 'The distribution of outputs, from those of inputs'))
    .argument('[targets...]', 'what to ask for; default: the outputs of the book')
    .option('-n, --samples <count>', 'how many samples', '1000')
    .option('--seed <number>', 'the same seed, the same answer', '0')
    .addOption(
      new Option('--sampling <way>', 'how the samples are drawn')
        .choices(['random', 'latin hypercube', 'sobol'])
        .default('random'),
    )
    .action(async (model: string, targets: readonly string[], options: Options) => {
      await answer(model, options, async (asked) => {
        const { simulate: ask } = await import('../../index.js')
        const { distributionsOf } = await import('../axes.js')
        const { answerOf, costOf } = await import('../answer.js')
        const settings = {
          ...asked.options,
          samples: await count(options.samples, '--samples'),
          seed: await number(options.seed, '--seed'),
          sampling: options.sampling,
        }
        const report = await ask(
          asked.context,
          distributionsOf(asked, options.vary ?? []),
          asked.nodes(targets),
          settings,
        )
        return { ...answerOf(report, costOf(report)), errors: report.failures.map(({ error }) => error) }
      })
    })
  examples(
    command,
    "simulate model.ts revenue --vary 'price=normal(100, 10)' --vary 'rate=uniform(0, 0.1)' --samples 10000",
    "simulate scenarios.yaml --sampling 'latin hypercube' --format svg > histogram.svg",
  )
}
