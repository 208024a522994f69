import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples } from '../../command.js'
import { ofStore, type StoreOptions } from '../../store/command.js'

/** Why a store does not answer a call. */
export function whyMiss(program: Command): void {
  const command = ofStore(
    asking(program, 'why-miss', 'Why the store does not answer a call: what changed, from what to what'),
  )
    .argument('<target>', 'the call')
    .action(async (model: string, target: string, options: AskingOptions & StoreOptions) => {
      await answer(model, options, async (asked) => {
        const { missOf } = await import('../../store/missed.js')
        return missOf(asked, target, options)
      })
    })
  examples(
    command,
    'store why-miss model.ts revenue',
    'store why-miss model.ts \'volume("EU")\' --tweak price=90 --store results.sqlite',
  )
}
