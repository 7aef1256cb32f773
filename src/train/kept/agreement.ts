/**
 * How alike a student and its teacher represent texts: linear CKA (cka.ts) of every state of one with every
 * state of the other, each averaged over the attended tokens of a text, on at most 256 fixed texts. How many,
 * and when, follows from the time that it takes (agreement-budget.ts).
 */

import { type Lesson, lessonsOf, originalOf, sameArchitecture, statesOf } from '../../check/distillation.ts'
import { dataFor, headOutputs } from '../../check/head-outputs.ts'
import type { Program, Stage } from '../../check/program.ts'
import type { SplitName } from '../../data/dataset.ts'
import type { Evaluator } from '../evaluate.ts'
import { finalSplit, validationSplit } from '../evaluate.ts'
import type { DataProvider } from '../feed.ts'
import type { RunFolder } from '../run-folder.ts'
import type { RunPlan } from '../run-plan.ts'
import { batchesWithin, firstCost, leftForEnd, leftForEvaluation } from './agreement-budget.ts'
import { type Gram, linearCka } from './cka.ts'
import { batchesOf, Represented } from './represented.ts'

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

/** Measurements at evaluations for which the time left must do: the first one chooses the number of texts. */
const atEvaluations = 4

/** A pair whose states can be compared, and where: `name` is that of a data block. */
interface Place {
  readonly lesson: Lesson
  readonly name: string
  readonly split: SplitName
}

export interface MeterOptions {
  /** Largest number of texts. */
  readonly limit?: number | undefined
  /** Milliseconds. */
  readonly clock: () => number
}

export class AgreementMeter {
  private readonly program: Program
  private readonly evaluator: Evaluator
  private readonly data: DataProvider
  private readonly options: MeterOptions
  private readonly begun: number
  /** Seconds on agreement. */
  private spent = 0
  /** When the stage began, and at which step. */
  private stage: { readonly at: number; readonly step: number }
  /** In this stage: the batches of each measurement, so that they compare, and the seconds of the last. */
  private last: { readonly batches: number; readonly seconds: number } | undefined
  /** Of frozen models, whose weights stay the same in a stage. */
  private readonly known = new Map<string, readonly Gram[]>()

  constructor(program: Program, evaluator: Evaluator, data: DataProvider, options: MeterOptions) {
    this.program = program
    this.evaluator = evaluator
    this.data = data
    this.options = options
    this.begun = options.clock()
    this.stage = { at: this.begun, step: 0 }
  }

  /** A stage begins or goes on at a step: the weights of teachers may have changed. */
  beginStage(step: number): void {
    this.stage = { at: this.options.clock(), step }
    this.last = undefined
    this.known.clear()
  }

  /** At an evaluation: logs the agreement of the models of a stage, if its time allows that. */
  log(stage: Stage, step: number, folder: RunFolder): void {
    const places = this.placesOf(lessonsOf(this.program, stage), false)
    if (places.length === 0) return
    const left = leftForEvaluation({ run: this.since(this.begun), agreement: this.spent })
    const examples = (step - this.stage.step) * stage.batch
    const expected = this.last?.seconds ?? firstCost(this.since(this.stage.at), examples, places.length)
    if (expected > left) return
    for (const agreement of this.measure(places, left / atEvaluations))
      folder.log({ event: 'agreement', stage: stage.name, step, ...agreement })
  }

  /** Of a finished run. */
  ofFinished(lessons: readonly Lesson[]): Agreement[] {
    this.beginStage(0)
    const left = leftForEnd({ run: this.since(this.begun), agreement: this.spent })
    return this.measure(this.placesOf(lessons, true), left)
  }

  private since(time: number): number {
    return (this.options.clock() - time) / 1000
  }

  /** @param seconds that it may take */
  private measure(places: readonly Place[], seconds: number): Agreement[] {
    const { clock } = this.options
    const begun = clock()
    const models = new Map<string, Represented>()
    for (const { lesson, name, split } of places)
      for (const model of [lesson.teacher, lesson.student]) {
        const key = keyOf(model.name, name, split)
        if (models.has(key) || this.known.has(key)) continue
        const batches = batchesOf(this.data.dataset(name).splits.get(split) ?? [], this.options.limit)
        models.set(key, new Represented(model, this.evaluator, this.data, { name, batches }))
      }
    const start = this.since(begun)
    const running = clock()
    for (const model of models.values()) model.run(1)
    const batch = this.since(running)
    const multiplying = clock()
    const first = this.last ? undefined : new Map([...models].map(([key, model]) => [key, model.grams()]))
    const products = this.since(multiplying)
    const batches = this.last?.batches ?? batchesWithin(seconds, { start, batch, products })
    const grams = new Map<string, readonly Gram[]>(this.known)
    for (const [key, model] of models) {
      model.run(batches)
      grams.set(key, (batches === 1 ? first?.get(key) : undefined) ?? model.grams())
      model.forget()
    }
    const found = places.map(({ lesson: { student, teacher }, name, split }) => {
      const [rows, columns] = [student, teacher].map((one) => grams.get(keyOf(one.name, name, split)) ?? [])
      this.known.set(keyOf(teacher.name, name, split), columns ?? [])
      return {
        student: student.name,
        teacher: teacher.name,
        data: name,
        split,
        examples: Math.sqrt(columns?.[0]?.products.length ?? 0),
        rows: statesOf(student).map(({ path }) => path),
        columns: statesOf(teacher).map(({ path }) => path),
        values: (rows ?? []).map((row) =>
          (columns ?? []).map((column) => {
            const value = linearCka(row, column)
            return Number.isFinite(value) ? Number(value.toFixed(4)) : null
          }),
        ),
      }
    })
    const took = this.since(begun)
    this.spent += took
    this.last = { batches, seconds: took }
    return found
  }

  /** Those pairs that have at least two texts in common. */
  private placesOf(lessons: readonly Lesson[], final: boolean): Place[] {
    return lessons.flatMap((lesson) => {
      const place = this.placeOf(lesson, final)
      const count = place && this.data.dataset(place.name).splits.get(place.split)?.length
      return place && count !== undefined && count > 1 ? [{ lesson, ...place }] : []
    })
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
}

const keyOf = (model: string, data: string, split: string): string => `${model} ${data} ${split}`
