/** Questions about a graph. Reads the core, changes nothing: the only door of this room. */
export type { Change } from './changes.js'
export type { Force, Mask } from './force.js'
export type { Outcome } from './outcome.js'
export { type Recording, type RecordOptions, record, type Seen } from './record.js'
export { type Standing, type Why, why } from './why.js'
