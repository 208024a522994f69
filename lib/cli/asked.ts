/** One question to a model: the model, the contexts, what the line says of them; asked once, or at every save. */
import process from 'node:process'
import { type AskOptions, Context, failure, type Node, type TweakSet } from '../index.js'
import { type Answer, rendered, widthOf } from './answer.js'
import { BOOKS, type Book, readBook } from './book.js'
import { coloured } from './colour.js'
import type { AskingOptions } from './command.js'
import { ModelError, UsageError } from './errors.js'
import { describeFailure, reportFailure, stackOf } from './failure.js'
import { loadModel, type Model } from './model.js'
import { Bar } from './progress.js'
import { tweaksOfLine } from './tweaks.js'

/** What a command has to work with. */
export class Asked {
  readonly model: Model
  /** The model as it is. */
  readonly base: Context
  /** The scenario of the line, and below it the tweaks of the line; the base where the line has neither. */
  readonly context: Context
  /** The tweaks of the line. */
  readonly tweaks: TweakSet
  /** For the tools of the scenario room. */
  readonly options: AskOptions
  readonly #book: Book | undefined

  constructor(model: Model, book: Book | undefined, line: AskingOptions, options: AskOptions) {
    this.model = model
    this.#book = book
    this.options = options
    this.base = new Context({ name: 'base' })
    this.tweaks = tweaksOfLine(model, line)
    const below = line.scenario === undefined ? this.base : this.under(line.scenario)
    const name = [...(line.tweak ?? []), ...(line.adjust ?? []).map((text) => text.replace('=', ' '))].join(', ')
    this.context = this.tweaks.size === 0 ? below : below.fork({ name, tweaks: this.tweaks })
  }

  get book(): Book {
    if (this.#book === undefined) throw new UsageError('There is no scenario book. Name one: --book scenarios.yaml.')
    return this.#book
  }

  get distributions(): Readonly<Record<string, string>> {
    return this.#book?.distributions ?? {}
  }

  /** A context under a scenario of the book; `base` is the base where the book has no scenario of that name. */
  under(name: string): Context {
    if (name === 'base' && this.#book?.names.includes('base') !== true) return this.base
    return this.book.fork(this.base, this.model, name)
  }

  /** What is compared: scenarios by name; by default the base and what the line says. */
  pair({ from, to }: { readonly from?: string; readonly to?: string }): readonly [Context, Context] {
    const before = from === undefined ? this.base : this.under(from)
    if (to === undefined && this.context === this.base) {
      throw new UsageError(
        "There is nothing to compare with. Name a scenario (--to) or a tweak (--tweak 'target=value').",
      )
    }
    if (to === undefined) return [before, this.context]
    const after = this.under(to)
    return [before, this.tweaks.size === 0 ? after : after.fork({ name: to, tweaks: this.tweaks })]
  }

  /** The nodes of the line, or the book's outputs where it has none. */
  nodes(targets: readonly string[]): Node[] {
    const texts = targets.length > 0 ? targets : (this.#book?.outputs ?? [])
    if (texts.length === 0) throw new UsageError('Nothing is asked for. Name a target: revenue, or \'volume("EU")\'.')
    return texts.flatMap((text) => this.model.nodes(text))
  }

  /** A value. Throws ModelError with the nodes that the error went through. */
  async get(node: Node, context = this.context): Promise<unknown> {
    try {
      return await context.get(node)
    } catch (error) {
      const path = failure(context, node)?.path.map(({ id }) => id) ?? [node.id]
      throw new ModelError(
        `${node.id} failed${context === this.base ? '' : ` in ${JSON.stringify(context.name)}`}`,
        error,
        path,
      )
    }
  }
}

/**
 * Load, ask, print; again at every save with `--watch`. Gives the exit code. SIGINT is left to the system, which ends a model
 * that computes and never comes back as well as one that waits.
 */
export async function answering(
  file: string,
  line: AskingOptions,
  ask: (asked: Asked) => Answer | Promise<Answer>,
): Promise<number> {
  try {
    if (line.watch !== true) return await once(file, line, ask, new Set())
    const { changed } = await import('./watch.js')
    let files = new Set<string>([file])
    for (;;) {
      const since = Date.now()
      const used = new Set<string>([file])
      try {
        await once(file, line, ask, used)
        files = used
      } catch (error) {
        process.stderr.write(`${describeFailure(error)}\n`)
        // what was not read this time may be what has to be mended
        files = new Set([...files, ...used])
      }
      const saved = await changed(files, since)
      process.stderr.write(
        coloured('dim', `\n${saved} was saved, ${new Date().toLocaleTimeString()}\n`, process.stderr),
      )
    }
  } catch (error) {
    return reportFailure(error)
  }
}

async function once(
  file: string,
  line: AskingOptions,
  ask: (asked: Asked) => Answer | Promise<Answer>,
  files: Set<string>,
): Promise<number> {
  const isBook = BOOKS.some((extension) => file.endsWith(extension))
  const bookFile = line.book ?? (isBook ? file : undefined)
  if (bookFile !== undefined) files.add(bookFile)
  const book = bookFile === undefined ? undefined : await readBook(bookFile)
  const modelFile = isBook ? (await readBook(file)).model : file
  files.add(modelFile)
  const model = await loadModel(modelFile, files)
  const bar = new Bar()
  try {
    const asked = new Asked(model, book, line, { onProgress: bar.show })
    const answer = await ask(asked)
    bar.done()
    const text = await rendered(answer, line, widthOf())
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
    explain(answer.errors ?? [])
    return answer.exitCode ?? 0
  } finally {
    bar.done()
  }
}

/** Errors in the cells of an answer: how many, and where the first came from. */
function explain(errors: readonly Error[]): void {
  const [first] = errors
  if (first === undefined) return
  const count = errors.length === 1 ? 'One answer failed' : `${errors.length} answers failed; the first`
  process.stderr.write(`${coloured('yellow', 'dugout:', process.stderr)} ${count}: ${stackOf(first)}\n`)
}
