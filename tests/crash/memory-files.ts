// A file system in memory that knows what a power failure may take: bytes that were not synced are lost, cut or zero, and
// names in a folder that was not synced are there or not, each by chance, in whatever order.
import path from 'node:path'
import type { FileState, Files } from '../../lib/memo/stores/filesystem/files.js'

export interface Inode {
  readonly identity: number
  bytes: Buffer
  /** What is on the disk for certain. */
  synced: Buffer | undefined
  changedAt: number
}

interface Names {
  readonly files: Map<string, Inode>
  readonly folders: Set<string>
}

/** A change of names: it lasts when the folder of one of them was synced. */
interface Change {
  readonly names: readonly string[]
  readonly apply: (names: Names) => void
}

export class SystemError extends Error {
  readonly code: string

  constructor(code: string, call: string) {
    super(`${code}: ${call}`)
    this.code = code
  }
}

export class MemoryFiles implements Files {
  readonly names: Names
  readonly #onDisk: Names
  readonly #now: () => number
  readonly #open = new Map<number, Inode>()
  #changes: Change[] = []
  #identities: number
  #numbers = 3

  constructor(now: () => number, names?: Names, identities = 1) {
    this.#now = now
    this.names = names ?? { files: new Map(), folders: new Set(['/']) }
    this.#onDisk = { files: new Map(this.names.files), folders: new Set(this.names.folders) }
    this.#identities = identities
  }

  read(file: string): { bytes: Buffer; state: FileState } {
    const inode = this.#inode(file, 'read')
    return { bytes: Buffer.from(inode.bytes), state: this.#stateOf(inode) }
  }

  state(file: string): FileState | undefined {
    const inode = this.names.files.get(file)
    return inode && this.#stateOf(inode)
  }

  create(file: string): number {
    this.#needFolder(file)
    if (this.names.files.has(file)) throw new SystemError('EEXIST', `create ${file}`)
    const inode: Inode = {
      identity: this.#identities++,
      bytes: Buffer.alloc(0),
      synced: undefined,
      changedAt: this.#now(),
    }
    this.#change([file], ({ files }) => files.set(file, inode))
    this.#open.set(this.#numbers, inode)
    return this.#numbers++
  }

  write(number: number, bytes: Uint8Array): void {
    const inode = this.#opened(number)
    inode.bytes = Buffer.concat([inode.bytes, bytes])
    inode.changedAt = this.#now()
  }

  sync(number: number): void {
    const inode = this.#opened(number)
    inode.synced = inode.bytes
  }

  close(number: number): void {
    this.#opened(number)
    this.#open.delete(number)
  }

  touch(file: string, time: number): void {
    this.#inode(file, 'touch').changedAt = time
  }

  rename(from: string, to: string): void {
    const inode = this.#inode(from, 'rename')
    this.#needFolder(to)
    // Two names of one file: nothing happens, as POSIX has it.
    if (this.names.files.get(to) === inode) return
    this.#change([from, to], ({ files }) => {
      files.delete(from)
      files.set(to, inode)
    })
  }

  link(from: string, to: string): void {
    const inode = this.#inode(from, 'link')
    this.#needFolder(to)
    if (this.names.files.has(to)) throw new SystemError('EEXIST', `link ${to}`)
    this.#change([to], ({ files }) => files.set(to, inode))
  }

  remove(file: string): void {
    this.#inode(file, 'remove')
    this.#change([file], ({ files }) => files.delete(file))
  }

  makeFolder(folder: string): string | undefined {
    if (this.names.folders.has(folder)) return undefined
    const above = this.makeFolder(path.dirname(folder))
    this.#change([folder], ({ folders }) => folders.add(folder))
    return above ?? folder
  }

  removeFolder(folder: string): void {
    if (!this.names.folders.has(folder)) throw new SystemError('ENOENT', `rmdir ${folder}`)
    if (this.list(folder).length > 0) throw new SystemError('ENOTEMPTY', `rmdir ${folder}`)
    this.#change([folder], ({ folders }) => folders.delete(folder))
  }

  syncFolder(folder: string): void {
    if (!this.names.folders.has(folder)) throw new SystemError('ENOENT', `fsync ${folder}`)
    this.#last(({ names }) => names.some((name) => path.dirname(name) === folder))
  }

  list(folder: string): string[] {
    const start = `${folder}/`
    const names: string[] = []
    for (const of of [this.names.files.keys(), this.names.folders]) {
      for (const name of of) {
        if (name.startsWith(start) && !name.includes('/', start.length)) names.push(name.slice(start.length))
      }
    }
    return names
  }

  /** What is found when the power is back. `chance`: whether something that was not synced lasted. */
  afterPowerFailure(chance: () => boolean): MemoryFiles {
    this.#last(chance)
    const { files, folders } = this.#onDisk
    const survived = new Map<string, Inode>()
    const isReached = (folder: string): boolean =>
      folder === '/' || (folders.has(folder) && isReached(path.dirname(folder)))
    const contents = new Map<Inode, Inode>()
    for (const [file, inode] of files) {
      if (!isReached(path.dirname(file))) continue
      if (!contents.has(inode)) contents.set(inode, { ...inode, ...lasting(inode, chance) })
      survived.set(file, contents.get(inode) as Inode)
    }
    const reached = new Set([...folders].filter(isReached))
    return new MemoryFiles(this.#now, { files: survived, folders: reached }, this.#identities)
  }

  #change(names: readonly string[], apply: Change['apply']): void {
    apply(this.names)
    this.#changes.push({ names, apply })
  }

  /** These changes are on the disk, and so is every earlier one of the same names: a folder knows no other order. */
  #last(isChosen: (change: Change) => boolean): void {
    const settled = new Set<string>()
    const lasting = new Set<Change>()
    for (const change of [...this.#changes].reverse()) {
      if (!change.names.some((name) => settled.has(name)) && !isChosen(change)) continue
      lasting.add(change)
      for (const name of change.names) settled.add(name)
    }
    this.#changes = this.#changes.filter((change) => {
      if (!lasting.has(change)) return true
      change.apply(this.#onDisk)
      return false
    })
  }

  #inode(file: string, call: string): Inode {
    const inode = this.names.files.get(file)
    if (inode !== undefined) return inode
    throw new SystemError(this.names.folders.has(file) ? 'EISDIR' : 'ENOENT', `${call} ${file}`)
  }

  #opened(number: number): Inode {
    const inode = this.#open.get(number)
    if (inode === undefined) throw new SystemError('EBADF', String(number))
    return inode
  }

  #needFolder(file: string): void {
    if (!this.names.folders.has(path.dirname(file))) throw new SystemError('ENOENT', file)
  }

  #stateOf(inode: Inode): FileState {
    let links = 0
    for (const other of this.names.files.values()) if (other === inode) links++
    return { size: inode.bytes.length, changedAt: inode.changedAt, identity: inode.identity, links }
  }
}

function lasting({ bytes, synced }: Inode, chance: () => boolean): { bytes: Buffer; synced: Buffer } {
  let left = synced ?? Buffer.alloc(0)
  if (bytes !== synced && chance()) {
    left = chance() ? bytes : chance() ? bytes.subarray(0, bytes.length >> 1) : Buffer.alloc(bytes.length)
  }
  return { bytes: left, synced: left }
}
