/** What users write beside their program, read: modules, and files of settings. The only door of this room. */
export { load } from './module.js'
export { suggestion } from './suggestion.js'
export { type Problem, parseText, problemsOf, validated } from './written.js'
