/** Wait until one of some files is saved. Editors replace files, so it is their folders that are watched. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import path from 'node:path'
import { shortened } from './model.js'

/** Saves come in bursts. */
const QUIET = 60

/** The file that was saved since a time. */
export function changed(files: ReadonlySet<string>, since: number): Promise<string> {
  const all = new Set([...files].map((file) => path.resolve(file)))
  const folders = new Set([...all].map((file) => path.dirname(file)))
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = []
    let timer: NodeJS.Timeout | undefined
    const done = (saved: string): void => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      resolve(saved)
    }
    for (const folder of folders) {
      const watcher = watch(folder, (_, name) => {
        const file = name === null ? undefined : path.join(folder, name)
        if (file === undefined || !all.has(file)) return
        clearTimeout(timer)
        timer = setTimeout(() => done(shortened(file)), QUIET)
      })
      watchers.push(watcher)
    }
    // saved while the answer was being made
    const missed = [...all].find((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since)
    if (missed !== undefined) done(shortened(missed))
  })
}
