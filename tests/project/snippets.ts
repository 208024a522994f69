// The code in the documentation: what it is, and what it prints.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

/** The folder of the project; the tests stand in build/tests/project. */
export const project = fileURLToPath(new URL('../../../', import.meta.url))

export const read = (file: string): Promise<string> => readFile(path.join(project, file), 'utf8')

export interface Snippet {
  readonly language: string
  readonly text: string
  /** Where it begins. */
  readonly line: number
}

/** The fenced blocks of a page. */
export function snippets(page: string): Snippet[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: text = '', index }) => ({
    language,
    text,
    line: page.slice(0, index).split('\n').length,
  }))
}

/** What a snippet says that it prints: what stands behind `// =>`. */
export function promised(code: string): string[] {
  return [...code.matchAll(/\/\/ => (.*)$/gm)].map(({ 1: text = '' }) => text)
}

/** Run a script with the library that was built for the tests, and give the lines that it prints. */
export async function printedBy(code: string): Promise<string[]> {
  const door = (from: string): string => JSON.stringify(new URL(`../../lib/${from}/index.js`, import.meta.url).href)
  const { code: script } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' })
  return await linesOf([
    '--input-type=module',
    '--eval',
    script.replace(/"dugout"/g, door('.')).replace(/"dugout\/(memo|run)"/g, (_, room: string) => door(room)),
  ])
}

/** The lines that node prints. */
export function linesOf(args: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: project, encoding: 'utf8' }, (error, output, errors) => {
      if (error === null) resolve(output.trimEnd().split('\n'))
      else reject(new Error(errors, { cause: error }))
    })
  })
}
