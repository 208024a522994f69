/** The clock as a node: what reads it is not kept, and under a tweak the time is that of the tweak. */
import { tracked } from '../../core/index.js'
import { asInput, ownOptions } from './input.js'

/** Milliseconds since 1970. Volatile: asked again by every read from outside. */
export const now = asInput(tracked('now', (): number => Date.now(), { ...ownOptions('now'), volatile: true }))
