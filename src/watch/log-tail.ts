/** The lines of a log that grows: each call reads what was added, and nothing waits for it. */
import { closeSync, fstatSync, readSync } from 'node:fs'
import { parsedJson } from '../files/json.ts'
import { openRegular } from '../files/regular-file.ts'

/** Bytes that are read at once. */
const piece = 2 ** 20

export interface Read {
  readonly lines: readonly unknown[]
  /** Whether the file is another one than before, or shorter: these are all of its lines. */
  readonly isNew: boolean
}

export class LogTail {
  private readonly file: string
  private inode: number | undefined
  private at = 0
  /** The begin of a line that is not complete. */
  private rest: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  constructor(file: string) {
    this.file = file
  }

  /** The new lines, without damaged ones. None while there is no file. */
  read(): Read {
    const descriptor = opened(this.file)
    if (descriptor === undefined) {
      const isNew = this.inode !== undefined
      this.inode = undefined
      return { lines: [], isNew }
    }
    try {
      const { ino, size } = fstatSync(descriptor)
      // A resumed run replaces the file by one without the lines after its checkpoint.
      const isNew = ino !== this.inode || size < this.at
      if (isNew) {
        this.at = 0
        this.rest = Buffer.alloc(0)
      }
      this.inode = ino
      const lines: unknown[] = []
      while (this.at < size) {
        const buffer = Buffer.alloc(Math.min(piece, size - this.at))
        const count = readSync(descriptor, buffer, 0, buffer.length, this.at)
        if (count === 0) break
        this.at += count
        // There may be more lines than a call has arguments.
        for (const line of this.complete(buffer.subarray(0, count))) lines.push(line)
      }
      return { lines, isNew }
    } finally {
      closeSync(descriptor)
    }
  }

  private complete(added: Buffer): unknown[] {
    const all = Buffer.concat([this.rest, added])
    const end = all.lastIndexOf('\n') + 1
    this.rest = all.subarray(end)
    return all
      .subarray(0, end)
      .toString('utf8')
      .split('\n')
      .map(parsedJson)
      .filter((line) => line !== undefined)
  }
}

function opened(file: string): number | undefined {
  try {
    return openRegular(file)
  } catch {
    return undefined
  }
}
