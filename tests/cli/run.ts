// Runs the built command.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))
export const binary = path.join(root, 'dist/cli.js')
export const climate = 'examples/climate/model.ts'
export const book = 'examples/climate/scenarios.yaml'
export const models = 'tests/cli/models'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command line, in the folder of the project. */
export function dugout(...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, COLUMNS: '100', NODE_V8_COVERAGE: '' }
  return new Promise((resolve) => {
    execFile(process.execPath, [binary, ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** What `--json` gave. */
export async function json<T = unknown>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await dugout(...args, '--json')
  if (code !== 0) throw new Error(`${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** The rows of a report, as records by column. */
export async function rows(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { columns, rows: cells } = await json<{ columns: { name: string }[]; rows: unknown[][] }>(...args)
  return cells.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))
}

/** One that goes on by itself. */
export function start(...args: readonly string[]): {
  readonly child: ChildProcess
  readonly until: (pattern: RegExp) => Promise<string>
} {
  // by env, without what the test runner loads into every process of Node: that has signal handlers of its own
  const line = ['-u', 'NODE_OPTIONS', process.execPath, binary, ...args]
  const child = spawn('env', line, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const waiting = new Set<() => void>()
  const take = (data: Buffer): void => {
    text += String(data)
    for (const look of waiting) look()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${String(pattern)} in ${text}`)), 20_000)
      const look = (): void => {
        if (!pattern.test(text)) return
        clearTimeout(timer)
        waiting.delete(look)
        const found = text
        text = ''
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { child, until }
}
