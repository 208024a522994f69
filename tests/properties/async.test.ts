// From-scratch consistency of asynchronous programs, every suspension scheduled: C2, C3, M4, E4 besides the others.
import t from 'tap'
import { testSuites } from './suite.js'

await testSuites(t, { async: 20_000 })
