// Interprets the bodies of random programs with real tracked calls, and writes down what they read.
import { Context } from '../../lib/index.js'
import type { Case, Random } from './case.js'
import type { Run } from './ledger.js'
import { textOfRead } from './ledger.js'
import { argumentOf, Failure, textOfZero } from './oracle.js'
import type { Expression } from './program.js'
import { numberOf, sum, textOf, ZeroError } from './values.js'
import { keyOfTweaks } from './world.js'

type Finish = (run: Run, outcome: unknown) => void
type WhatIf = Expression & { readonly kind: 'whatIf' }

/** A synchronous body. */
export function runSync(test: Case, body: Expression, run: Run, prefix: string, finish: Finish): unknown {
  try {
    const value = evaluateSync(test, body, run, prefix)
    finish(run, value)
    return value
  } catch (error) {
    finish(run, new Failure(test.textOf({ error })))
    throw error
  }
}

/** An asynchronous body. */
export async function runAsync(
  test: Case,
  body: Expression,
  run: Run,
  prefix: string,
  finish: Finish,
): Promise<unknown> {
  try {
    const value = await evaluateAsync(test, body, run, prefix)
    finish(run, value)
    return value
  } catch (error) {
    finish(run, new Failure(test.textOf({ error })))
    throw error
  }
}

function noteValue(run: Run, under: string, node: number, value: unknown): void {
  run.reads.push(textOfRead(under, node, textOf(value)))
}

function noteError(test: Case, run: Run, under: string, node: number, error: unknown): void {
  run.reads.push(textOfRead(under, node, `error ${test.identityOf(error)}`))
}

/** Reads a node under tweaks of its own: through `with`, or through a fork (R15). */
function askWhatIf(test: Case, expression: WhatIf, run: Run, node: number): unknown {
  const context = Context.current()
  const model = test.model(context)
  if (model === undefined) throw new Error('a body runs in a context that nobody made')
  const set = test.setOf(expression.tweaks)
  test.innerOf(model, expression.tweaks, context.with(set))
  if (expression.by === 'with') return context.with(set).get(test.node(node))
  const fork = context.fork()
  const isStray = run.isStray || !test.isCalm || run.signal?.aborted === true
  // and what it calls finds itself in it
  if (isStray || test.program.leavesRuns) test.strayForks.add(fork)
  for (const { callee, argument, value, adjustment } of expression.tweaks) {
    const target = test.target({ function: callee, argument })
    if (adjustment === undefined) fork.tweak(target, value)
    else fork.adjust(target, test.adjusters[adjustment] as never)
  }
  return fork.run(() => (test.functions[node >> 1] as Random)(test.argument(node & 1)))
}

function throwZero(test: Case, run: Run, site: string): never {
  const index = run.node >> 1
  if (test.program.functions[index]?.throwsNothing) throw undefined
  throw new ZeroError(textOfZero(test.program, index, run.node & 1, site))
}

function evaluateSync(test: Case, expression: Expression, run: Run, prefix: string): unknown {
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'argument':
      return run.node & 1
    case 'call': {
      const node = expression.callee * 2 + argumentOf(expression.argument, run.node & 1)
      let value: unknown
      try {
        value = test.call(node)
      } catch (error) {
        noteError(test, run, '', node, error)
        throw error
      }
      noteValue(run, '', node, value)
      return value
    }
    case 'add': {
      const left = evaluateSync(test, expression.left, run, prefix)
      return sum(left, evaluateSync(test, expression.right, run, prefix))
    }
    case 'wrap':
      return { v: numberOf(evaluateSync(test, expression.of, run, prefix)) }
    case 'if': {
      const test_ = numberOf(evaluateSync(test, expression.test, run, prefix))
      return evaluateSync(test, test_ ? expression.yes : expression.no, run, prefix)
    }
    case 'throwIfZero': {
      const value = evaluateSync(test, expression.of, run, prefix)
      return numberOf(value) === 0 ? throwZero(test, run, `${prefix}${expression.site}`) : value
    }
    case 'try':
      try {
        return evaluateSync(test, expression.of, run, prefix)
      } catch {
        return evaluateSync(test, expression.otherwise, run, prefix)
      }
    case 'all': {
      let total = 0
      let failed: { error: unknown } | null = null
      for (const branch of expression.branches) {
        try {
          total = sum(total, evaluateSync(test, branch, run, prefix))
        } catch (error) {
          failed ??= { error }
        }
      }
      if (failed !== null) throw failed.error
      return total
    }
    case 'start':
      try {
        evaluateSync(test, expression.call, run, prefix)
      } catch {
        // whoever starts a call without awaiting it does not see its error
      }
      return evaluateSync(test, expression.then, run, prefix)
    case 'touch': {
      const { callee, argument } = expression.call
      const promise = test.call(callee * 2 + argumentOf(argument, run.node & 1))
      Promise.resolve(promise).catch(() => undefined)
      run.isExempt = true
      return evaluateSync(test, expression.then, run, prefix)
    }
    case 'tick':
      return evaluateSync(test, expression.then, run, prefix)
    case 'external':
      return test.outside[expression.leaf]
    case 'whatIf': {
      const node = expression.call.callee * 2 + argumentOf(expression.call.argument, run.node & 1)
      const under = keyOfTweaks(expression.tweaks)
      let value: unknown
      try {
        value = askWhatIf(test, expression, run, node)
      } catch (error) {
        noteError(test, run, under, node, error)
        throw error
      }
      noteValue(run, under, node, value)
      return value
    }
    case 'poke':
      test.poke(expression.root)
      return evaluateSync(test, expression.then, run, prefix)
  }
}

async function awaited(test: Case, run: Run, under: string, node: number, ask: () => unknown): Promise<unknown> {
  let value: unknown
  try {
    value = await ask()
  } catch (error) {
    noteError(test, run, under, node, error)
    throw error
  }
  noteValue(run, under, node, value)
  return value
}

async function evaluateAsync(test: Case, expression: Expression, run: Run, prefix: string): Promise<unknown> {
  switch (expression.kind) {
    case 'call': {
      const node = expression.callee * 2 + argumentOf(expression.argument, run.node & 1)
      return awaited(test, run, '', node, () => test.call(node))
    }
    case 'add': {
      const left = await evaluateAsync(test, expression.left, run, prefix)
      return sum(left, await evaluateAsync(test, expression.right, run, prefix))
    }
    case 'wrap':
      return { v: numberOf(await evaluateAsync(test, expression.of, run, prefix)) }
    case 'if': {
      const test_ = numberOf(await evaluateAsync(test, expression.test, run, prefix))
      return evaluateAsync(test, test_ ? expression.yes : expression.no, run, prefix)
    }
    case 'throwIfZero': {
      const value = await evaluateAsync(test, expression.of, run, prefix)
      return numberOf(value) === 0 ? throwZero(test, run, `${prefix}${expression.site}`) : value
    }
    case 'try':
      try {
        return await evaluateAsync(test, expression.of, run, prefix)
      } catch {
        return evaluateAsync(test, expression.otherwise, run, prefix)
      }
    case 'all': {
      const settled = await Promise.allSettled(
        expression.branches.map((branch) => evaluateAsync(test, branch, run, prefix)),
      )
      let total = 0
      for (const one of settled) {
        if (one.status === 'rejected') throw one.reason
        total = sum(total, one.value)
      }
      return total
    }
    case 'start': {
      // what it gives is not seen by the body, so what the body read is not all written down
      run.isExempt = true
      const { callee, argument } = expression.call
      const node = callee * 2 + argumentOf(argument, run.node & 1)
      try {
        Promise.resolve(test.call(node)).catch(() => undefined)
      } catch {
        // a synchronous callee threw at once
      }
      return evaluateAsync(test, expression.then, run, prefix)
    }
    case 'tick':
      await test.tick()
      return evaluateAsync(test, expression.then, run, prefix)
    case 'whatIf': {
      const node = expression.call.callee * 2 + argumentOf(expression.call.argument, run.node & 1)
      return awaited(test, run, keyOfTweaks(expression.tweaks), node, () => askWhatIf(test, expression, run, node))
    }
    case 'poke':
      test.poke(expression.root)
      return evaluateAsync(test, expression.then, run, prefix)
    default:
      return evaluateSync(test, expression, run, prefix)
  }
}
