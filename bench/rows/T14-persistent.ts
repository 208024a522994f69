// A hit of a kept result of 1 KB: the record is read, checked and decoded. Beside it what the disk and SQLite take for the
// same bytes, unchecked. Keys are spread over 2,000 results, so that no cache but the operating system's helps.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { canonicalArguments, decode, encode, sha256 } from '../../lib/memo/codec/index.js'
import type { SyncStore } from '../../lib/memo/store.js'
import { filesystemStore, memoryStore, sqliteStore } from '../../lib/memo/stores/index.js'
import { driver } from '../../lib/memo/stores/sqlite/driver.js'
import { detail, race, time } from '../race.js'
import type { Measured, Row } from '../row.js'

export const row: Row = {
  id: 'T14',
  what: 'a persistent hit, 1 KB, decoded',
  goals: [{ what: 'the default store: files', unit: 'us', direction: 'at most', goal: 20, moonshot: 12 }],
}

const results = 2000
const id = '0193a7e0-1111-7222-8333-444455556666'

/** About a kilobyte of JSON. */
function result(i: number): unknown {
  const years = Array.from({ length: 22 }, (_, year) => ({ year: 2015 + 5 * year, value: (i + 1) / (year + 3) }))
  return { name: `scenario ${i}`, tags: ['base', 'EU'], isFinal: true, years }
}

const keys = Array.from({ length: results }, (_, i) => sha256(Buffer.from(`result ${i}`)))
const inTurn = (turn: number): number => (turn * 7919) % results

function filled(store: SyncStore): SyncStore {
  for (const [i, key] of keys.entries()) {
    const { bytes } = encode(result(i))
    store.writeRecord({ key, id, function: 'scenario', version: 'v1', bytes, blobs: [] })
  }
  return store
}

function hit(store: SyncStore, key: string): unknown {
  for (const { bytes } of store.readRecords(key)) return decode(bytes)
  throw new Error(`${store.name} misses ${key}`)
}

export async function measure(): Promise<Measured> {
  const root = mkdtempSync(path.join(tmpdir(), 'dugout-bench-'))
  try {
    const stores = {
      'files, the default store': filled(filesystemStore(path.join(root, 'store'))),
      SQLite: filled(await sqliteStore(path.join(root, 'store.sqlite'))),
      memory: filled(memoryStore()),
    }
    const database = (await driver())(path.join(root, 'bare.sqlite'))
    database.exec('CREATE TABLE bare (key TEXT PRIMARY KEY, bytes BLOB)')
    const insert = database.prepare('INSERT INTO bare VALUES (?, ?)')
    for (const [i, key] of keys.entries()) {
      const { bytes } = encode(result(i))
      insert.run(key, bytes)
      writeFileSync(path.join(root, key), bytes)
    }
    const select = database.prepare('SELECT bytes FROM bare WHERE key = ?')
    const times = await race([
      ...Object.entries(stores).map(([name, store]) => ({
        name,
        run: (turn: number) => hit(store, keys[inTurn(turn)] as string),
      })),
      {
        name: 'a bare file, decoded',
        run: (turn: number) => decode(readFileSync(path.join(root, keys[inTurn(turn)] as string))),
      },
      {
        name: 'a bare row of SQLite, decoded',
        run: (turn: number) => decode(Buffer.from(select.get(keys[inTurn(turn)] as string)?.['bytes'] as Uint8Array)),
      },
    ])
    const { bytes } = encode(result(1))
    const args = ['EU', 2025, { from: 1, to: [1, 2, 3] }]
    const parts = await race(
      [
        { name: 'of it: SHA-256 of 1 KB', run: () => sha256(bytes) },
        { name: 'of it: decoding', run: () => decode(bytes) },
        { name: 'beside it: the key of three arguments', run: () => sha256(canonicalArguments(args)) },
        { name: 'a miss: encoding', run: () => encode(result(1)).bytes.length },
      ],
      { compare: false },
    )
    for (const store of Object.values(stores)) store.close()
    database.close()
    return {
      figures: [time(times, 'files, the default store') / 1000],
      detail: { ...detail(times, '', 'us'), ...detail(parts, '', 'us'), 'bytes of the value': bytes.length },
    }
  } finally {
    rmSync(root, { recursive: true })
  }
}
