/** The running interval of the log (interval-log.ts), as a checkpoint keeps it. */
import { z } from 'zod'

/** A resumed run writes the same line from it. */
export const intervalState = z.object({
  /** Steps since the last line, and the sums over them. */
  steps: z.number(),
  seconds: z.number(),
  terms: z.record(z.string(), z.number()),
  loss: z.number(),
  norm: z.number(),
  clipped: z.number(),
  tokens: z.number(),
  /** Terms averaged over the last written interval. */
  last: z.record(z.string(), z.number()),
})
export type IntervalState = z.infer<typeof intervalState>
