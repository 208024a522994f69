import { type Command, Option } from 'commander'
import { answer, asking, examples } from '../command.js'
import { drawn, type VaryingOptions, varying } from '../varying.js'

type Options = VaryingOptions<'samples'> & { readonly sampling: 'random' | 'latin hypercube' | 'sobol' }

/** Monte Carlo. */
export function simulate(program: Command): void {
  const command = asking(program, 'simulate', 'The distribution of outputs, from those of inputs')
  varying(command, 'samples', 'how many samples', '1000')
    .argument('[targets...]', 'what to ask for; default: the outputs of the book')
    .addOption(
      new Option('--sampling <way>', 'how the samples are drawn')
        .choices(['random', 'latin hypercube', 'sobol'])
        .default('random'),
    )
    .action(async (model: string, targets: readonly string[], options: Options) => {
      await answer(model, options, async (asked) => {
        const { simulate: ask } = await import('../../index.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { inputs, settings } = await drawn(asked, options, 'samples')
        const { sampling } = options
        const report = await ask(asked.context, inputs, asked.nodes(targets), { ...settings, sampling })
        return { ...answerOf(report, costOf(report)), errors: report.failures.map(({ error }) => error) }
      })
    })
  examples(
    command,
    "simulate model.ts revenue --vary 'price=normal(100, 10)' --vary 'rate=uniform(0, 0.1)' --samples 10000",
    "simulate scenarios.yaml --sampling 'latin hypercube' --format svg > histogram.svg",
  )
}
