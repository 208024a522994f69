import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples } from '../command.js'

/** Why is it what it is here? */
export function why(program: Command): void {
  const command = asking(program, 'why', 'Why a value is what it is: kept, shared, tweaked; what it read; what changed')
    .argument('<target>', 'a call')
    .action(async (model: string, target: string, options: AskingOptions) => {
      await answer(model, options, async (asked) => {
        const { record, why: explain } = await import('../../index.js')
        const node = asked.model.node(target)
        await asked.get(node, asked.base)
        using _recording = record(asked.base)
        if (asked.context !== asked.base) await asked.get(node)
        const told = explain(asked.context, node)
        return { text: () => String(told), json: () => told.toJSON() }
      })
    })
  examples(
    command,
    'why model.ts revenue',
    'why model.ts revenue --tweak price=90',
    'why scenarios.yaml revenue --scenario cheaper',
  )
}
