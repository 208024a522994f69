/** What can be wrong with a value that is to be kept, or with the bytes of one that was. */
import { DugoutError } from '../../core/index.js'

/** A value, or an argument, that has no form in bytes. The result itself is unharmed. */
export class NotStorableError extends DugoutError {
  /** Where in the value: `result.items[3].callback`. */
  readonly path: string

  constructor(path: string, why: string) {
    super('DUGOUT_NOT_STORABLE', `${path} cannot be stored: ${why}`)
    this.path = path
  }
}

/** Bytes that no value was written as: cut, changed, or of another format. */
export class DamagedValueError extends DugoutError {
  constructor(why: string, options?: ErrorOptions) {
    super('DUGOUT_DAMAGED_VALUE', `A stored value cannot be read: ${why}. It counts as not stored.`, options)
  }
}

/** A stored value holds an instance of a class that is not registered here. */
export class UnknownTypeError extends DugoutError {
  /** The name it was registered by. */
  readonly type: string

  constructor(type: string) {
    super(
      'DUGOUT_UNKNOWN_TYPE',
      `A stored value holds a ${JSON.stringify(type)}, which is not registered here. Register its class by this name ` +
        'before results are read: types.class(name, Class), types.error(name, Class) or types.record(name, Factory).',
    )
    this.type = type
  }
}

/** Two types were registered by one name, or one type by two. */
export class DuplicateTypeError extends DugoutError {
  constructor(name: string) {
    super(
      'DUGOUT_DUPLICATE_TYPE',
      `A type called ${JSON.stringify(name)}, or this class by another name, is registered already. Give each class ` +
        'one name of its own, and keep it: stored values hold it.',
    )
  }
}
