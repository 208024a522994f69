// The npm package reactive-framework-test-suite is published as TypeScript: it is bundled when the tests begin. The types
// are what its README asks of an adapter.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export interface ReactiveFramework {
  readonly name: string
  signal<T>(initialValue: T): { readonly read: () => T; readonly write: (value: T) => void }
  computed<T>(fn: () => T): { readonly read: () => T }
  effect(fn: () => void | (() => void)): () => void
  run(fn: () => void): void
  batch(fn: () => void): void
  untracked<T>(fn: () => T): T
}

export interface Section {
  readonly section: string
  readonly cases: Readonly<Record<string, (framework: ReactiveFramework) => unknown>>
  /** Cases that give a word for what the framework does, and fail nothing. */
  readonly type?: 'behavioral'
}

export async function loadSuite(): Promise<{ readonly testSuite: readonly Section[] }> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('reactive-framework-test-suite'))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  return await import(`data:text/javascript;base64,${code}`)
}
