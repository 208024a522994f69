/** Where in a value: kept as steps while it is walked, written out only where something is wrong. */
import { NotStorableError } from './errors.js'

/** Deeper than any data that people write, and shallower than the stack. */
const DEEPEST = 1000

/** A step that is no property: the key of a Map, a member of a Set. */
export class Member {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Step = string | number | Member

export class Path {
  readonly #steps: Step[] = []
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  enter(step: Step): void {
    if (this.#steps.push(step) > DEEPEST) {
      const path = this.toString()
      throw new NotStorableError(`${path.slice(0, 80)}...`, `it is nested deeper than ${DEEPEST} levels.`)
    }
  }

  leave(): void {
    this.#steps.pop()
  }

  /** Throws: what stands here has no form in bytes. */
  refuse(why: string): never {
    throw new NotStorableError(this.toString(), why)
  }

  toString(): string {
    return this.#root + this.#steps.map(stepText).join('')
  }
}

function stepText(step: Step): string {
  if (step instanceof Member) return `.${step.text}`
  if (typeof step === 'number') return `[${step}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

/** A value in few words, for messages. */
export function kindOf(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const maker: unknown = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor
  return typeof maker === 'function' && maker.name !== '' ? `an instance of ${maker.name}` : 'an object of no class'
}

/** Why a value that is no data has no form in bytes, and what to do. */
export function whyNot(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol') return `it is ${kindOf(value)}, and only data can be.`
  if (value instanceof Promise) return 'it is a promise. Await it first.'
  return (
    `it is ${kindOf(value)}, and its class is not registered. Register it: types.class(name, Class), ` +
    'types.error(name, Class) or types.record(name, Factory).'
  )
}
