export * from './core/index.js'
export * from './inspect/index.js'
export * from './scenario/index.js'
