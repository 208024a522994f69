/** What a node gave, as far as it can be told without evaluating anything. */
import { Box, describeValue, EMPTY, markOf, plain, type Slot, slotsOf, type Vertex } from '../core/rooms.js'

/** A value, an error, or neither: not evaluated, unloaded, or no longer kept. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unknown' }

const UNKNOWN: Outcome = { kind: 'unknown' }

/** What a slot shows, or showed before it fell into doubt. */
export function outcomeOf(slot: Slot | null | undefined): Outcome {
  if (!slot || slot.shape === null || slot.state === EMPTY) return UNKNOWN
  return outcomeOfStamp(slot.stamp)
}

export function outcomeOfStamp(stamp: unknown): Outcome {
  if (!(stamp instanceof Box)) return { kind: 'value', value: stamp }
  if (stamp.failed) return { kind: 'error', error: stamp.value }
  // an unloaded result keeps its mark, and no value
  return stamp.value === undefined ? UNKNOWN : { kind: 'value', value: stamp.value }
}

/** The result that a mark stands for: the mark itself where it is a primitive, else whatever still holds a box of it. */
export function outcomeOfMark(vertex: Vertex, mark: unknown): Outcome {
  if ((typeof mark !== 'object' || mark === null) && typeof mark !== 'function') return { kind: 'value', value: mark }
  for (const stamp of stampsOf(vertex)) {
    if (!(stamp instanceof Box) || markOf(stamp) !== mark) continue
    const outcome = outcomeOfStamp(stamp)
    if (outcome.kind !== 'unknown') return outcome
  }
  return UNKNOWN
}

function* stampsOf(vertex: Vertex): Generator {
  yield vertex.stamp
  for (const slot of slotsOf(vertex)) yield slot.stamp
  for (const result of vertex.past ?? []) yield result.stamp
}

/** For people: enough to tell what a small step changed. */
const DIGITS = 10

/** As short text: `31`, `Error: no price`, `unknown`. */
export function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'value') {
    const { value } = outcome
    return typeof value === 'number' && Number.isFinite(value)
      ? String(Number(value.toPrecision(DIGITS)))
      : describeValue(value)
  }
  if (outcome.kind === 'error')
    return outcome.error instanceof Error
      ? `${outcome.error.name}: ${outcome.error.message}`
      : `thrown ${describeValue(outcome.error)}`
  return 'unknown'
}

/** As it goes into JSON: numbers that JSON cannot say as text, errors by name and message. */
export function plainOutcome(outcome: Outcome): unknown {
  if (outcome.kind === 'error') return { error: describeOutcome(outcome) }
  return outcome.kind === 'value' ? plainValue(outcome.value) : undefined
}

/** A value as JSON can say it; objects of classes by their names. */
export function plainValue(value: unknown): unknown {
  return plain(value, describeValue)
}
