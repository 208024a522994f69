// One of several processes that write to one store until they are killed. It says what it is about to do and what is done,
// a line each, by calls that outlive it: `+ name text` begins, `= name text` is acknowledged, `- name` and `/ name` likewise
// for deleting.
import { writeSync } from 'node:fs'
import process from 'node:process'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { sha256 } from '../../lib/memo/codec/hash.js'
import { filesystemStore } from '../../lib/memo/stores/filesystem/index.js'
import { key } from './ledger.js'

const [root = '', own = '', seed = '0'] = process.argv.slice(2)
const random = xoroshiro128plus(Number(seed))
const below = (limit: number): number => uniformInt(random, 0, limit - 1)
const store = filesystemStore(root, { onWarning: ({ message }) => say(`! ${message}`) })

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

say('ready')
for (let turn = 0; ; turn++) {
  const of = `key${below(3)}`
  // Each writer has ids of its own; keys and blobs are everybody's.
  const id = `${own}-${below(3)}`
  const name = `${of}/${id}`
  const what = below(20)
  if (what < 10) {
    const text = `${name} ${seed} ${turn}`
    say(`+ ${name} ${text}`)
    const blob = store.writeBlob(Buffer.from(`blob ${below(4)}`.repeat(200)))
    const record = { key: key(of), id, function: 'f', version: 'v', bytes: Buffer.from(text) }
    if (blob !== undefined && store.writeRecord({ ...record, blobs: [blob] })) say(`= ${name} ${text}`)
    else say(`! ${name} was not stored`)
  } else if (what < 13) {
    say(`- ${name}`)
    store.deleteRecord(key(of), id)
    say(`/ ${name}`)
  } else if (what < 18) {
    for (const { bytes, blobs, id } of store.readRecords(key(of))) {
      const text = Buffer.from(bytes).toString()
      if (!text.startsWith(`${of}/${id} `)) say(`! ${of}/${id} says ${text}`)
      const blob = store.readBlob(blobs[0] ?? '')
      if (blob !== undefined && sha256(blob) !== blobs[0]) say(`! a blob of ${of} is another`)
    }
  } else if (what === 18) {
    store.tryLock(key(of))?.release()
  } else {
    store.gc()
  }
}
