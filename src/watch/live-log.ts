/** The lines of a log by stage, as the charts of the report take them. Lines of other kinds are left out. */
import { z } from 'zod'
import type { StageData } from '../report/schema.ts'

const value = z.number().nullable()
const interval = z.object({
  stage: z.string(),
  step: z.number(),
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
  time: z.string().optional(),
})
const evaluation = z.object({
  event: z.literal('evaluation'),
  stage: z.string(),
  step: z.number(),
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})
const finished = z.object({ event: z.literal('finished') })

export type Interval = z.infer<typeof interval>
export type Evaluation = StageData['evaluations'][number]

export interface LiveStage {
  readonly name: string
  readonly rows: StageData['rows'][number][]
  readonly evaluations: Evaluation[]
  last: Interval | undefined
}

export class LiveLog {
  readonly stages: LiveStage[] = []
  isFinished = false

  add(line: unknown): void {
    const row = interval.safeParse(line)
    const score = evaluation.safeParse(line)
    if (row.success) this.addRow(row.data)
    else if (score.success) {
      const { event: _, stage, ...data } = score.data
      this.stage(stage).evaluations.push(data)
    } else if (finished.safeParse(line).success) this.isFinished = true
  }

  private addRow(row: Interval): void {
    const stage = this.stage(row.stage)
    stage.last = row
    const { step, total: loss, terms, gradient_norm: norm, term_gradient_norms, rate, clipped } = row
    stage.rows.push({
      ...{ step, loss, terms, norm, rate },
      ...(term_gradient_norms ? { term_norms: term_gradient_norms } : {}),
      ...(clipped === undefined ? {} : { clipped }),
    })
  }

  private stage(name: string): LiveStage {
    const known = this.stages.find((one) => one.name === name)
    if (known) return known
    const stage: LiveStage = { name, rows: [], evaluations: [], last: undefined }
    this.stages.push(stage)
    return stage
  }
}
