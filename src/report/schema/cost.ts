/** Memory, compilation, and how ranks share the work. */
import { z } from 'zod'

export const memory = z.object({
  stage: z.string(),
  /** Bytes alive after each operation of the planned step, thinned to at most 400 points. */
  live: z.array(z.number()),
  peak: z.number(),
  /** Index in `live`. */
  peak_at: z.number(),
  /** What is computed there: `gradient of layer 3 ffn`. */
  peak_name: z.string(),
  /** Index in `live` at which gradients begin. */
  turn: z.number(),
  /** Bytes held all the time beside `live`: weights, and the optimizer's moments if the backend has them. */
  standing: z.number(),
  /** The most that the backend held in a step, these included, where it can tell. */
  measured: z.number().optional(),
})

export const compile = z.object({
  stage: z.string(),
  total_ms: z.number(),
  spans: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['front', 'forward', 'step', 'plan']),
      at_ms: z.number(),
      ms: z.number(),
      /** Whether a pass changed the graph; absent for what is no pass. */
      changed: z.boolean().optional(),
      note: z.string().optional(),
    }),
  ),
})

/** The steps of a stage that the same ranks have trained. */
export const ranks = z.object({
  stage: z.string(),
  /** Counted steps: the first of a process compiles, and is left out. */
  steps: z.number(),
  /** Of all ranks together, without padding. */
  tokens_per_second: z.number(),
  /** What the times mean. */
  finding: z.string(),
  ranks: z.array(
    z.object({
      rank: z.number(),
      host: z.string(),
      /** Shares of its time. */
      computing: z.number(),
      waiting: z.number(),
      communicating: z.number(),
      /** Of a batch. */
      parts: z.number(),
      examples: z.number(),
    }),
  ),
})
