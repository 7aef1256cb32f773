/** How much of a machine the values of frozen models may take. */
import { statfsSync } from 'node:fs'
import { freemem } from 'node:os'
import { makeFolder } from '../../weights/make-folder.ts'

/** In bytes. */
export interface CacheLimits {
  readonly memory: number
  /** In the run folder. */
  readonly disk: number
}

const share = 0.25

/**
 * A quarter of the memory, and of the disk of `folder`, that is free now; with `given` (`--cache`) at most so
 * much, and on the disk all of it.
 */
export function cacheLimits(folder: string, given: number | undefined): CacheLimits {
  const free = process.availableMemory?.() ?? freemem()
  makeFolder(folder)
  const { bavail, bsize } = statfsSync(folder)
  return {
    memory: Math.min(given ?? Number.POSITIVE_INFINITY, free * share),
    disk: Math.min(given ?? Number.POSITIVE_INFINITY, bavail * bsize * (given === undefined ? share : 1)),
  }
}

/**
 * Bytes of records up to which they stand in memory beside their file. Larger ones are read from it, 30 us
 * for those of a sentence under a BERT-base: the system has them in memory as long as no other process needs
 * it.
 */
const readInMemory = 2 ** 27

/**
 * Where so many bytes are kept; in a file, too, where there is room for neither: a resumed run has to do as
 * it did.
 */
export function placeOf(bytes: number, { memory, disk }: CacheLimits): { memory: boolean; disk: boolean } {
  const onDisk = bytes <= disk || bytes > memory
  return { memory: bytes <= memory && (!onDisk || bytes <= readInMemory), disk: onDisk }
}
