/** The sizes that a stage's graphs are run at, for costs and plans: known from the spec alone. */
import type { MaskingSpec } from '../check/example-specs.ts'
import type { Program, Stage } from '../check/program.ts'
import { examplesAtOnce } from '../graph/examples-at-once.ts'
import { type BatchSizes, bucketed } from '../graph/type.ts'

/** Where a stage names no data: a full sentence. */
export const usualLength = 128

/**
 * The sizes of one micro-batch, to which costs refer. Without `given`, they are the stage's micro-batch and
 * the data's full length, without padding and with the data block's share of masked positions. Positions are
 * rounded up to buckets, as in a run. `tokens`: the tokens of a part, if the micro-batch itself is computed
 * in parts.
 */
export function stageSizes(
  program: Program,
  stage: Stage,
  given: { readonly B?: number | undefined; readonly L?: number | undefined } = {},
  tokens?: number,
): BatchSizes {
  const data = stage.data === undefined ? undefined : program.data.get(stage.data)
  const { L = data?.maxLength ?? usualLength } = given
  const { B = examplesAtOnce({ B: stage.microbatch ?? stage.batch, L }, tokens) } = given
  const mask = data?.mask
  return { B, L, R: bucketed(B * L), ...(mask ? { M: bucketed(maskedPositions(mask, B, L)) } : {}) }
}

/** Masked positions of B examples of L tokens, each to be attended (data/masking.ts). */
function maskedPositions({ probability, smoothing, maximum }: MaskingSpec, B: number, L: number): number {
  if (smoothing !== undefined) return Math.ceil(probability * B * L)
  const share = Math.max(1, Math.round(probability * L))
  return B * Math.min(maximum ?? share, share)
}
