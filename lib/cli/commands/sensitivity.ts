import type { Command } from 'commander'
import { type AskingOptions, answer, asking, count, examples, number, several } from '../command.js'

interface Options extends AskingOptions {
  readonly input?: readonly string[]
  readonly tag?: string
  readonly percent: string
  readonly top?: string
  readonly derivatives: boolean
}

/** The tornado. */
export function sensitivity(program: Command): void {
  const command = asking(
    program,
    'sensitivity',
    'How an output moves with each of its inputs, the one that matters most first',
  )
    .argument('<target>', 'the output')
    .option(
      '-i, --input <target[=low,high]>',
      'only this input, and others so named; default: the leaves that the output is computed from',
      several,
    )
    .option('--tag <tag>', 'only leaves with this tag')
    .option('--percent <points>', 'how far inputs without a range are moved to both sides', '10')
    .option('--top <count>', 'only so many, the ones that matter most')
    .option('--no-derivatives', 'without derivatives and elasticities')
    .action(async (model: string, target: string, options: Options) => {
      await answer(model, options, async (asked) => {
        const { sensitivity: ask } = await import('../../index.js')
        const { inputsOf } = await import('../axes.js')
        const { answerOf, costOf } = await import('../answer.js')
        const { topOf } = await import('../listing.js')
        const percent = await number(options.percent, '--percent')
        const settings = { ...asked.options, percent, steps: [], derivatives: options.derivatives }
        const report = await ask(
          asked.context,
          asked.model.node(target),
          inputsOf(asked, options.input ?? [], options.tag),
          settings,
        )
        const top = options.top === undefined ? undefined : await count(options.top, '--top')
        const whole = answerOf(report, costOf(report))
        return top === undefined
          ? whole
          : { ...whole, text: (width) => answerOf(topOf(report, top), costOf(report)).text(width) }
      })
    })
  examples(
    command,
    'sensitivity model.ts revenue',
    'sensitivity model.ts revenue --tag parameter --format svg > tornado.svg',
    'sensitivity model.ts revenue --input price=80,120 --input \'volume("EU")\'',
  )
}
