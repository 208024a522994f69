/**
 * Which classes have a form in bytes, by a name that stays when classes are renamed or moved. Reading makes an object of
 * the registered class without calling its constructor, unless `decode` does: what is stored never names code to run.
 */
import { type Record as ImmutableRecord, isRecord } from 'immutable'
import { DuplicateTypeError } from './errors.js'

/** Any class: only its prototype matters. */
export interface AnyClass<Instance extends object = object> {
  readonly prototype: Instance
}

export interface ClassOptions<Instance extends object> {
  /** What is kept of an instance: any storable value. Without it: its own enumerable properties. */
  readonly encode?: (instance: Instance) => unknown
  /** An instance of what `encode` gave. Without it: an object of the class with these properties, no constructor called. */
  readonly decode?: (kept: unknown) => Instance
}

/** What `types.custom` takes: values that are recognised one by one, such as functions of a model. */
export interface CustomType<Value> {
  readonly is: (value: unknown) => value is Value
  readonly encode: (value: Value) => unknown
  readonly decode: (kept: unknown) => Value
}

/** A registered type as the codec sees it. */
export interface RegisteredType {
  readonly name: string
  readonly kind: 'class' | 'error' | 'record' | 'custom'
  readonly prototype: object
  readonly encode: ((value: never) => unknown) | undefined
  readonly decode: ((kept: unknown) => unknown) | undefined
}

/** The classes that may be stored. Register the same ones, by the same names, where values are written and read. */
export class Types {
  readonly #byName = new Map<string, RegisteredType>()
  readonly #byPrototype = new Map<object, RegisteredType>()
  readonly #custom: (RegisteredType & { readonly is: (value: unknown) => boolean })[] = []

  /** Instances of a class. Private fields are kept only where `encode` and `decode` care for them. */
  class<Instance extends object>(name: string, made: AnyClass<Instance>, options: ClassOptions<Instance> = {}): this {
    const { encode, decode } = options
    return this.#add({ name, kind: 'class', prototype: made.prototype, encode, decode })
  }

  /** Errors of a class: message, stack, cause and own properties are kept. */
  error<Instance extends Error>(name: string, made: AnyClass<Instance>): this {
    return this.#add({ name, kind: 'error', prototype: made.prototype, encode: undefined, decode: undefined })
  }

  /** Records of Immutable, by their factory. */
  record<Properties extends object>(name: string, factory: ImmutableRecord.Factory<Properties>): this {
    const prototype = Object.getPrototypeOf(factory()) as object
    const decode = (kept: unknown): unknown => factory(kept as Partial<Properties>)
    return this.#add({ name, kind: 'record', prototype, encode: undefined, decode })
  }

  /** Values that no prototype tells: asked only about what has no other form. */
  custom<Value>(name: string, { is, encode, decode }: CustomType<Value>): this {
    const type = { name, kind: 'custom', prototype: {}, encode, decode, is } as const
    this.#add(type)
    this.#custom.push(type)
    return this
  }

  #add(type: RegisteredType): this {
    if (this.#byName.has(type.name) || this.#byPrototype.has(type.prototype)) throw new DuplicateTypeError(type.name)
    this.#byName.set(type.name, type)
    this.#byPrototype.set(type.prototype, type)
    return this
  }

  /** The type of this name. */
  named(name: string): RegisteredType | undefined {
    return this.#byName.get(name)
  }

  /** The type of this value. */
  of(value: unknown): RegisteredType | undefined {
    if (typeof value === 'object' && value !== null) {
      const found = this.#byPrototype.get(Object.getPrototypeOf(value) as object)
      if (found !== undefined) return found
    }
    return this.#custom.find(({ is }) => is(value))
  }
}

/** What is kept of an instance of a registered type. */
export function keptOf(type: RegisteredType, value: unknown): unknown {
  if (type.encode !== undefined) return type.encode(value as never)
  return isRecord(value) ? value.toObject() : { ...(value as object) }
}

/** No registered class. */
export const noTypes = new Types()
