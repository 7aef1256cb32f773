/** The forms of lines in metrics.jsonl, for its readers. JSON has no infinite numbers: they are null. */
import { z } from 'zod'

const value = z.number().nullable()
const at = { stage: z.string(), step: z.number() }

/** Averages over an interval of steps, as `IntervalLog` writes them. It is the one line without an event. */
export const intervalLine = z.object({
  ...at,
  /** Of the whole stage. Older runs do not log it. */
  steps: z.number().optional(),
  terms: z.record(z.string(), value),
  total: value,
  gradient_norm: value,
  term_gradient_norms: z.record(z.string(), value).optional(),
  rate: z.number(),
  clipped: z.number().optional(),
  steps_per_second: z.number(),
  tokens_per_second: z.number(),
  /** Of a line of older runs it is not known. */
  time: z.string().optional(),
})
export type IntervalLine = z.infer<typeof intervalLine>

/** The scores of a model at a step of a stage. */
export const evaluationLine = z.object({
  event: z.literal('evaluation'),
  ...at,
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})

/** Of the steps since the line before, where several ranks have trained. Times are in seconds. */
export const ranksLine = z.object({
  event: z.literal('ranks'),
  ...at,
  /** The first step of a process is not counted, because it compiles. */
  steps: z.number(),
  ranks: z.array(
    z.object({
      rank: z.number(),
      host: z.string(),
      computing: z.number(),
      /** Until the slowest rank had computed. */
      waiting: z.number(),
      communicating: z.number(),
      /** The parts of a batch that it computes. */
      parts: z.number(),
      examples: z.number(),
      /** Without padding. */
      tokens: z.number(),
    }),
  ),
})

/** The last line of a run. */
export const finishedLine = z.object({ event: z.literal('finished') })
