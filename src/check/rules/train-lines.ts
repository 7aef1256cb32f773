/** Warns of `train` lines that are legal but usually slips: parameters that no loss reaches, and teachers. */
import { teacherTrained, trainedWithoutLoss } from '../../diagnostics/messages/stages.ts'
import type { Rule } from './rule.ts'

export const trainLines: Rule = ({ checker, stages }, reporter) => {
  for (const { name: stage, data, loss, training } of stages) {
    if (loss === undefined || training === undefined || training.trained.length === 0) continue
    for (const { span, keys } of training.selections ?? []) {
      const path = checker.text(span)
      if (keys.size > 0 && ![...keys].some((key) => loss.reached.has(key)))
        reporter.report(trainedWithoutLoss({ span, path, stage, loss: loss.span }))
      const model = checker.instance(/^\w*/.exec(path)?.[0] ?? '')
      // One that a stage trains on its own proposals is an error of `proposals`.
      if (model?.role !== 'teacher' || data?.augment?.proposals?.instance === model.name) continue
      const students = [...loss.owners].filter((name) => checker.instance(name)?.role === 'student')
      reporter.report(teacherTrained({ span, teacher: model.name, stage, students, declared: model.span }))
    }
  }
}
