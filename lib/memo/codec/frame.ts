/**
 * The frame around an encoded value: `D`, the kind, the CRC-32 of kind and body (big-endian), the body. A cut, changed or
 * lengthened value is known for damaged before anything of it is parsed.
 */
import { crc32 } from 'node:zlib'
import { DamagedValueError } from './errors.js'

/** `j` JSON in ASCII, `J` JSON in UTF-8, `r` and `R`: the same with forms for what is not JSON. */
export type Kind = 'j' | 'J' | 'r' | 'R'

const MAGIC = 0x44
const HEAD = 6

/** The bytes of a text. What is ASCII only, as most is, is read twice as fast. */
export function frame(text: string, isRich: boolean): Uint8Array {
  const length = Buffer.byteLength(text)
  const isAscii = length === text.length
  const bytes = Buffer.allocUnsafeSlow(HEAD + length)
  bytes[0] = MAGIC
  const kind: Kind = isAscii ? (isRich ? 'r' : 'j') : isRich ? 'R' : 'J'
  bytes.write(kind, 1, 'latin1')
  bytes.write(text, HEAD, isAscii ? 'latin1' : 'utf8')
  bytes.writeUInt32BE(checksum(bytes), 2)
  return bytes
}

/** The text of a frame, checked. */
export function unframe(bytes: Uint8Array): { readonly text: string; readonly isRich: boolean } {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer[0] !== MAGIC) throw new DamagedValueError('it does not begin as a value does')
  if (buffer.readUInt32BE(2) !== checksum(buffer)) throw new DamagedValueError('its checksum is wrong')
  const kind = String.fromCharCode(buffer[1] as number)
  const isAscii = kind === 'j' || kind === 'r'
  if (!isAscii && kind !== 'J' && kind !== 'R') throw new DamagedValueError(`it is of an unknown kind, ${kind}`)
  return { text: buffer.toString(isAscii ? 'latin1' : 'utf8', HEAD), isRich: kind === 'r' || kind === 'R' }
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(HEAD), bytes[1])
}
