/**
 * A disk in memory that can fail at any of its operations. Each file and each folder has what programs see,
 * and what is durable: the contents at the last `sync`, and the names at the last `syncFolder`. A power
 * failure leaves what is durable, and of the rest any part, as the worst file systems do.
 */
import { dirname } from 'node:path'
import type { Disk, OpenFile } from '../../src/disk/disk.ts'

export type Fault =
  /** The process ends before the operation; what it did before stays. */
  | { readonly kind: 'killed' }
  /** The process ends in the middle of a write. */
  | { readonly kind: 'torn' }
  /** The power fails before the operation. `seed`: which part of what is not durable stays; absent: none. */
  | { readonly kind: 'power'; readonly seed?: number }
  /** The operation fails. `lasts`: so do all later ones that write, as on a full disk. */
  | { readonly kind: 'errno'; readonly code: string; readonly lasts: boolean }

export interface Operation {
  readonly name: string
  readonly path: string
  /** Whether it changes something. */
  readonly changes: boolean
}

/** What an operation throws after the process has ended. */
export class Ended extends Error {}

interface File {
  readonly kind: 'file'
  bytes: Uint8Array
  durable: Uint8Array
  changed: number
}
interface Folder {
  readonly kind: 'folder'
  names: Map<string, Node>
  durable: Map<string, Node>
}
type Node = File | Folder

const none = new Uint8Array(0)

export class SimulatedDisk {
  /** Since the begin, or the last restart. */
  readonly operations: Operation[] = []
  readonly disk: Disk
  private root: Folder = { kind: 'folder', names: new Map(), durable: new Map() }
  private fault: { readonly at: number; readonly how: Fault } | undefined
  private ended = false

  constructor() {
    this.disk = this.made()
  }

  /** Fails at the operation with this number, from 0. */
  failAt(at: number, how: Fault): void {
    this.fault = { at, how }
  }

  /** Begins a new process: locks are those of a process that has ended. */
  restart(): void {
    this.operations.length = 0
    this.fault = undefined
    this.ended = false
    const ofEnded = (bytes: Uint8Array): Uint8Array =>
      Buffer.from(
        Buffer.from(bytes)
          .toString('utf8')
          .replace(/"pid":\d+/, '"pid":4194305'),
      )
    for (const [path, file] of this.filesIn(this.root, ''))
      if (/\/lock(?:\.after-.*|-.*\.partial)?$/.test(path)) {
        file.bytes = ofEnded(file.bytes)
        // What was flushed stays so: the next power failure must not tear it.
        file.durable = ofEnded(file.durable)
      }
  }

  /** All files by their paths, and empty folders, whose paths end in a slash. */
  contents(): Map<string, Uint8Array> {
    const files = [...this.filesIn(this.root, '')].map(([path, { bytes }]) => [path, bytes] as const)
    const empty = [...emptyFolders(this.root, '')].map((path) => [path, none] as const)
    return new Map([...files, ...empty])
  }

  private *filesIn(folder: Folder, path: string): Iterable<[string, File]> {
    for (const [name, node] of folder.names)
      if (node.kind === 'file') yield [`${path}/${name}`, node]
      else yield* this.filesIn(node, `${path}/${name}`)
  }

  /** Counts an operation, and lets it fail if its time has come. @param half does the half of it */
  private count(operation: Operation, half: () => void = () => {}): void {
    if (this.ended) throw new Ended()
    const now = this.operations.length
    this.operations.push(operation)
    if (!this.fault) return
    const { at, how } = this.fault
    if (how.kind === 'errno') {
      if (now === at || (how.lasts && now > at && operation.changes)) throw refused(how.code, operation)
    } else if (now === at) {
      if (how.kind === 'torn') half()
      if (how.kind === 'power') this.root = afterPowerFailure(this.root, how.seed)
      this.ended = true
      throw new Ended()
    }
  }

  private made(): Disk {
    return {
      open: (path, mode) => {
        const there = this.find(path)
        this.count({ name: 'open', path, changes: mode !== 'read' })
        if (there?.kind === 'folder') throw refused('EISDIR', { name: 'open', path, changes: false })
        if (there === undefined && mode === 'read') throw missing('open', path)
        const file: File = there ?? { kind: 'file', bytes: none, durable: none, changed: Date.now() }
        if (there === undefined) this.folderOf(path, 'open').names.set(nameOf(path), file)
        if (mode === 'replace') file.bytes = none
        return this.opened(file, path)
      },
      rename: (from, to) => {
        this.count({ name: 'rename', path: to, changes: true })
        const node = this.find(from)
        if (node === undefined) throw missing('rename', from)
        this.folderOf(to, 'rename').names.set(nameOf(to), node)
        this.folderOf(from, 'rename').names.delete(nameOf(from))
      },
      link: (file, name) => {
        this.count({ name: 'link', path: name, changes: true })
        const node = this.find(file)
        if (node === undefined) throw missing('link', file)
        if (this.find(name)) throw refused('EEXIST', { name: 'link', path: name, changes: true })
        this.folderOf(name, 'link').names.set(nameOf(name), node)
      },
      remove: (path) => {
        this.count({ name: 'remove', path, changes: true })
        if (this.find(path)) this.folderOf(path, 'remove').names.delete(nameOf(path))
      },
      list: (path) => {
        this.count({ name: 'list', path, changes: false })
        return [...this.folderAt(path, 'list').names.keys()].sort()
      },
      stat: (path) => {
        this.count({ name: 'stat', path, changes: false })
        const node = this.find(path)
        if (node?.kind === 'file') return { kind: 'file', size: node.bytes.length, changed: node.changed }
        return node && { kind: 'folder', size: 0, changed: 0 }
      },
      makeFolder: (path) => {
        this.count({ name: 'makeFolder', path, changes: true })
        if (this.find(path)) throw refused('EEXIST', { name: 'mkdir', path, changes: true })
        const folder: Folder = { kind: 'folder', names: new Map(), durable: new Map() }
        this.folderOf(path, 'mkdir').names.set(nameOf(path), folder)
      },
      removeFolder: (path) => {
        this.count({ name: 'removeFolder', path, changes: true })
        if (this.folderAt(path, 'rmdir').names.size > 0)
          throw refused('ENOTEMPTY', { name: 'rmdir', path, changes: true })
        this.folderOf(path, 'rmdir').names.delete(nameOf(path))
      },
      syncFolder: (path) => {
        this.count({ name: 'syncFolder', path, changes: true })
        const folder = this.folderAt(path, 'fsync')
        folder.durable = new Map(folder.names)
      },
    }
  }

  private opened(file: File, path: string): OpenFile {
    const put = (bytes: Uint8Array, at: number): void => {
      const all = new Uint8Array(Math.max(file.bytes.length, at + bytes.length))
      all.set(file.bytes)
      all.set(bytes, at)
      file.bytes = all
      file.changed = Date.now()
    }
    return {
      size: () => file.bytes.length,
      read: (into, at) => {
        this.count({ name: 'read', path, changes: false })
        const found = file.bytes.subarray(at, at + into.length)
        into.set(found)
        return found.length
      },
      write: (bytes, at) => {
        this.count({ name: 'write', path, changes: true }, () => put(bytes.subarray(0, bytes.length / 2), at))
        put(bytes, at)
        return bytes.length
      },
      truncate: (size) => {
        this.count({ name: 'truncate', path, changes: true })
        const all = new Uint8Array(size)
        all.set(file.bytes.subarray(0, size))
        file.bytes = all
      },
      sync: () => {
        this.count({ name: 'sync', path, changes: true })
        file.durable = Uint8Array.from(file.bytes)
      },
      close: () => {},
    }
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root
    for (const name of path.split('/').filter((part) => part !== ''))
      node = node?.kind === 'folder' ? node.names.get(name) : undefined
    return node
  }

  private folderAt(path: string, call: string): Folder {
    const node = this.find(path)
    if (node === undefined) throw missing(call, path)
    if (node.kind === 'file') throw refused('ENOTDIR', { name: call, path, changes: false })
    return node
  }

  private folderOf(path: string, call: string): Folder {
    return this.folderAt(dirname(path), call)
  }
}

function* emptyFolders(folder: Folder, path: string): Iterable<string> {
  for (const [name, node] of folder.names) {
    if (node.kind === 'file') continue
    if (node.names.size === 0) yield `${path}/${name}/`
    yield* emptyFolders(node, `${path}/${name}`)
  }
}

/** The tree as it is found after a power failure. Of a name or a file that is not durable, any state. */
function afterPowerFailure(root: Folder, seed: number | undefined): Folder {
  let state = seed ?? 0
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const stays = (): boolean => seed !== undefined && random() < 0.5
  const known = new Map<Node, Node>()
  const after = (node: Node): Node => {
    const found = known.get(node)
    if (found) return found
    if (node.kind === 'file') {
      const bytes = seed === undefined ? node.durable : torn(node, random)
      const file: File = { kind: 'file', bytes, durable: bytes, changed: node.changed }
      known.set(node, file)
      return file
    }
    const names = new Map<string, Node>()
    for (const name of new Set([...node.durable.keys(), ...node.names.keys()])) {
      const chosen = (stays() ? node.names : node.durable).get(name)
      if (chosen) names.set(name, after(chosen))
    }
    return { kind: 'folder', names, durable: new Map(names) }
  }
  const tree = after(root)
  return tree.kind === 'folder' ? tree : root
}

/** Old or new contents, the new ones cut off, or with zeros in place of a part. What both begin with stays. */
function torn({ bytes, durable }: File, random: () => number): Uint8Array {
  const differs = bytes.findIndex((byte, at) => byte !== durable[at])
  const same = differs < 0 ? bytes.length : differs
  if (bytes.length === durable.length && same === bytes.length) return bytes
  const choice = random()
  if (choice < 0.25) return durable
  if (choice < 0.5) return bytes
  const place = same + Math.floor(random() * (bytes.length - same))
  if (choice < 0.75) return bytes.slice(0, place)
  return Uint8Array.from(bytes).fill(0, place, place + 512)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function missing(call: string, path: string): Error {
  return refused('ENOENT', { name: call, path, changes: false })
}

/** As `node:fs` throws it. */
function refused(code: string, { name, path }: Operation): Error {
  return Object.assign(new Error(`${code}: ${name} '${path}'`), { code, syscall: name, path })
}
