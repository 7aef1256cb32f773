/** `train` lines that are allowed but mostly slips: what no loss reaches, and teachers. */
import type { Span } from '../diagnostics/diagnostic.ts'
import { teacherTrained, trainedWithoutLoss } from '../diagnostics/messages/stages.ts'
import type { Checker } from './checker.ts'
import type { Selection, Trainables } from './trainables.ts'

export interface TrainLines {
  readonly stage: string
  readonly selections: readonly Selection[]
  /** Keys of the parameters that have a gradient of the stage's loss. */
  readonly reached: ReadonlySet<string>
  /** Models and projections that the loss reads. */
  readonly owners: ReadonlySet<string>
  /** Where the stage says what it minimizes. */
  readonly loss: Span
}

export function warnOfTrainLines(
  checker: Checker,
  trainables: Trainables,
  { stage, selections, reached, owners, loss }: TrainLines,
): void {
  for (const selection of selections) {
    const { span } = selection
    const keys = [...trainables.keysIn(selection)]
    const path = checker.sources.get(span.file)?.slice(span.start, span.end) ?? ''
    if (keys.length > 0 && !keys.some((key) => reached.has(key)))
      checker.report(trainedWithoutLoss({ span, path, stage, loss }))
    const model = checker.instance(/^\w*/.exec(path)?.[0] ?? '')
    if (model?.role !== 'teacher') continue
    const students = [...owners].filter((name) => checker.instance(name)?.role === 'student')
    checker.report(teacherTrained({ span, teacher: model.name, stage, students, declared: model.span }))
  }
}
