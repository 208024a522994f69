import { type Command, Option } from 'commander'
import { type AskingOptions, answer, asking, examples, number } from '../command.js'

interface Options extends Omit<AskingOptions, 'format'> {
  readonly as: 'dot' | 'mermaid' | 'json'
  readonly depth?: string
  readonly direction: 'dependencies' | 'dependents' | 'both'
  readonly filter?: string
}

/** The graph. */
export function graph(program: Command): void {
  const command = asking(program, 'graph', 'The graph behind targets, with values, tweaks and what they touch')
    .argument('[targets...]', 'where to begin; default: the outputs of the book')
    .addOption(
      new Option('--as <form>', 'for Graphviz, Mermaid, or graphology')
        .choices(['dot', 'mermaid', 'json'])
        .default('dot'),
    )
    .option('--depth <steps>', 'how far from the targets')
    .addOption(
      new Option('--direction <way>', 'along what')
        .choices(['dependencies', 'dependents', 'both'])
        .default('dependencies'),
    )
    .option('--of <target>', 'evaluate this one too, before looking (for dependents)')
    .option('--filter <pattern>', 'only functions whose name matches, * standing for anything')
    .action(async (model: string, targets: readonly string[], options: Options & { readonly of?: string }) => {
      await answer(model, options, async (asked) => {
        const { graph: look } = await import('../../index.js')
        const nodes = asked.nodes(targets)
        for (const node of [...(options.of === undefined ? [] : asked.nodes([options.of])), ...nodes])
          await asked.get(node)
        const pattern = new RegExp(
          `^${(options.filter ?? '*')
            .split('*')
            .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
            .join('.*')}$`,
        )
        const view = look(asked.context, {
          targets: nodes,
          direction: options.direction,
          ...(options.depth === undefined ? {} : { depth: await number(options.depth, '--depth') }),
          filter: ({ function: { name } }) => pattern.test(name),
        })
        const forms = {
          dot: () => view.toDOT(),
          mermaid: () => view.toMermaid(),
          json: () => JSON.stringify(view.toJSON(), null, 2),
        }
        return { text: forms[options.as], json: () => view.toJSON() }
      })
    })
  examples(
    command,
    'graph model.ts revenue --depth 3 | dot -Tsvg > revenue.svg',
    'graph model.ts revenue --tweak price=90 --as mermaid',
    'graph model.ts price --direction dependents --of revenue',
  )
}
