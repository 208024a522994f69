// What happens to the contexts of a case: one group of numbers a command. Whatever a number names is taken modulo what
// exists, so that a case keeps its meaning while it shrinks.
import { type Context, DisposedError, FrozenContextError } from '../../lib/index.js'
import type { Case, Target } from './case.js'
import type { Choices } from './choices.js'
import { textOfOutcome } from './ledger.js'
import { Failure } from './oracle.js'
import { type InnerTweak, type Mode, value } from './program.js'
import { textOf } from './values.js'
import { innerContext, ModelContext, type ModelTweak } from './world.js'

type Command = (test: Case, choices: Choices) => void
type Weights = Readonly<Record<'sync' | 'async', number>>

const MOST_CONTEXTS = 8

function contextOf(test: Case, choices: Choices): ModelContext {
  return choices.of(test.contexts)
}

function nodeOf(test: Case, choices: Choices): number {
  return choices.below(test.program.functions.length * 2)
}

function targetOf(test: Case, choices: Choices): Target {
  const index = choices.below(test.program.functions.length)
  return { function: index, argument: choices.of([0, 1, undefined] as const) }
}

function textOfTarget({ function: index, argument }: Target): string {
  return argument === undefined ? `f${index}` : `f${index}.at(${argument})`
}

/** Put a tweak into the model and into the core; a frozen context must refuse it and stay as it is. */
function change(
  test: Case,
  context: ModelContext,
  target: Target,
  tweak: ModelTweak | null,
  apply: (real: Context) => unknown,
): void {
  const real = context.real as Context
  if (context.isFrozen) {
    try {
      apply(real)
    } catch (error) {
      if (!(error instanceof FrozenContextError)) test.fail('R15', `tweaking a frozen context threw ${String(error)}`)
      return
    }
    test.fail('R15', `${context.name} is frozen and was tweaked`)
    return
  }
  test.disturb()
  const { function: index, argument } = target
  const [map, key] = argument === undefined ? [context.functions, index] : [context.nodes, index * 2 + argument]
  if (tweak === null) map.delete(key)
  else map.set(key, tweak)
  apply(real)
}

const tweak: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const target = targetOf(test, choices)
  const given = value(choices, test.program.numeric)
  test.say(() => `${context.name}.tweak(${textOfTarget(target)}, ${textOf(given)})`)
  change(test, context, target, { kind: 'value', value: given }, (real) => real.tweak(test.target(target), given))
}

const adjust: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const target = targetOf(test, choices)
  const which = test.program.numeric ? choices.below(4) : 2 + choices.below(4)
  test.say(() => `${context.name}.adjust(${textOfTarget(target)}, adjustment ${which})`)
  change(test, context, target, { kind: 'adjust', which }, (real) => {
    real.adjust(test.target(target), test.adjusters[which] as never)
  })
}

const replace: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const target = targetOf(test, choices)
  const { tweak, body } = test.replacement(target.function, context, choices.below(2))
  test.say(() => `${context.name}.replace(${textOfTarget(target)}, replacement ${tweak.which})`)
  change(test, context, target, tweak, (real) => real.replace(test.target(target), body))
}

const untweak: Command = (test, choices) => {
  const isTweaked = (one: ModelContext): boolean => one.nodes.size + one.functions.size > 0 && !one.isFrozen
  const contexts = test.contexts.filter(isTweaked)
  if (contexts.length === 0) return
  const context = choices.of(contexts)
  const targets: Target[] = [...context.nodes.keys()].map((node) => ({ function: node >> 1, argument: node & 1 }))
  for (const index of context.functions.keys()) targets.push({ function: index, argument: undefined })
  if (choices.oneIn(6)) {
    test.say(() => `${context.name}.untweak()`)
    test.disturb()
    context.nodes.clear()
    context.functions.clear()
    context.real?.untweak()
    return
  }
  const target = choices.oneIn(10) ? targetOf(test, choices) : choices.of(targets)
  test.say(() => `${context.name}.untweak(${textOfTarget(target)})`)
  change(test, context, target, null, (real) => real.untweak(test.target(target)))
}

function innerTweaks(test: Case, choices: Choices): InnerTweak[] {
  const tweaks: InnerTweak[] = []
  for (let count = choices.below(3); count >= 0; count--) {
    const { function: callee, argument } = targetOf(test, choices) as { function: number; argument: 0 | 1 | undefined }
    const isAdjustment = test.program.numeric && choices.oneIn(3)
    if (isAdjustment) tweaks.push({ callee, argument, adjustment: choices.below(2) })
    else tweaks.push({ callee, argument, value: value(choices, test.program.numeric) })
  }
  return tweaks
}

const fork: Command = (test, choices) => {
  if (test.contexts.length >= MOST_CONTEXTS) return
  const parent = contextOf(test, choices)
  const isIsolated = choices.oneIn(8)
  const tweaks = choices.oneIn(4) ? innerTweaks(test, choices) : null
  const real = (parent.real as Context).fork({
    ...(isIsolated ? { isolate: true } : {}),
    ...(tweaks === null ? {} : { tweaks: test.setOf(tweaks) }),
  })
  test.disturb()
  const model = test.adopt(real, new ModelContext(parent, false, isIsolated), test.freshName('K'))
  if (tweaks !== null) {
    const said = innerContext(new ModelContext(null), tweaks)
    for (const [node, one] of said.nodes) model.nodes.set(node, one)
    for (const [index, one] of said.functions) model.functions.set(index, one)
  }
  test.say(
    () =>
      `${model.name} = ${parent.name}.fork(${isIsolated ? 'isolate ' : ''}${tweaks === null ? '' : textOfTweaks(model)})`,
  )
}

function textOfTweaks(context: ModelContext): string {
  const text = (tweak: ModelTweak): string =>
    tweak.kind === 'value' ? textOf(tweak.value) : `${tweak.kind} ${tweak.which}`
  return [
    ...[...context.nodes].map(([node, one]) => `f${node >> 1}.at(${node & 1}): ${text(one)}`),
    ...[...context.functions].map(([index, one]) => `f${index}: ${text(one)}`),
  ].join(', ')
}

const withTweaks: Command = (test, choices) => {
  if (test.contexts.length >= MOST_CONTEXTS) return
  const parent = contextOf(test, choices)
  const tweaks = innerTweaks(test, choices)
  test.disturb()
  const real = (parent.real as Context).with(test.setOf(tweaks))
  const model = test.innerOf(parent, tweaks, real)
  test.adopt(real, model, model.name)
  test.say(() => `${model.name} = ${parent.name}.with(${textOfTweaks(model)})`)
}

const invalidate: Command = (test, choices) => {
  test.invalidate(contextOf(test, choices), nodeOf(test, choices))
}

/** The nodes whose bodies read a number from outside. */
function externalNodes(test: Case, leaf: number): number[] {
  const nodes: number[] = []
  test.program.functions.forEach(({ body }, index) => {
    if (body.kind === 'add' && body.left.kind === 'external' && body.left.leaf === leaf)
      nodes.push(index * 2, index * 2 + 1)
  })
  return nodes
}

const changeOutside: Command = (test, choices) => {
  const leaf = choices.below(test.outside.length)
  const nodes = externalNodes(test, leaf)
  if (nodes.length === 0) return
  const next = choices.below(5)
  test.say(() => `outside[${leaf}] = ${next}`)
  test.disturb()
  test.outside[leaf] = next
  for (const root of test.roots) for (const node of nodes) test.invalidate(root, node)
}

const unload: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const node = choices.oneIn(8) ? undefined : nodeOf(test, choices)
  test.disturb()
  const target = node === undefined ? undefined : test.node(node)
  const count = target === undefined ? context.real?.unload() : context.real?.unload(target)
  test.say(() => `${context.name}.unload(${node === undefined ? '' : `f${node >> 1}.at(${node & 1})`}) // ${count}`)
  if (!Number.isInteger(count) || (count as number) < 0) test.fail('R25', `unload gave ${count}`)
  test.ledger.drop(context, test.time, node)
}

const clear: Command = (test, choices) => {
  const context = contextOf(test, choices)
  test.say(() => `${context.name}.clear()`)
  test.disturb()
  context.real?.clear()
  test.ledger.drop(context, test.time)
  for (const inner of context.inner.values()) test.ledger.drop(inner, test.time)
  for (const token of context.tokens.values()) token.isForgotten = true
}

const dispose: Command = (test, choices) => {
  const isBusy = test.reads.length > 0 || test.active.size > 0
  // a context that a running body may be reading through is left alone: its errors would be nobody's fault
  const contexts = test.contexts.filter(
    (one) => one !== test.roots[0] && one.depth >= 0 && !(isBusy && [...one.within()].some((below) => below.isFrozen)),
  )
  const disposable = contexts.filter(
    (one) => !test.contexts.some((other) => other.name.startsWith('D') && other.isWithin(one)),
  )
  if (disposable.length === 0) return
  const context = choices.of(disposable)
  test.say(() => `${context.name}.dispose()`)
  test.dispose(context)
}

/** Using a context that is gone is an error, and changes nothing (R27). */
const useDisposed: Command = (test, choices) => {
  if (test.gone.length === 0) return
  const context = choices.of(test.gone)
  const real = context.real as Context
  const node = nodeOf(test, choices)
  const uses = [
    () => real.get(test.node(node)),
    () => real.fork(),
    () => real.tweak(test.node(node), 1),
    () => real.run(() => 1),
    () => real.invalidate(test.node(node)),
  ]
  const use = choices.below(uses.length)
  test.say(() => `use ${context.name}, which is disposed, in way ${use}`)
  try {
    Promise.resolve(uses[use]?.()).catch(() => undefined)
  } catch (error) {
    if (!(error instanceof DisposedError)) test.fail('R27', `a disposed context threw ${String(error)}`)
    return
  }
  test.fail('R27', `${context.name} is disposed and was used`)
}

const root: Command = (test) => {
  if (test.roots.length > 1) return
  const made = test.newRoot()
  test.say(() => `${made.name} = new Context()`)
}

/** Several changes at once, and sometimes a read in the middle of them. */
const batch: Command = (test, choices) => {
  const outer = choices.of(test.roots)
  test.say(() => `${outer.name}.batch(() => {`)
  outer.real?.batch(() => {
    tweak(test, choices)
    if (choices.oneIn(2)) untweak(test, choices)
    else tweak(test, choices)
    if (choices.oneIn(3) && test.program.mode === 'sync') read(test, choices)
  })
  test.say(() => '})')
}

const read: Command = (test, choices) => {
  test.read(contextOf(test, choices), nodeOf(test, choices), choices.weighed([6, 1, 1, 1, 1, 1]))
}

/** What can be said without evaluating: it must be right, and cost nothing. */
const peek: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const node = nodeOf(test, choices)
  const real = context.real as Context
  const found = test.oracle.read(context, node)
  const name = `${context.name}, f${node >> 1}(${node & 1})`
  test.say(() => `${context.name}.has(f${node >> 1}.at(${node & 1})) // ${real.has(test.node(node))}`)
  if (real.has(test.node(node)) && !found.isTainted) {
    const due = found.outcome instanceof Failure ? 'undefined' : textOfOutcome(found.outcome)
    const seen = textOf(real.peek(test.node(node)))
    if (seen !== due) test.fail('peek', `${name}: peek gives ${seen}, the oracle ${due}`)
  }
  if (context.parent === null || real.isMasked(test.node(node)) || found.isTainted) return
  // of what was never evaluated nothing is known
  if (!real.has(test.node(node)) && !context.parent.real?.has(test.node(node))) return
  const above = textOfOutcome(test.oracle.read(context.parent, node).outcome)
  if (above !== textOfOutcome(found.outcome)) {
    test.fail('R4', `${name} is not masked, and is ${textOfOutcome(found.outcome)} here and ${above} in the parent`)
  }
}

const watch: Command = (test, choices) => {
  const context = contextOf(test, choices)
  const node = nodeOf(test, choices)
  if (test.isAsyncNode(node) || test.watches.length > 3 || test.oracle.read(context, node).isLoose) return
  test.say(() => `watch ${context.name}, f${node >> 1}(${node & 1})`)
  test.read(context, node)
  test.watch(context, node)
}

/** A read that may be aborted. */
const readAbortable: Command = (test, choices) => {
  test.read(contextOf(test, choices), nodeOf(test, choices), 0, new AbortController())
}

const abort: Command = (test, choices) => {
  const abortable = test.reads.filter((one) => one.controller !== null && !one.isAborted)
  if (abortable.length === 0) return
  test.abort(choices.of(abortable))
}

/** Let one suspended body go on. */
const step: Command = (test, choices) => {
  if (test.suspended.length === 0) return
  const [resume] = test.suspended.splice(choices.below(test.suspended.length), 1)
  test.say(() => 'let one body go on')
  resume?.()
}

/** Let everything that is suspended now go on. */
const stepAll: Command = (test) => {
  test.say(() => `let ${test.suspended.length} bodies go on`)
  for (const resume of test.suspended.splice(0)) resume()
}

interface Entry {
  readonly name: string
  readonly weights: Weights
  readonly apply: Command
  /** Only looks, or reads: everything else runs no body (M5). */
  readonly reads?: boolean
}

const table: readonly Entry[] = [
  { name: 'read', weights: { sync: 22, async: 16 }, apply: read, reads: true },
  { name: 'tweak', weights: { sync: 10, async: 8 }, apply: tweak },
  { name: 'adjust', weights: { sync: 3, async: 2 }, apply: adjust },
  { name: 'replace', weights: { sync: 3, async: 2 }, apply: replace },
  { name: 'untweak', weights: { sync: 7, async: 5 }, apply: untweak },
  { name: 'fork', weights: { sync: 7, async: 5 }, apply: fork },
  { name: 'with', weights: { sync: 2, async: 2 }, apply: withTweaks },
  { name: 'invalidate', weights: { sync: 4, async: 3 }, apply: invalidate },
  { name: 'outside', weights: { sync: 4, async: 3 }, apply: changeOutside },
  { name: 'unload', weights: { sync: 4, async: 3 }, apply: unload },
  { name: 'clear', weights: { sync: 1, async: 1 }, apply: clear },
  { name: 'dispose', weights: { sync: 2, async: 2 }, apply: dispose },
  { name: 'useDisposed', weights: { sync: 1, async: 1 }, apply: useDisposed },
  { name: 'root', weights: { sync: 1, async: 1 }, apply: root },
  { name: 'batch', weights: { sync: 2, async: 2 }, apply: batch, reads: true },
  { name: 'peek', weights: { sync: 4, async: 2 }, apply: peek },
  { name: 'watch', weights: { sync: 2, async: 0 }, apply: watch, reads: true },
  { name: 'readAbortable', weights: { sync: 0, async: 4 }, apply: readAbortable, reads: true },
  { name: 'abort', weights: { sync: 0, async: 4 }, apply: abort },
  { name: 'step', weights: { sync: 0, async: 14 }, apply: step, reads: true },
  { name: 'stepAll', weights: { sync: 0, async: 6 }, apply: stepAll, reads: true },
]

const weightsOf = {
  sync: table.map(({ weights }) => weights.sync),
  async: table.map(({ weights }) => weights.async),
}

/** The command that a group of numbers stands for, in this mode. */
export function commandFrom(choices: Choices, mode: Mode): Entry {
  return table[choices.weighed(weightsOf[mode === 'sync' || mode === 'cyclic' ? 'sync' : 'async'])] as Entry
}
