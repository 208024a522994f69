// The oracle: what a node is in a context, by plain interpretation, without any cache. It alone says what is right: the
// value or the error, what was demanded on the way and in which order, on which contexts' tweaks it depended (R2), and
// whether a cycle was met (R16).
//
// `scratch` is that interpreter. An `Oracle` keeps what it found until the world changes: nothing here has effects, so
// only the time differs, and harness.test.ts compares the two.
import type { ArgumentChoice, Expression, Program } from './program.js'
import { numberOf, sum, textOf, textOfCycle } from './values.js'
import { innerContext, keyOfTweaks, type ModelContext, type ModelTweak, type Token } from './world.js'

/** In the place of a value: an error, in a text. */
export class Failure {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What was found for a node in a context, or for what lies below a tweak of it. */
export class Found {
  readonly context: ModelContext
  readonly node: number
  /** Names the body that was run: the node's own, or a replacement's; null where a tweak spoke alone. */
  body: string | null = null
  outcome: unknown
  footprint = 0
  /** What was demanded directly, in order. */
  readonly reads: Found[] = []
  /** What was started and left behind: a synchronous body depends on it, but nobody waits for it (R24). */
  readonly left: Found[] = []
  /** Computed after a cycle error, so it depends on who asked. */
  isTainted = false
  /** May not be cached, or was computed from what may not. */
  isLoose = false
  token: Token | undefined
  /** Notes of the ledger. */
  seen = 0
  #fingerprint: string | null | undefined

  constructor(context: ModelContext, node: number) {
    this.context = context
    this.node = node
  }

  /** What was demanded and what it gave, in a text; null where it met errors, which have no text of their own. */
  get fingerprint(): string | null {
    if (this.#fingerprint === undefined) {
      let text = `${this.token?.time ?? ''}`
      for (const { context, node, outcome } of this.reads) {
        if (outcome instanceof Failure) {
          this.#fingerprint = null
          return null
        }
        text += `|${context === this.context ? '' : keyOfTweaks(context.made)} ${textOfNode(node)} = ${textOf(outcome)}`
      }
      this.#fingerprint = text
    }
    return this.#fingerprint
  }
}

/** How many steps a read of a program with cycles may take. */
const BUDGET = 400

/** The case takes too long to interpret; only programs with cycles do. */
export class BudgetError extends Error {}

interface Activation {
  readonly found: Found
  readonly context: ModelContext
  readonly argument: number
  readonly function: number
  readonly prefix: string
}

/** One evaluation from scratch, without any cache. */
export function scratch(program: Program, outside: readonly number[], context: ModelContext, node: number): Found {
  return new Oracle(program, outside, false).read(context, node)
}

/** The interpreter, and what it found since the last change. */
export class Oracle {
  readonly #program: Program
  readonly #outside: readonly number[]
  readonly #found: Map<number, Found> | null
  /** What may not be cached is remembered, too: for the answer alone, not for what it costs. */
  readonly #remembersLoose: boolean
  /** What is being evaluated: a second time in the same context is a cycle. */
  readonly #running = new Map<number, number>()
  readonly #stack: { context: ModelContext; node: number }[] = []
  #budget = 0
  /** Bodies interpreted. */
  activations = 0

  constructor(program: Program, outside: readonly number[], remembers = true, remembersLoose = true) {
    this.#program = program
    this.#outside = outside
    this.#remembersLoose = remembersLoose
    this.#found = remembers ? new Map() : null
  }

  /** Forget everything: the world has changed. */
  changed(): void {
    this.#found?.clear()
  }

  /** What a read gives from outside every body. */
  read(context: ModelContext, node: number): Found {
    this.#budget = BUDGET
    this.#running.clear()
    this.#stack.length = 0
    return this.#read(context, node, context)
  }

  /** What the node's own body gives there, whatever tweaks say. */
  body(context: ModelContext, node: number): Found {
    this.#budget = BUDGET
    return this.#remember(context, node, 0, () => this.#base(context, node))
  }

  /** What a replacement gives there. */
  replaced(context: ModelContext, node: number, tweak: ModelTweak & { kind: 'replace' }): Found {
    return this.#replacement(context, node, tweak)
  }

  /** What the levels from `from` upwards give, evaluated in `context` (R12). */
  #read(context: ModelContext, node: number, from: ModelContext | null): Found {
    let at = from
    let tweak: ModelTweak | undefined
    while (at !== null) {
      tweak = at.tweakOf(node)
      if (tweak !== undefined) break
      at = at.parent
    }
    const level = at === null ? 0 : at.depth + 1
    return this.#remember(context, node, level, () => {
      if (at === null || tweak === undefined) return this.#base(context, node)
      return this.#tweaked(context, node, at, tweak)
    })
  }

  #remember(context: ModelContext, node: number, level: number, evaluate: () => Found): Found {
    const key = (context.id * 64 + level) * 1024 + node
    const known = this.#found?.get(key)
    if (known !== undefined) return known
    const running = this.#running.get(key)
    if (running !== undefined) return this.#cycle(context, node, running)
    if (--this.#budget < 0 && this.#program.mode.endsWith('cyclic')) throw new BudgetError('too many steps')
    this.#running.set(key, this.#stack.length)
    this.#stack.push({ context, node })
    const found = evaluate()
    this.#stack.pop()
    this.#running.delete(key)
    if (!found.isTainted && (this.#remembersLoose || !found.isLoose)) this.#found?.set(key, found)
    return found
  }

  #cycle(context: ModelContext, node: number, from: number): Found {
    const found = new Found(context, node)
    const path = [...this.#stack.slice(from), { context, node }].map((one) => textOfNode(one.node))
    found.outcome = new Failure(textOfCycle(path, this.#program.mode === 'async cyclic'))
    found.isTainted = true
    found.isLoose = true
    return found
  }

  #tweaked(context: ModelContext, node: number, at: ModelContext, tweak: ModelTweak): Found {
    const found = new Found(context, node)
    found.footprint = at.bit
    if (tweak.kind === 'value') {
      found.outcome = tweak.value
      return found
    }
    if (tweak.kind === 'replace') {
      const replaced = this.#replacement(context, node, tweak)
      replaced.footprint |= at.bit
      return replaced
    }
    const previous = this.#read(context, node, at.parent)
    use(found, previous, 0)
    found.outcome =
      previous.outcome instanceof Failure
        ? previous.outcome
        : (adjustments[tweak.which] as Adjust)(previous.outcome, node & 1)
    return found
  }

  #base(context: ModelContext, node: number): Found {
    const found = new Found(context, node)
    found.body = `${node}`
    return this.#run(found, '', (this.#program.functions[node >> 1] as { body: Expression }).body)
  }

  #replacement(context: ModelContext, node: number, tweak: ModelTweak & { kind: 'replace' }): Found {
    const found = new Found(context, node)
    found.body = `${node}r${tweak.id}`
    const { replacements } = this.#program.functions[node >> 1] as { replacements: readonly Expression[] }
    return this.#run(found, `r${tweak.which}`, replacements[tweak.which] as Expression)
  }

  #run(found: Found, prefix: string, body: Expression): Found {
    const { context, node } = found
    const plan = this.#program.functions[node >> 1]
    this.activations++
    found.token = context.tokenOf(node)
    if (found.token !== undefined) found.footprint |= found.token.context.bit
    found.outcome = this.#evaluate(body, { found, context, argument: node & 1, function: node >> 1, prefix })
    if (found.outcome instanceof Failure && plan?.cacheErrors === false) found.isLoose = true
    return found
  }

  #call(by: Activation, callee: number, choice: ArgumentChoice): unknown {
    const read = this.#read(by.context, callee * 2 + argumentOf(choice, by.argument), by.context)
    use(by.found, read, 0)
    return read.outcome
  }

  #evaluate(expression: Expression, by: Activation): unknown {
    switch (expression.kind) {
      case 'constant':
        return expression.value
      case 'argument':
        return by.argument
      case 'call':
        return this.#call(by, expression.callee, expression.argument)
      case 'add': {
        const left = this.#evaluate(expression.left, by)
        if (left instanceof Failure) return left
        const right = this.#evaluate(expression.right, by)
        return right instanceof Failure ? right : sum(left, right)
      }
      case 'wrap': {
        const v = this.#evaluate(expression.of, by)
        return v instanceof Failure ? v : { v: numberOf(v) }
      }
      case 'if': {
        const test = this.#evaluate(expression.test, by)
        if (test instanceof Failure) return test
        return this.#evaluate(numberOf(test) ? expression.yes : expression.no, by)
      }
      case 'throwIfZero': {
        const value = this.#evaluate(expression.of, by)
        if (value instanceof Failure || numberOf(value) !== 0) return value
        return new Failure(textOfZero(this.#program, by.function, by.argument, `${by.prefix}${expression.site}`))
      }
      case 'try': {
        const value = this.#evaluate(expression.of, by)
        return value instanceof Failure ? this.#evaluate(expression.otherwise, by) : value
      }
      case 'all': {
        const values = expression.branches.map((branch) => this.#evaluate(branch, by))
        return values.find((value) => value instanceof Failure) ?? values.reduce(sum, 0)
      }
      case 'start':
        this.#evaluate(expression.call, by)
        return this.#evaluate(expression.then, by)
      case 'touch':
        this.#evaluate(expression.call, by)
        by.found.left.push(by.found.reads.pop() as Found)
        by.found.isLoose = true
        return this.#evaluate(expression.then, by)
      case 'poke':
        // what the body makes of the refusal is its own affair, and need not be kept
        by.found.isLoose = true
        return this.#evaluate(expression.then, by)
      case 'tick':
        return this.#evaluate(expression.then, by)
      case 'external':
        return this.#outside[expression.leaf]
      case 'whatIf': {
        const inner = innerContext(by.context, expression.tweaks)
        const { callee, argument } = expression.call
        const read = this.#read(inner, callee * 2 + argumentOf(argument, by.argument), inner)
        use(by.found, read, inner.depth < 30 ? inner.bit : 0)
        return read.outcome
      }
    }
  }
}

function use(found: Found, read: Found, without: number): void {
  found.reads.push(read)
  found.footprint |= read.footprint & ~without
  found.isTainted ||= read.isTainted
  found.isLoose ||= read.isLoose
}

export function argumentOf(choice: ArgumentChoice, own: number): number {
  return choice === 'same' ? own : choice === 'other' ? 1 - own : choice
}

export function textOfNode(node: number): string {
  return `f${node >> 1}(${node & 1})`
}

export function textOfZero(program: Program, index: number, argument: number, site: string): string {
  return program.functions[index]?.throwsNothing ? 'thrown undefined' : `zero in f${index}(${argument}) at ${site}`
}

type Adjust = (previous: unknown, argument: number) => unknown

/** The first two are `scale(2)` and `add(1)`, for numbers only. */
export const adjustments: readonly Adjust[] = [
  (previous) => (previous as number) * 2,
  (previous) => (previous as number) + 1,
  (previous) => sum(previous, 1),
  (previous, argument) => sum(previous, argument),
  (previous) => ({ v: numberOf(previous) }),
  (previous) => (numberOf(previous) === 0 ? undefined : previous),
]
