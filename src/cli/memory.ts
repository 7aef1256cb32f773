/** Whether stages fit into memory: what the machine or its container has, or what `--memory` says. */
import { totalmem } from 'node:os'
import type { Program, Stage } from '../check/program.ts'
import { compileStage, type StageOptions, stageSizes } from '../lower/stage.ts'
import { requireMemory } from '../plan/memory-limit.ts'

/** Bytes of memory: the machine's, or less where its container has a limit. */
export function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0
  // without a limit it is 0, or a number beyond any machine
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** Throws E1005 at the first stage whose plan needs more than `limit` bytes. `options`: those with which it is compiled to be run. */
export function requireStagesFit(
  program: Program,
  stages: readonly Stage[],
  limit: number,
  options: Pick<StageOptions, 'capabilities' | 'passes'> = {},
): void {
  for (const stage of stages) {
    const { step } = compileStage(program, stage, options)
    requireMemory(program, stage, step, (other) => stageSizes(program, stage, other), limit)
  }
}
