/** How much memory and disk the cached values of frozen models may take. */
import { freemem } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../../disk/make-folder.ts'
import { namesIn, reading } from '../../disk/whole-files.ts'
import type { RunFolder } from '../run-folder.ts'

/** In bytes. */
export interface CacheLimits {
  readonly memory: number
  /** In the run folder. */
  readonly disk: number
}

/** Of a rank that keeps no records. */
export const unlimited: CacheLimits = {
  memory: Number.POSITIVE_INFINITY,
  disk: Number.POSITIVE_INFINITY,
}

const share = 0.25

/**
 * A quarter of the free memory, and of the free disk of the folder. With `given` (`--cache`) at most that,
 * and of the disk all of it. Records that are in the folder already count as free, and those of the stage
 * itself always have room: a training decides as `distill records` did before it.
 */
export function cacheLimits(folder: RunFolder, given: number | undefined, stage: string): CacheLimits {
  const free = process.availableMemory?.() ?? freemem()
  const { path, frozen, disk } = folder
  makeFolder(path, disk)
  const sizeOf = (file: string): number => reading(file, () => disk.stat(file)?.size ?? 0)
  const taken = namesIn(frozen, disk).reduce((sum, name) => sum + sizeOf(join(frozen, name)), 0)
  const room = taken + reading(path, () => disk.free?.(path) ?? Number.POSITIVE_INFINITY)
  const usual = Math.max(room * share, sizeOf(folder.frozenOf(stage)))
  return {
    memory: Math.min(given ?? Number.POSITIVE_INFINITY, free * share),
    disk: given === undefined ? usual : Math.min(given, room),
  }
}

/**
 * Up to this size, records are in memory as well as in their file. Larger ones are read from the file, which
 * takes 30 us for those of a sentence under a BERT-base: the system caches the file as long as no other
 * process needs the memory.
 */
const readInMemory = 2 ** 27

/**
 * Where that many bytes are stored. If neither has room for them, in a file too: a resumed run must do the
 * same as before.
 */
export function placeOf(bytes: number, { memory, disk }: CacheLimits): { memory: boolean; disk: boolean } {
  const onDisk = bytes <= disk || bytes > memory
  return { memory: bytes <= memory && (!onDisk || bytes <= readInMemory), disk: onDisk }
}
