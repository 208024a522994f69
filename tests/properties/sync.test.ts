// From-scratch consistency of synchronous programs: C1, M1 to M6, U1, U2, X1, X2, E1, G1.
import t from 'tap'
import { testSuites } from './suite.js'

await testSuites(t, { sync: 20_000 })
