/** Where bodies run: the door of this room for users. */
export { NotRunError, RunnerError } from './errors.js'
export {
  isRunner,
  localRunner,
  nullRunner,
  type Runner,
  type RunnerName,
  runnerFrom,
  runnerNames,
  type Task,
} from './runner.js'
