/**
 * The lines of metrics.jsonl by kind. Lines of another form are left out, as those of other versions may be.
 */
import { z } from 'zod'
import { agreementSchema } from '../../train/kept/final.ts'
import { evaluationLine, finishedLine, type IntervalLine, intervalLine } from '../../train/log-lines.ts'
import { type Balance, balancesOf } from '../../train/ranks/balance.ts'
import { memory } from '../schema/cost.ts'
import type { StageData } from '../schema.ts'
import { finite } from './values.ts'

const at = { stage: z.string(), step: z.number() }

const ended = z.object({
  event: z.literal('stage'),
  ...at,
  seconds: z.number(),
  spent: z.object({ frozen: z.number(), evaluation: z.number() }).optional(),
  early: z.boolean(),
  measured_bytes: z.number().optional(),
})
const plan = memory.omit({ measured: true }).extend({ event: z.literal('plan'), ...at })
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
const agreement = agreementSchema.extend({ event: z.literal('agreement'), ...at })

type LoggedEvaluation = z.infer<typeof evaluationLine>
type StageEnd = z.infer<typeof ended>
type LoggedPlan = z.infer<typeof plan>
type LoggedCompile = z.infer<typeof compile>
type Reused = z.infer<typeof reused>
type LoggedAgreement = z.infer<typeof agreement>

export interface RunLog {
  readonly rows: readonly IntervalLine[]
  readonly evaluations: readonly LoggedEvaluation[]
  readonly ends: readonly StageEnd[]
  readonly plans: readonly LoggedPlan[]
  readonly compiles: readonly LoggedCompile[]
  readonly agreements: readonly LoggedAgreement[]
  readonly reused: readonly Reused[]
  readonly balances: readonly Balance[]
  readonly finished: boolean
}

export function readLog(lines: readonly unknown[]): RunLog {
  const of = <T>(schema: z.ZodType<T>): T[] =>
    lines.flatMap((line) => {
      const parsed = schema.safeParse(line)
      return parsed.success ? [parsed.data] : []
    })
  return {
    rows: of(intervalLine),
    evaluations: of(evaluationLine),
    ends: of(ended),
    plans: of(plan),
    compiles: of(compile),
    agreements: of(agreement),
    reused: of(reused),
    balances: balancesOf(lines),
    finished: of(finishedLine).length > 0,
  }
}

/** An interval as a report has it. */
export function rowData(row: IntervalLine): StageData['rows'][number] {
  const { step, terms, total, gradient_norm, rate, clipped, term_gradient_norms } = row
  return {
    step,
    loss: finite(total),
    terms,
    norm: finite(gradient_norm),
    rate,
    ...(term_gradient_norms ? { term_norms: term_gradient_norms } : {}),
    ...(clipped === undefined ? {} : { clipped }),
  }
}
