// What tests/memo/vectors.json is made of: arguments in words that any language can say, with their canonical bytes.
// node build/tests/memo/vectors.js writes the file anew; the format is meant never to change, so it should not differ.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { Map as ImmutableMap, Set as ImmutableSet, List, OrderedMap, OrderedSet, Record } from 'immutable'
import { canonicalArguments, partition, sha256, Types } from '../../lib/memo/codec/index.js'
import { project } from '../project/snippets.js'

export interface Vector {
  /** The arguments, as an expression of JavaScript. */
  readonly what: string
  /** Their canonical bytes, in hexadecimal digits. */
  readonly bytes: string
  readonly sha256: string
}

const Point = Record({ x: 0, y: 0 })

/** The types that the vectors count on: a Record registered as `Point`. */
export const vectorTypes = new Types().record('Point', Point)

const made = new Map<string, readonly unknown[]>([
  ['', []],
  ['undefined', [undefined]],
  ['1, undefined', [1, undefined]],
  ['undefined, 1', [undefined, 1]],
  ['null', [null]],
  ['true', [true]],
  ['false', [false]],
  ['0', [0]],
  ['-0', [-0]],
  ['1', [1]],
  ['-1.5', [-1.5]],
  ['NaN', [Number.NaN]],
  ['-Infinity', [Number.NEGATIVE_INFINITY]],
  ['2 ** 53', [2 ** 53]],
  ['0n', [0n]],
  ['1n', [1n]],
  ['-255n', [-255n]],
  ['2n ** 64n', [2n ** 64n]],
  ["''", ['']],
  ["'1'", ['1']],
  ["'ä€😀'", ['ä€😀']],
  ["'\\ud800'", ['\ud800']],
  ["'\\udc00x'", ['\udc00x']],
  ["'EU', 2025", ['EU', 2025]],
  ['[]', [[]]],
  ['[undefined]', [[undefined]]],
  ["['a', 'b']", [['a', 'b']]],
  ["['ab']", [['ab']]],
  ['[[1], [2]]', [[[1], [2]]]],
  ['{}', [{}]],
  ['{ b: 1, a: 2 }', [{ b: 1, a: 2 }]],
  ['{ a: 2, b: 1, c: undefined }', [{ a: 2, b: 1, c: undefined }]],
  ["{ '\\ue000': 1, '😀': 2 }", [{ '\ue000': 1, '😀': 2 }]],
  ['new Map()', [new Map()]],
  [
    "new Map([['1', 'text'], [1, 'number']])",
    [
      new Map<unknown, unknown>([
        ['1', 'text'],
        [1, 'number'],
      ]),
    ],
  ],
  ['new Set([2, 1])', [new Set([2, 1])]],
  ['new Date(0)', [new Date(0)]],
  ['new Date(NaN)', [new Date(Number.NaN)]],
  ['new Uint8Array([1, 2])', [new Uint8Array([1, 2])]],
  ['Buffer.from([1, 2])', [Buffer.from([1, 2])]],
  ['new Uint8Array([1, 2]).buffer', [new Uint8Array([1, 2]).buffer]],
  ['new Float64Array([-0, NaN, 1.5])', [new Float64Array([-0, Number.NaN, 1.5])]],
  ['new BigInt64Array([-1n])', [new BigInt64Array([-1n])]],
  ['List([1, 2])', [List([1, 2])]],
  ['Immutable.Map({ b: 1, a: 2 })', [ImmutableMap({ b: 1, a: 2 })]],
  ['OrderedMap({ b: 1, a: 2 })', [OrderedMap({ b: 1, a: 2 })]],
  ['Immutable.Set([2, 1])', [ImmutableSet([2, 1])]],
  ['OrderedSet([2, 1])', [OrderedSet([2, 1])]],
  ['Point({ x: 1 })', [Point({ x: 1 })]],
  ['partition({ b: 1, a: [2] })', [partition<unknown>({ b: 1, a: [2] })]],
])

export function madeFrom(what: string): readonly unknown[] {
  const args = made.get(what)
  if (args === undefined) throw new Error(`no vector is called ${what}`)
  return args
}

if (process.argv[1] === import.meta.filename) {
  const vectors = [...made].map(([what, args]): Vector => {
    const bytes = canonicalArguments(args, { types: vectorTypes })
    return { what, bytes: Buffer.from(bytes).toString('hex'), sha256: sha256(bytes) }
  })
  await writeFile(path.join(project, 'tests/memo/vectors.json'), `${JSON.stringify(vectors, undefined, 2)}\n`)
}
