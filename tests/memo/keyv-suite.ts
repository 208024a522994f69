// The npm package @keyv/test-suite, which has no types, and the part of the test runner AVA that it asks for. 1.8.9 is its
// last version that brings no test runner and no database of its own.
import { createRequire } from 'node:module'
import type Keyv from 'keyv'
import type { Test } from 'tap'

interface Assertions {
  true(value: unknown): void
  is(actual: unknown, expected: unknown): void
  deepEqual(actual: unknown, expected: unknown): void
  plan(count: number): void
}

type Act = () => Promise<void>
type Body = (t: Assertions) => unknown

interface Runner {
  beforeEach(act: Act): void
  serial(name: string, body: Body): void
  readonly after: { always(act: Act): void }
}

/** Declares tests of a keyv over the stores that are given: each of them another way to the same place. */
export type DeclareTests = (test: Runner, keyv: typeof Keyv, store: () => Keyv.Store<string | undefined>) => void

export interface Suite {
  readonly keyvApiTests: DeclareTests
  readonly keyvValueTests: DeclareTests
  readonly keyvIteratorTests: DeclareTests
  /** The package's own spelling. */
  readonly keyvNamepsaceTests: DeclareTests
}

export const suite: Suite = createRequire(import.meta.url)('@keyv/test-suite')

export interface Declared {
  readonly before: Act[]
  readonly cases: Map<string, Body>
  readonly after: Act[]
}

export function declared(declare: (test: Runner) => void): Declared {
  const [before, after, cases] = [[] as Act[], [] as Act[], new Map<string, Body>()]
  declare({
    beforeEach: (act) => before.push(act),
    serial: (name, body) => cases.set(name, body),
    after: { always: (act) => after.push(act) },
  })
  return { before, cases, after }
}

/** AVA's assertions by tap's, and how many there were: a test that asserts nothing fails, as it does in AVA. */
export function assertionsOf(t: Test): Assertions & { readonly count: () => number } {
  let count = 0
  return {
    count: () => count,
    true: (value) => (count++, t.equal(value, true)),
    is: (actual, expected) => (count++, t.equal(actual, expected)),
    deepEqual: (actual, expected) => (count++, t.strictSame(actual, expected)),
    plan: (planned) => t.plan(planned),
  }
}
