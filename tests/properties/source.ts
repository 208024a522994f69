// A random program as text, near enough to TypeScript to be turned into a test by hand.
import { type Expression, type FunctionPlan, type InnerTweak, isAsync, type Program } from './program.js'
import { argumentPairs, textOf } from './values.js'

/** The functions of a program, a line each; replacements below. */
export function sourceOf(program: Program): string[] {
  const [zero, one] = argumentPairs[program.pair] ?? argumentPairs[0] ?? []
  const lines = [
    `// ${program.mode}; a is 0 or 1${program.pair === 0 ? '' : `, which stand for ${textOf(zero?.())} and ${textOf(one?.())}`}; sums are modulo 5`,
  ]
  program.functions.forEach((plan, index) => {
    lines.push(`const f${index} = tracked(${arrow(plan, plan.body)}${options(plan)})`)
    plan.replacements.forEach((body, which) => lines.push(`//   replacement ${which}: ${arrow(plan, body)}`))
  })
  return lines
}

function options(plan: FunctionPlan): string {
  const said = [
    ...(plan.ownEquals ? ['equals'] : []),
    ...(plan.cacheErrors ? [] : ['cacheErrors: false']),
    ...(plan.style === 'declared' ? ['async: true'] : []),
    ...(plan.throwsNothing ? ['/* throws undefined */'] : []),
  ]
  return said.length === 0 ? '' : `, { ${said.join(', ')} }`
}

function arrow(plan: FunctionPlan, body: Expression): string {
  return `${isAsync(plan) ? `async ${plan.style === 'async' ? '' : `/* ${plan.style} */ `}` : ''}(a) => ${textOfExpression(body, isAsync(plan))}`
}

function textOfTweak({ callee, argument, value, adjustment }: InnerTweak): string {
  const target = argument === undefined ? `f${callee}` : `f${callee}.at(${argument})`
  return `[${target}, ${adjustment === undefined ? textOf(value) : adjustment === 0 ? 'scale(2)' : 'add(1)'}]`
}

/** An expression as text. */
function textOfExpression(expression: Expression, awaits: boolean): string {
  const text = (one: Expression): string => textOfExpression(one, awaits)
  const wait = awaits ? 'await ' : ''
  switch (expression.kind) {
    case 'constant':
      return textOf(expression.value)
    case 'argument':
      return 'a'
    case 'call': {
      const { callee, argument } = expression
      return `${wait}f${callee}(${argument === 'same' ? 'a' : argument === 'other' ? '1 - a' : argument})`
    }
    case 'add':
      return `(${text(expression.left)} + ${text(expression.right)})`
    case 'wrap':
      return `{ v: ${text(expression.of)} }`
    case 'if':
      return `(${text(expression.test)} ? ${text(expression.yes)} : ${text(expression.no)})`
    case 'throwIfZero':
      return `throwIfZero(${text(expression.of)})`
    case 'try':
      return `tried(${awaits ? 'async ' : ''}() => ${text(expression.of)}, () => ${text(expression.otherwise)})`
    case 'all':
      return `all(${expression.branches.map(text).join(', ')})`
    case 'tick':
      return `(await tick(), ${text(expression.then)})`
    case 'start':
      return `(start(${textOfExpression(expression.call, false)}), ${text(expression.then)})`
    case 'touch':
      return `(touch(${textOfExpression(expression.call, false)}), ${text(expression.then)})`
    case 'external':
      return `outside[${expression.leaf}]`
    case 'whatIf': {
      const { callee, argument } = expression.call
      const node = `f${callee}.at(${argument === 'same' ? 'a' : argument === 'other' ? '1 - a' : argument})`
      return `${wait}Context.current().${expression.by}([${expression.tweaks.map(textOfTweak).join(', ')}]).get(${node})`
    }
    case 'poke':
      return `(poke(${expression.root ? 'root' : 'current'}), ${text(expression.then)})`
  }
}
