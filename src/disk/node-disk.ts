/** The file system of Node. */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { Worker } from 'node:worker_threads'
import { openRegular } from '../files/regular-file.ts'
import type { Disk, OpenFile, OpenMode } from './disk.ts'
import { isSystemError } from './system-error.ts'

const { O_CREAT, O_RDWR, O_TRUNC } = constants
const flags: Readonly<Record<Exclude<OpenMode, 'read'>, number>> = {
  change: O_RDWR | O_CREAT,
  replace: O_RDWR | O_CREAT | O_TRUNC,
}

/** Longest piece given to one call; the system takes less than 2 GiB at once. */
const piece = 1 << 28

class NodeFile implements OpenFile {
  private readonly descriptor: number

  constructor(descriptor: number) {
    this.descriptor = descriptor
  }

  size(): number {
    return fstatSync(this.descriptor).size
  }
  read(into: Uint8Array, at: number): number {
    return readSync(this.descriptor, into, 0, Math.min(piece, into.length), at)
  }
  write(bytes: Uint8Array, at: number): number {
    return writeSync(this.descriptor, bytes, 0, Math.min(piece, bytes.length), at)
  }
  truncate(size: number): void {
    ftruncateSync(this.descriptor, size)
  }
  sync(): void {
    fsyncSync(this.descriptor)
  }
  close(): void {
    closeSync(this.descriptor)
  }
}

/** What systems answer that cannot flush a folder. */
const cannotFlush = new Set(['EINVAL', 'EISDIR', 'EACCES', 'EPERM', 'ENOTSUP', 'ENOSYS'])

/** What file systems without links answer, and a link to another file system. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EXDEV', 'EMLINK'])

function isOneOf(codes: ReadonlySet<string>, error: unknown): boolean {
  return isSystemError(error) && codes.has(error.code ?? '')
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A thread of its own, so that it writes while the main thread computes. */
const changing = `
const { writeSync, readSync, closeSync } = require('node:fs')
const { workerData: { descriptor, interval } } = require('node:worker_threads')
const byte = Buffer.alloc(1)
readSync(descriptor, byte, 0, 1, 0)
setInterval(() => {
  try { writeSync(descriptor, byte, 0, 1, 0) } catch {}
}, interval)`

export const nodeDisk: Disk = {
  open: (file, mode) => new NodeFile(mode === 'read' ? openRegular(file) : openSync(file, flags[mode])),
  rename: renameSync,
  link: (file, name) => {
    try {
      linkSync(file, name)
    } catch (error) {
      if (!isOneOf(noLinks, error)) throw error
      copyFileSync(file, name, constants.COPYFILE_EXCL)
      syncPath(name)
    }
  },
  remove: (file) => rmSync(file, { force: true }),
  list: (folder) => readdirSync(folder).sort(),
  stat: (path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return undefined
    return { kind: found.isDirectory() ? 'folder' : 'file', size: found.size, changed: found.mtimeMs }
  },
  makeFolder: (folder) => void mkdirSync(folder),
  removeFolder: rmdirSync,
  syncFolder: (folder) => {
    try {
      syncPath(folder)
    } catch (error) {
      if (!isOneOf(cannotFlush, error)) throw error
    }
  },
  free: (folder) => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  },
  keepChanging: (file, interval) => {
    const descriptor = openSync(file, 'r+')
    const worker = new Worker(changing, { eval: true, execArgv: [], workerData: { descriptor, interval } })
    worker.unref()
    return () => {
      void worker.terminate().then(() => closeSync(descriptor))
    }
  },
}
