/**
 * The lines of metrics.jsonl by kind. Lines of another form are left out, as those of other versions may be.
 */
import { z } from 'zod'

const value = z.number().nullable()
const at = { stage: z.string(), step: z.number() }

const row = z.object({
  ...at,
  terms: z.record(z.string(), value),
  total: value,
  gradient_norm: value,
  rate: z.number(),
  clipped: z.number().optional(),
  term_gradient_norms: z.record(z.string(), value).optional(),
  steps_per_second: z.number(),
  tokens_per_second: z.number(),
})
const evaluation = z.object({
  event: z.literal('evaluation'),
  ...at,
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})
const ended = z.object({
  event: z.literal('stage'),
  ...at,
  seconds: z.number(),
  spent: z.object({ frozen: z.number(), evaluation: z.number() }).optional(),
  early: z.boolean(),
  measured_bytes: z.number().optional(),
})
const plan = z.object({
  event: z.literal('plan'),
  ...at,
  live: z.array(z.number()),
  peak: z.number(),
  peak_at: z.number(),
  peak_name: z.string(),
  turn: z.number(),
  standing: z.number(),
})
const compile = z.object({
  event: z.literal('compile'),
  ...at,
  spans: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['front', 'forward', 'step', 'plan']),
      at: z.number(),
      ms: z.number(),
      changed: z.boolean().optional(),
      note: z.string().optional(),
    }),
  ),
})
/** Of a sweep: the stage is that of another run. */
const reused = z.object({ event: z.literal('reused'), ...at, from: z.string() })
const agreement = z.object({
  event: z.literal('agreement'),
  ...at,
  student: z.string(),
  teacher: z.string(),
  data: z.string(),
  split: z.string(),
  examples: z.number(),
  rows: z.array(z.string()),
  columns: z.array(z.string()),
  values: z.array(z.array(value)),
})

export type LogRow = z.infer<typeof row>
type LoggedEvaluation = z.infer<typeof evaluation>
type StageEnd = z.infer<typeof ended>
type LoggedPlan = z.infer<typeof plan>
type LoggedCompile = z.infer<typeof compile>
type Reused = z.infer<typeof reused>
type LoggedAgreement = z.infer<typeof agreement>

export interface RunLog {
  readonly rows: readonly LogRow[]
  readonly evaluations: readonly LoggedEvaluation[]
  readonly ends: readonly StageEnd[]
  readonly plans: readonly LoggedPlan[]
  readonly compiles: readonly LoggedCompile[]
  readonly agreements: readonly LoggedAgreement[]
  readonly reused: readonly Reused[]
  readonly finished: boolean
}

export function readLog(lines: readonly unknown[]): RunLog {
  const of = <T>(schema: z.ZodType<T>): T[] =>
    lines.flatMap((line) => {
      const parsed = schema.safeParse(line)
      return parsed.success ? [parsed.data] : []
    })
  return {
    rows: of(row),
    evaluations: of(evaluation),
    ends: of(ended),
    plans: of(plan),
    compiles: of(compile),
    agreements: of(agreement),
    reused: of(reused),
    finished: of(z.object({ event: z.literal('finished') })).length > 0,
  }
}
