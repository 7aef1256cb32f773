/** How much memory and disk the cached values of frozen models may take. */
import { freemem } from 'node:os'
import { makeFolder } from '../../disk/make-folder.ts'
import { reading } from '../../disk/whole-files.ts'
import type { RunFolder } from '../run-folder.ts'

/** In bytes. */
export interface CacheLimits {
  readonly memory: number
  /** In the run folder. */
  readonly disk: number
}

const share = 0.25

/**
 * A quarter of the free memory, and of the free disk of the folder. With `given` (`--cache`) at most that,
 * and of the disk all of it.
 */
export function cacheLimits({ path, disk }: RunFolder, given: number | undefined): CacheLimits {
  const free = process.availableMemory?.() ?? freemem()
  makeFolder(path, disk)
  const room = reading(path, () => disk.free?.(path) ?? Number.POSITIVE_INFINITY)
  return {
    memory: Math.min(given ?? Number.POSITIVE_INFINITY, free * share),
    disk: Math.min(given ?? Number.POSITIVE_INFINITY, room * (given === undefined ? share : 1)),
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
