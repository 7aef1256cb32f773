/** Everything that a report reads of one run's folder, before anything is derived of it. */
import { type Lesson, originalOf, sameArchitecture } from '../../check/distillation.ts'
import type { ModelInstance, Program, Stage } from '../../check/program.ts'
import { type Agreement, finalLessons } from '../../train/kept/agreement.ts'
import { type AnswerFile, readAnswers } from '../../train/kept/answer-file.ts'
import { type FinalFile, readFinal } from '../../train/kept/final.ts'
import { metrics } from '../../train/metrics/index.ts'
import type { Score } from '../../train/observer.ts'
import { type RunReport, readReport } from '../../train/report-file.ts'
import type { RunConfig, RunFolder } from '../../train/run-folder.ts'
import { RunPlan } from '../../train/run-plan.ts'
import { castOf } from '../roles.ts'
import type { Role } from '../schema.ts'
import { type RunLog, readLog } from './log.ts'

/** A run's folder, with its spec as it was when the run began. */
export interface RunSource {
  readonly folder: RunFolder
  readonly config: RunConfig
  readonly program: Program
}

/** The models that a verdict is about. */
export interface Protagonists {
  /** The model that the run is for: the last student, else the last trained model. */
  readonly model: string
  /** Absent where no loss reads another model. */
  readonly teacher?: string
  /** The same architecture without a teacher. */
  readonly alone?: string
}

export interface RunFacts extends RunSource {
  readonly stages: readonly Stage[]
  /** Trained models, in the order of the spec. */
  readonly trained: readonly ModelInstance[]
  /** The models of the run without copies of others. */
  readonly models: readonly ModelInstance[]
  readonly lessons: readonly Lesson[]
  readonly roles: ReadonlyMap<string, Role>
  readonly main: Protagonists | undefined
  readonly log: RunLog
  /** Undefined if the run is not finished. */
  readonly report: RunReport | undefined
  readonly final: FinalFile | undefined
  readonly answers: readonly AnswerFile[]
  /** The newest agreement of each pair, at the end of the run if it is finished. */
  readonly agreement: readonly Agreement[]
  /** The scores of the final table, else of the last evaluations. */
  readonly scores: ReadonlyMap<string, Pick<Score, 'data' | 'split' | 'values'>>
}

export function readFacts({ folder, config, program }: RunSource): RunFacts {
  const plan = new RunPlan(program, config.stages)
  const original = (one: ModelInstance): ModelInstance => originalOf(program, one)
  const trained = plan.trainedInstances
  const { models, lessons, roles } = castOf(program, plan)
  const log = readLog(folder.readLog())
  const report = readReport(folder)
  const final = readFinal(folder.path)
  const scores = scoresOf(report, log)
  return {
    folder,
    config,
    program,
    stages: plan.stages,
    trained,
    models,
    lessons,
    roles,
    main: protagonists(trained, lessons, roles, scores, original),
    log,
    report,
    final,
    answers: readAnswers(folder.path),
    agreement: final?.agreement ?? newestAgreement(log, finalLessons(program, plan)),
    scores,
  }
}

function protagonists(
  trained: readonly ModelInstance[],
  lessons: readonly Lesson[],
  roles: ReadonlyMap<string, Role>,
  scores: RunFacts['scores'],
  original: (one: ModelInstance) => ModelInstance,
): Protagonists | undefined {
  // of the lessons, the last one of which both were scored tells most
  const scored = lessons.filter(
    ({ student, teacher }) => scores.has(student.name) && scores.has(original(teacher).name),
  )
  const lesson = scored.at(-1) ?? lessons.at(-1)
  const model = lesson?.student ?? trained.findLast(({ name }) => scores.has(name)) ?? trained.at(-1)
  if (!model) return undefined
  const alone = trained.find((one) => roles.get(one.name) === 'alone' && sameArchitecture(one, model))
  return {
    model: model.name,
    ...(lesson ? { teacher: original(lesson.teacher).name } : {}),
    ...(alone ? { alone: alone.name } : {}),
  }
}

function scoresOf(report: RunReport | undefined, log: RunLog): RunFacts['scores'] {
  const scores = new Map<string, Pick<Score, 'data' | 'split' | 'values'>>()
  if (report) {
    for (const { name, score } of report.models) if (score) scores.set(name, score)
    return scores
  }
  for (const { model, data, split, metrics: values } of log.evaluations) {
    const known = Object.keys(metrics).flatMap((name) => {
      const value = values[name]
      return value === undefined ? [] : [[name, value ?? Number.POSITIVE_INFINITY] as const]
    })
    scores.set(model, { data, split, values: new Map(known) as Score['values'] })
  }
  return scores
}

function newestAgreement({ agreements }: RunLog, lessons: readonly Lesson[]): Agreement[] {
  return lessons.flatMap(
    ({ student, teacher }) =>
      agreements.findLast((one) => one.student === student.name && one.teacher === teacher.name) ?? [],
  )
}

/** The name of a model without that of its copy. */
export function originalName({ program }: Pick<RunFacts, 'program'>, name: string): string {
  const instance = program.instances.get(name)
  return instance ? originalOf(program, instance).name : name
}
