import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples } from '../command.js'

interface Options extends AskingOptions {
  readonly from?: string
  readonly to?: string
}

/** Why is it another value there? */
export function diff(program: Command): void {
  const command = asking(
    program,
    'diff',
    'Why a value differs between two scenarios: the tweaks, and the way from them',
  )
    .argument('<target>', 'a call')
    .option('--from <scenario>', 'default: the base')
    .option('--to <scenario>', 'default: the scenario and the tweaks of the line')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { diff: compare } = await import('../../index.js')
        const [before, after] = asked.pair(options)
        const node = asked.model.node(target)
        await asked.get(node, before)
        await asked.get(node, after)
        const told = compare(before, after, node)
        return { text: () => String(told), json: () => told.toJSON() }
      })
    })
  examples(
    command,
    'diff model.ts revenue --tweak price=90',
    "diff scenarios.yaml revenue --from cheaper --to 'cheaper, in the EU'",
  )
}
