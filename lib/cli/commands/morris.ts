import type { Command } from 'commander'
import { answer, asking, count, examples } from '../command.js'
import { drawn, type VaryingOptions, varying } from '../varying.js'

type Options = VaryingOptions<'trajectories'> & { readonly levels: string }

/** Elementary effects. */
export function morris(program: Command): void {
  const command = asking(program, 'morris', 'Which of many uncertain inputs matter at all: elementary effects')
  varying(command, 'trajectories', 'how many walks through the inputs', '20')
    .argument('<target>', 'the output')
    .option('--levels <count>', "of each input's probability, an even number", '4')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { morris: ask } = await import('../../index.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { inputs, settings } = await drawn(asked, options, 'trajectories')
        const levels = await count(options.levels, '--levels')
        const report = await ask(asked.context, inputs, asked.model.node(target), { ...settings, levels })
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
