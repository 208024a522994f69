/** The second door of this room, for the other rooms of dugout and not for users. */
export { isRunner, runnerFrom, runnerNames } from './runner.js'
export { aroundBy } from './running.js'
