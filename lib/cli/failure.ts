/** What went wrong, on stderr: the model's own stack, source-mapped, and the nodes that the error went through. */
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { DugoutError } from '../index.js'
import { coloured } from './colour.js'
import { ModelError, UsageError } from './errors.js'

const USAGE = new Set([
  'DUGOUT_INVALID_QUESTION',
  'DUGOUT_UNKNOWN_TARGET',
  'DUGOUT_DUPLICATE_NAME',
  'DUGOUT_NOT_SERIALISABLE',
  'DUGOUT_MISSING_PACKAGE',
  'DUGOUT_UNKNOWN_MEMENTO',
  'DUGOUT_CONFIGURATION',
  'DUGOUT_DAMAGED_EXPORT',
  'DUGOUT_SECRET',
])

/** Print an error. Gives the exit code: 1 the model failed, 2 wrong usage. */
export function reportFailure(error: unknown): number {
  process.stderr.write(`${describeFailure(error)}\n`)
  return error instanceof UsageError || USAGE.has(String((error as { code?: unknown } | null)?.code)) ? 2 : 1
}

export function describeFailure(error: unknown): string {
  const title = coloured('red', 'dugout:', process.stderr)
  if (error instanceof UsageError || USAGE.has(String((error as { code?: unknown } | null)?.code))) {
    return `${title} ${(error as Error).message}`
  }
  if (!(error instanceof ModelError)) return `${title} ${stackOf(error)}`
  const { message, path: nodes, cause } = error
  const chain = shortened(nodes).map((node, depth) => `  ${depth === 0 ? '' : '└ '}${node}`)
  return [`${title} ${message}`, ...chain, ...(cause === undefined ? [] : [stackOf(cause)])].join('\n')
}

const SHOWN = 12

function shortened(nodes: readonly string[]): readonly string[] {
  if (nodes.length <= SHOWN) return nodes
  return [...nodes.slice(0, SHOWN / 2), `... ${nodes.length - SHOWN} more`, ...nodes.slice(-SHOWN / 2)]
}

/** The stack of an error and of its causes, without the frames of Node and of dugout itself. */
export function stackOf(error: unknown): string {
  if (error instanceof DugoutError && error.cause === undefined) return `${error.name}: ${error.message}`
  if (!(error instanceof Error)) return `thrown: ${String(error)}`
  const lines = (error.stack ?? String(error)).split('\n')
  const own = collapsed(lines.filter((line) => !/^\s+at /.test(line) || isModelFrame(line)))
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return own.map((line) => line.replaceAll(`${process.cwd()}${path.sep}`, '')).join('\n') + cause
}

const FRAMES = 20

/** Recursion makes the same frame over and over. */
function collapsed(lines: readonly string[]): string[] {
  const found: { readonly line: string; count: number }[] = []
  for (const line of lines) {
    const last = found.at(-1)
    if (last?.line === line) last.count++
    else found.push({ line, count: 1 })
  }
  const texts = found.map(({ line, count }) => (count === 1 ? line : `${line} (${count} times)`))
  return texts.length > FRAMES ? [...texts.slice(0, FRAMES), `    ... ${texts.length - FRAMES} more`] : texts
}

const here = path.dirname(fileURLToPath(import.meta.resolve('dugout/package.json')))

function isModelFrame(line: string): boolean {
  if (/\bnode:|<anonymous>\)?$|\(index \d+\)$|[\\/]node_modules[\\/]commander[\\/]/.test(line)) return false
  const [, place = ''] = /\(?((?:file:\/\/|\/|[A-Z]:\\).*?):\d+:\d+\)?$/.exec(line) ?? []
  const file = place.startsWith('file:') ? fileURLToPath(place) : place
  return !file.startsWith(path.join(here, 'lib') + path.sep) && !file.startsWith(path.join(here, 'dist') + path.sep)
}
