/** Functions by the name that they have in stores. Two of one name are an error: nobody could tell their results apart. */
import { DuplicateNameError } from '../core/index.js'
import { type AnyFunction, type Definition, definitionFrom, type MemoOptions, type Tracked } from '../core/rooms.js'

/** What a function says of its persistence. */
export function memoOptions({ options }: Definition): MemoOptions {
  return typeof options.memo === 'object' ? options.memo : {}
}

/** The name that a function has in stores. */
export function idOf(definition: Definition): string {
  return memoOptions(definition).id ?? definition.name
}

export class Registry {
  readonly #byName = new Map<string, { readonly definition: Definition; readonly place: string }>()

  /** The tracked functions that a module exports, also those in its objects and arrays. */
  addModule(exports: Readonly<Record<string, unknown>>, place: string): void {
    for (const [name, value] of Object.entries(exports)) {
      for (const one of held(value)) this.add(definitionFrom(one) as Definition, `${name} of ${place}`)
    }
  }

  /** @throws DuplicateNameError where another function has the name. */
  add(definition: Definition, place: string): void {
    const id = idOf(definition)
    const known = this.#byName.get(id)
    if (known !== undefined && known.definition !== definition) throw new DuplicateNameError(id, [known.place, place])
    if (known === undefined) this.#byName.set(id, { definition, place })
  }

  /** Is this the function of its name? One that was not known before is from now on. */
  owns(definition: Definition): boolean {
    const id = idOf(definition)
    const known = this.#byName.get(id)
    if (known === undefined) this.#byName.set(id, { definition, place: 'a call' })
    return known === undefined || known.definition === definition
  }

  named(id: string): Definition | undefined {
    return this.#byName.get(id)?.definition
  }

  get functions(): Tracked<AnyFunction>[] {
    return [...this.#byName.values()].flatMap(({ definition }) => definition.wrapper ?? [])
  }
}

/** The tracked functions that a value is, or holds. */
export function held(value: unknown): unknown[] {
  if (definitionFrom(value) !== undefined) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).filter((one) => definitionFrom(one) !== undefined)
}
