/**
 * A file for values that are not computed with but may be requested: weights in float32 of which only a lossy
 * form of lower precision is read, and those of a teacher that is no longer needed. It is created with the
 * first value. If the system allows it, the file has no name from then on, so that a killed process leaves
 * nothing.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { largeFileFolder } from '../foreign/large-files.ts'

export class Shelf {
  private folder: string | undefined
  private descriptor: number | undefined
  private end = 0
  private full = false

  /**
   * Writes the bytes and returns their place in the file: `place` if it had as many bytes before. Undefined
   * if there is no room, or no right to write.
   */
  put(bytes: Uint8Array, place = this.end): number | undefined {
    if (this.full) return undefined
    try {
      this.descriptor ??= this.open()
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, place + done)
      this.end = Math.max(this.end, place + bytes.length)
      return place
    } catch {
      this.full = true
      return undefined
    }
  }

  /** Fills `bytes` with what was put at a place. */
  take(place: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.descriptor ?? -1, bytes, done, bytes.length - done, place + done)
      if (count === 0) throw new Error(`weights in ${this.folder} are no longer there`)
      done += count
    }
  }

  /** Nothing can be taken afterwards. */
  dispose(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = undefined
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true })
  }

  private open(): number {
    this.folder = mkdtempSync(join(largeFileFolder(), 'distill-weights-'))
    const descriptor = openSync(join(this.folder, 'weights.bin'), 'wx+')
    if (process.platform !== 'win32') rmSync(this.folder, { recursive: true, force: true })
    return descriptor
  }
}
