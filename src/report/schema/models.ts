/** The models of a run: scores, sizes, parameters, and what learned from what. */
import { z } from 'zod'
import { interval, roles, value } from './values.ts'

/** Parameters by a part of the model's path, each counted once: shared and tied ones at their first owner. */
const part = z.object({
  /** `embedding.word`, `layer[3].attention` */
  path: z.string(),
  /** `word embedding`, `layer 3 attention` */
  title: z.string(),
  parameters: z.number(),
  kind: z.enum(['embedding', 'layer', 'head', 'projection', 'other']),
})

/** A box of the architecture's picture, in the order of data. */
const block = z.object({
  /** `embedding`, `layer 3`, `task` */
  title: z.string(),
  /** The state after it, by which terms and agreement name it: `hidden[3]`, `task.logits`. */
  state: z.string().optional(),
  parameters: z.number(),
  /** Width of the state, in units; absent for a head. */
  units: z.number().optional(),
})

export const model = z.object({
  /** The name in the spec: S. */
  name: z.string(),
  /** What it is made from: tinybert_4. */
  model: z.string(),
  role: z.enum(roles),
  trained: z.boolean(),
  parameters: z.number(),
  bytes: z.number(),
  latency_ms: z.number().optional(),
  /** The run of the sweep that measured it; absent if this one did. */
  latency_from: z.string().optional(),
  data: z.string().optional(),
  split: z.string().optional(),
  metrics: z.record(z.string(), value),
  /** Of the main metric. */
  interval: interval.optional(),
  /** `3 layers of 192, 4 heads` */
  note: z.string(),
  blocks: z.array(block),
  parts: z.array(part),
})

export const baseline = z.object({
  /** `naive Bayes on words` */
  name: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})

/** A loss between two states, as an arc of the architecture's picture. */
const link = z.object({
  term: z.string(),
  /** `hidden[1]` of the student, `hidden[3]` of the teacher. */
  student: z.string(),
  teacher: z.string(),
})

export const architecture = z.object({
  student: z.string(),
  teacher: z.string(),
  /** The stage whose terms these are. */
  stage: z.string(),
  /** `soften, temperature 2` for each term. */
  terms: z.array(z.object({ name: z.string(), weight: z.number(), text: z.string() })),
  links: z.array(link),
})

/** Linear CKA (Kornblith et al. 2019) of states averaged over a text: student by row, teacher by column. */
export const agreement = z.object({
  student: z.string(),
  teacher: z.string(),
  data: z.string(),
  split: z.string(),
  examples: z.number(),
  /** `hidden[0]`, `task.logits`; titles are for people: `embedding`, `layer 1`, `logits`. */
  rows: z.array(z.object({ state: z.string(), title: z.string() })),
  columns: z.array(z.object({ state: z.string(), title: z.string() })),
  values: z.array(z.array(value)),
  /** Earlier evaluations, for how it grew: the mean of each row's largest value. */
  history: z.array(z.object({ stage: z.string(), step: z.number(), mean: value })),
})
