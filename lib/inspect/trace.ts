/**
 * Events for those who trace a process from outside: `dugout:ran`, `dugout:verified`, `dugout:hit`, `dugout:cutoff`,
 * `dugout:masked`, `dugout:unloaded`, `dugout:superseded`, by node:diagnostics_channel. A message is the GraphEvent.
 */
import { channel } from 'node:diagnostics_channel'
import type { Context, GraphEvent } from '../core/rooms.js'

const TYPES = ['ran', 'verified', 'hit', 'cutoff', 'masked', 'unloaded', 'superseded'] as const

const channels = Object.fromEntries(TYPES.map((type) => [type, channel(`dugout:${type}`)])) as Record<
  GraphEvent['type'],
  ReturnType<typeof channel>
>

/** Publish what happens in the graph of a context, on channels that somebody subscribed to. Gives what stops it. */
export function trace(context: Context): () => void {
  return context.observe((event) => {
    const at = channels[event.type]
    if (at.hasSubscribers) at.publish(event)
  })
}
