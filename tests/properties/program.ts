// Random programs: functions of one argument, 0 or 1, whose bodies are small expression trees. A function calls those
// after it (callee below caller); the cyclic mode lifts that.
import type { Choices } from './choices.js'

/** Which kind of programs a suite runs. */
export type Mode = 'sync' | 'async' | 'cyclic' | 'async cyclic'

/** The argument of a call: 0, 1, the caller's own, the other one. */
export type ArgumentChoice = 0 | 1 | 'same' | 'other'

/** A call of another function. */
export interface Call {
  readonly kind: 'call'
  readonly callee: number
  readonly argument: ArgumentChoice
}

/** A tweak inside a what-if: a value, or one of the adjustments that are values. */
export interface InnerTweak {
  readonly callee: number
  /** Undefined: the whole function. */
  readonly argument: 0 | 1 | undefined
  readonly value?: unknown
  readonly adjustment?: number
}

/** A body, or a part of one. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'argument' }
  | Call
  | { readonly kind: 'add'; readonly left: Expression; readonly right: Expression }
  /** A fresh object each time, equal where its content is. */
  | { readonly kind: 'wrap'; readonly of: Expression }
  | { readonly kind: 'if'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'throwIfZero'; readonly of: Expression; readonly site: number }
  | { readonly kind: 'try'; readonly of: Expression; readonly otherwise: Expression }
  /** Concurrent where the function is asynchronous; all are awaited, the first error in order is thrown. */
  | { readonly kind: 'all'; readonly branches: readonly Expression[] }
  /** Suspended until the schedule lets it go on; nothing in a synchronous body. */
  | { readonly kind: 'tick'; readonly then: Expression }
  /** R24: a call that is started and not awaited. */
  | { readonly kind: 'start'; readonly call: Call; readonly then: Expression }
  /** R24: a synchronous body that calls an asynchronous function, and does not wait. */
  | { readonly kind: 'touch'; readonly call: Call; readonly then: Expression }
  /** A number from outside, that the graph knows nothing of. */
  | { readonly kind: 'external'; readonly leaf: number }
  /** R15: another function, read under tweaks of this body's own. */
  | {
      readonly kind: 'whatIf'
      readonly tweaks: readonly InnerTweak[]
      readonly call: Call
      readonly by: 'with' | 'fork'
    }
  /** R14: tries to tweak the context that runs it, which must throw and change nothing. */
  | { readonly kind: 'poke'; readonly root: boolean; readonly then: Expression }

/** `async`: written so. `declared`: returns promises and says so. `promise`: returns promises and does not say so. */
export type Style = 'sync' | 'async' | 'declared' | 'promise'

/** A function of a program. */
export interface FunctionPlan {
  readonly style: Style
  readonly body: Expression
  readonly replacements: readonly Expression[]
  /** An `equals` that agrees with the structural one. */
  readonly ownEquals: boolean
  readonly cacheErrors: boolean
  /** Throws `undefined` instead of an error. */
  readonly throwsNothing: boolean
}

/** A program. */
export interface Program {
  readonly mode: Mode
  readonly functions: readonly FunctionPlan[]
  /** Which pair of arguments, in values.ts. */
  readonly pair: number
  /** All functions have one name. */
  readonly oneName: boolean
  /** Values are numbers throughout, so that `scale` and `add` apply. */
  readonly numeric: boolean
  /** The root is the top of this many nested contexts. */
  readonly depth: number
  /** Has a body that leaves a run behind for which nobody waits, or one that is run twice. */
  readonly leavesRuns: boolean
  /** Has a body that forks. */
  readonly asksWhatIf: boolean
  /** Bodies that do several things at once, or run twice: in which order cycles close is then a matter of chance. */
  readonly concurrent: boolean
  /** How many numbers there are outside. */
  readonly outside: number
}

export function isAsync(plan: FunctionPlan): boolean {
  return plan.style !== 'sync'
}

export function hasCycles(mode: Mode): boolean {
  return mode === 'cyclic' || mode === 'async cyclic'
}

/** A value as programs and tweaks have them. */
export function value(choices: Choices, numeric: boolean): unknown {
  const number = choices.below(5)
  if (numeric) return choices.oneIn(12) ? choices.of([-0, Number.NaN, -1]) : number
  switch (choices.weighed([16, 1, 1, 1, 1, 2, 1])) {
    case 1:
      return undefined
    case 2:
      return null
    case 3:
      return Number.NaN
    case 4:
      return -0
    case 5:
      return { v: number }
    case 6:
      return 'text'
    default:
      return number
  }
}

const LEAVES = 3

/** The program that groups of choices stand for. */
export function programFrom(groups: readonly Choices[], mode: Mode): Program {
  const [settings, ...own] = groups as [Choices, ...Choices[]]
  const numeric = settings.oneIn(2)
  const pair = settings.oneIn(4) ? settings.below(10) : 0
  const oneName = settings.oneIn(10)
  const asynchronous = mode === 'async' || mode === 'async cyclic'
  const asyncShare = asynchronous ? settings.of([5, 5, 4, 3, 2]) : 0
  const styles = own.map((choices): Style => {
    const coin = choices.below(5)
    const which = choices.weighed([12, 2, 1])
    if (coin >= asyncShare) return 'sync'
    return (['async', 'declared', 'promise'] as const)[which] as Style
  })
  const depth = settings.oneIn(60) ? 33 : settings.oneIn(12) ? 3 : 0
  const withEquals = settings.oneIn(8)
  const withLooseErrors = settings.oneIn(8) && own.length <= 10
  const simple = settings.oneIn(3)
  const makers = own.map((choices, index) => new Maker(choices, index, styles, mode, numeric, simple))
  const functions = makers.map((maker, index): FunctionPlan => {
    const choices = own[index] as Choices
    const ownEquals = choices.oneIn(3) && withEquals
    const looseErrors = choices.oneIn(3) && withLooseErrors
    const throwsNothing = choices.oneIn(8)
    const body = maker.body(true)
    return {
      style: styles[index] as Style,
      body,
      replacements: [maker.body(false), maker.body(false)],
      ownEquals,
      cacheErrors: !looseErrors,
      throwsNothing,
    }
  })
  const used = new Set<string>()
  for (const maker of makers) for (const kind of maker.used) used.add(kind)
  return {
    mode,
    functions,
    pair,
    oneName,
    numeric,
    depth,
    leavesRuns: used.has('touch') || styles.includes('promise'),
    asksWhatIf: used.has('whatIf'),
    concurrent: used.has('all') || used.has('start') || styles.includes('promise'),
    outside: LEAVES,
  }
}

type Kind = Expression['kind']

const kinds: readonly Kind[] = [
  'constant',
  'argument',
  'call',
  'add',
  'if',
  'throwIfZero',
  'try',
  'wrap',
  'all',
  'tick',
  'start',
  'touch',
  'whatIf',
  'poke',
]
//                   const arg call add if throw try wrap all tick start touch whatIf poke
const whole: readonly number[] = [0, 0, 3, 8, 5, 4, 5, 3, 3, 0, 0, 0, 3, 1]
const part: readonly number[] = [4, 2, 12, 3, 2, 2, 1, 1, 1, 0, 0, 0, 1, 0]
const suspending: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 5, 9, 3, 0, 0, 0]
const end: readonly number[] = [3, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** Makes the bodies of one function. */
class Maker {
  readonly used = new Set<Kind>()
  readonly #choices: Choices
  readonly #index: number
  readonly #styles: readonly Style[]
  readonly #mode: Mode
  readonly #numeric: boolean
  readonly #simple: boolean
  #sites = 0

  constructor(
    choices: Choices,
    index: number,
    styles: readonly Style[],
    mode: Mode,
    numeric: boolean,
    simple: boolean,
  ) {
    this.#choices = choices
    this.#index = index
    this.#styles = styles
    this.#mode = mode
    this.#numeric = numeric
    this.#simple = simple
  }

  body(mayBeExternal: boolean): Expression {
    const last = this.#styles.length - 1 - this.#index
    if (mayBeExternal && last < 3 && !hasCycles(this.#mode) && this.#choices.oneIn(2)) {
      return { kind: 'add', left: { kind: 'external', leaf: this.#choices.below(LEAVES) }, right: { kind: 'argument' } }
    }
    return this.#expression(this.#simple ? 1 : 2, true)
  }

  #expression(depth: number, isWhole: boolean): Expression {
    const choices = this.#choices
    const weights = (depth <= 0 ? end : isWhole ? whole : part).map((weight, i) =>
      this.#weight(kinds[i] as Kind, weight, depth, i),
    )
    const kind = kinds[choices.weighed(weights)] as Kind
    const next = (): Expression => this.#expression(depth - 1, false)
    const call = (toAsync = false): Call => this.#call(toAsync)
    this.used.add(kind)
    switch (kind) {
      case 'argument':
        return { kind }
      case 'call':
        return this.#callees(false).length === 0 ? { kind: 'argument' } : call()
      case 'add':
        return { kind, left: next(), right: next() }
      case 'if':
        return { kind, test: next(), yes: next(), no: next() }
      case 'throwIfZero':
        return { kind, of: next(), site: this.#sites++ }
      case 'try':
        return { kind, of: next(), otherwise: next() }
      case 'wrap':
        return { kind, of: next() }
      case 'all':
        return { kind, branches: choices.oneIn(3) ? [next(), next(), next()] : [next(), next()] }
      case 'tick':
        return { kind, then: this.#expression(depth - (choices.oneIn(2) ? 1 : 0), false) }
      case 'start':
        return { kind, call: call(), then: next() }
      case 'touch':
        return { kind, call: call(true), then: next() }
      case 'whatIf': {
        const tweaks = [this.#innerTweak(), ...(choices.oneIn(3) ? [this.#innerTweak()] : [])]
        return { kind, tweaks, call: call(), by: choices.oneIn(3) ? 'fork' : 'with' }
      }
      case 'poke':
        return { kind, root: choices.oneIn(2), then: next() }
      default:
        return { kind: 'constant', value: value(choices, this.#numeric) }
    }
  }

  #weight(kind: Kind, weight: number, depth: number, index: number): number {
    const isSync = this.#styles[this.#index] === 'sync'
    if (depth > 0 && !isSync) weight += suspending[index] as number
    // what is never kept would be computed again and again
    if ((kind === 'touch' || kind === 'poke') && this.#styles.length > 10) return 0
    if (kind === 'touch') return isSync && depth > 0 && this.#mode === 'async' && this.#callees(true).length > 0 ? 1 : 0
    if (kind === 'start') return this.#callees(false).some((one) => this.#styles[one] !== 'sync') ? weight : 0
    if (kind === 'whatIf') return this.#mayAskWhatIf() ? weight : 0
    if (this.#numeric && (kind === 'wrap' || kind === 'poke')) return kind === 'wrap' ? 0 : weight
    return weight
  }

  /** Not where it could go on for ever, nor where the contexts in contexts would be too many. */
  #mayAskWhatIf(): boolean {
    const functions = this.#styles.length
    return (
      !hasCycles(this.#mode) && this.#callees(false).length > 0 && (functions <= 10 || this.#index >= functions - 8)
    )
  }

  /** Whom it may call: those after it, and synchronous ones only from a synchronous body. */
  #callees(toAsync: boolean): number[] {
    const isSync = this.#styles[this.#index] === 'sync'
    const found: number[] = []
    const from = hasCycles(this.#mode) ? 0 : this.#index + 1
    for (let i = from; i < this.#styles.length && found.length < 12; i++) {
      const isCalleeSync = this.#styles[i] === 'sync'
      if (toAsync ? !isCalleeSync : !isSync || isCalleeSync) found.push(i)
    }
    return found
  }

  #call(toAsync: boolean): Call {
    const callees = this.#callees(toAsync)
    const choices = this.#choices
    const near = hasCycles(this.#mode) ? callees.length : Math.min(callees.length, choices.oneIn(4) ? 12 : 3)
    const callee = callees[choices.below(near)] as number
    return { kind: 'call', callee, argument: choices.of(['same', 0, 1, 'other'] as const) }
  }

  #innerTweak(): InnerTweak {
    const choices = this.#choices
    const from = this.#index + 1
    const callee = from + choices.below(Math.min(this.#styles.length - from, 8))
    const argument = choices.of([0, 1, undefined] as const)
    if (this.#numeric && choices.oneIn(2)) return { callee, argument, adjustment: choices.below(2) }
    return { callee, argument, value: value(choices, this.#numeric) }
  }
}
