import { type Command, Option } from 'commander'
import { type AskingOptions, answer, asking, examples, number, several } from '../command.js'

interface Options extends AskingOptions {
  readonly from?: string
  readonly to?: string
  readonly method: 'waterfall' | 'shapley'
  readonly order?: readonly string[]
  readonly seed: string
}

/** The waterfall. */
export function attribute(program: Command): void {
  const command = asking(
    program,
    'attribute',
    'Which change did how much: the way of an output from one scenario to another',
  )
    .argument('<target>', 'the output')
    .option('--from <scenario>', 'default: the base')
    .option('--to <scenario>', 'default: the scenario and the tweaks of the line')
    .addOption(
      new Option('--method <method>', 'changes one on top of the other, or averaged over all orders')
        .choices(['waterfall', 'shapley'])
        .default('waterfall'),
    )
    .option('--order <target>', 'of the waterfall: this change first, then others so named', several)
    .option('--seed <number>', 'of the orders, where there are too many for all', '0')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { attribute: ask } = await import('../../index.js')
        const { answerOf, costOf } = await import('../answer.js')
        const [before, after] = asked.pair(options)
        const settings = {
          ...asked.options,
          method: options.method,
          order: (options.order ?? []).map((text) => asked.model.target(text)),
          seed: await number(options.seed, '--seed'),
        }
        const report = await ask(before, after, asked.model.node(target), settings)
        return answerOf(report, costOf(report))
      })
    })
  examples(
    command,
    'attribute model.ts revenue --tweak price=90 --adjust volume=*1.1',
    "attribute scenarios.yaml revenue --to 'cheaper' --method shapley",
  )
}
