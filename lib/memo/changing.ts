/**
 * What in a piece of code gives another value each time it is asked, as far as reading can see: clocks and randomness. A
 * result that was made with one is not a function of what it depends on, so it is not kept.
 */
import type { AnyNode } from 'acorn'

/** A clock or a source of randomness in a piece of code. */
export interface Changing {
  /** The name that it is reached by: where the code has one of its own of that name, it is something else. */
  readonly global: string
  /** As people know it: `Date.now`. */
  readonly text: string
}

const members: ReadonlyMap<string, RegExp> = new Map([
  ['Date', /^now$/],
  ['Math', /^random$/],
  ['performance', /^(now|timeOrigin)$/],
  ['process', /^(hrtime|uptime|cpuUsage)$/],
  ['crypto', /^(random\w*|getRandomValues)$/],
])

/** What one node of a syntax tree does that is of this kind. */
export function changingOf(node: AnyNode): Changing | undefined {
  switch (node.type) {
    case 'MemberExpression': {
      const { object, property, computed } = node
      if (object.type !== 'Identifier' || property.type !== 'Identifier' || computed) return undefined
      const isOne = members.get(object.name)?.test(property.name) === true
      return isOne ? { global: object.name, text: `${object.name}.${property.name}` } : undefined
    }
    case 'NewExpression':
      return isDate(node.callee) && node.arguments.length === 0 ? { global: 'Date', text: 'new Date()' } : undefined
    case 'CallExpression':
      return isDate(node.callee) ? { global: 'Date', text: 'Date()' } : undefined
    default:
      return undefined
  }
}

function isDate(callee: AnyNode): boolean {
  return callee.type === 'Identifier' && callee.name === 'Date'
}

/** What an import brings that is of this kind. */
export function changingImport(imported: string, from: string): Changing[] {
  const isOne = /^(node:)?crypto$/.test(from) && /^(random\w*|getRandomValues)$/.test(imported)
  return isOne ? [{ global: '', text: imported }] : []
}
