/** What inputs give, in declarations that compile without the types of Node too. */

/** A Buffer; where the types of Node are not installed, the Uint8Array that it is. */
export type Bytes = typeof globalThis extends { Buffer: { isBuffer(value: unknown): value is infer Found } }
  ? Found
  : Uint8Array
