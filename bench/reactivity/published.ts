// The published js-reactivity-benchmark (github.com/milomg/js-reactivity-benchmark) with dugout beside alien-signals: its own
// checks of values and of how often bodies run, and the ratio of each group. Nothing of it is kept here; give a checkout:
//
//   node esbuild.mjs --test && node --expose-gc build/bench/reactivity/published.js <checkout>
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { geometricMean } from '../race.js'
import { dugoutFramework, type ReactiveFramework } from './adapter.js'
import { alienFramework } from './alien-signals.js'

interface Timing {
  readonly framework: string
  readonly test: string
  readonly time: number
}

interface Published {
  runTests(
    frameworks: readonly { readonly framework: ReactiveFramework; readonly testPullCounts: boolean }[],
    log: (timing: Timing) => void,
  ): Promise<void>
}

/** Loaded without its list of frameworks, which would ask for all of them to be installed. */
async function load(checkout: string): Promise<Published> {
  const folder = await mkdtemp(path.join(import.meta.dirname, 'published-'))
  try {
    const { outputFiles } = await build({
      entryPoints: [path.join(checkout, 'packages/core/src/index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
      logLevel: 'error',
      plugins: [
        {
          name: 'without-frameworks',
          setup(build) {
            build.onLoad({ filter: /frameworksList\.ts$/ }, () => ({
              contents: 'export const frameworkInfo = [], allFrameworks = []',
            }))
          },
        },
      ],
    })
    const file = path.join(folder, 'benchmark.mjs')
    await writeFile(file, outputFiles[0]?.contents ?? '')
    return (await import(pathToFileURL(file).href)) as Published
  } finally {
    await rm(folder, { recursive: true })
  }
}

function groupOf(test: string): string {
  if (test.startsWith('create')) return 'create'
  if (test.startsWith('update')) return 'update'
  if (test.startsWith('cellx')) return 'layers'
  return /^\d+-\d+x\d+/.test(test) ? 'dynamic' : 'propagate'
}

async function main(checkout: string): Promise<void> {
  const published = await load(checkout)
  let checks = 0
  const failed: string[] = []
  console.assert = (holds?: boolean, ...what: unknown[]): void => {
    checks++
    if (holds !== true) failed.push(what.join(' ') || String(new Error('a check').stack?.split('\n')[2]?.trim()))
  }
  const times = new Map<string, Record<string, number>>()
  const ratios = new Map<string, number[]>()
  const [ours, theirs] = [dugoutFramework.name, alienFramework.name]
  await published.runTests(
    [dugoutFramework, alienFramework].map((framework) => ({ framework, testPullCounts: true })),
    ({ framework, test, time }) => {
      const both = { ...times.get(test), [framework]: time }
      times.set(test, both)
      const [one, other] = [both[ours], both[theirs]]
      if (one === undefined || other === undefined) return
      ratios.set(groupOf(test), [...(ratios.get(groupOf(test)) ?? []), one / other])
      process.stdout.write(
        `${test.padEnd(36)}${one.toFixed(1).padStart(10)} ms${other.toFixed(1).padStart(10)} ms${(one / other).toFixed(2).padStart(8)} x\n`,
      )
    },
  )
  for (const [group, all] of ratios) process.stdout.write(`${group.padEnd(36)}${geometricMean(all).toFixed(2)} x\n`)
  process.stdout.write(`${checks} checks, ${failed.length} failed\n${[...new Set(failed)].join('\n')}\n`)
  if (failed.length > 0) process.exitCode = 1
}

const [checkout] = process.argv.slice(2)
if (checkout === undefined) throw new Error('give the folder of a checkout of js-reactivity-benchmark')
await main(path.resolve(checkout))
