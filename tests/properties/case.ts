// One random case: the tracked functions of its program, the real contexts beside what the harness knows of them, and
// the reads. Every body that runs is written down here, and every answer is compared with the oracle's.
import { checkInvariants } from '../../lib/core/check.js'
import {
  AbortedError,
  add,
  Context,
  DisposedError,
  FrozenContextError,
  type Node,
  SupersededError,
  scale,
  type Tracked,
  TweakInsideError,
  TweakSet,
  tracked,
} from '../../lib/index.js'
import { runAsync, runSync } from './bodies.js'
import { Ledger, type Run, textOfOutcome } from './ledger.js'
import { adjustments, BudgetError, Failure, type Found, Oracle, textOfNode } from './oracle.js'
import { hasCycles, type InnerTweak, isAsync, type Program } from './program.js'
import { argumentPairs, indexOfArgument, textOf, textOfError } from './values.js'
import { innerContext, ModelContext, type ModelTweak } from './world.js'

/** What a random function is to TypeScript. */
export type Body = (argument: unknown) => unknown
export type Random = Tracked<Body>
/** A tracked function or one of its nodes, and what the model calls it. */
export interface Target {
  readonly function: number
  /** Undefined: the whole function. */
  readonly argument: number | undefined
}

/** Something that must not be: the rule or invariant, and what was seen. */
export class Violation extends Error {
  readonly rule: string
  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`)
    this.rule = rule
  }
}

/** A read that has been started. */
export interface Read {
  readonly context: ModelContext
  readonly node: number
  readonly controller: AbortController | null
  readonly name: string
  isAborted: boolean
  /** Its context was disposed. */
  isCut: boolean
  /** Changes since it started. */
  changes: number
  /** The only thing going on when it started. */
  readonly isAlone: boolean
  isSettled: boolean
}

/** How a synchronous read ended, or a promise did. */
type Outcome = { readonly value: unknown } | { readonly error: unknown }

interface Watch {
  readonly context: ModelContext
  readonly node: number
  seen: string
  isTold: boolean
}

/** From so many runs for one read on, they are compared with those of the oracle. */
const MANY_RUNS = 30

const abortReason = new Error('enough')

export class Case {
  readonly program: Program
  readonly outside: number[]
  readonly oracle: Oracle
  readonly ledger = new Ledger()
  readonly functions: Random[]
  readonly adjusters: readonly unknown[]
  /** What commands choose from. */
  readonly contexts: ModelContext[] = []
  readonly roots: ModelContext[] = []
  readonly gone: ModelContext[] = []
  readonly watches: Watch[] = []
  /** Bodies that were suspended, in order: what lets each go on. */
  readonly suspended: (() => void)[] = []
  /** What bodies forked that the core does not follow, or no longer: contexts like anybody's, and not interned (R15). */
  readonly strayForks = new Set<Context>()
  /** Asynchronous bodies that have not ended. */
  readonly active = new Set<Run>()
  readonly reads: Read[] = []
  /** Lines of the story, where somebody wants to read it. */
  readonly story: string[] | null
  /** Counts events: what is later has a higher number. */
  time = 0
  /** When everything that could go on by itself last had. */
  turn = 0
  runs = 0
  failure: Violation | null = null
  /** Nothing has changed since everything was last at rest. */
  isCalm = true
  readonly #models = new Map<Context, ModelContext>()
  readonly #names = new Map<string, number>()
  readonly #errors = new Map<unknown, number>()
  /** Functions that have shown that they return promises. */
  readonly #recognised = new Set<string>()
  readonly #lastErrors = new Map<number, { error: unknown; text: string; runs: number; disturbances: number }>()
  /** Every error that a node ever threw. */
  readonly #thrown = new Map<number, Set<unknown>>()
  /** Since everything was last at rest. */
  #recentRuns: Run[] = []
  #recentReads: Found[] = []
  #disturbances = 0
  #lastReplacement = 0

  constructor(program: Program, tellsStory = false) {
    this.program = program
    this.story = tellsStory ? [] : null
    this.outside = Array.from({ length: program.outside }, (_, i) => i)
    this.oracle = new Oracle(program, this.outside)
    this.adjusters = [scale(2), add(1), ...adjustments.slice(2).map((adjust) => this.#adjuster(adjust))]
    this.functions = program.functions.map((plan, index) => {
      const options = {
        ...(plan.ownEquals ? { equals: (a: unknown, b: unknown) => textOf(a) === textOf(b) } : {}),
        ...(plan.cacheErrors ? {} : { cacheErrors: false }),
        ...(plan.style === 'declared' ? { async: true } : {}),
      }
      const name = program.oneName ? 'f' : `f${index}`
      return tracked(name, this.#body(index, '', null), options)
    })
    let root = this.newRoot()
    for (let depth = 1; depth <= program.depth; depth++) {
      root = this.adopt((root.real as Context).fork(), new ModelContext(root), `D${depth}`, depth > program.depth - 2)
    }
  }

  #adjuster(adjust: (previous: unknown, argument: number) => unknown) {
    return (previous: unknown, argument: unknown) => adjust(previous, indexOfArgument(this.program.pair, argument))
  }

  /** A body: of the function itself, or of a replacement by the tweak of a context. */
  #body(index: number, prefix: string, tweak: { id: number; by: ModelContext; which: number } | null): Body {
    const plan = this.program.functions[index]
    const { pair } = this.program
    const expression = plan?.replacements[tweak?.which ?? -1] ?? plan?.body
    if (plan === undefined || expression === undefined) throw new Error('no such function')
    const begin = (argument: unknown): Run => {
      const node = index * 2 + indexOfArgument(pair, argument)
      return this.#begin(
        tweak === null ? `${node}` : `${node}r${tweak.id}`,
        node,
        tweak?.by ?? null,
        `${index}${prefix}`,
      )
    }
    const finish = (run: Run, outcome: unknown): void => this.#finish(run, outcome, tweak)
    if (plan.style === 'sync') return (argument) => runSync(this, expression, begin(argument), prefix, finish)
    if (plan.style === 'async') {
      return async (argument) => runAsync(this, expression, begin(argument), prefix, finish)
    }
    return (argument) => {
      const promise = runAsync(this, expression, begin(argument), prefix, finish)
      this.#recognised.add(`${index}${prefix}`)
      return promise
    }
  }

  /** A replacement by a new tweak. */
  replacement(index: number, by: ModelContext, which: number): { tweak: ModelTweak & { kind: 'replace' }; body: Body } {
    const id = ++this.#lastReplacement
    return { tweak: { kind: 'replace', which, id }, body: this.#body(index, `r${which}`, { id, by, which }) }
  }

  newRoot(): ModelContext {
    const root = this.adopt(new Context({ name: `root${this.roots.length + 1}` }), new ModelContext(null), '')
    this.roots.push(root)
    return root
  }

  /** Bring a real context and what is known of it together. */
  adopt(real: Context, model: ModelContext, name: string, isListed = true): ModelContext {
    model.real = real
    model.name = name || real.name
    this.#models.set(real, model)
    if (isListed && !this.contexts.includes(model)) this.contexts.push(model)
    return model
  }

  /** A name that no other context has. */
  freshName(prefix: string): string {
    const number = (this.#names.get(prefix) ?? 0) + 1
    this.#names.set(prefix, number)
    return `${prefix}${number}`
  }

  /** The context of a what-if, in a body or outside. */
  innerOf(context: ModelContext, tweaks: readonly InnerTweak[], real: Context): ModelContext {
    const inner = innerContext(context, tweaks)
    if (this.#isStray(real)) {
      this.#models.set(real, inner)
      return inner
    }
    if (inner.real !== null && inner.real !== real && !inner.real.disposed) {
      this.fail('R15', `equal tweak sets under ${context.name} are two contexts`)
    }
    if (inner.name === '') inner.name = `${context.name}'${this.freshName('W')}`
    inner.real = real
    this.#models.set(real, inner)
    return inner
  }

  #isStray(real: Context): boolean {
    for (let at: Context | undefined = real; at !== undefined; at = at.parent) if (this.strayForks.has(at)) return true
    return false
  }

  /** The tweaks of a what-if, as the API takes them. */
  setOf(tweaks: readonly InnerTweak[]): TweakSet {
    let set = new TweakSet()
    for (const { callee, argument, value, adjustment } of tweaks) {
      const target = this.target({ function: callee, argument })
      set =
        adjustment === undefined ? set.tweak(target, value) : set.adjust(target, this.adjusters[adjustment] as never)
    }
    return set
  }

  /** What is known of a real context. The core makes those of what-ifs itself where it only verifies (R15). */
  model(real: Context): ModelContext | undefined {
    const known = this.#models.get(real)
    if (known !== undefined || real.parent === undefined) return known
    const parent = this.model(real.parent)
    for (const inner of parent?.inner.values() ?? []) {
      if (this.setOf(inner.made).equals(real.tweaks)) return this.innerOf(parent as ModelContext, inner.made, real)
    }
    // one that a body made elsewhere, and that would be the same here
    for (const other of parent === undefined ? [] : this.#models.values()) {
      if (other.made.length > 0 && this.setOf(other.made).equals(real.tweaks))
        return this.innerOf(parent as ModelContext, other.made, real)
    }
    return undefined
  }

  argument(index: number): unknown {
    return argumentPairs[this.program.pair]?.[index as 0 | 1]()
  }

  call(node: number): unknown {
    return (this.functions[node >> 1] as Random)(this.argument(node & 1))
  }

  node(node: number): Node<Body> {
    return (this.functions[node >> 1] as Random).at(this.argument(node & 1))
  }

  target({ function: index, argument }: Target): Random | Node<Body> {
    return argument === undefined ? (this.functions[index] as Random) : this.node(index * 2 + argument)
  }

  isAsyncNode(node: number): boolean {
    const plan = this.program.functions[node >> 1]
    return plan !== undefined && isAsync(plan)
  }

  say(line: () => string): void {
    this.story?.push(line())
  }

  /** Something is wrong. The first complaint counts; inside a body it must not look like an error of the body. */
  fail(rule: string, what: string): void {
    this.failure ??= new Violation(rule, what)
    this.story?.push(`// !! ${rule}: ${what}`)
  }

  /** An identity for an error. */
  identityOf(error: unknown): number {
    let id = this.#errors.get(error)
    if (id === undefined) {
      id = this.#errors.size + 1
      this.#errors.set(error, id)
    }
    return id
  }

  textOf(outcome: Outcome): string {
    if ('value' in outcome) return textOf(outcome.value)
    return textOfError(outcome.error, (node) => this.#nameOf(node), this.program.mode === 'async cyclic')
  }

  #nameOf(node: Node): string {
    const index = this.functions.findIndex(
      (one) => node.equals(one.at(this.argument(0))) || node.equals(one.at(this.argument(1))),
    )
    if (index < 0) return node.id
    return textOfNode(index * 2 + (node.equals((this.functions[index] as Random).at(this.argument(0))) ? 0 : 1))
  }

  // ---------------------------------------------------------------------------------------------------- bodies

  #begin(body: string, node: number, tweakedBy: ModelContext | null, function_: string): Run {
    const context = this.model(Context.current()) ?? this.#stranger()
    const plan = this.program.functions[node >> 1]
    const isStray = (plan?.style === 'promise' && !this.#recognised.has(function_)) || this.#isStray(Context.current())
    const run: Run = {
      body,
      node,
      context,
      tweakedBy,
      started: ++this.time,
      turn: this.turn,
      reads: [],
      isExempt: isStray || !this.isCalm,
      isStray,
      signal: this.isAsyncNode(node) && !isStray ? Context.signal() : null,
      disturbances: this.#disturbances,
      isLoose: false,
    }
    this.runs++
    this.story?.push(
      `  // f${node >> 1}(${node & 1})${body.includes('r') ? ' (replaced)' : ''} runs in ${context.name}`,
    )
    this.ledger.started(run)
    this.#recentRuns.push(run)
    if (this.isAsyncNode(node)) {
      if (!isStray) this.#checkSingle(run)
      this.active.add(run)
    }
    return run
  }

  #stranger(): ModelContext {
    this.fail('R15', 'a body runs in a context that nobody made')
    return this.roots[0] as ModelContext
  }

  /** M4: at most one run in flight that is wanted. */
  #checkSingle(run: Run): void {
    for (const other of this.active) {
      if (other.body !== run.body || other.context !== run.context || other.isStray) continue
      if (other.disturbances !== this.#disturbances || other.signal?.aborted) continue
      this.fail('M4', `${textOfNode(run.node)} runs twice at once in ${run.context.name}`)
    }
  }

  #finish(run: Run, outcome: unknown, tweak: { id: number; by: ModelContext; which: number } | null): void {
    this.active.delete(run)
    const now = ++this.time
    if (!this.isCalm) run.isExempt = true
    let found: Found
    try {
      found =
        tweak === null
          ? this.oracle.body(run.context, run.node)
          : this.oracle.replaced(run.context, run.node, { kind: 'replace', which: tweak.which, id: tweak.id })
    } catch (error) {
      if (!(error instanceof BudgetError)) throw error
      run.isExempt = true
      run.isLoose = true
      return
    }
    run.isLoose = found.isLoose
    if (found.isTainted || run.isStray) return
    const isAsyncRun = this.isAsyncNode(run.node)
    if (!isAsyncRun || this.isCalm) {
      const text = outcome instanceof Failure ? outcome.text : textOf(outcome)
      const due = textOfOutcome(found.outcome)
      if (text !== due)
        this.fail('C1', `the body of ${textOfNode(run.node)} gave ${text} in ${run.context.name}, not ${due}`)
    }
    if (found.isLoose) return
    if (isAsyncRun) run.reads.sort()
    const compares = !found.reads.some(({ node }) => this.program.functions[node >> 1]?.ownEquals)
    const complaint = this.ledger.ended(run, found, now, isAsyncRun, compares, (context) =>
      this.oracle.body(context, run.node),
    )
    if (complaint !== null) this.fail(complaint.rule, `${textOfNode(run.node)} ${complaint.what}`)
  }

  /** R14: a body may not change the context that runs it, nor one above. */
  poke(isRoot: boolean): void {
    let context = Context.current()
    while (isRoot && context.parent !== undefined) context = context.parent
    try {
      context.tweak(this.node(0), 1)
    } catch (error) {
      if (error instanceof TweakInsideError || error instanceof FrozenContextError) return
      this.fail('R14', `a tweak inside a body threw ${String(error)}`)
      return
    }
    this.fail('R14', 'a tweak inside a body was taken')
  }

  /** Suspended until the schedule lets it go on. */
  tick(): Promise<void> {
    return new Promise((resolve) => {
      this.suspended.push(resolve)
    })
  }

  // ---------------------------------------------------------------------------------------------------- reads

  /** Read a node in a context by one of the ways there are. A read of an asynchronous function is left to itself. */
  read(context: ModelContext, node: number, way = 0, controller: AbortController | null = null): Read | null {
    const found = this.oracle.read(context, node)
    const isRestful = this.reads.length === 0 && this.active.size === 0
    if (isRestful) this.rest()
    const name = `${context.name}, f${node >> 1}(${node & 1})`
    const { runs } = this
    const outcome = this.#ask(context, node, way, controller)
    if (this.runs - runs > MANY_RUNS) this.#checkCost(context, node, this.runs - runs)
    const { value } = outcome as { value?: Promise<unknown> }
    this.story?.push(
      `${this.#textOfAsk(context, node, way)} // ${this.textOf(outcome)}, due: ${textOfOutcome(found.outcome)}`,
    )
    if (this.isAsyncNode(node) && 'value' in outcome && value instanceof Promise) {
      const read: Read = {
        context,
        node,
        controller,
        name,
        isAborted: false,
        isCut: false,
        changes: 0,
        isAlone: isRestful,
        isSettled: false,
      }
      this.reads.push(read)
      this.#recentReads.push(found)
      const settle = (how: Outcome): void => this.#settle(read, how)
      value.then(
        (value) => settle({ value }),
        (error: unknown) => settle({ error }),
      )
      return read
    }
    const style = this.program.functions[node >> 1]?.style
    if ('value' in outcome && (style === 'async' || style === 'declared')) this.fail('R11', `${name}: not a promise`)
    this.#compare(name, found, outcome, context)
    if ('error' in outcome) this.#checkSameError(context, node, found, outcome.error)
    else this.#lastErrors.delete(context.id * 1024 + node)
    this.#rearm(context, node, found, outcome)
    if (this.program.mode === 'sync' || this.program.mode === 'cyclic') {
      this.#checkDemanded(this.#recentRuns, [found])
      this.#recentRuns = []
      this.#learn(found)
    } else this.#recentReads.push(found)
    return null
  }

  /** What may not be kept runs again each time it is demanded, but not much more often than from scratch. */
  #checkCost(context: ModelContext, node: number, runs: number): void {
    if (!hasCycles(this.program.mode)) return
    const fresh = new Oracle(this.program, this.outside, true, false)
    try {
      fresh.read(context, node)
    } catch (error) {
      if (error instanceof BudgetError) return
      throw error
    }
    if (runs <= 3 * fresh.activations) return
    this.fail('M1', `${context.name}, ${textOfNode(node)}: ${runs} bodies ran, ${fresh.activations} from scratch`)
  }

  #ask(context: ModelContext, node: number, way: number, controller: AbortController | null): Outcome {
    const real = context.real as Context
    const above = (context.parent ?? context).real as Context
    const call = (): unknown => this.call(node)
    try {
      if (controller !== null) return { value: real.get(this.node(node), { signal: controller.signal }) }
      switch (way) {
        case 1:
          return { value: real.run(call) }
        case 2:
          return { value: above.run(() => real.run(call)) }
        case 3:
          return { value: real.bind(call)() }
        case 4:
          return { value: above.run(() => real.get(this.node(node))) }
        case 5:
          return { value: real.run(() => real.run(call)) }
        default:
          return { value: real.get(this.node(node)) }
      }
    } catch (error) {
      return { error }
    }
  }

  #textOfAsk(context: ModelContext, node: number, way: number): string {
    const call = `f${node >> 1}(${node & 1})`
    const above = (context.parent ?? context).name
    const run = `${context.name}.run(() => ${call})`
    return [
      `${context.name}.get(f${node >> 1}.at(${node & 1}))`,
      run,
      `${above}.run(() => ${run})`,
      `${context.name}.bind(() => ${call})()`,
      `${above}.run(() => ${context.name}.get(f${node >> 1}.at(${node & 1})))`,
      `${context.name}.run(() => ${run})`,
    ][way] as string
  }

  /** C1, C2: the oracle alone says what is right. */
  #compare(name: string, found: Found, outcome: Outcome, context: ModelContext): void {
    const text = this.textOf(outcome)
    const due = textOfOutcome(found.outcome)
    if (text === due) return
    const rule = hasCycles(this.program.mode) ? 'R16' : this.isAsyncNode(found.node) ? 'C2' : 'C1'
    this.fail(rule, `${name}: gave ${text}, the oracle ${due}${context.isDisposed ? ' (disposed)' : ''}`)
  }

  /** E1: while no body has run, the same error object is thrown; after a change, one that it threw before (R7). */
  #checkSameError(context: ModelContext, node: number, found: Found, error: unknown): void {
    const key = context.id * 1024 + node
    const last = this.#lastErrors.get(key)
    const isSame = last?.runs === this.runs && last.text === textOfOutcome(found.outcome)
    const isKnown = this.#thrown.get(node)?.has(error) === true
    const isRight = last?.error === error || (isKnown && last?.disturbances !== this.#disturbances)
    if (isSame && !isRight && !found.isLoose) {
      this.fail('R17', `f${node >> 1}(${node & 1}) in ${context.name} threw another error object, and no body had run`)
    }
    const text = textOfOutcome(found.outcome)
    this.#lastErrors.set(key, { error, text, runs: this.runs, disturbances: this.#disturbances })
    this.#thrown.set(node, (this.#thrown.get(node) ?? new Set()).add(error))
  }

  #settle(read: Read, outcome: Outcome): void {
    read.isSettled = true
    this.reads.splice(this.reads.indexOf(read), 1)
    try {
      this.#judge(read, outcome)
    } catch (error) {
      // too much for the oracle
      if (!(error instanceof BudgetError)) throw error
    }
  }

  #judge(read: Read, outcome: Outcome): void {
    this.story?.push(`  // read of ${read.name} ends: ${this.textOf(outcome)}`)
    if (read.isAborted) {
      if ('error' in outcome && outcome.error instanceof AbortedError && outcome.error.cause === abortReason) return
      this.fail('R22', `${read.name}: aborted, and gave ${this.textOf(outcome)}`)
      return
    }
    if (read.isCut) {
      if ('error' in outcome && (outcome.error instanceof AbortedError || outcome.error instanceof DisposedError))
        return
      this.fail('R27', `${read.name}: disposed, and gave ${this.textOf(outcome)}`)
      return
    }
    if ('error' in outcome && outcome.error instanceof SupersededError && read.changes >= 5) return
    const found = this.oracle.read(read.context, read.node)
    const isExact =
      !found.isTainted || (read.isAlone && this.isCalm && !this.program.concurrent && this.#recentReads.length === 1)
    if (isExact) this.#compare(read.name, found, outcome, read.context)
    this.#rearm(read.context, read.node, found, outcome)
  }

  /** Who meets a cycle first is a matter of chance, and so is what is demanded. */
  get isChance(): boolean {
    return this.program.concurrent && hasCycles(this.program.mode)
  }

  /** Everything has come to rest: what was demanded meanwhile is judged (M3, U1, R24), and a new period begins. */
  rest(): void {
    if (this.isCalm) {
      // what the core does not follow asks wherever it finds itself
      if (!this.isChance && !this.#recentRuns.some((run) => run.isStray))
        this.#checkDemanded(this.#recentRuns, this.#recentReads)
      if (!this.isChance) for (const found of this.#recentReads) this.#learn(found)
    }
    this.isCalm = true
    this.#recentRuns = []
    this.#recentReads = []
  }

  #learn(found: Found): void {
    const complaint = this.ledger.learn(found)
    if (complaint !== null) this.fail(complaint.rule, complaint.what)
  }

  /** M3: what ran was demanded, by the oracle, there or below. */
  #checkDemanded(runs: readonly Run[], reads: readonly Found[]): void {
    if (runs.length === 0) return
    const demanded = new Map<string, Set<ModelContext>>()
    const visited = new Set<Found>()
    const visit = (found: Found): void => {
      if (visited.has(found)) return
      visited.add(found)
      if (found.body !== null) {
        const contexts = demanded.get(found.body)
        if (contexts === undefined) demanded.set(found.body, new Set([found.context]))
        else contexts.add(found.context)
      }
      for (const read of found.reads) visit(read)
      for (const read of found.left) visit(read)
    }
    for (const found of reads) visit(found)
    for (const run of runs) {
      const contexts = [...(demanded.get(run.body) ?? [])]
      if (contexts.some((one) => one.isWithin(run.context))) continue
      this.fail('M3', `${textOfNode(run.node)} ran in ${run.context.name}, and nothing demands it there`)
    }
  }

  // ---------------------------------------------------------------------------------------------------- changes

  /** The world is about to change, or what is kept of it. */
  disturb(): void {
    if (this.reads.length === 0 && this.active.size === 0) this.rest()
    else this.isCalm = false
    this.time++
    this.#disturbances++
    this.oracle.changed()
    this.ledger.changed()
    for (const read of this.reads) read.changes++
  }

  /** No longer trust a node in a context, and below. */
  invalidate(context: ModelContext, node: number): void {
    this.disturb()
    this.say(() => `${context.name}.invalidate(f${node >> 1}.at(${node & 1}))`)
    context.tokens.set(node, { time: this.time, context, isForgotten: false })
    context.real?.invalidate(this.node(node))
  }

  /** Abort one waiter. */
  abort(read: Read): void {
    this.say(() => `abort the read of ${read.name}`)
    if (this.active.size > 0 || this.reads.length > 0) this.isCalm = false
    this.#disturbances++
    read.isAborted = true
    read.controller?.abort(abortReason)
  }

  /** R22: when nobody waits, no run is wanted. */
  checkUnwanted(): void {
    if (this.reads.length > 0 || this.program.leavesRuns) return
    for (const run of this.active) {
      if (run.signal !== null && !run.isStray && !run.signal.aborted) {
        this.fail('R22', `nobody waits, and the run of ${textOfNode(run.node)} in ${run.context.name} was not told`)
      }
    }
  }

  /** A context and what is below it are gone. */
  dispose(context: ModelContext): void {
    this.disturb()
    for (const read of this.reads) if (read.context.isWithin(context)) read.isCut = true
    // what a what-if was asked in may be known to the core alone
    context.real ??= context.parent?.real?.with(this.setOf(context.made)) ?? null
    context.dispose()
    context.real?.dispose()
    for (let i = this.contexts.length - 1; i >= 0; i--) {
      const one = this.contexts[i] as ModelContext
      if (!one.isDisposed) continue
      this.contexts.splice(i, 1)
      this.gone.push(one)
      if (this.roots.includes(one)) this.roots.splice(this.roots.indexOf(one), 1)
    }
    for (let i = this.watches.length - 1; i >= 0; i--) {
      if (this.watches[i]?.context.isDisposed) this.watches.splice(i, 1)
    }
  }

  // ---------------------------------------------------------------------------------------------------- watches

  /** Be told when what was read may have changed. */
  watch(context: ModelContext, node: number): void {
    const watch: Watch = { context, node, seen: textOfOutcome(this.oracle.read(context, node).outcome), isTold: false }
    context.real?.watch(this.node(node), () => {
      watch.isTold = true
    })
    this.watches.push(watch)
  }

  #rearm(context: ModelContext, node: number, found: Found, outcome: Outcome): void {
    for (const watch of this.watches) {
      if (watch.context !== context || watch.node !== node) continue
      // of what is not kept nothing is known
      watch.isTold = found.isLoose
      watch.seen = this.textOf(outcome)
    }
  }

  /** What has changed since it was read here has been told. */
  checkWatches(): void {
    for (const watch of this.watches) {
      const { context, node, seen, isTold } = watch
      if (isTold) continue
      const found = this.oracle.read(context, node)
      const text = textOfOutcome(found.outcome)
      if (text !== seen && !found.isLoose) {
        this.fail(
          'watch',
          `${context.name}, f${node >> 1}(${node & 1}) was ${seen} and is ${text}, and nobody was told`,
        )
      }
    }
  }

  /** The core's own invariants, of every graph. */
  checkInvariants(): void {
    for (const root of this.roots) {
      try {
        checkInvariants(root.real as Context)
      } catch (error) {
        this.fail('invariants', (error as Error).message)
      }
    }
  }
}
