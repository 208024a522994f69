import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples } from '../command.js'

/** Values. */
export function get(program: Command): void {
  const command = asking(program, 'get', 'Values of a model, under a scenario and tweaks')
    .argument(
      '[targets...]',
      "calls: revenue, 'volume(\"EU\")', 'temperature(1..18)'; default: the outputs of the book",
    )
    .action(async (model: string, targets: readonly string[], options: AskingOptions) => {
      await answer(model, options, async (asked) => {
        const { Listing } = await import('../listing.js')
        const { answerOf } = await import('../answer.js')
        const rows: unknown[][] = []
        for (const node of asked.nodes(targets)) {
          const { unit } = node.function.options
          rows.push([node.id.replace(/\(\)$/, ''), await asked.get(node), unit])
        }
        const columns = [
          { name: 'node', kind: 'text' },
          { name: 'value', kind: 'number' },
          { name: 'unit', kind: 'text' },
        ] as const
        return answerOf(new Listing('get', columns, rows))
      })
    })
  examples(
    command,
    'get model.ts revenue',
    'get model.ts \'volume("EU")\' --tweak price=90',
    "get model.ts 'temperature(1..18)' --scenario 'high climate sensitivity' --book scenarios.yaml --csv",
  )
}
