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

/** A quarter of the memory, and of the disk of `folder`, that is free now; with `given` (`--cache`) at most so much, and on the disk all of it. */
export function cacheLimits(folder: string, given: number | undefined): CacheLimits {
  const free = process.availableMemory?.() ?? freemem()
  makeFolder(folder)
  const { bavail, bsize } = statfsSync(folder)
  return {
    memory: Math.min(given ?? Number.POSITIVE_INFINITY, free * share),
    disk: Math.min(given ?? Number.POSITIVE_INFINITY, bavail * bsize * (given === undefined ? share : 1)),
  }
}
