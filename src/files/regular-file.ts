/**
 * The one place that opens files for reading. Only regular files are read: a pipe waits for a writer, and a
 * device such as /dev/zero never ends.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notRead } from '../diagnostics/messages/data-files.ts'
import { fileLimits } from './limits.ts'

/** A file that is there, and that is not read. Has a code, so that no reader has to give it one. */
export class UnreadableFile extends DiagnosticError {
  readonly reason: string
  constructor(path: string, reason: string) {
    super(notRead({ path, reason }))
    this.reason = reason
  }
}

/** Has the fields of an error of the system, so that a reader reports it like one. */
class OpenError extends Error {
  readonly syscall = 'open'
  readonly code: 'EISDIR' | 'ENOENT'
  readonly path: string
  constructor(code: OpenError['code'], path: string) {
    super(code === 'EISDIR' ? 'it is a folder' : 'it is not there')
    this.code = code
    this.path = path
  }
}

// Opening a pipe does not wait then, and a terminal does not become that of the process. Windows has neither.
const mode = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** What is at a path; undefined where nothing is, and where the system takes no such name. */
export function statOf(path: string): Stats | undefined {
  return existsSync(path) ? statSync(path, { throwIfNoEntry: false }) : undefined
}

/** A descriptor of a regular file. @throws UnreadableFile E0955, or the error of the system */
export function openRegular(path: string): number {
  if (path.includes('\0')) throw new OpenError('ENOENT', path)
  // Opening some devices does something. The file may be another one afterwards, so both are asked.
  requireRegular(statSync(path), path)
  const descriptor = openSync(path, mode)
  try {
    requireRegular(fstatSync(descriptor), path)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

function requireRegular(found: Stats, path: string): void {
  if (found.isFile()) return
  if (found.isDirectory()) throw new OpenError('EISDIR', path)
  throw new UnreadableFile(path, `it is ${kindOf(found)}, and only regular files are read`)
}

function kindOf(found: Stats): string {
  if (found.isFIFO()) return 'a pipe'
  if (found.isSocket()) return 'a socket'
  return 'a device'
}

/** The bytes of a regular file. @throws as `openRegular`, and the same beyond `most` bytes */
export function fileBytes(path: string, most: number = fileLimits.whole): Buffer {
  const descriptor = openRegular(path)
  try {
    const { size } = fstatSync(descriptor)
    if (size > most) throw new UnreadableFile(path, `it has ${size} bytes, and at most ${most} are read`)
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** At most `count` bytes from an offset on; fewer at the end of the file. @throws as `openRegular` */
export function filePart(path: string, from: number, count: number): Buffer {
  const descriptor = openRegular(path)
  try {
    const there = Math.max(0, Math.min(count, fstatSync(descriptor).size - from))
    const bytes = Buffer.alloc(there)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, there, from))
  } finally {
    closeSync(descriptor)
  }
}

/** Its text, as `fileBytes`. */
export function fileText(path: string, most: number = fileLimits.json): string {
  return fileBytes(path, most).toString('utf8')
}
