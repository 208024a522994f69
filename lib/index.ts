// `using` needs types that a user's compiler may not have loaded; this line stays in the declarations
/// <reference lib="esnext.disposable" preserve="true" />
export * from './core/index.js'
export * from './inspect/index.js'
export * from './scenario/index.js'
