/** What-if tools: the only door of this room. */

export type { ErrorJSON } from '../core/rooms.js'
export { type AttributeOptions, Attribution, attribute, type Part } from './attribute.js'
export { type Axis, linear, logarithmic, percentages, type ScenarioAxis, type ValueAxis } from './axis.js'
export { DataTable, type DataTableOptions, dataTable, type TableCell } from './data-table.js'
export { type Distribution, distribution } from './distribution.js'
export * from './errors.js'
export { type Goal, GoalSeek, type GoalSeekReason, goalSeek, goalSeekReasons } from './goal-seek.js'
export type { AskOptions, Cell, Cost, Progress } from './inquiry.js'
export type { Lever } from './lever.js'
export { Morris, type MorrisOptions, morris, type Screened } from './morris.js'
export { type Objective, Optimum, optimize } from './optimize.js'
export { type Column, Report, type VegaLite } from './report.js'
export { type Sampling, samplings } from './sampling.js'
export { type Extension, type Scenario, type Scenarios, ScenarioTable, scenarios } from './scenarios.js'
export {
  type InputRange,
  type Inputs,
  type Moved,
  Sensitivity,
  type SensitivityOptions,
  sensitivity,
} from './sensitivity.js'
export { type Failure, type Simulated, type SimulateOptions, Simulation, simulate } from './simulate.js'
export { type Decomposed, type Index, type Pair, Sobol, type SobolOptions, sobol } from './sobol.js'
export type { Bin, QuantileEstimate, Summary } from './statistics.js'
export type { AnyTarget, Named, Outputs } from './target.js'
export type { Distributions } from './uncertain.js'
