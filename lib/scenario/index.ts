/** What-if tools: the only door of this room. */
export { type Axis, linear, logarithmic, percentages, type ScenarioAxis, type ValueAxis } from './axis.js'
export { DataTable, dataTable, type TableCell } from './data-table.js'
export * from './errors.js'
export type { AskOptions, Cell, Cost, Progress } from './inquiry.js'
export { type Column, type ErrorJSON, Report, type VegaLite } from './report.js'
export { type Extension, type Scenario, type Scenarios, ScenarioTable, scenarios } from './scenarios.js'
export type { AnyTarget, Named, Outputs } from './target.js'
