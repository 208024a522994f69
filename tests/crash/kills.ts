// Writers that are killed at random moments, and what a fresh process finds after each kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { filesystemStore } from '../../lib/memo/stores/filesystem/index.js'
import { key } from './ledger.js'

const script = fileURLToPath(new URL('writer.js', import.meta.url))

/** What one name may say: what is acknowledged, and what was begun and may be there as well. */
interface Known {
  certain: string | undefined
  begun: string | undefined
  isDeleting: boolean
}

export interface Report {
  readonly kills: number
  readonly acknowledged: number
  readonly wrong: readonly string[]
}

/** Kills writers, `writers` at a time, until there were that many kills. */
export async function killWriters(kills: number, writers: number, seed: number): Promise<Report> {
  const root = mkdtempSync(path.join(tmpdir(), 'dugout-kills-'))
  const random = xoroshiro128plus(seed)
  const known = new Map<string, Known>()
  const wrong: string[] = []
  let acknowledged = 0
  const hear = (line: string): void => {
    const [, sign = '', name = '', text = ''] = /^([+=/!-]) (\S+) ?(.*)$/.exec(line) ?? []
    const entry = known.get(name) ?? { certain: undefined, begun: undefined, isDeleting: false }
    if (sign === '!') wrong.push(line)
    else if (sign !== '') known.set(name, entry)
    if (sign === '+') entry.begun = text
    if (sign === '=') {
      acknowledged++
      Object.assign(entry, { certain: text, begun: undefined })
    }
    if (sign === '-') entry.isDeleting = true
    if (sign === '/') Object.assign(entry, { certain: undefined, begun: undefined, isDeleting: false })
  }
  try {
    let done = 0
    while (done < kills && wrong.length === 0) {
      const running = Array.from({ length: writers }, (_, own) => {
        return new Writer(root, own, seed * 1_000_003 + done + own, hear)
      })
      await Promise.all(running.map(({ isReady }) => isReady))
      // One after the other: those who live go on while what a dead one left is looked at.
      for (const [own, writer] of running.entries()) {
        await setTimeout(uniformInt(random, 0, 12))
        // one that could not begin, or gave up, is no kill
        if (writer.hasEnded) wrong.push(`writer w${own} ended by itself`)
        await writer.kill()
        done++
        wrong.push(...ownNames(known, own).flatMap((name) => check(root, name, known.get(name) as Known)))
      }
    }
    wrong.push(...leftovers(root, known))
    return { kills: done, acknowledged, wrong }
  } finally {
    rmSync(root, { recursive: true })
  }
}

class Writer {
  readonly isReady: Promise<unknown>
  readonly #child: ChildProcess
  readonly #isHeard: Promise<unknown>

  constructor(root: string, own: number, seed: number, hear: (line: string) => void) {
    this.#child = spawn(process.execPath, [script, root, `w${own}`, String(seed)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
    this.isReady = Promise.race([once(lines, 'line'), once(this.#child, 'exit')])
    lines.on('line', hear)
    this.#isHeard = once(lines, 'close')
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await gone
    }
    await this.#isHeard
  }
}

const ownNames = (known: ReadonlyMap<string, Known>, own: number): string[] =>
  [...known.keys()].filter((name) => name.includes(`/w${own}-`))

/** The writer is dead: what is there now is what it left. */
function check(root: string, name: string, entry: Known): string[] {
  const [of = '', id = ''] = name.split('/')
  const warnings: string[] = []
  const store = filesystemStore(root, { onWarning: ({ message }) => warnings.push(message) })
  const found = [...store.readRecords(key(of))].find((record) => record.id === id)
  const text = found && Buffer.from(found.bytes).toString()
  const isLost = text === undefined && entry.certain !== undefined && !entry.isDeleting
  const isWrong = text !== undefined && text !== entry.certain && text !== entry.begun
  const isWithoutBlob = found !== undefined && store.readBlob(found.blobs[0] ?? '') === undefined
  const wrong = [...warnings]
  if (isLost || isWrong) wrong.push(`${name} says ${text}, after ${JSON.stringify(entry)}`)
  // A record that was never acknowledged may miss its blob; then it counts as nothing.
  if (isWithoutBlob && text === entry.certain) wrong.push(`${name} has no blob`)
  // From here on this is what holds.
  Object.assign(entry, { certain: text, begun: undefined, isDeleting: false })
  return wrong
}

/** Everybody is dead: nothing is damaged, and a collection leaves nothing but records and their blobs. */
function leftovers(root: string, known: ReadonlyMap<string, Known>): string[] {
  const store = filesystemStore(root, { now: () => Date.now() + 7_200_000 })
  const wrong = store.verify().damages.map((damage) => JSON.stringify(damage))
  const locks = namesIn(path.join(root, 'v1', 'locks'))
  store.gc()
  for (const folder of ['partial', 'aside', 'locks']) {
    const left = namesIn(path.join(root, 'v1', folder))
    if (left.length > 0) wrong.push(`left in ${folder}: ${left.join()}`)
  }
  for (const lock of locks) if (store.tryLock(lock) === undefined) wrong.push(`the lock ${lock} is held by nobody`)
  store.close()
  for (const name of known.keys()) wrong.push(...check(root, name, known.get(name) as Known))
  const { blobs } = store.stats()
  if (blobs > 4) wrong.push(`${blobs} blobs, where there are four`)
  return wrong
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
