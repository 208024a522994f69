/** Distributions as they are written: `normal(3.1, 0.8)`, `truncated(normal(3, 1), 0, 10)`, `discrete([1, 2], [3, 1])`. */
import { type Distribution, distribution } from '../index.js'
import { suggestion } from '../load/index.js'
import { UsageError } from './errors.js'

const families = distribution as unknown as Readonly<Record<string, (...operands: never[]) => Distribution>>

export function parseDistribution(text: string): Distribution {
  const call = /^\s*(\w+)\s*\((.*)\)\s*$/s.exec(text)
  const name = call?.[1] ?? text.trim()
  const make = Object.hasOwn(families, name) ? families[name] : undefined
  if (call === null || make === undefined) {
    const known = Object.keys(families)
    throw new UsageError(
      `${text} is no distribution.${suggestion(name, known)} It is one of ${known.join(', ')}, with operands: normal(3.1, 0.8).`,
    )
  }
  return make(...(operandsOf(call[2] as string, text) as never[]))
}

function operandsOf(inner: string, text: string): unknown[] {
  const operands: unknown[] = []
  for (const part of partsOf(inner)) {
    if (/^\s*[a-z]\w*\s*\(/i.test(part)) {
      operands.push(parseDistribution(part))
      continue
    }
    try {
      operands.push(JSON.parse(part))
    } catch {
      throw new UsageError(`${part.trim() || 'nothing'} is no operand of ${text}.`)
    }
  }
  return operands
}

/** Cut at the commas that stand in no brackets. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const at of text) {
    if ('(['.includes(at)) depth++
    else if (')]'.includes(at)) depth--
    if (at === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += at
  }
  return parts
}
