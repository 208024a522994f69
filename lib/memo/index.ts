/** Results that outlive the process: the only door of this room. */

export type { BatchOptions, BatchProgress } from './batch.js'
export type { CallOptions } from './calls.js'
export {
  type AnyClass,
  type ClassOptions,
  type CustomType,
  DamagedValueError,
  DuplicateTypeError,
  NotStorableError,
  type Partition,
  type PartitionOptions,
  partition,
  Types,
  UnknownTypeError,
} from './codec/index.js'
export {
  type Cluster,
  type Configuration,
  type ConfigurationOptions,
  loadConfiguration,
  type Policy,
  type Setting,
} from './configuration/index.js'
export {
  ConfigurationError,
  DamagedExportError,
  InputChangedError,
  InputError,
  OfflineError,
  UnknownMementoError,
} from './errors.js'
export type { Miss } from './explain.js'
export * from './inputs/index.js'
export type { Description, Invocation, Memento, MementoInput } from './memento.js'
export { type Memo, type MemoConfiguration, type MemoModule, type OpenCluster, openMemo } from './memo.js'
export { log, note } from './note.js'
export {
  type Exchange,
  type ExportOptions,
  exportStore,
  type ForgetOptions,
  type ForgetTarget,
  type Forgotten,
  type HistoryGraph,
  type ImportOptions,
  importStore,
  type MementoFilter,
  Records,
  type TraceNode,
} from './records/index.js'
export type { Rule, RuleChange, RuleKind } from './rules.js'
export * from './store.js'
export * from './stores/index.js'
