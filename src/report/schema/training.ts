/** The stages of a run, and what its log has of them. */
import { z } from 'zod'
import { rich, value } from './values.ts'

/** An interval of the log. */
const row = z.object({
  step: z.number(),
  loss: value,
  terms: z.record(z.string(), value),
  norm: value,
  rate: z.number(),
  /** Gradient norms of the weighted terms, where they were measured. */
  term_norms: z.record(z.string(), value).optional(),
  /** Share of the interval's steps whose gradient was clipped; absent where it was not kept. */
  clipped: z.number().optional(),
})

const evaluation = z.object({
  step: z.number(),
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})

/** Milliseconds of a step: quantiles over the logged intervals. */
const stepTimes = z.object({
  low: z.number(),
  q1: z.number(),
  median: z.number(),
  q3: z.number(),
  high: z.number(),
})

export const stage = z.object({
  name: z.string(),
  /** Names of the trained models. */
  trains: z.array(z.string()),
  /** Names of the models that it reads without training them. */
  reads: z.array(z.string()),
  data: z.string().optional(),
  steps: z.number(),
  /** Wall clock. */
  seconds: z.number(),
  /** Of it: computing the values of frozen models once. */
  frozen_seconds: z.number().optional(),
  /** `adamw, 1e-3 linear, warm-up 10%` */
  optimizer: z.string(),
  clip: z.number().optional(),
  terms: z.array(z.object({ name: z.string(), weight: z.number() })),
  rows: z.array(row),
  evaluations: z.array(evaluation),
  step_ms: stepTimes.optional(),
  tokens_per_second: z.number().optional(),
  stopped_early: z.boolean(),
  /** Why it has no score, if it has none. */
  unscored: rich.optional(),
})
