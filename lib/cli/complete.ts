/** What can stand where the cursor is. */
import type { Command } from 'commander'
import { BOOKS, readBook } from './book.js'
import { loadModel } from './model.js'

/** The words that begin with the last one given; none where a file is due. */
export async function candidates(program: Command, words: readonly string[]): Promise<string[]> {
  const [name, ...rest] = words
  const last = words.at(-1) ?? ''
  return (await possible(program, name, rest)).filter((word) => word.startsWith(last))
}

async function possible(program: Command, name: string | undefined, rest: readonly string[]): Promise<string[]> {
  const commands = program.commands.map((command) => command.name()).filter((one) => one !== 'complete')
  if (rest.length === 0) return commands
  const command = program.commands.find((one) => one.name() === name)
  if (command === undefined) return []
  if (command.commands.length > 0) return possible(command, rest[0], rest.slice(1))
  const last = rest.at(-1) ?? ''
  if (last.startsWith('-')) return command.options.flatMap(({ long }) => long ?? [])
  const before = command.options.find(({ long, short }) => rest.at(-2) === long || rest.at(-2) === short)
  if (before?.argChoices !== undefined) return before.argChoices
  const positionals = positionalsOf(command, rest.slice(0, -1))
  const [file] = positionals
  if (before?.long === '--book' || before?.long === '--filter') return []
  if (command.parent?.name() === 'store' && command.name() !== 'why-miss') return []
  if (command.name() === 'completion') return positionals.length === 0 ? ['bash', 'zsh', 'fish'] : []
  if (file === undefined) return []
  if (['--scenario', '--from', '--to', '--only'].includes(before?.long ?? '')) return await scenariosOf(file, rest)
  return await namesOf(file)
}

/** The words that are neither options nor their values. */
function positionalsOf(command: Command, words: readonly string[]): string[] {
  const found: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const option = command.options.find(({ long, short }) => word === long || word === short)
    if (option?.required) i++
    else if (option === undefined) found.push(word)
  }
  return found
}

async function scenariosOf(file: string, words: readonly string[]): Promise<string[]> {
  const at = words.findIndex((word) => word === '--book' || word === '-b')
  const book = at < 0 ? file : words[at + 1]
  return book === undefined ? [] : [...(await readBook(book)).names]
}

async function namesOf(file: string): Promise<string[]> {
  const model = BOOKS.some((extension) => file.endsWith(extension)) ? (await readBook(file)).model : file
  return (await loadModel(model)).names()
}
