/**
 * How a level knows its context. It must not keep it alive: a context that everybody has forgotten is collected, and
 * gives its level back. But most scenarios end in the turn of the event loop that made them, and a WeakRef costs them most
 * of what they cost: it keeps its context alive to the end of that turn, so that it outlives a collection of young garbage
 * and is copied. So a level holds its context by itself until the turn ends, which is as long as a WeakRef would, and what
 * is not disposed by then gets its WeakRef and its place in the FinalizationRegistry. Without these two, fork, tweak, read
 * and dispose in one turn take half the time, and leave nothing where they left a kilobyte to the end of the turn.
 *
 * Invariant: a level is in `young`, at `level.young`, exactly as long as its handle is the context itself and it is not
 * disposed.
 */
import { disposeLevel } from './change.js'
import type { Context } from './context.js'
import type { Level } from './level.js'

const young: Level[] = []
let isDue = false

// Held weakly: a level holds functions of the user's, which may well hold the context that is waited for.
const collected = new FinalizationRegistry<WeakRef<Level>>((reference) => {
  const level = reference.deref()
  if (level !== undefined) disposeLevel(level)
})

/** A context was made for this level. */
export function setHandle(level: Level, context: Context): void {
  level.handle = context
  level.young = young.push(level) - 1
  if (isDue) return
  isDue = true
  void Promise.resolve().then(weaken)
}

function weaken(): void {
  isDue = false
  for (const level of young) {
    const context = level.handle as Context
    level.young = -1
    level.handle = new WeakRef(context)
    // what is shared is dropped by who shares it (twin.ts)
    if (!level.frozen) collected.register(context, new WeakRef(level), context)
  }
  young.length = 0
}

/** The context of a level, if there is one that is not forgotten. */
export function handleOf({ handle }: Level): Context | undefined {
  return handle instanceof WeakRef ? handle.deref() : (handle ?? undefined)
}

/** A level is disposed: nobody waits for the end of its context any more. */
export function leaveHandle(level: Level): void {
  const at = level.young
  if (at < 0) {
    if (level.handle instanceof WeakRef && !level.frozen) {
      const context = level.handle.deref()
      if (context !== undefined) collected.unregister(context)
    }
    return
  }
  const last = young.pop() as Level
  if (last !== level) {
    young[at] = last
    last.young = at
  }
  level.young = -1
}
