/** Results that outlive the process: the only door of this room. */
export {
  type AnyClass,
  type ClassOptions,
  type CustomType,
  DamagedValueError,
  DuplicateTypeError,
  NotStorableError,
  Types,
  UnknownTypeError,
} from './codec/index.js'
export { InputChangedError, InputError, OfflineError } from './errors.js'
export type { Miss } from './hook.js'
export * from './inputs/index.js'
export type { Invocation, Memento, MementoInput } from './memento.js'
export { type Memo, type MemoConfiguration, type MemoModule, openMemo } from './memo.js'
export { log, note } from './note.js'
export type { Rule, RuleChange, RuleKind } from './rules.js'
export * from './store.js'
export * from './stores/index.js'
