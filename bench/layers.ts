// The workload of the what-if rows: a model of `size` nodes in layers, each node made from three of the layer before, all of
// them reached by one target, and one input, the leaf, that reaches exactly `reach` of them. The nodes that the leaf
// reaches lie scattered in their layers, as they would in a model.
//
//          target            1  the upper layers halve, so that the target reaches everything
//         o      o           2
//       o  o    o  o         4
//      ...............      ...
//     o o o o o o o o o   width  \
//     o o o o o o o o o   width   >  the model's body; the leaf stands in the layer below the lowest node that it reaches
//     o o o o o o o o o   width  /
//     i i i i i i i i i   inputs
import { randomNumbers, shuffled } from './random.js'

/** What a node makes of the three that it reads. */
export type Work = (a: number, b: number, c: number) => number

export interface Layers {
  readonly size: number
  /** The input that is changed. */
  readonly leaf: number
  /** The node that reaches all others. */
  readonly target: number
  /** The nodes that the leaf reaches, the leaf left out, each after those that it reads. */
  readonly reached: readonly number[]
  /** The three nodes that node i reads, at 3 * i; -1 for an input. They are smaller than i. */
  readonly sources: Int32Array
  /** The inputs' values, in [-1, 1). */
  readonly inputs: Float64Array
  /** Where each layer begins, from the inputs up. */
  readonly starts: readonly number[]
}

/** The leaf reaches all but the other inputs. */
export const nearlyAll = Number.POSITIVE_INFINITY

export function layers(size: number, reach: number, seed = 1): Layers {
  const random = randomNumbers(seed)
  const widths = layerWidths(size)
  const starts: number[] = []
  let count = 0
  for (const width of widths) {
    starts.push(count)
    count += width
  }
  const affected = affectedCounts(widths, reach)
  const leafLayer = affected.findIndex((count) => count > 0) - 1
  const sources = new Int32Array(3 * size).fill(-1)
  const inputs = Float64Array.from({ length: size }, () => 2 * random() - 1)
  const reached: number[] = []
  let leaf = -1
  let below: { affected: number[]; others: number[] } = { affected: [], others: [] }
  for (const [layer, width] of widths.entries()) {
    const start = starts[layer] as number
    const nodes = shuffled(
      Array.from({ length: width }, (_, position) => start + position),
      random,
    )
    const changing = layer === leafLayer ? 1 : (affected[layer] as number)
    const here = { affected: nodes.slice(0, changing), others: nodes.slice(changing) }
    if (layer === leafLayer) leaf = here.affected[0] as number
    else reached.push(...here.affected.toSorted((one, other) => one - other))
    const inner = layer === leafLayer ? here.others : nodes
    if (layer > 0) connect(sources, inner, new Set(layer === leafLayer ? [] : here.affected), below, random)
    below = here
  }
  const made = { size, leaf, target: size - 1, reached, sources, inputs, starts }
  check(made)
  return made
}

// The body's width grows with the size, so that models of any size are about as deep: 45 to 75 layers.
function layerWidths(size: number): number[] {
  const width = 2 ** Math.round(Math.log2(size / 48))
  const upper = Array.from({ length: Math.log2(width) }, (_, layer) => width / 2 ** (layer + 1))
  const body = size - (width - 1)
  const lowest = width + (body % width)
  return [lowest, ...Array.from({ length: Math.floor(body / width) - 1 }, () => width), ...upper]
}

// How many of each layer the leaf reaches: from the target down, about as wide as deep.
function affectedCounts(widths: readonly number[], reach: number): number[] {
  const widest = Math.ceil(Math.sqrt(reach))
  const counts = widths.map(() => 0)
  let left = reach
  let count = 1
  for (let layer = widths.length - 1; layer > 0 && left > 0; layer--) {
    const here = Math.min(count, widest, widths[layer] as number, left)
    counts[layer] = here
    left -= here
    count *= 2
  }
  if (left > 0 && left !== nearlyAll) throw new RangeError(`no leaf of so few nodes reaches ${reach}`)
  return counts
}

// Every node below is read by somebody; what the leaf reaches is read only by what the leaf reaches.
function connect(
  sources: Int32Array,
  nodes: readonly number[],
  affected: ReadonlySet<number>,
  below: { readonly affected: readonly number[]; readonly others: readonly number[] },
  random: () => number,
): void {
  const reads = new Map<number, number[]>(nodes.map((node) => [node, []]))
  const readers = [...affected]
  if (readers.length > 0) {
    for (let turn = 0; turn < Math.max(readers.length, below.affected.length); turn++) {
      const reader = readers[turn % readers.length] as number
      reads.get(reader)?.push(below.affected[turn % below.affected.length] as number)
    }
  }
  const rest = below.others.length > 0 ? below.others : below.affected
  let turn = 0
  for (let slot = 0; slot < 3; slot++) {
    for (const node of shuffled(nodes, random)) {
      const read = reads.get(node) as number[]
      if (read.length > slot) continue
      if (rest.length >= 3 && read.includes(rest[turn % rest.length] as number)) turn++
      read.push(rest[turn++ % rest.length] as number)
    }
  }
  for (const [node, read] of reads) sources.set(shuffled(read, random), 3 * node)
}

// The generator's word is not taken for it.
function check(made: Layers): void {
  const { size, leaf, reached, sources, target } = made
  const reaches = new Uint8Array(size)
  const isReached = new Uint8Array(size)
  const isRead = new Uint8Array(size)
  for (const node of reached) isReached[node] = 1
  reaches[leaf] = 1
  for (let node = 0; node < size; node++) {
    for (let slot = 3 * node; slot < 3 * node + 3; slot++) {
      const source = sources[slot] as number
      if (source < 0) continue
      isRead[source] = 1
      if (reaches[source] === 1) reaches[node] = 1
      if (source >= node) throw new Error(`node ${node} reads ${source}`)
    }
    if (reaches[node] !== (node === leaf ? 1 : isReached[node])) throw new Error(`the leaf's reach is wrong at ${node}`)
  }
  if (isRead.subarray(0, target).includes(0)) throw new Error('a node is read by nobody')
  const base = evaluate(made, add, made.inputs[leaf] as number)
  const changed = evaluate(made, add, 2)
  for (const node of reached) if (base[node] === changed[node]) throw new Error(`node ${node} does not change`)
}

/** All values, by a plain loop. */
export function evaluate({ size, leaf, sources, inputs }: Layers, work: Work, leafValue: number): Float64Array {
  const values = new Float64Array(size)
  for (let node = 0; node < size; node++) {
    const slot = 3 * node
    const first = sources[slot] as number
    if (node === leaf) values[node] = leafValue
    else if (first < 0) values[node] = inputs[node] as number
    else {
      values[node] = work(
        values[first] as number,
        values[sources[slot + 1] as number] as number,
        values[sources[slot + 2] as number] as number,
      )
    }
  }
  return values
}

/** About 2 ns: a weighted sum. The weights' squares add up to one, so that values stay of one size through all layers. */
export const add: Work = (a, b, c) => 0.6 * a - 0.5 * b + 0.624 * c

/** About 2 ns, on integers: a value takes no memory beside its field. */
export const addIntegers: Work = (a, b, c) => (3 * a - 2 * b + c) | 0

/** About 45 ns. */
export const work45: Work = (a, b, c) => add(a, b, c) + spin(a, 32)

/** About 320 ns. */
export const work320: Work = (a, b, c) => add(a, b, c) + spin(a, 236)

/** About 3.4 us. */
export const work3400: Work = (a, b, c) => add(a, b, c) + spin(a, 2540)

// A chain of multiplications and additions that the compiler can neither shorten nor drop; it gives nothing.
const none = 0

function spin(value: number, rounds: number): number {
  let spun = value
  for (let round = 0; round < rounds; round++) spun = spun * 0.999 + 0.001
  return spun * none
}
