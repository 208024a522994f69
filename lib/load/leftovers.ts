/**
 * A folder for as long as a model is loaded. A process that is killed meanwhile leaves its folder behind: the next one that
 * loads a model takes it away.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

const NAME = /^dugout-model-(\d+)-/

/** Younger ones are left: their process may live where its number means nothing here, in another container. */
const OLD = 60 * 60 * 1000

/** A new folder of this process. Whoever makes it takes it away. */
export async function folder(): Promise<string> {
  await sweep().catch(() => undefined)
  return await mkdtemp(path.join(tmpdir(), `dugout-model-${process.pid}-`))
}

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = NAME.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const left = path.join(tmpdir(), name)
    // what is not ours, or goes meanwhile, is left alone
    const { mtimeMs } = await stat(left).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > OLD) await rm(left, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
