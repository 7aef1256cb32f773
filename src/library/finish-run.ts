/** The end of a run: its scores, times and baselines for the table, and the report that it writes. */
import type { ModelInstance } from '../check/program.ts'
import type { BaselineScore } from '../train/baselines/baseline.ts'
import { scoreBaselines } from '../train/baselines/score-baselines.ts'
import { finalLessons } from '../train/kept/agreement.ts'
import { AnswerBook } from '../train/kept/answer-book.ts'
import { scoredLessons, writeFinal } from '../train/kept/final.ts'
import type { Score } from '../train/observer.ts'
import type { ProgramData } from '../train/program-data.ts'
import { balancesOf, lastBalance } from '../train/ranks/balance.ts'
import { reportedInstances, reportModels } from '../train/report.ts'
import { writeReport } from '../train/report-file.ts'
import type { Trainer } from '../train/run.ts'
import { scoredHead } from '../train/scoring.ts'
import type { TrainOutcome } from '../train/train-options.ts'
import type { FinishedRun, TrainedWeights } from './run-result.ts'

type BestOfStages = Extract<TrainOutcome, { kind: 'finished' }>['best']

/** Computed before the run, from the files that it was just read from. */
export function baselinesOf({ instances, plan, options }: Trainer, data: ProgramData): BaselineScore[] {
  const { program, figures } = options
  const heads = reportedInstances(program, instances).flatMap(
    (instance) => scoredHead(program, data, instance, { final: true, ...plan.finalScoring(instance) }) ?? [],
  )
  return scoreBaselines(program, data, heads, figures)
}

/** Of the models in the final table, in their order. All ranks call it, and share the work. */
export function finalScores(
  trainer: Trainer,
  book?: AnswerBook,
): ReadonlyMap<ModelInstance, Score | undefined> {
  const { plan, instances, options } = trainer
  return new Map(
    reportedInstances(options.program, instances).map((instance) => {
      const asked = { final: true, recurs: true, ...plan.finalScoring(instance), ...(book ? { book } : {}) }
      return [instance, trainer.score(instance, asked)]
    }),
  )
}

/** Scores the models and writes the report. */
export function finishRun(
  trainer: Trainer,
  data: ProgramData,
  baselines: readonly BaselineScore[],
  best: BestOfStages,
): FinishedRun {
  const { folder, plan, meter } = trainer
  const { program, figures } = trainer.options
  const book = new AnswerBook((name) => data.dataset(name))
  const begun = performance.now()
  const scores = finalScores(trainer, book)
  const models = reportModels(
    [...scores.keys()],
    (instance) => scores.get(instance),
    trainer.evaluator,
    () => performance.now(),
    figures && { figures, run: folder.path },
  )
  const scored = performance.now()
  const lessons = finalLessons(program, plan)
  const agreement = meter?.ofFinished(lessons) ?? []
  const ended = performance.now()
  book.write(folder, scoredLessons(program, lessons))
  const seconds = { scoring_seconds: (scored - begun) / 1000, agreement_seconds: (ended - scored) / 1000 }
  writeFinal(folder, { agreement, ...seconds })
  const report = { trained: plan.trainedInstances.map(({ name }) => name), models, baselines }
  writeReport(folder, report)
  const balance = lastBalance(balancesOf(folder.readLog()))
  return { report, weights: weightsOf(trainer, best), ...(balance ? { balance } : {}) }
}

/** Those with a best step first. */
function weightsOf({ folder, plan }: Trainer, best: BestOfStages): TrainedWeights[] {
  // If several stages trained a model, the best weights of the last one are kept.
  const last = new Map(best.map((one) => [one.best.model, one]))
  const kept = [...last.values()].map(({ stage, best: { model, step } }) => ({
    model,
    file: folder.model(model),
    best: { stage, step },
  }))
  const others = plan.trainedInstances
    .filter(({ name }) => !last.has(name))
    .map(({ name }) => ({ model: name, file: folder.model(name) }))
  return [...kept, ...others]
}
