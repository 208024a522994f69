// A process that asks for one slow call: node flight-run.js <store> <go>. The body waits until the file <go> is there. It
// prints `asked` and how many bodies run by then, and in the end what it was given, and how many bodies ran.
import { existsSync } from 'node:fs'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { Context, tracked } from '../../lib/index.js'
import { filesystemStore, openMemo } from '../../lib/memo/index.js'

const [, , folder = '', go = ''] = process.argv
let ran = 0
const slow = tracked(
  'slow',
  async () => {
    ran++
    while (!existsSync(go)) await setTimeout(5)
    return process.pid
  },
  { memo: { version: 1 } },
)
const memo = await openMemo({ store: filesystemStore(folder) })
memo.registry.addModule({ slow }, 'the test')
const base = new Context()
memo.attach(base)
const given = base.get(slow)
// the body begins, or does not, before this turn of the event loop is over
await setTimeout(0)
process.stdout.write(`asked ${ran}\n`)
process.stdout.write(`given ${await given} ${ran}\n`)
