import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples, several } from '../command.js'

/** The comparison table. */
export function scenario(program: Command): void {
  const command = asking(program, 'scenario', 'The scenarios of a book side by side: what they change, what comes out')
    .argument('[targets...]', 'what to compare; default: the outputs of the book')
    .option('-o, --only <name>', 'only this scenario, and others so named', several)
    .action(
      async (
        model: string,
        targets: readonly string[],
        options: AskingOptions & { readonly only?: readonly string[] },
      ) => {
        await answer(model, options, async (asked) => {
          const { scenarios } = await import('../../index.js')
          const { answerOf, costOf } = await import('../answer.js')
          const chosen = asked.book.scenarios(asked.model, options.only ?? asked.book.names)
          const report = await scenarios(asked.context, chosen, asked.nodes(targets), asked.options)
          return answerOf(report, costOf(report))
        })
      },
    )
  examples(
    command,
    'scenario scenarios.yaml',
    'scenario model.ts revenue profit --book scenarios.yaml --csv',
    "scenario scenarios.yaml --only cheaper --only dearer --tweak 'rate=0.05'",
  )
}
