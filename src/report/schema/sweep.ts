/** The runs of a sweep side by side. */
import { z } from 'zod'
import { value } from './values.ts'

export const sweep = z.object({
  /** Settings in the order of the spec, with their values in the order given. */
  settings: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  seeds: z.array(z.number()),
  metric: z.string(),
  /** The model that is compared. */
  model: z.string(),
  runs: z.array(
    z.object({
      name: z.string(),
      settings: z.record(z.string(), z.string()),
      seed: z.number(),
      parameters: z.number(),
      value,
      finished: z.boolean(),
    }),
  ),
  /** By setting: the mean of the metric for each value, and the range of these means. */
  effects: z.array(
    z.object({
      name: z.string(),
      means: z.array(z.object({ value: z.string(), mean: value })),
      difference: value,
    }),
  ),
  /** Over seeds: for each combination mean, standard deviation and number. */
  spread: z.array(
    z.object({
      settings: z.record(z.string(), z.string()),
      mean: value,
      deviation: value,
      count: z.number(),
    }),
  ),
  best: z.string().optional(),
})
