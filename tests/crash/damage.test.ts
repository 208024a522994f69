// Every kind of damage to every file of a store: what is read is what was written, or nothing; it is said, put aside, and
// heals by writing.
import path from 'node:path'
import t from 'tap'
import { key } from './ledger.js'
import { MemoryFiles } from './memory-files.js'
import { newWorld, open, type World } from './work.js'

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x10
  return copy
}

const kinds: Readonly<Record<string, (bytes: Buffer, other: Buffer) => Buffer>> = {
  'a bit of the beginning': (bytes) => flipped(bytes, 0),
  'a bit of the checksum': (bytes) => flipped(bytes, 10 % bytes.length),
  'a bit of the middle': (bytes) => flipped(bytes, bytes.length >> 1),
  'a bit of the end': (bytes) => flipped(bytes, bytes.length - 1),
  'the last byte': (bytes) => bytes.subarray(0, -1),
  'its second half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'all of it': () => Buffer.alloc(0),
  'all but zeros': (bytes) => Buffer.alloc(bytes.length),
  'nothing, but something was appended': (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
  'what another file holds': (_, other) => other,
  'all but 64 KB of other bytes': () => Buffer.alloc(65_536, 0x44),
}

function prepared(): { disk: MemoryFiles; world: World } {
  const world = newWorld()
  const disk = new MemoryFiles(() => world.clock.now)
  const store = open(disk, world)
  world.ledger.write(store, 'a', 'one', '1')
  world.ledger.write(store, 'a', 'two', '2')
  world.ledger.write(store, 'b', 'one', '3')
  return { disk, world }
}

const files = [...prepared().disk.names.files.keys()].filter((file) => !file.includes('/first/'))

for (const [kind, damage] of Object.entries(kinds)) {
  t.test(`lost: ${kind}`, async (t) => {
    t.equal(files.length, 6, 'three records and three blobs')
    for (const [i, file] of files.entries()) {
      const { disk, world } = prepared()
      const other = disk.read(files[(i + 1) % files.length] as string).bytes
      const inode = disk.names.files.get(file)
      if (inode === undefined) throw new Error(`${file} is not there`)
      inode.bytes = damage(inode.bytes, other)
      // Read without looking for it.
      world.ledger.check(open(disk, world), { mayMiss: true })
      const codes = world.warnings.map(({ code }) => code)
      t.same([...new Set(codes)], ['DUGOUT_STORE_DAMAGED'], `${file}: said`)
      t.same(
        open(disk, world)
          .verify()
          .damages.filter(({ what }) => what !== 'missing blob'),
        [],
        'put aside already',
      )
      // Looked for.
      const again = prepared()
      const copy = again.disk.names.files.get(file)
      if (copy === undefined) throw new Error(`${file} is not there`)
      copy.bytes = damage(copy.bytes, other)
      const dry = open(again.disk, again.world).verify({ repair: false })
      t.ok(dry.damages.length > 0 && dry.damages.every(({ isPutAside }) => !isPutAside), 'reported')
      const { damages } = open(again.disk, again.world).verify()
      t.equal(damages.length, dry.damages.length, 'the same again')
      t.ok(
        damages.every(({ isPutAside }) => isPutAside),
        'put aside',
      )
      t.same(open(again.disk, again.world).verify().damages, [], 'verify is clean then')
      world.ledger.write(open(disk, world), 'a', 'one', '1')
      world.ledger.write(open(disk, world), 'a', 'two', '2')
      world.ledger.write(open(disk, world), 'b', 'one', '3')
      world.ledger.check(open(disk, world))
    }
  })
}

t.test('files that are gone are nothing but a miss', async (t) => {
  for (const file of files) {
    const { disk, world } = prepared()
    disk.names.files.delete(file)
    world.ledger.check(open(disk, world), { mayMiss: true })
    t.equal(
      open(disk, world)
        .verify()
        .damages.filter(({ what }) => what !== 'missing blob').length,
      0,
      file,
    )
    world.ledger.write(open(disk, world), 'a', 'one', 'again')
    t.equal(
      [...open(disk, world).readRecords(key('a'))].some(({ id }) => id === 'one'),
      true,
      'written again',
    )
  }
})

t.test('what is not the store’s is reported, and left alone', async (t) => {
  const { disk, world } = prepared()
  for (const file of ['/store/v1/records/README', '/store/v1/blobs/ab/notes', '/store/v1/records/ab/notes/one']) {
    disk.makeFolder(path.dirname(file))
    disk.close(disk.create(file))
  }
  const { damages } = open(disk, world).verify()
  t.same(
    damages.map(({ what, isPutAside }) => [what, isPutAside]),
    Array.from({ length: 3 }, () => ['foreign file', false]),
  )
  world.ledger.check(open(disk, world))
  t.ok(disk.names.files.has('/store/v1/blobs/ab/notes'), 'left alone')
})

t.test('a record under another name is not taken for that one', async (t) => {
  const { disk, world } = prepared()
  const inode = disk.names.files.get(files.find((file) => file.endsWith('/two')) as string)
  if (inode === undefined) throw new Error('it is not there')
  const name = `/store/v1/records/${key('b').slice(0, 2)}/${key('b').slice(2)}/moved`
  disk.names.files.set(name, inode)
  t.same(
    [...open(disk, world).readRecords(key('b'))].map(({ id }) => id),
    ['one'],
  )
  world.ledger.check(open(disk, world), { mayMiss: true })
})
