// What the harness itself knows of the contexts: their tweaks and invalidations, as plain data, without any result.
import type { Context } from '../../lib/index.js'
import type { InnerTweak } from './program.js'
import { textOf } from './values.js'

/** What a context says about a node or a function. */
export type ModelTweak =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'adjust'; readonly which: number }
  | { readonly kind: 'replace'; readonly which: number; readonly id: number }

/** "I no longer trust this node." */
export interface Token {
  readonly time: number
  readonly context: ModelContext
  /** The context was cleared since: whether the core still knows it then is its own affair. */
  isForgotten: boolean
}

/** Beyond this depth a footprint only says "here or deeper". */
export const DEEPEST = 30

let lastId = 0

/** A context: its place, its tweaks, its invalidations. */
export class ModelContext {
  readonly id = ++lastId
  readonly parent: ModelContext | null
  readonly root: ModelContext
  readonly depth: number
  readonly bit: number
  readonly isFrozen: boolean
  /** The deepest isolated context at or above this one. */
  readonly isolated: ModelContext | null
  /** By node and by function. */
  readonly nodes = new Map<number, ModelTweak>()
  readonly functions = new Map<number, ModelTweak>()
  readonly tokens = new Map<number, Token>()
  /** The children that are only their tweaks, by these. */
  readonly inner = new Map<string, ModelContext>()
  readonly children = new Set<ModelContext>()
  /** What a frozen one was made with. */
  made: readonly InnerTweak[] = []
  isDisposed = false
  name = ''
  real: Context | null = null

  constructor(parent: ModelContext | null, isFrozen = false, isIsolated = false) {
    this.parent = parent
    this.root = parent?.root ?? this
    this.depth = parent === null ? 0 : parent.depth + 1
    this.bit = 1 << Math.min(this.depth, DEEPEST)
    this.isFrozen = isFrozen
    this.isolated = isIsolated ? this : (parent?.isolated ?? null)
    parent?.children.add(this)
  }

  /** Is it the other one, or below it? */
  isWithin(other: ModelContext): boolean {
    let at: ModelContext | null = this
    while (at !== null && at.depth > other.depth) at = at.parent
    return at === other
  }

  /** The tweak of just this context, the node's before the function's (R13). */
  tweakOf(node: number): ModelTweak | undefined {
    return this.nodes.get(node) ?? this.functions.get(node >> 1)
  }

  /** The latest invalidation of a node on the way up. */
  tokenOf(node: number): Token | undefined {
    let latest: Token | undefined
    for (let at: ModelContext | null = this; at !== null; at = at.parent) {
      const token = at.tokens.get(node)
      if (token !== undefined && (latest === undefined || token.time > latest.time)) latest = token
    }
    return latest
  }

  /** Where a result is kept whose footprint is this (R2, R32); null where the footprint is too deep to say. */
  homeOf(footprint: number): ModelContext | null {
    if ((footprint & (1 << DEEPEST)) !== 0) return null
    const depth = Math.max(footprint === 0 ? 0 : 31 - Math.clz32(footprint), this.isolated?.depth ?? 0)
    let at: ModelContext = this
    while (at.depth > depth) at = at.parent as ModelContext
    return at
  }

  /** The contexts that may keep it: below an isolated one, what others found already above serves too. */
  homesOf(footprint: number): readonly ModelContext[] {
    if ((footprint & (1 << DEEPEST)) !== 0) return []
    const depth = footprint === 0 ? 0 : 31 - Math.clz32(footprint)
    const homes: ModelContext[] = []
    for (let at: ModelContext | null = this; at !== null && at.depth >= depth; at = at.parent) {
      if (at.depth <= Math.max(depth, this.isolated?.depth ?? 0)) homes.push(at)
    }
    return homes
  }

  /** The one child with exactly these tweaks (R15). */
  under(key: string, tweak: (child: ModelContext) => void): ModelContext {
    let child = this.inner.get(key)
    if (child === undefined) {
      child = new ModelContext(this, true)
      tweak(child)
      this.inner.set(key, child)
    }
    return child
  }

  /** Here and below. */
  *within(): IterableIterator<ModelContext> {
    yield this
    for (const child of this.children) yield* child.within()
  }

  dispose(): void {
    for (const one of this.within()) one.isDisposed = true
    this.parent?.children.delete(this)
    for (const [key, child] of this.parent?.inner ?? []) if (child === this) this.parent?.inner.delete(key)
  }
}

/** Tweaks of a what-if in a text: equal for equal sets. Later ones of one target win. */
export function keyOfTweaks(tweaks: readonly InnerTweak[]): string {
  const said = new Map<string, string>()
  for (const { callee, argument, value, adjustment } of tweaks) {
    said.set(`${callee}/${argument ?? ''}`, adjustment === undefined ? textOf(value) : `adjust ${adjustment}`)
  }
  return [...said]
    .map(([target, what]) => `${target}: ${what}`)
    .sort()
    .join('; ')
}

/** The context of a what-if. */
export function innerContext(context: ModelContext, tweaks: readonly InnerTweak[]): ModelContext {
  return context.under(keyOfTweaks(tweaks), (child) => {
    child.made = tweaks
    for (const { callee, argument, value, adjustment } of tweaks) {
      const tweak: ModelTweak =
        adjustment === undefined ? { kind: 'value', value } : { kind: 'adjust', which: adjustment }
      if (argument === undefined) child.functions.set(callee, tweak)
      else child.nodes.set(callee * 2 + argument, tweak)
    }
  })
}
