/** What can be wrong with a store. Reading and writing do not throw these: they warn, and find or keep nothing. */
import { DugoutError } from '../../core/index.js'

/** A store could not forget, collect or check, so that what was asked for is not done. */
export class StoreError extends DugoutError {
  constructor(store: string, what: string, options?: ErrorOptions) {
    super('DUGOUT_STORE', `${store}: ${what}`, options)
  }
}

/** A key, an id or a hash that is none: what names something in a store is checked before anything is done with it. */
export class InvalidNameError extends DugoutError {
  constructor(kind: 'key' | 'id' | 'hash', value: unknown) {
    const form =
      kind === 'id' ? 'lower-case letters, digits and hyphens, at most 64' : '64 lower-case hexadecimal digits'
    super('DUGOUT_INVALID_NAME', `${JSON.stringify(value)} is no ${kind} of a store. It has to be ${form}.`)
  }
}

/** What is to sign a store's records is no secret: none, or too short. No message holds any of it. */
export class SecretError extends DugoutError {
  constructor(what: string) {
    super('DUGOUT_SECRET', what)
  }
}

/** The stable code of an error of the operating system: `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
