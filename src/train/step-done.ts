/** The event of one training step. */
import type { Batch } from '../data/dataset.ts'
import type { StepDone } from './observer.ts'
import type { StepResult } from './step.ts'

/** @param batches the micro-batches of the step */
export function stepDone(
  place: Pick<StepDone, 'stage' | 'step' | 'total' | 'stepsPerEpoch'>,
  { terms, total: loss, norm, rate }: StepResult,
  batches: readonly Batch[],
  {
    clipped,
    termNorms,
    exchange,
  }: {
    readonly clipped: boolean | undefined
    readonly termNorms: StepDone['termNorms']
    readonly exchange: number | undefined
  },
): StepDone {
  const sum = (of: (batch: Batch) => number): number => batches.reduce((all, batch) => all + of(batch), 0)
  return {
    ...place,
    terms,
    loss,
    norm,
    rate,
    liveTokens: sum(({ liveTokens }) => liveTokens),
    paddedTokens: sum(({ B, L }) => B * L),
    ...(clipped === undefined ? {} : { clipped }),
    ...(termNorms ? { termNorms } : {}),
    ...(exchange === undefined ? {} : { exchange }),
  }
}
