/**
 * Who holds a lock, and is it alive? On one machine the operating system knows: a process that is gone is dead at once.
 * Of other machines and of threads only signs of life are known. They are counted on the watcher's own steady clock, by
 * whether they change: no two clocks are compared, so one that jumps takes no lock away.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { threadId } from 'node:worker_threads'
import { v4 } from 'uuid'

/** Milliseconds between two signs of life. */
export const BEAT = 2000

/** Milliseconds without a sign of life after which a holder is taken for dead. */
export const SILENCE = 8000

export interface Holder {
  /** Of this one time that the lock was taken. */
  readonly token: string
  readonly machine: string
  readonly process: number
  /** When the process began, by the operating system: tells it from a later one of the same number. */
  readonly began: string
  readonly thread: number
}

let machine: string | undefined

/** This thread, as a new holder. */
export function self(): Holder {
  return { token: v4(), machine: here(), process: process.pid, began: beginning(process.pid), thread: threadId }
}

function here(): string {
  machine ??= [hostname(), tried(bootId), tried(processNamespace)].join(' ')
  return machine
}

export function holderFrom(text: string): Holder | undefined {
  try {
    const { token, machine, process, began, thread } = JSON.parse(text) as Holder
    const isHolder =
      [token, machine, began].every((part) => typeof part === 'string') && Number.isSafeInteger(process) && process > 0
    return isHolder ? { token, machine, process, began, thread } : undefined
  } catch {
    return undefined
  }
}

/** Watches the holders that it was told of, and knows which of them are dead. */
export class Watch {
  readonly #seen = new Map<string, { readonly sign: string; readonly since: number }>()
  readonly #steady: () => number

  /** `steady`: milliseconds of a clock that nobody sets. */
  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady
  }

  /** `sign`: whatever changes with every sign of life. `holder`: undefined where its name cannot be read. */
  isDead(key: string, holder: Holder | undefined, sign: string): boolean {
    if (holder !== undefined && holder.machine === here()) {
      if (!isRunning(holder)) return true
      // A main thread ends with its process; a body that blocks it gives no sign of life, and is alive.
      if (holder.thread === 0) return false
    }
    const known = this.#seen.get(key)
    const latest = `${holder?.token} ${sign}`
    if (known?.sign !== latest) {
      this.#seen.set(key, { sign: latest, since: this.#steady() })
      return false
    }
    return this.#steady() - known.since > SILENCE
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}

function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.process, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return holder.began === beginning(holder.process)
}

// Where there is no /proc, the number of the process has to do.
function beginning(id: number): string {
  return tried(
    () =>
      readFileSync(`/proc/${id}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? '',
  )
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
const processNamespace = (): string => readlinkSync('/proc/self/ns/pid')

function tried(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
