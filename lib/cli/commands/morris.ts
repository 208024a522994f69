import type { Command } from 'commander'
import { type AskingOptions, answer, asking, count, examples, number, varying } from '../command.js'

interface Options extends AskingOptions {
  readonly vary?: readonly string[]
  readonly trajectories: string
  readonly levels: string
  readonly seed: string
}

/** Elementary effects. */
export function morris(program: Command): void {
  const command = varying(asking(program, 'morris', 'Which of many uncertain inputs matter at all: elementary effects'))
    .argument('<target>', 'the output')
    .option('-n, --trajectories <count>', 'how many walks through the inputs', '20')
    .option('--levels <count>', "of each input's probability, an even number", '4')
    .option('--seed <number>', 'the same seed, the same answer', '0')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { morris: ask } = await import('../../index.js')
        const { distributionsOf } = await import('../axes.js')
        const { answerOf, costOf } = await import('../answer.js')
        const settings = {
          ...asked.options,
          trajectories: await count(options.trajectories, '--trajectories'),
          levels: await count(options.levels, '--levels'),
          seed: await number(options.seed, '--seed'),
        }
        const inputs = distributionsOf(asked, options.vary ?? [])
        const report = await ask(asked.context, inputs, asked.model.node(target), settings)
        const errors = report.inputs.flatMap(({ effects }) => effects.flatMap(({ error }) => error ?? []))
        return { ...answerOf(report, costOf(report)), errors }
      })
    })
  examples(
    command,
    "morris model.ts revenue --vary 'price=normal(100, 10)' --vary 'rate=uniform(0, 0.1)'",
    'morris scenarios.yaml revenue --trajectories 50 --format svg > morris.svg',
  )
}
