import { computed, effect, effectScope, endBatch, signal, startBatch } from 'alien-signals'
import type { ReactiveFramework } from './adapter.js'

let scopes: (() => void)[] = []

export const alienFramework: ReactiveFramework = {
  name: 'alien-signals',
  signal<T>(initialValue: T) {
    const cell = signal<T>(initialValue)
    return { read: () => cell(), write: (value: T) => cell(value) }
  },
  computed<T>(fn: () => T) {
    const cell = computed(fn)
    return { read: () => cell() }
  },
  effect(fn) {
    // What an effect returns would be taken for its cleanup.
    effect(() => {
      fn()
    })
  },
  withBatch(fn) {
    startBatch()
    try {
      fn()
    } finally {
      endBatch()
    }
  },
  withBuild<T>(fn: () => T): T {
    let built: { value: T } | undefined
    scopes.push(
      effectScope(() => {
        built = { value: fn() }
      }),
    )
    return (built as unknown as { value: T }).value
  },
  cleanup() {
    for (const stop of scopes) stop()
    scopes = []
  },
}
