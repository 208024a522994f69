// The harness itself: the oracle on the worked examples of the rules, its memory against none, the shrinking, and a
// ledger that complains when it should.

import fc from 'fast-check'
import t from 'tap'
import { Choices, type Plan, plans } from './choices.js'
import { Ledger, type Run, textOfOutcome } from './ledger.js'
import { BudgetError, Failure, Found, Oracle, scratch } from './oracle.js'
import { type Expression, type FunctionPlan, type Mode, type Program, programFrom } from './program.js'
import { caseOf, runCase } from './run.js'
import { planAt, runPlan, runVolume } from './volume.js'
import { innerContext, ModelContext, type ModelTweak } from './world.js'

function program(bodies: readonly Expression[]): Program {
  const functions = bodies.map((body): FunctionPlan => {
    return { style: 'sync', body, replacements: [], ownEquals: false, cacheErrors: true, throwsNothing: false }
  })
  const plain = {
    pair: 0,
    oneName: false,
    numeric: true,
    depth: 0,
    leavesRuns: false,
    asksWhatIf: false,
    concurrent: false,
    outside: 0,
  }
  return { ...plain, mode: 'sync', functions }
}

const constant = (value: unknown): Expression => ({ kind: 'constant', value })
const call = (callee: number): Expression & { kind: 'call' } => ({ kind: 'call', callee, argument: 0 })
const plus = (left: Expression, right: Expression): Expression => ({ kind: 'add', left, right })
const value = (value: unknown): ModelTweak => ({ kind: 'value', value })

/** The bodies that were demanded, in order, each once. */
function demanded(found: Found, seen: string[] = []): string[] {
  if (found.body !== null && !seen.includes(found.body)) seen.push(found.body)
  for (const read of found.reads) demanded(read, seen)
  return seen
}

// x = 1, y = 2, mid = x + 10, side = y * 10, top = mid + side, all modulo 5; nodes are twice the function
const [x, y, mid, side, top] = [8, 6, 4, 2, 0]
const worked = program([
  plus(call(2), call(1)),
  plus(call(3), call(3)),
  plus(call(4), constant(3)),
  constant(2),
  constant(1),
])

t.test('R2 to R5, R11: values, demand and homes of the worked example', async (t) => {
  const root = new ModelContext(null)
  const k = new ModelContext(root)
  const ask = (context: ModelContext, node: number): Found => scratch(worked, [], context, node)
  t.equal(ask(root, top).outcome, 3)
  t.same(demanded(ask(root, top)), [top, mid, x, side, y].map(String))
  k.nodes.set(x, value(4))
  t.equal(ask(k, top).outcome, 1)
  t.equal(ask(root, top).outcome, 3)
  t.equal(k.homeOf(ask(k, top).footprint), k, 'what read the tweak is kept where the tweak is')
  t.equal(k.homeOf(ask(k, side).footprint), root, 'what did not read it belongs to the parent')
  root.nodes.set(y, value(0))
  t.equal(ask(k, top).outcome, 2)
  k.nodes.set(mid, value(2))
  t.same(demanded(ask(k, top)), [top, side].map(String), 'neither a tweaked node nor its callees')
})

t.test('R8: dependencies belong to a result', async (t) => {
  const [r, flag, a, b] = [0, 2, 4, 6]
  const branching = program([
    { kind: 'if', test: call(1), yes: call(2), no: call(3) },
    constant(1),
    constant(1),
    constant(2),
  ])
  const root = new ModelContext(null)
  const k = new ModelContext(root)
  k.nodes.set(flag, value(0))
  k.nodes.set(a, value(4))
  t.equal(scratch(branching, [], root, r).outcome, 1)
  t.equal(scratch(branching, [], k, r).outcome, 2)
  t.same(demanded(scratch(branching, [], k, r)), [r, b].map(String))
})

t.test('R12, R13: adjustments compose from the outermost inward, and see inner tweaks of their inputs', async (t) => {
  const a = new ModelContext(new ModelContext(null))
  const b = new ModelContext(a)
  const next = program([plus(call(1), constant(0)), constant(1)])
  a.nodes.set(2, { kind: 'adjust', which: 0 })
  b.nodes.set(2, { kind: 'adjust', which: 1 })
  t.equal(scratch(next, [], a, 2).outcome, 2)
  t.equal(scratch(next, [], b, 2).outcome, 3)
  t.equal(scratch(next, [], b, 0).outcome, 3)
  ;(a.parent as ModelContext).nodes.set(2, value(2))
  t.equal(scratch(next, [], b, 2).outcome, 5)
  b.functions.set(1, value(0))
  t.equal(scratch(next, [], b, 2).outcome, 5, 'a node beats the whole function')
  b.nodes.delete(2)
  t.equal(scratch(next, [], b, 2).outcome, 0, 'the inner context beats the outer')
})

t.test(
  'R15: a what-if reads below the context that reads it, and leaves no trace of itself in the footprint',
  async (t) => {
    const whatIf: Expression = {
      kind: 'whatIf',
      tweaks: [{ callee: 2, argument: 0, adjustment: 1 }],
      call: call(1),
      by: 'with',
    }
    const delta = program([plus(whatIf, constant(0)), plus(call(2), call(2)), constant(1)])
    const root = new ModelContext(null)
    const k = new ModelContext(root)
    const found = scratch(delta, [], root, 0)
    t.equal(found.outcome, 4)
    t.equal(found.footprint, 0)
    t.equal(found.reads[0]?.context, innerContext(root, whatIf.tweaks))
    k.nodes.set(4, value(2))
    t.equal(scratch(delta, [], k, 0).outcome, 1)
    t.equal(k.homeOf(scratch(delta, [], k, 0).footprint), k)
  },
)

t.test('R16, R17, R18: cycles, errors and those who catch them', async (t) => {
  const root = new ModelContext(null)
  const k = new ModelContext(root)
  const cyclic = program([plus(call(1), constant(1)), plus(call(0), constant(1))])
  t.same(scratch(cyclic, [], root, 0).outcome, new Failure('cycle f0(0) f1(0) f0(0)'))
  t.ok(scratch(cyclic, [], root, 0).isTainted)
  k.nodes.set(2, value(0))
  t.equal(scratch(cyclic, [], k, 0).outcome, 1, 'a tweak can break a cycle')
  const bad: Expression = { kind: 'throwIfZero', of: call(2), site: 0 }
  const failing = program([{ kind: 'try', of: call(1), otherwise: constant(4) }, bad, constant(0)])
  t.same(scratch(failing, [], root, 2).outcome, new Failure('zero in f1(0) at 0'))
  t.equal(scratch(failing, [], root, 0).outcome, 4)
  k.nodes.clear()
  k.nodes.set(4, value(1))
  t.equal(scratch(failing, [], k, 0).outcome, 1)
})

t.test('R26, R32: invalidation and isolation in the footprint', async (t) => {
  const root = new ModelContext(null)
  const k = new ModelContext(root)
  const isolated = new ModelContext(root, false, true)
  k.tokens.set(mid, { time: 1, context: k, isForgotten: false })
  t.equal(k.homeOf(scratch(worked, [], k, top).footprint), k)
  t.equal(root.homeOf(scratch(worked, [], root, top).footprint), root)
  t.equal(isolated.homeOf(scratch(worked, [], isolated, top).footprint), isolated)
})

const sizes = { large: 0, huge: 0 }
const modes: readonly Mode[] = ['sync', 'async', 'cyclic', 'async cyclic']

t.test('what the oracle remembers is what it finds without memory', async (t) => {
  let compared = 0
  for (const [index, { program: groups }] of fc.sample(plans(sizes), { numRuns: 400, seed: 1 }).entries()) {
    const random = programFrom(
      groups.map((group) => new Choices(group)),
      modes[index % 4] as Mode,
    )
    const outside = [0, 1, 2]
    const remembering = new Oracle(random, outside)
    const root = new ModelContext(null)
    const k = new ModelContext(root)
    k.nodes.set(random.functions.length * 2 - 1, value(0))
    for (let node = 0; node < random.functions.length * 2; node++) {
      for (const context of [root, k]) {
        try {
          const [a, b] = [remembering.read(context, node), scratch(random, outside, context, node)]
          compared++
          if (
            textOfOutcome(a.outcome) === textOfOutcome(b.outcome) &&
            a.footprint === b.footprint &&
            a.isTainted === b.isTainted
          )
            continue
          t.fail(`case ${index}, node ${node}: ${textOfOutcome(a.outcome)}, without memory ${textOfOutcome(b.outcome)}`)
        } catch (error) {
          if (!(error instanceof BudgetError)) throw error
        }
      }
    }
  }
  t.ok(compared > 4000, `${compared} compared`)
})

t.test('a seed and a path give the same case again, and what fails becomes small', async (t) => {
  t.same(planAt(5, '7'), planAt(5, '7'))
  const property = fc.property(plans(sizes), ({ program, commands }) => program.length < 4 || commands.length < 3)
  const { counterexample } = fc.check(property, { seed: 1 })
  const [plan] = counterexample as [Plan]
  t.same([plan.program.length, plan.commands.length], [4, 3])
  t.ok(plan.program.flat().every((one) => one === 0))
})

t.test('no choices at all are a case, too', async (t) => {
  for (const mode of modes) t.equal(await runPlan({ program: [[], []], commands: [[]] }, mode), null)
})

t.test('a wrong answer, and a body that runs too often, are noticed', async (t) => {
  const plan: Plan = { program: [[], [0, 0, 0, 0, 1]], commands: [[0]] }
  const wrong = caseOf(plan, 'sync')
  Object.assign(wrong.oracle, { read: () => Object.assign(new Found(new ModelContext(null), 0), { outcome: 3 }) })
  t.equal(runCase(plan, 'sync', wrong)?.rule, 'C1')

  const root = Object.assign(new ModelContext(null), { name: 'root' })
  const ledger = new Ledger()
  const oracle = new Oracle(worked, [])
  const found = oracle.read(root, mid)
  const run = (context: ModelContext, started: number): Run => ({
    body: String(mid),
    node: mid,
    context,
    tweakedBy: null,
    started,
    turn: started,
    reads: ['x = 1'],
    isExempt: false,
    isStray: false,
    signal: null,
    disturbances: 0,
    isLoose: false,
  })
  const k = Object.assign(new ModelContext(root), { name: 'K' })
  const ended = (one: Run, found: Found) =>
    ledger.ended(one, found, one.started + 1, false, true, (context) => oracle.body(context, mid))
  t.equal(ended(run(root, 1), found), null)
  t.equal(ended(run(root, 3), found)?.rule, 'M1')
  t.equal(ended(run(k, 5), oracle.read(k, mid))?.rule, 'M2')
  ledger.drop(root, 7, mid)
  t.equal(ended(run(root, 8), found), null, 'after an unload it may')
  root.tokens.set(mid, { time: 10, context: root, isForgotten: false })
  oracle.changed()
  ledger.changed()
  t.equal(ledger.learn(oracle.read(root, mid))?.rule, 'U1', 'after an invalidation it must')
})

t.test('a few cases of each kind', async (t) => {
  for (const mode of modes) {
    const { failure } = await runVolume({ mode, cases: 20, seed: 1, shrinks: false })
    t.equal(failure?.what, undefined, mode)
  }
})
