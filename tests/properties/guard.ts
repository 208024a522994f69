// Runs suites in a thread, and ends it when nothing moves: a core that loops for ever is a failure like any other (C3).
import { Worker } from 'node:worker_threads'
import { planAt, type Suite, type Volume } from './volume.js'
import type { Report, Task } from './worker.js'

/** How long one case may take: the largest need a second or two. */
const PATIENCE = 30_000

/** Runs suites one after the other until one fails. */
export async function runGuarded(
  suites: readonly Suite[],
  options: { readonly bug?: string; readonly tellsStory?: boolean; readonly patience?: number } = {},
): Promise<Report> {
  const progress = new Int32Array(new SharedArrayBuffer(8))
  const task: Task = { suites, bug: options.bug ?? null, tellsStory: options.tellsStory ?? false, progress }
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: task })
  let seen = ''
  let since = Date.now()
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const [suite, count] = [Atomics.load(progress, 0), Atomics.load(progress, 1)]
      if (`${suite} ${count}` !== seen) {
        seen = `${suite} ${count}`
        since = Date.now()
      } else if (Date.now() - since > (options.patience ?? PATIENCE)) {
        clearInterval(watch)
        void worker.terminate()
        resolve({ volumes: [...suites.slice(0, suite).map(passed), hung(suites[suite] as Suite, count)], story: '' })
      }
    }, 250)
    // a thread that reports ends by itself: what it ran counts as covered only then
    worker.on('message', (report: Report) => {
      clearInterval(watch)
      resolve(report)
    })
    worker.on('error', (error) => {
      clearInterval(watch)
      reject(error)
    })
    worker.on('exit', () => {
      clearInterval(watch)
      reject(new Error(`the thread of a suite ended early, at suite and case ${seen}`))
    })
  })
}

function passed({ cases }: Suite): Volume {
  return { cases, failure: null }
}

function hung({ mode, seed, path, cases }: Suite, count: number): Volume {
  const at = path ?? `${Math.min(count, cases) - 1}`
  const what = 'C3: the case does not end (nor does what it was shrunk to, where it failed otherwise at first)'
  return { cases: count, failure: { mode, rule: 'C3', what, seed, path: at, plan: planAt(seed, at) } }
}
