/** Values and arguments as bytes: the only door of this folder. */
export { type CanonicalOptions, canonicalArguments, canonicalBytes } from './canonical.js'
export { type DecodeOptions, decode } from './decode.js'
export { type Encoded, type EncodeOptions, encode } from './encode.js'
export * from './errors.js'
export { isHash, sha256 } from './hash.js'
export { checkJSON } from './json.js'
export { type Partition, type PartitionOptions, partition } from './partition.js'
export { type AnyClass, type ClassOptions, type CustomType, noTypes, Types } from './types.js'
