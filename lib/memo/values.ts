/** Values and arguments in writing: the codec with the types that are registered here. */
import { describeValue } from '../core/rooms.js'
import {
  canonicalArguments,
  DamagedValueError,
  decode,
  type Encoded,
  encode,
  noTypes,
  sha256,
  type Types,
} from './codec/index.js'

export class Values {
  readonly #types: Types

  constructor(types: Types = noTypes) {
    this.#types = types
  }

  /** The one text of arguments that are the same call (R1). @throws NotStorableError */
  canonical(args: readonly unknown[], name: string): string {
    return Buffer.from(canonicalArguments(args, { name, types: this.#types })).toString('latin1')
  }

  /** A value in one piece, as text that gives the same value back. @throws NotStorableError */
  written(value: unknown, name: string): string {
    const options = { name, types: this.#types, attachFrom: Number.POSITIVE_INFINITY }
    return Buffer.from(encode(value, options).bytes).toString('base64')
  }

  /** What `written` wrote. @throws DamagedValueError */
  readBack(text: string): unknown {
    return decode(Buffer.from(text, 'base64'), { types: this.#types })
  }

  /** A result as bytes, its large parts apart. @throws NotStorableError */
  encoded(value: unknown, name: string): Encoded {
    return encode(value, { name, types: this.#types })
  }

  /**
   * A result of its bytes. Large parts that are properties are loaded when they are first touched, and one that is
   * damaged by then is a DamagedValueError to whoever touches it. @throws DamagedValueError, UnknownTypeError
   */
  decoded(bytes: Uint8Array, attachment: (hash: string) => Uint8Array | undefined): unknown {
    const checked = (hash: string): Uint8Array | undefined => {
      const found = attachment(hash)
      if (found !== undefined && sha256(found) !== hash) throw new DamagedValueError(`its part ${hash} was changed`)
      return found
    }
    return decode(bytes, { types: this.#types, attachment: checked, isLazy: true })
  }

  /** A value in a condition: exact, and, where it is a primitive, legible. @throws NotStorableError */
  toldApart(value: unknown, name: string): string {
    if (typeof value === 'object' && value !== null) return `#${sha256(Buffer.from(this.written(value, name)))}`
    // refuses what has no form
    encode(value, { name, types: this.#types })
    return Object.is(value, -0) ? '-0' : describeValue(value)
  }
}
