// The k-th call to the file system goes wrong, for every k and in every way. Afterwards a process that knows nothing of it
// finds no wrong value, everything that was acknowledged, and nothing left behind.
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import t from 'tap'
import type { Durability } from '../../lib/memo/stores/index.js'
import { type Fault, FaultyFiles, failures } from './faults.js'
import { MemoryFiles } from './memory-files.js'
import { afterwards, newWorld, open, type World, work } from './work.js'

// Errors are made and caught by the hundred thousand, and what went wrong where stands in their messages.
Error.stackTraceLimit = 0

function calls(durability: Durability): number {
  const world = newWorld()
  const faulty = new FaultyFiles(new MemoryFiles(() => world.clock.now))
  work(open(faulty.files, world, durability), world)
  return faulty.calls
}

/** Runs all steps with a fault, or as many as there are before the end of the process. */
function withFault(fault: Fault, durability: Durability): { disk: MemoryFiles; world: World; faulty: FaultyFiles } {
  const world = newWorld()
  const disk = new MemoryFiles(() => world.clock.now)
  const faulty = new FaultyFiles(disk, fault)
  try {
    work(open(faulty.files, world, durability), world)
  } catch (error) {
    if (!faulty.isKilled) throw new Error(`call ${fault.at}, ${fault.how}: ${String(error)}`, { cause: error })
  }
  return { disk, world, faulty }
}

function saying<Result>(what: string, act: () => Result): Result {
  try {
    return act()
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

for (const durability of ['process', 'file', 'power'] as const) {
  const mode = `, where writes outlast: ${durability}`
  const count = calls(durability)

  t.test(`without a fault nothing is wrong${mode}`, async (t) => {
    t.ok(count > 100, `${count} calls`)
    const { disk, world } = withFault({ at: count, how: 'EIO', forGood: true }, durability)
    afterwards(disk, world)
    t.same(world.warnings, [])
  })

  // What differs are the syncs: two kinds of failure show it.
  for (const how of durability === 'file' ? failures : failures.slice(0, 2)) {
    t.test(`every call fails with ${how}, once and for good${mode}`, async (t) => {
      for (let at = 0; at < count; at++) {
        for (const forGood of [false, true]) {
          const { disk, world } = withFault({ at, how, forGood }, durability)
          const said = world.warnings.map(({ code, message }) => `${code} ${message.replace(/[0-9a-f-]{36,}/g, '')}`)
          saying(`call ${at}${forGood ? ' and on' : ''}`, () => {
            const codes = world.warnings.map(({ code }) => code)
            const isOnce = (code: string): boolean => codes.filter((one) => one === code).length <= 2
            if (!isOnce('DUGOUT_STORE_UNREADABLE') || !isOnce('DUGOUT_STORE_UNWRITABLE'))
              throw new Error(said.join('\n'))
            afterwards(disk, world)
          })
        }
      }
      t.pass(`${count} calls`)
    })
  }

  for (const how of ['killed before', 'killed in', 'killed after'] as const) {
    t.test(`a process is ${how} every call${mode}`, async (t) => {
      for (let at = 0; at < count; at++) {
        const { disk, world } = withFault({ at, how, forGood: false }, durability)
        saying(`call ${at}`, () => afterwards(disk, world))
      }
      t.pass(`${count} calls`)
    })
  }

  t.test(`the power fails after every call${mode}`, async (t) => {
    // What outlasts it is there. What does not may be lost, or come back, and is never wrong.
    const options = durability === 'power' ? {} : { mayMiss: true, mayReturn: true }
    for (let at = 0; at < count; at++) {
      for (let seed = 0; seed < 3; seed++) {
        const { disk, world } = withFault({ at, how: 'killed after', forGood: false }, durability)
        const random = xoroshiro128plus(at * 10 + seed)
        const after = disk.afterPowerFailure(() => random.next() % 2 === 0)
        saying(`call ${at}, seed ${seed}`, () => afterwards(after, world, options))
      }
    }
    t.pass(`${count} calls`)
  })
}
