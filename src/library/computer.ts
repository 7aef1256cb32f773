/** What computes a run: the backend and all that its bits depend on. */
import { cpus } from 'node:os'
import { instructionsOf } from '../backends/instructions.ts'
import { version } from '../disk/manifest.ts'
import type { Runner } from '../run/runner.ts'
import type { Computer } from '../train/same-bits.ts'

export function computerOf({ name, libraries, readsInstructions, threads }: Runner): Computer {
  return {
    backend: name,
    versions: { distill: version(), node: process.version, ...libraries },
    ...(readsInstructions ? { instructions: instructionsOf() } : {}),
    ...(threads === undefined ? {} : { threads }),
    processor: processorName(),
  }
}

/** What the bits of a rank depend on, beside the spec and the data. */
export function factsOf({ versions, instructions }: Computer): Record<string, string> {
  return { ...versions, ...(instructions === undefined ? {} : { instructions }) }
}

/** `AMD EPYC 7B13, 2 threads` */
function processorName(): string {
  const all = cpus()
  return `${all[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown'}, ${all.length} threads`
}
