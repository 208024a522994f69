// A file system whose k-th call goes wrong: fails once, fails from then on, or is the last thing that its process does.
import type { Files } from '../../lib/memo/stores/filesystem/files.js'
import { SystemError } from './memory-files.js'

export interface Fault {
  /** Counted from 0. */
  readonly at: number
  /** An error of the system, or the end of the process before, in the middle of or after the call. */
  readonly how: Failure | 'killed before' | 'killed in' | 'killed after'
  readonly forGood: boolean
}

export const failures = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'] as const
export type Failure = (typeof failures)[number]

/** Thrown where a process is gone: nothing that it does afterwards happens. */
export class Killed extends Error {}

export class FaultyFiles {
  calls = 0
  readonly files: Files
  isKilled = false
  /** Called before each call, for what others do meanwhile. */
  meanwhile: (call: number) => void = () => undefined

  constructor(files: Files, fault?: Fault) {
    this.files = new Proxy(files, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as unknown
        if (typeof call !== 'function') return call
        return (...args: unknown[]): unknown =>
          this.#call(target, String(name), call as (...args: unknown[]) => unknown, args, fault)
      },
    })
  }

  #call(target: Files, name: string, call: (...args: unknown[]) => unknown, args: unknown[], fault?: Fault): unknown {
    if (this.isKilled) throw new Killed()
    const number = this.calls++
    this.meanwhile(number)
    const isHit = fault !== undefined && (fault.forGood ? number >= fault.at : number === fault.at)
    if (!isHit) return call.apply(target, args)
    if (fault.how === 'killed before') return this.#end()
    if (fault.how === 'killed after') {
      try {
        call.apply(target, args)
      } finally {
        this.#end()
      }
    }
    // Half of the bytes are written before a write fails.
    if (name === 'write') call.apply(target, [args[0], half(args[1] as Uint8Array)])
    if (fault.how === 'killed in') return this.#end()
    throw new SystemError(fault.how, name)
  }

  #end(): never {
    this.isKilled = true
    throw new Killed()
  }
}

const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length >> 1)
