import type { Command } from 'commander'
import { type AskingOptions, answer, asking, examples } from '../command.js'

interface Options extends AskingOptions {
  readonly tag?: string
}

/** What a model has. */
export function list(program: Command): void {
  const command = asking(program, 'list', 'The tracked functions of a model: parameters, units, tags, what they are')
    .argument('[pattern]', 'only those whose name or description has it')
    .option('--tag <tag>', 'only those with this tag')
    .action(async (model: string, pattern: string | undefined, options: Options) => {
      await answer(model, options, async ({ model: { functions } }) => {
        const { Listing } = await import('../listing.js')
        const { answerOf } = await import('../answer.js')
        const wanted = pattern?.toLowerCase() ?? ''
        const rows = [...functions]
          .filter(
            ([
              ,
              {
                options: { tags },
              },
            ]) => options.tag === undefined || tags?.includes(options.tag) === true,
          )
          .filter(
            ([
              name,
              {
                options: { description = '' },
              },
            ]) => `${name}\n${description}`.toLowerCase().includes(wanted),
          )
          .map(
            ([
              name,
              {
                length,
                options: { unit, tags, description },
              },
            ]) => [name, length, unit, tags?.join(' '), description],
          )
        const columns = [
          { name: 'function', kind: 'text' },
          { name: 'arguments', kind: 'number' },
          { name: 'unit', kind: 'text' },
          { name: 'tags', kind: 'text' },
          { name: 'description', kind: 'text' },
        ] as const
        return answerOf(new Listing('list', columns, rows))
      })
    })
  examples(command, 'list model.ts', 'list model.ts carbon', 'list model.ts --tag parameter --json')
}
