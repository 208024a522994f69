import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples, several } from '../command.js'

/** The data table. */
export function table(program: Command): void {
  const command = asking(program, 'table', 'Outputs at every combination of the values of some inputs')
    .argument('[targets...]', 'what to ask for; default: the outputs of the book')
    .requiredOption(
      '-x, --axis <target=values>',
      "values as JSON: 'price=80, 90, 100', or linear(80, 120, 5), logarithmic(1, 100, 3), percentages(-10, 0, 10); scenarios for those of the book",
      several,
    )
    .option('--sideways', 'keep cells for others to share with, whatever that costs in time')
    .option('--no-sideways', 'keep none; default: found out by a clock in the first rows')
    .action(
      async (
        model: string,
        targets: readonly string[],
        options: AskingOptions & { readonly axis: readonly string[]; readonly sideways?: boolean },
      ) => {
        await answer(model, options, async (asked) => {
          const { dataTable } = await import('../../index.js')
          const { axisOf } = await import('../axes.js')
          const { answerOf, costOf } = await import('../answer.js')
          const axes = options.axis.map((text) => axisOf(asked, text))
          const { sideways } = options
          const settings = sideways === undefined ? asked.options : { ...asked.options, sideways }
          const report = await dataTable(asked.context, axes, asked.nodes(targets), settings)
          return answerOf(report, costOf(report))
        })
      },
    )
  examples(
    command,
    "table model.ts revenue --axis 'price=80, 90, 100'",
    "table model.ts revenue --axis 'price=linear(80, 120, 5)' --axis 'volume(\"EU\")=percentages(-10, 0, 10)'",
    'table scenarios.yaml revenue --axis scenarios --axis price=90,100 --format svg > table.svg',
  )
}
