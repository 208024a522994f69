/** Scenario comparison: the given context beside sets of tweaks on it, and on one another. */
import { type Context, TweakSet, type TweakSetLike } from '../core/index.js'
import { labelOfValue } from './axis.js'
import { heatMap } from './charts.js'
import { InvalidQuestionError } from './errors.js'
import { exactly } from './format.js'
import { type AskOptions, type Cell, type Cost, Inquiry, numberIn } from './inquiry.js'
import { type Column, distinct, Report, type VegaLite } from './report.js'
import { type AnyTarget, type Named, named, namedOutputs, type Outputs } from './target.js'

const TOOL = 'scenarios'

/** A scenario that stands on another one: its tweaks come on top of that one's. */
export interface Extension {
  readonly extends: string
  readonly tweaks: TweakSetLike
}

export type Scenarios = Readonly<Record<string, TweakSetLike | Extension>>

/**
 * The outputs in the given context and in each scenario. A scenario that extends another is a context below that one's.
 * Errors of the model are cells. Throws InvalidQuestionError where a scenario extends one that is not there, or itself.
 */
export async function scenarios(
  context: Context,
  definitions: Scenarios,
  outputs: Outputs,
  options: AskOptions = {},
): Promise<ScenarioTable> {
  const asked = namedOutputs(TOOL, context, outputs)
  const all = ordered(definitions)
  const inquiry = new Inquiry(context, TOOL, options, all.length + 1)
  const inputs = inputsOf(all)
  const base: Scenario = {
    name: context.name || 'base',
    extends: undefined,
    outputs: await inquiry.ask(context, asked),
    inputs: inputs.map(({ target }) => context.peek(target)),
  }
  const contexts = new Map<string, Context>()
  try {
    for (const { name, parent, tweaks } of all) {
      const below = (parent === undefined ? undefined : contexts.get(parent)) ?? context
      contexts.set(name, below.fork({ name, tweaks }))
    }
    const answers = await inquiry.each(all.length, async (index): Promise<Scenario> => {
      const { name, parent } = all[index] as Definition
      const scenario = contexts.get(name) as Context
      const cells = await inquiry.ask(scenario, asked)
      return { name, extends: parent, outputs: cells, inputs: inputs.map((input) => inputIn(scenario, context, input)) }
    })
    const byName = new Map(answers.map((answer) => [answer.name, answer]))
    const inOrder = Object.keys(definitions).map((name) => byName.get(name) as Scenario)
    return new ScenarioTable(inputs, asked, [base, ...inOrder], await inquiry.cost(asked))
  } finally {
    for (const scenario of contexts.values()) scenario.dispose()
  }
}

interface Definition {
  readonly name: string
  readonly parent: string | undefined
  readonly tweaks: TweakSet
}

/** Every scenario after the one that it extends. */
function ordered(definitions: Scenarios): Definition[] {
  const done = new Map<string, Definition>()
  const visit = (name: string, above: readonly string[]): void => {
    if (done.has(name)) return
    if (above.includes(name)) {
      throw new InvalidQuestionError(TOOL, `${[...above, name].join(' extends ')}: a scenario cannot extend itself.`)
    }
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    if (definition === undefined) {
      const known = Object.keys(definitions).join(', ')
      throw new InvalidQuestionError(TOOL, `${above.at(-1)} extends ${name}, which is none of ${known}.`)
    }
    const parent = 'extends' in definition ? definition.extends : undefined
    if (parent !== undefined) visit(parent, [...above, name])
    const tweaks = TweakSet.from('extends' in definition ? definition.tweaks : definition)
    done.set(name, { name, parent, tweaks })
  }
  for (const name of Object.keys(definitions)) visit(name, [])
  return [...done.values()]
}

/** Everything that some scenario tweaks, once. */
function inputsOf(all: readonly Definition[]): Named[] {
  let targets = new TweakSet()
  for (const { tweaks } of all) ({ tweaks: targets } = targets.merge(tweaks))
  return [...targets].map(([target]) => named(target as AnyTarget))
}

/** What a scenario makes of an input: its value where that is known, else what the tweaks say; nothing where it has none. */
function inputIn(scenario: Context, base: Context, { target }: Named): unknown {
  const value: unknown = scenario.peek(target)
  if (value !== undefined) return value
  const said: unknown[] = []
  for (let at: Context | undefined = scenario; at !== undefined && at !== base; at = at.parent) {
    const tweak = at.tweaks.get(target)
    if (tweak === undefined) continue
    said.unshift(tweak.kind === 'replace' ? String(tweak) : labelOfValue(tweak.content))
    if (tweak.kind !== 'adjust') break
  }
  return said.length > 1 ? said.map(exactly).join(', then ') : said[0]
}

/** One line of the comparison. */
export interface Scenario {
  readonly name: string
  readonly extends: string | undefined
  /** What each output is, in the order of the table's outputs. */
  readonly outputs: readonly Cell[]
  /** What each changed input is, in the order of the table's inputs; undefined where that is not known. */
  readonly inputs: readonly unknown[]
}

export class ScenarioTable extends Report {
  readonly tool = TOOL
  /** What some scenario changes. */
  readonly inputs: readonly Named[]
  readonly outputs: readonly Named[]
  /** The base first. */
  readonly scenarios: readonly Scenario[]
  readonly cost: Cost
  readonly columns: readonly Column[]

  constructor(inputs: readonly Named[], outputs: readonly Named[], all: readonly Scenario[], cost: Cost) {
    super()
    this.inputs = inputs
    this.outputs = outputs
    this.scenarios = all
    this.cost = cost
    this.columns = distinct([
      { name: 'scenario', kind: 'text' },
      ...inputs.map(({ name, unit }): Column => ({ name, unit, kind: 'number' })),
      ...outputs.flatMap(({ name, unit }): Column[] => [
        { name, unit, kind: 'number' },
        { name: `change of ${name}`, unit, kind: 'number' },
        { name: `relative change of ${name}`, kind: 'share' },
      ]),
    ])
  }

  /** How far an output is from the base; undefined where one of both is no number. */
  difference(scenario: Scenario, output: number): number | undefined {
    const difference = numberIn(scenario.outputs[output]) - numberIn(this.scenarios[0]?.outputs[output])
    return Number.isNaN(difference) ? undefined : difference
  }

  /** The same as a share of the base; undefined where the base is 0. */
  relative(scenario: Scenario, output: number): number | undefined {
    const base = numberIn(this.scenarios[0]?.outputs[output])
    const difference = this.difference(scenario, output)
    return difference === undefined || base === 0 ? undefined : difference / Math.abs(base)
  }

  protected cells(): unknown[][] {
    return this.scenarios.map((scenario, index) => [
      scenario.name,
      ...scenario.inputs,
      ...scenario.outputs.flatMap(({ value, error }, output) =>
        index === 0
          ? [error ?? value, undefined, undefined]
          : [error ?? value, this.difference(scenario, output), this.relative(scenario, output)],
      ),
    ])
  }

  /** A heat map: scenarios by outputs, coloured by the relative change. */
  toVegaLite(): VegaLite {
    const rows = this.scenarios.slice(1).flatMap((scenario) =>
      this.outputs.map(({ name }, output) => ({
        x: name,
        y: scenario.name,
        value: this.relative(scenario, output),
      })),
    )
    return heatMap({ colour: { name: 'relative change' } }, rows, 'around zero')
  }
}
