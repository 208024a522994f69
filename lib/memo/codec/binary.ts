/**
 * Values that are memory: typed arrays, buffers, views. Kept as their bytes, in little-endian order, which is that of
 * every machine that Node runs on today. What several views share of one buffer is kept for each of them.
 */

interface BinaryKind {
  readonly name: string
  readonly prototype: object
  /** Bytes an element. */
  readonly size: number
  /** Exactly `length` bytes, starting at 0, of a buffer that nobody else holds. */
  readonly make: (buffer: ArrayBuffer) => object
}

type ViewClass = {
  readonly name: string
  readonly prototype: object
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer): object
}

const { Float16Array } = globalThis as { Float16Array?: ViewClass }

const views: readonly ViewClass[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  ...(Float16Array === undefined ? [] : [Float16Array]),
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]

const kinds: readonly BinaryKind[] = [
  ...views.map((View) => ({
    name: View.name,
    prototype: View.prototype,
    size: View.BYTES_PER_ELEMENT,
    make: (buffer: ArrayBuffer) => new View(buffer),
  })),
  { name: 'Buffer', prototype: Buffer.prototype, size: 1, make: (buffer) => Buffer.from(buffer) },
  { name: 'DataView', prototype: DataView.prototype, size: 1, make: (buffer) => new DataView(buffer) },
  { name: 'ArrayBuffer', prototype: ArrayBuffer.prototype, size: 1, make: (buffer) => buffer },
]

const byPrototype = new Map(kinds.map((kind) => [kind.prototype, kind]))
const byName = new Map(kinds.map((kind) => [kind.name, kind]))

/** What kind of memory a value is, undefined for other values and for instances of derived classes. */
export function binaryKind(value: object): BinaryKind | undefined {
  return byPrototype.get(Object.getPrototypeOf(value) as object)
}

export function binaryNamed(name: string): BinaryKind | undefined {
  return byName.get(name)
}

/** The bytes of such a value: the same memory, not a copy. */
export function bytesOf(value: object): Uint8Array {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value as ArrayBuffer)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
