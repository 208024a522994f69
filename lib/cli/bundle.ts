/** A model as the command line loads it: what it logs goes to stderr, and its errors are told by its own source. */
import { Console } from 'node:console'
import process from 'node:process'
import type { Message } from 'esbuild'
import { load as loadModule } from '../load/index.js'
import { ModelError } from './errors.js'

/**
 * Translate and import; gives the exports. The files that it is made of are added to a set, also where that fails, which
 * throws ModelError. What the model logs goes to stderr, since stdout holds answers.
 */
export async function load(file: string, files: Set<string>): Promise<Readonly<Record<string, unknown>>> {
  process.setSourceMapsEnabled(true)
  // most of the frames are the library's, and are not shown
  Error.stackTraceLimit = 100
  globalThis.console = new Console(process.stderr)
  try {
    return await loadModule(file, files)
  } catch (error) {
    const messages = (error as { errors?: Message[] }).errors
    if (messages === undefined) throw new ModelError(`${file} failed while it was loaded`, error)
    const { formatMessages } = await import('esbuild')
    const color = process.stderr.hasColors?.() ?? false
    const text = (await formatMessages(messages, { kind: 'error', color })).join('')
    throw new ModelError(`${file} could not be translated:\n${text.trimEnd()}`, undefined)
  }
}
