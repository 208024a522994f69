/** Warnings of one store: once a cause, so that a full disk is said once and not for every result. */
import process from 'node:process'
import type { StoreOptions, StoreWarning } from '../store.js'
import { systemCode } from './errors.js'

const codes = {
  damaged: 'DUGOUT_STORE_DAMAGED',
  unreadable: 'DUGOUT_STORE_UNREADABLE',
  unwritable: 'DUGOUT_STORE_UNWRITABLE',
} as const

export class Warnings {
  /** Damaged records and blobs that were met. */
  damaged = 0
  readonly #store: string
  readonly #tell: (warning: StoreWarning) => void
  readonly #told = new Set<string>()

  constructor(store: string, { onWarning }: StoreOptions) {
    this.#store = store
    this.#tell = onWarning ?? (({ message, code }) => process.emitWarning(message, { code, type: 'StoreWarning' }))
  }

  /** Something is not what was written: put aside, a miss. Each place is a cause of its own. */
  foundDamage(where: string, why: string): void {
    this.damaged++
    this.#once('damaged', where, `${where} is damaged (${why}). It counts as not there, and will be computed again.`)
  }

  /** Of somebody else, for all that is known: so once for all of them, and not counted. */
  foundUnsigned(where: string): void {
    const why = `${where} is not signed with a secret of this store. It counts as not there, like all that are not.`
    this.#once('damaged', 'unsigned', why)
  }

  cannotRead(cause: unknown): void {
    const why = `nothing can be read: ${String(cause)}. Results are computed instead.`
    this.#once('unreadable', systemCode(cause) ?? '', why, cause)
  }

  cannotWrite(cause: unknown): void {
    const why = `results are not being stored: ${String(cause)}. They are returned all the same.`
    this.#once('unwritable', systemCode(cause) ?? '', why, cause)
  }

  #once(kind: keyof typeof codes, of: string, why: string, cause?: unknown): void {
    const known = `${kind} ${of}`
    if (this.#told.has(known)) return
    this.#told.add(known)
    this.#tell({ code: codes[kind], message: `${this.#store}: ${why}`, ...(cause !== undefined && { cause }) })
  }
}
