/** The lines of a log by stage, as the charts of the report take them. Lines of other kinds are left out. */
import { rowData } from '../report/gather/log.ts'
import type { StageData } from '../report/schema.ts'
import { evaluationLine, finishedLine, type IntervalLine, intervalLine } from '../train/log-lines.ts'

export type Evaluation = StageData['evaluations'][number]

export interface LiveStage {
  readonly name: string
  readonly rows: StageData['rows'][number][]
  readonly evaluations: Evaluation[]
  last: IntervalLine | undefined
}

export class LiveLog {
  readonly stages: LiveStage[] = []
  isFinished = false

  add(line: unknown): void {
    const row = intervalLine.safeParse(line)
    const score = evaluationLine.safeParse(line)
    if (row.success) this.addRow(row.data)
    else if (score.success) {
      const { event: _, stage, ...data } = score.data
      this.stage(stage).evaluations.push(data)
    } else if (finishedLine.safeParse(line).success) this.isFinished = true
  }

  private addRow(row: IntervalLine): void {
    const stage = this.stage(row.stage)
    stage.last = row
    stage.rows.push(rowData(row))
  }

  private stage(name: string): LiveStage {
    const known = this.stages.find((one) => one.name === name)
    if (known) return known
    const stage: LiveStage = { name, rows: [], evaluations: [], last: undefined }
    this.stages.push(stage)
    return stage
  }
}
