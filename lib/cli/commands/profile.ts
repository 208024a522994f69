import type { Command } from 'commander'
import { type AskingOptions, answer, asking, count, examples } from '../command.js'

/** Where the time goes. */
export function profile(program: Command): void {
  const command = asking(program, 'profile', 'Where the time goes when targets are evaluated: a function, or a node')
    .argument('[targets...]', 'what to evaluate; default: the outputs of the book')
    .option('-n, --nodes', 'a line a node, and not a function')
    .option('--top <count>', 'how many lines', '30')
    .action(
      async (
        model: string,
        targets: readonly string[],
        options: AskingOptions & { readonly nodes?: boolean; readonly top: string },
      ) => {
        await answer(model, options, async (asked) => {
          const { profile: attach } = await import('../../index.js')
          const { profileListing } = await import('../profile-listing.js')
          const { answerOf } = await import('../answer.js')
          using profiler = attach(asked.base)
          for (const node of asked.nodes(targets)) await asked.get(node)
          const report = profiler.report()
          const listing = profileListing(report, options.nodes === true, await count(options.top, '--top'))
          return { ...answerOf(listing, `${report.elapsed.toFixed(1)} ms in all.`), json: () => report.toJSON() }
        })
      },
    )
  examples(command, 'profile model.ts revenue', 'profile model.ts revenue --nodes --top 10 --tweak price=90')
}
