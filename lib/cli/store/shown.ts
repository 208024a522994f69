/** One memento, for people and for programs. */
import { describeValue } from '../../core/rooms.js'
import { type Memento, Records, type Rule, type Store } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import { UsageError } from '../errors.js'
import { parseAssignment, parseValue } from '../text.js'
import { legible, size } from './forms.js'

/** Characters of a value that are shown to people. */
const SHOWN = 2000

export async function shown(
  store: Store,
  id: string,
  { put, rules }: { readonly put?: string; readonly rules?: boolean },
): Promise<Answer> {
  const records = new Records(store)
  if (put !== undefined) await attach(records, id, put)
  const memento = await records.memento(id)
  const known = rules ? await records.rules(memento.function, memento.version) : undefined
  const value = await valueOf(records, memento.id)
  return {
    text: () => legible(lines(memento, value.text, known).join('\n')),
    json: () => ({ ...memento, ...value.json, ...(known !== undefined && { rules: known }) }),
  }
}

async function attach(records: Records, id: string, put: string): Promise<void> {
  const { target, value } = parseAssignment(put, '--put')
  const parsed = value === '' ? undefined : parseValue(value, target)
  if (await records.putMetadata(id, target, parsed)) return
  throw new UsageError(`${target} could not be attached: the store cannot be written.`)
}

interface Shown {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

async function valueOf(records: Records, id: string): Promise<Shown> {
  try {
    const value = await records.result(id)
    const text = describeValue(value)
    const plain = value instanceof Error ? { error: `${value.name}: ${value.message}` } : { value: plainOf(value) }
    const told = value instanceof Error ? `${value.name}: ${value.message}` : text
    return { text: told.length > SHOWN ? `${told.slice(0, SHOWN)}…` : told, json: plain }
  } catch (error) {
    return { text: `cannot be read here: ${(error as Error).message}`, json: { unreadable: (error as Error).message } }
  }
}

/** As it is where it is JSON, else in text. */
function plainOf(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined
  return text !== undefined && typeof value === 'object'
    ? (JSON.parse(text) as unknown)
    : isPlain(value)
      ? value
      : String(value)
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function lines(memento: Memento, value: string, rules: readonly Rule[] | undefined): string[] {
  const { packages, functions, invocations, inputs, metadata, logs } = memento
  const list = (entries: Iterable<readonly [string, unknown]>): string[] =>
    Array.from(entries, ([name, one]) => `  ${name} ${typeof one === 'string' ? one : JSON.stringify(one)}`)
  const section = (title: string, of: readonly string[]): string[] => (of.length === 0 ? [] : [title, ...of])
  return [
    `${memento.node} = ${value}`,
    '',
    ...Object.entries({
      id: memento.id,
      function: `${memento.function}, code version ${memento.version}`,
      kind: `${memento.kind}, ${size(memento.size)}, SHA-256 ${memento.hash}`,
      started: memento.startedAt,
      took: `${memento.duration.toFixed(3)} ms, of it ${memento.ownDuration.toFixed(3)} by itself`,
      where: `process ${memento.process} of ${memento.host}, runner ${memento.runner}, Node ${memento.nodeVersion}`,
      commit: memento.commit,
      question: memento.correlation,
    }).flatMap(([name, one]) => (one === undefined ? [] : `${`${name}:`.padEnd(10)}${one}`)),
    ...section('tweaks:', memento.tweaks === '' ? [] : memento.tweaks.split('\n').map((line) => `  ${line}`)),
    ...section('calls:', list(invocations.map(({ node, memento: of }) => [node, of ?? '(not kept)'] as const))),
    ...section('inputs:', list(inputs.map(({ input, hash }) => [input, hash] as const))),
    ...section('functions:', list(Object.entries(functions))),
    ...section('packages:', list(Object.entries(packages))),
    ...section('metadata:', list(Object.entries(metadata))),
    ...section(
      'log:',
      logs.map((line) => `  ${line}`),
    ),
    ...section(
      'rules:',
      (rules ?? []).map(
        ({ kind, name, hash, text }) =>
          `  ${kind} ${name}${text === '' ? '' : ` ${hash.slice(0, 12)} ${firstLine(text)}`}`,
      ),
    ),
  ]
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
