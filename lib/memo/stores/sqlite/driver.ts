/** The one SQLite that is there: Node's own from 22.13 on, else a package. They are used where they agree. */
import { MissingPackageError } from '../../../core/index.js'
import { optional } from '../optional.js'

export type Value = string | number | Uint8Array | null

export interface Statement {
  get(...values: Value[]): Record<string, unknown> | undefined
  all(...values: Value[]): Record<string, unknown>[]
  run(...values: Value[]): { readonly changes: number | bigint }
}

export interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

export const drivers = ['node:sqlite', 'better-sqlite3', 'libsql'] as const

export type Driver = (typeof drivers)[number]

type Open = new (path: string) => Database

/** Opens a database with the driver that is asked for, or the first that is there. */
export async function driver(wanted?: Driver): Promise<(path: string) => Database> {
  for (const name of wanted === undefined ? drivers : [wanted]) {
    const found = await optional(name)
    if (found === undefined) continue
    const made = (name === 'node:sqlite' ? found['DatabaseSync'] : found['default']) as Open
    return (path) => new made(path)
  }
  throw new MissingPackageError('The SQLite store', [wanted ?? 'libsql'])
}

/** @internal A blob as bytes, whichever way a driver gives it. */
export function bytesFrom(value: unknown): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Buffer.alloc(0)
}
