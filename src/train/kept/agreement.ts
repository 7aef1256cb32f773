/**
 * How alike a student and its teacher represent texts: linear CKA (cka.ts) of every state of one with every
 * state of the other, each averaged over the attended tokens of a text, on at most 256 fixed texts.
 */

import { type Lesson, lessonsOf, originalOf, sameArchitecture, statesOf } from '../../check/distillation.ts'
import { dataFor, headOutputs } from '../../check/head-outputs.ts'
import type { ModelInstance, Program, Stage } from '../../check/program.ts'
import type { Batch, Example, SplitName } from '../../data/dataset.ts'
import type { Evaluator } from '../evaluate.ts'
import { finalSplit, validationSplit } from '../evaluate.ts'
import type { DataProvider } from '../feed.ts'
import type { RunFolder } from '../run-folder.ts'
import type { RunPlan } from '../run-plan.ts'
import { type Gram, gramOf, linearCka } from './cka.ts'

/** Number of texts. */
const most = 256
/** Texts that are computed together. */
const together = 32
/**
 * Trained examples from one measurement of a stage to the next. With BERT as the teacher of a small student,
 * the first takes as long as to train on 320 examples, a later one on 24: the teacher is computed once.
 */
const examplesBetween = 40_000

export interface Agreement {
  readonly student: string
  /** As the loss names it: perhaps a copy of a trained model. */
  readonly teacher: string
  readonly data: string
  readonly split: string
  readonly examples: number
  /** States of the student and of the teacher. */
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** Null where a state is the same for all texts. */
  readonly values: readonly (readonly (number | null)[])[]
}

/** Whether agreement is measured at an evaluation. It follows from the step alone, also in a resumed run. */
export function measuresAgreementAt(step: number, every: number, batch: number): boolean {
  const before = Math.floor((step - 1) / every) * every
  const measurements = (steps: number): number => Math.floor((steps * batch) / examplesBetween)
  return measurements(step) > measurements(before)
}

/**
 * Of a finished run: each model with each that it learned from, and students of the same architecture that
 * learned from none with those teachers. Copies of one model are one teacher.
 */
export function finalLessons(program: Program, plan: RunPlan): Lesson[] {
  const found = new Map<string, Lesson>()
  const add = (lesson: Lesson): void => {
    const key = `${lesson.student.name} ${originalOf(program, lesson.teacher).name}`
    found.set(key, lesson)
  }
  const lessons = plan.stages.flatMap((stage) => lessonsOf(program, stage))
  lessons.forEach(add)
  const taught = new Set(lessons.map(({ student }) => student))
  for (const alone of plan.trainedInstances) {
    if (taught.has(alone)) continue
    for (const lesson of lessons)
      if (sameArchitecture(lesson.student, alone) && originalOf(program, lesson.teacher) !== alone)
        add({ ...lesson, student: alone })
  }
  return [...found.values()]
}

export class AgreementMeter {
  private readonly program: Program
  private readonly evaluator: Evaluator
  private readonly data: DataProvider
  /** Largest number of texts. */
  private readonly limit: number
  /** Of frozen models, whose weights stay the same until `forget`. */
  private readonly known = new Map<string, readonly Gram[]>()

  constructor(program: Program, evaluator: Evaluator, data: DataProvider, limit = most) {
    this.program = program
    this.evaluator = evaluator
    this.data = data
    this.limit = limit
  }

  /** To be called when the weights of teachers may have changed. */
  forget(): void {
    this.known.clear()
  }

  /** Logs the agreement of the models of a stage. */
  log(stage: Stage, step: number, folder: RunFolder): void {
    for (const lesson of lessonsOf(this.program, stage)) {
      const agreement = this.measure(lesson, false)
      if (agreement) folder.log({ event: 'agreement', stage: stage.name, step, ...agreement })
    }
  }

  /** Of a finished run. */
  ofFinished(lessons: readonly Lesson[]): Agreement[] {
    this.forget()
    return lessons.flatMap((lesson) => this.measure(lesson, true) ?? [])
  }

  /**
   * Undefined if both have no text in common, or a single one.
   */
  private measure(lesson: Lesson, final: boolean): Agreement | undefined {
    const { student, teacher } = lesson
    const place = this.placeOf(lesson, final)
    if (place === undefined) return undefined
    const { name, split } = place
    const examples = spread(this.data.dataset(name).splits.get(split) ?? [], this.limit)
    if (examples.length < 2) return undefined
    const key = `${teacher.name} ${name} ${split}`
    const columns = this.known.get(key) ?? this.grams(teacher, name, examples)
    this.known.set(key, columns)
    const values = this.grams(student, name, examples).map((row) =>
      columns.map((column) => {
        const value = linearCka(row, column)
        return Number.isFinite(value) ? Number(value.toFixed(4)) : null
      }),
    )
    return {
      student: student.name,
      teacher: teacher.name,
      data: name,
      split,
      examples: examples.length,
      rows: statesOf(student).map(({ path }) => path),
      columns: statesOf(teacher).map(({ path }) => path),
      values,
    }
  }

  /** The data that the student answers, otherwise that of the stage; the teacher must read its vocabulary. */
  private placeOf(
    { stage, student, teacher }: Lesson,
    final: boolean,
  ): { readonly name: string; readonly split: SplitName } | undefined {
    const { data } = this.program
    const answered = headOutputs(student).flatMap((output) => dataFor(data, output, stage.data) ?? [])
    for (const spec of [...answered, ...[data.get(stage.data ?? '') ?? []].flat()]) {
      const known = [student, teacher].map(({ vocabulary }) => vocabulary)
      if (known.some((one) => one && !one.anonymous && one.name !== spec.vocabulary.name)) continue
      const dataset = this.data.dataset(spec.name)
      const split = (final ? finalSplit(dataset) : validationSplit(dataset)) ?? 'train'
      return { name: spec.name, split }
    }
    return undefined
  }

  private grams(instance: ModelInstance, data: string, examples: readonly Example[]): Gram[] {
    const paths = statesOf(instance).map(({ path }) => path)
    const random = { seed: 0, stage: 'evaluation', step: 0 }
    const batches: Batch[] = []
    for (let at = 0; at < examples.length; at += together)
      batches.push(this.data.batch(data, examples.slice(at, at + together), random))
    const averages = this.evaluator.averages(instance.name, paths, batches)
    return paths.map((path) => {
      const rows = averages.flatMap((values) => [...(values.get(path)?.data ?? [])])
      return gramOf(rows, examples.length)
    })
  }
}

/** At most `count` examples, evenly spread over all, the shortest first: files may be sorted by class. */
function spread(examples: readonly Example[], count: number): Example[] {
  const chosen =
    examples.length <= count
      ? examples
      : Array.from({ length: count }, (_, i) => examples[Math.floor((i * examples.length) / count)]).flatMap(
          (example) => example ?? [],
        )
  return chosen.toSorted((a, b) => a.tokens.length - b.tokens.length)
}
