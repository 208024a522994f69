// What guard.ts starts in a thread of its own: suites, one after the other, until one fails.
import { parentPort, workerData } from 'node:worker_threads'
import { seeded } from '../../lib/core/seeded.js'
import { runVolume, type Suite, storyOf, type Volume } from './volume.js'

/** What the thread is given. */
export interface Task {
  readonly suites: readonly Suite[]
  readonly bug: string | null
  readonly tellsStory: boolean
  /** Two counters: the suite, and the case. */
  readonly progress: Int32Array
}

/** What it gives. */
export interface Report {
  readonly volumes: readonly Volume[]
  readonly story: string
}

const { suites, bug, tellsStory, progress } = workerData as Task
seeded.bug = bug
const volumes: Volume[] = []
let story = ''
for (const [index, suite] of suites.entries()) {
  Atomics.store(progress, 0, index)
  Atomics.store(progress, 1, 0)
  const volume = await runVolume(suite, () => Atomics.add(progress, 1, 1))
  volumes.push(volume)
  if (volume.failure === null) continue
  if (tellsStory) story = await storyOf(volume.failure.plan, suite.mode)
  break
}
parentPort?.postMessage({ volumes, story } satisfies Report)
