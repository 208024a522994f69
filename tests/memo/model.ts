// A model in a process of its own, for the tests that kill it: node model.js <store> <scenarios>. It prints how many
// bodies of `answer` ran, and the sum of all answers; a line a scenario meanwhile.
import process from 'node:process'
import { Context, tracked } from '../../lib/index.js'
import { filesystemStore, openMemo } from '../../lib/memo/index.js'

let ran = 0

export const level = tracked('level', (): number => 1)
export const slope = tracked('slope', (): number => 2)
export const answer = tracked(
  'answer',
  (): number => {
    ran++
    return level() * slope() + 1
  },
  { memo: true },
)

const [, , folder = '', count = '0'] = process.argv
const memo = await openMemo({
  // what a kill leaves is all that is asked here, and a disk that syncs takes its time
  store: filesystemStore(folder, { durability: 'process' }),
  modules: [{ url: import.meta.url, exports: { level, slope, answer } }],
})
const base = new Context({ name: 'base' })
memo.attach(base)
let sum = 0
for (let i = 0; i < Number(count); i++) {
  using scenario = base.fork({ tweaks: [[level, i]] })
  sum += scenario.get(answer)
  if (i % 100 === 0) process.stdout.write(`at ${i}\n`)
}
process.stdout.write(`${JSON.stringify({ ran, sum })}\n`)
