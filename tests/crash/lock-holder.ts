// A process that takes a lock and waits to be killed.
import { writeSync } from 'node:fs'
import process from 'node:process'
import { filesystemStore, sqliteStore } from '../../lib/memo/stores/index.js'
import { key } from './ledger.js'

const [kind, where = ''] = process.argv.slice(2)
const store = kind === 'filesystem' ? filesystemStore(where) : await sqliteStore(where)
writeSync(1, store.tryLock(key('a')) === undefined ? 'held by another\n' : 'held\n')
// A body that blocks its process gives no sign of life, and is alive.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
