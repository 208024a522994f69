/** The second door of this room, for the other rooms of dugout and not for users. */
export { aroundBy } from './running.js'
