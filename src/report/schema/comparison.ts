/** Several runs, or those of a sweep, compared by the score of the main model of each. */
import { z } from 'zod'
import { interval, rich, value } from './values.ts'

/** A run, or the runs of one spec and setting with several seeds. */
const compared = z.object({
  /** The folder of the run, or the settings of a sweep's combination. */
  name: z.string(),
  seeds: z.array(z.number()),
  /** The main model. */
  model: z.string(),
  parameters: z.number(),
  /** Over the seeds. */
  mean: value,
  /** Standard deviation over the seeds; absent for one. */
  deviation: z.number().optional(),
  /** Of one run, over its examples. */
  interval: interval.optional(),
  /** Against the best, on the same examples: absent for the best, and where the answers were not kept. */
  paired: z
    .object({
      unit: z.enum(['texts', 'words', 'questions']),
      count: z.number(),
      /** Its metric less that of the best, with a paired bootstrap. */
      difference: z.number(),
      interval: interval.optional(),
      /** Items that only one of both answers rightly, with McNemar's exact test; absent for numbers. */
      only_best: z.number().optional(),
      only_this: z.number().optional(),
      p: z.number().optional(),
    })
    .optional(),
  /** Why there is no such test. */
  unpaired: rich.optional(),
})

export const comparison = z.object({
  metric: z.object({ name: z.string(), share: z.boolean(), higher_is_better: z.boolean() }),
  /** Which is best, in words. */
  headline: rich,
  lede: rich,
  /** The best first; those without a score last. */
  compared: z.array(compared),
})
