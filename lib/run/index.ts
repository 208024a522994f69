/** Where bodies run: the door of this room for users. */
export { NotRunError, RunnerError } from './errors.js'
export { localRunner, nullRunner, type Runner, type RunnerName, type Task } from './runner.js'
