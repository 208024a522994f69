// Runs one case: its commands one after the other, and at the end everything read twice, an isolated context made and
// given back, and all contexts disposed. Gives the first violation, or null.
import type { Context, Stats } from '../../lib/index.js'
import { Case, type Violation } from './case.js'
import { Choices, type Plan } from './choices.js'
import { commandFrom } from './commands.js'
import { BudgetError } from './oracle.js'
import { type Mode, programFrom } from './program.js'
import { ModelContext } from './world.js'

/** C3: by then everything must have ended. */
const MOST_STEPS = 20_000
/** Of a large program, how many nodes of a context are read at the end. */
const MOST_READ = 30

/** A case from what was written down. */
export function caseOf(plan: Plan, mode: Mode, tellsStory = false): Case {
  const [settings = [], ...functions] = plan.program
  return new Case(
    programFrom(
      [settings, ...functions].map((group) => new Choices(group)),
      mode,
    ),
    tellsStory,
  )
}

/** Runs a synchronous case. */
export function runCase(plan: Plan, mode: 'sync' | 'cyclic', test: Case = caseOf(plan, mode)): Violation | null {
  try {
    for (const group of plan.commands) {
      obey(test, new Choices(group), mode)
      if (test.failure !== null) return test.failure
    }
    readEverythingTwice(test)
    if (test.failure === null) giveBack(test)
    if (test.failure === null) disposeEverything(test)
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error
  }
  return test.failure
}

/** Runs an asynchronous case. */
export async function runAsyncCase(
  plan: Plan,
  mode: 'async' | 'async cyclic',
  test: Case = caseOf(plan, mode),
): Promise<Violation | null> {
  try {
    for (const group of plan.commands) {
      obey(test, new Choices(group), mode)
      await settle(test)
      if (test.failure !== null) return await end(test)
    }
    await finish(test)
    if (test.failure === null) await readEverythingTwiceAsync(test)
    if (test.failure === null) disposeEverything(test)
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error
  }
  return end(test)
}

/** Leaves nothing suspended behind, whatever happened. */
async function end(test: Case): Promise<Violation | null> {
  for (let turn = 0; turn < 100 && test.active.size > 0; turn++) {
    for (const resume of test.suspended.splice(0)) resume()
    await drained(test)
  }
  return test.failure
}

function obey(test: Case, choices: Choices, mode: Mode): void {
  const { apply, name, reads } = commandFrom(choices, mode)
  const { runs } = test
  const isAtRest = test.active.size === 0 && test.reads.length === 0
  apply(test, choices)
  if (!reads && isAtRest && test.runs > runs) test.fail('M5', `${name} ran a body`)
  test.checkInvariants()
  test.checkWatches()
}

/** Everything that can go on without the schedule has gone on. */
function drained(test: Case): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      test.turn = ++test.time
      resolve()
    })
  })
}

async function settle(test: Case): Promise<void> {
  const wasAborted = test.reads.some((read) => read.isAborted || read.isCut)
  if (test.reads.length > 0 || test.active.size > 0 || test.program.leavesRuns) await drained(test)
  for (const read of test.reads) {
    if (read.isAborted || read.isCut) test.fail('R22', `${read.name}: aborted or disposed, and still not told`)
  }
  if (wasAborted && test.reads.length === 0) test.checkUnwanted()
  if (test.reads.length > 0) return
  if (test.active.size > 0) {
    checkNothingLeft(test)
    return
  }
  checkRest(test)
  test.checkInvariants()
}

/** R24: a read waits for what its bodies started. */
function checkNothingLeft(test: Case): void {
  if (!test.isCalm || test.program.leavesRuns) return
  for (const run of test.active) {
    if (!run.isStray) test.fail('R24', `all reads have ended, and f${run.node >> 1}(${run.node & 1}) still runs`)
  }
}

function checkRest(test: Case): void {
  for (const root of test.roots) {
    const { inFlight } = (root.real as Context).stats()
    if (inFlight !== 0) test.fail('R22', `nothing runs, and ${inFlight} are counted as in flight`)
  }
  test.rest()
}

/** Lets all bodies go on until everything has ended (C3). */
async function finish(test: Case): Promise<void> {
  let steps = 0
  while (test.reads.length > 0 || test.active.size > 0) {
    await drained(test)
    if (test.reads.length === 0 && test.active.size === 0) break
    steps += test.suspended.length
    if (test.suspended.length === 0 || steps > MOST_STEPS) {
      for (const read of test.reads) test.fail('C3', `the read of ${read.name} does not end`)
      test.fail('C3', `${test.active.size} bodies do not end`)
      return
    }
    for (const resume of test.suspended.splice(0)) resume()
  }
  checkRest(test)
  test.checkInvariants()
}

/** Nodes to read at the end: all, or some of a large program. */
function someNodes(test: Case): number[] {
  const count = test.program.functions.length * 2
  const stride = Math.max(1, Math.floor(count / MOST_READ))
  return Array.from({ length: Math.ceil(count / stride) }, (_, i) => count - 1 - i * stride)
}

/** X2: reading everything a second time runs nothing but what may not be cached. */
function readEverythingTwice(test: Case): void {
  const nodes = someNodes(test)
  test.say(() => '// everything, twice')
  for (let pass = 0; pass < 2; pass++) {
    for (const context of test.contexts) {
      for (const node of nodes) {
        const { runs } = test
        test.read(context, node)
        checkSecond(test, context, node, runs, pass === 1)
        if (test.failure !== null) return
      }
    }
    test.checkInvariants()
  }
}

function checkSecond(test: Case, context: ModelContext, node: number, runs: number, isSecond: boolean): void {
  const found = test.oracle.read(context, node)
  if (found.isLoose) return
  const name = `f${node >> 1}(${node & 1}) in ${context.name}`
  if (isSecond && test.runs > runs) test.fail('X2', `${name} ran something the second time`)
  if (!context.real?.has(test.node(node))) test.fail('X2', `${name} was read and is not there`)
}

async function readEverythingTwiceAsync(test: Case): Promise<void> {
  const nodes = someNodes(test)
  test.say(() => '// everything, twice')
  for (let pass = 0; pass < 2; pass++) {
    for (const context of test.contexts) {
      const { runs } = test
      // all at once: they join each other's runs; where cycles make that a matter of chance, one by one
      for (const node of nodes) {
        test.read(context, node)
        if (test.program.mode === 'async cyclic') await finish(test)
      }
      await finish(test)
      const isLoose = nodes.some((node) => test.oracle.read(context, node).isLoose)
      if (pass === 1 && test.runs > runs && !isLoose)
        test.fail('X2', `reading all of ${context.name} again ran something`)
      if (test.failure !== null) return
    }
  }
}

function statsOf(context: ModelContext): Stats {
  return (context.real as Context).stats()
}

/** R32: what an isolated context caused to be kept is given back with it. */
function giveBack(test: Case): void {
  const root = test.roots[0] as ModelContext
  if (test.program.functions.length > 30) return
  const before = statsOf(root)
  const real = (root.real as Context).fork({ isolate: true })
  const isolated = test.adopt(real, new ModelContext(root, false, true), 'isolated', false)
  test.disturb()
  const last = test.program.functions.length * 2 - 1
  real.tweak(test.node(last), 3)
  isolated.nodes.set(last, { kind: 'value', value: 3 })
  const nodes = [0, 1, 2, 3].filter((node) => node <= last)
  for (const node of nodes) test.read(isolated, node)
  const isLoose = nodes.some((node) => test.oracle.read(isolated, node).isLoose)
  test.dispose(isolated)
  const after = statsOf(root)
  for (const key of ['results', 'edges', 'contexts'] as const) {
    if (before[key] !== after[key] && !isLoose) {
      test.fail('R32', `${key}: ${before[key]} before an isolated context, ${after[key]} after it was disposed`)
    }
  }
  test.checkInvariants()
}

/** X1 and G1: what is kept is bounded by what was asked, and nothing is left when all is disposed. */
function disposeEverything(test: Case): void {
  const [root] = test.roots as [ModelContext]
  if (test.roots.length === 1 && !test.isChance) {
    const { results } = statsOf(root)
    let tweaks = 0
    for (const one of root.within()) tweaks += one.nodes.size + one.functions.size * 2
    const most = 3 * test.ledger.size + 3 * tweaks + 4 * test.program.functions.length
    if (results > most) test.fail('G1', `${results} results are kept, and ${test.ledger.size} were asked for`)
  }
  for (const fork of test.strayForks) fork.dispose()
  for (const one of [...root.children]) test.dispose(one)
  test.checkInvariants()
  test.disturb()
  root.real?.untweak()
  root.nodes.clear()
  root.functions.clear()
  root.real?.clear()
  test.checkInvariants()
  const left = statsOf(root)
  for (const [key, due] of Object.entries({ contexts: 1, results: 0, edges: 0, masked: 0, inFlight: 0 } as const)) {
    const count = left[key as keyof Stats]
    if (count !== due) test.fail('X1', `everything is disposed and cleared, and ${key} is ${count}`)
  }
}
