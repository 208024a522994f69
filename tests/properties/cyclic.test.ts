// From-scratch consistency of programs with cycles (R16): the same value or CycleError as the oracle, nothing of it kept.
import t from 'tap'
import { testSuites } from './suite.js'

await testSuites(t, { cyclic: 2000, 'async cyclic': 1000 })
