/**
 * What a model reads from outside. An input is two nodes: its content, which a body reads and a what-if tweaks, and below
 * it its state, a hash. The state is what a memento records and what is looked at again, so that nobody loads a large file
 * to learn that it is the same.
 *
 * A graph holds on to the state that it has seen: all of it is computed from one state of the world, until `revalidate`.
 * Content that is not of that state is refused and not mixed in.
 */
import { Context, tracked } from '../../core/index.js'
import { argumentsOf, type Definition, definitionFrom, type Tracked, type Vertex } from '../../core/rooms.js'
import { InputChangedError } from '../errors.js'
import type { MaybePromise } from '../store.js'
import { type Reading, Readings } from './readings.js'

/** How inputs of one kind are read. */
export interface Reader<Content> {
  /** `file`, `env`. */
  readonly kind: string
  read(what: string): Reading<Content>
  /** Its state alone, where that takes less. */
  look(what: string): string
}

/** The same for what has to be awaited. The signal: nobody wants it any more. */
export interface LaterReader<Content> {
  readonly kind: string
  read(what: string, signal: AbortSignal): Promise<Reading<Content>>
  look(what: string, signal?: AbortSignal): Promise<string>
}

/** The nodes that say in which state inputs of one kind are. */
export interface States {
  readonly kind: string
  readonly definition: Definition
  look(what: string): MaybePromise<string>
}

const states = new Map<Definition, States>()
const contents = new Set<Definition>()

/** The kinds of inputs that there are. */
export function kindsOfInputs(): Iterable<States> {
  return states.values()
}

/** The states of which this is the function, if it is one. */
export function statesFrom(definition: Definition): States | undefined {
  return states.get(definition)
}

/** Reads from outside and computes nothing, so there is nothing to be kept of it. */
export function isInput(definition: Definition): boolean {
  return states.has(definition) || contents.has(definition)
}

/** The functions of all inputs: a memo knows them before a model has called one. */
export function inputFunctions(): Iterable<Definition> {
  return [...states.keys(), ...contents]
}

/** An input as it is called in mementos and messages: `file("prices.csv")`. */
export function inputLabel(kind: string, what: string): string {
  return `${kind}(${JSON.stringify(what)})`
}

/** Which file, which variable: what the node of a state is of. */
export function whatOf(vertex: Vertex): string {
  return argumentsOf(vertex)[0] as string
}

/** A kind of inputs that are read at once. */
export function input<Content>(reader: Reader<Content>): Tracked<(what: string) => Content> {
  const { kind } = reader
  const readings = new Readings<Content>()
  const state = tracked(
    `${kind}State`,
    (what: string): string => (readings.isWanted(what) ? readings.keep(what, reader.read(what)) : reader.look(what)),
    ownOptions(`${kind}State`),
  )
  const content = tracked(
    kind,
    (what: string): Content => {
      readings.want(what)
      try {
        const known = state(what)
        return as(known, readings.of(what, known) ?? reader.read(what), kind, what)
      } finally {
        readings.done(what)
      }
    },
    ownOptions(kind),
  )
  return registered(reader, state, content)
}

/** A kind of inputs that have to be awaited. */
export function inputLater<Content>(reader: LaterReader<Content>): Tracked<(what: string) => Promise<Content>> {
  const { kind } = reader
  const readings = new Readings<Content>()
  const state = tracked(
    `${kind}State`,
    async (what: string): Promise<string> => {
      const signal = Context.signal()
      return readings.isWanted(what)
        ? readings.keep(what, await reader.read(what, signal))
        : await reader.look(what, signal)
    },
    ownOptions(`${kind}State`),
  )
  const content = tracked(
    kind,
    async (what: string): Promise<Content> => {
      const signal = Context.signal()
      readings.want(what)
      try {
        const known = await state(what)
        return as(known, readings.of(what, known) ?? (await reader.read(what, signal)), kind, what)
      } finally {
        readings.done(what)
      }
    },
    ownOptions(kind),
  )
  return registered(reader, state, content)
}

function as<Content>(known: string, reading: Reading<Content>, kind: string, what: string): Content {
  if (reading.state !== known) throw new InputChangedError(inputLabel(kind, what))
  return reading.content()
}

/** In stores they have names that no function of a model has. */
export function ownOptions(name: string): { readonly memo: { readonly id: string; readonly version: number } } {
  return { memo: { id: `dugout:${name}`, version: 1 } }
}

function registered<F>(reader: Pick<States, 'kind' | 'look'>, state: unknown, content: F): F {
  const definition = definitionFrom(state) as Definition
  states.set(definition, { kind: reader.kind, definition, look: (what) => reader.look(what) })
  return asInput(content)
}

/** A tracked function that only reads from outside. */
export function asInput<F>(fn: F): F {
  contents.add(definitionFrom(fn) as Definition)
  return fn
}
