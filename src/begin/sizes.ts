/** Sizes and budgets that fit the data and the time. */
import type { Budget, Design, Shape } from './design.ts'
import type { Found } from './found.ts'
import type { Lengths } from './lengths.ts'
import type { RecipeName } from './recipes.ts'
import type { StageTime, Timing } from './speed.ts'
import type { TeacherFolder } from './teacher-folder.ts'

interface Rung {
  readonly teacher: Shape
  readonly student: Shape
  /** Of teacher and student. */
  readonly rates: readonly [number, number]
}

const shape = (layers: number, hidden: number, heads: number): Shape => ({ layers, hidden, heads })

/** Teachers from the smallest to the largest, each with the student that is distilled from it. */
const ladder: readonly Rung[] = [
  { teacher: shape(2, 64, 4), student: shape(1, 48, 2), rates: [1.5e-3, 2e-3] },
  { teacher: shape(2, 128, 4), student: shape(1, 64, 2), rates: [1e-3, 2e-3] },
  { teacher: shape(2, 192, 4), student: shape(1, 64, 2), rates: [7e-4, 2e-3] },
  { teacher: shape(4, 256, 4), student: shape(1, 96, 2), rates: [4e-4, 1.5e-3] },
]

/** Share of the time for the teacher: its answers limit what the student can learn. */
const teacherShare = 0.45
/** Left free, because other programs and longer texts make steps slower than those that were measured. */
const reserve = 0.08

/** A design of this rung, with the smallest budgets. */
export function designOf(rung: number, { found, lengths, recipe, folder }: SizeFacts): Design {
  const { teacher, student, rates } = ladder[rung] ?? {
    teacher: shape(2, 128, 4),
    student: shape(1, 48, 2),
    rates: [1e-3, 2e-3] as const,
  }
  const own = folder?.shape ?? teacher
  // Many classes need a wider state to tell them apart.
  const many = found.task.kind === 'class' && found.task.labels.length > 30
  const width = many ? Math.max(64, student.hidden) : student.hidden
  const inTeachersWidth = recipe === 'distilbert' || recipe === 'svd' || recipe === 'albert'
  const half = Math.max(1, Math.floor(own.layers / 2))
  return {
    teacher: own,
    student: folder
      ? studentOf(folder.shape, recipe)
      : recipe === 'distilbert'
        ? { ...own, layers: half }
        : { ...student, hidden: width },
    // A published model is fine-tuned at BERT's rate.
    teacherRate: folder ? 5e-5 : rates[0],
    studentRate: inTeachersWidth ? (folder ? 1e-4 : rates[0]) : rates[1],
    batch: found.task.kind === 'span' || lengths.maxLength > 256 ? 16 : 32,
    learn: { steps: 1 },
    student_budget: { steps: 1 },
  }
}

/** Of a published teacher: about a tenth of its parameters. */
function studentOf({ layers, hidden, heads }: Shape, recipe: RecipeName): Shape {
  if (recipe === 'distilbert') return { layers: Math.max(1, Math.floor(layers / 2)), hidden, heads }
  const depth = [4, 3, 2, 1].find((depth) => layers % depth === 0 && depth < layers) ?? 1
  const width = Math.max(heads * 4, Math.round(hidden / 3 / heads / 8) * heads * 8)
  return { layers: depth, hidden: width, heads }
}

export interface SizeFacts {
  readonly found: Found
  readonly lengths: Lengths
  readonly recipe: RecipeName
  readonly folder?: TeacherFolder | undefined
}

/** Multiplications of a teacher for an example, up to a factor: to scale a measured time. */
function cost(rung: number, { found, lengths }: SizeFacts): number {
  const { layers, hidden } = ladder[rung]?.teacher ?? shape(1, 1, 1)
  const words = found.task.kind === 'words' ? 0.15 * lengths.vocabulary * hidden : 0
  // A part of each step does not depend on the size.
  return lengths.mean * (layers * (12 * hidden ** 2 + 2 * hidden * lengths.mean) + words + 60_000)
}

/** Epochs after which more of them do little for a teacher from scratch. */
function enough(rows: number): number {
  return rows <= 1_000 ? 40 : rows <= 5_000 ? 20 : rows <= 20_000 ? 10 : rows <= 100_000 ? 5 : 2
}

/** Examples for training: without a file for validation, a fifth of them is for that. */
export function trainingExamples({ files, rows }: Found): number {
  return files.validation === undefined ? Math.ceil(0.8 * rows) : rows
}

/** Seconds of a stage's evaluation: a forward pass takes about a third of a step. */
function evaluation({ step }: StageTime, { found, batch }: { found: Found; batch: number }): number {
  const examples = found.parts.validation ?? 0.2 * found.rows
  return (examples / batch) * (step / 3)
}

interface Stages {
  readonly learn: StageTime
  readonly alone: StageTime
  /** The slowest of the distilled student. */
  readonly distil: StageTime
}

function stagesOf({ stages }: Timing): Stages {
  const none = { step: 1e-3, stepsPerEpoch: 1 }
  const [learn = none, alone = none] = [stages.get('learn'), stages.get('student_alone')]
  const others = [...stages].filter(([name]) => name !== 'learn' && name !== 'student_alone')
  const distil = others.reduce((most, [, time]) => (time.step > most.step ? time : most), alone)
  return { learn, alone, distil }
}

/** Seconds for training: without what is done once and, at the end, the scores of the test part. */
function trainingSeconds(timing: Timing, minutes: number, { found }: SizeFacts, batch: number): number {
  const { learn, alone } = stagesOf(timing)
  const test = ((found.parts.test ?? 0) / batch) * ((learn.step + 2 * alone.step) / 3)
  return Math.max(0, 60 * minutes * (1 - reserve) - timing.fixed - test)
}

/** Epochs that this rung's teacher has time for. */
function epochsOf(rung: number, timing: Timing, minutes: number, { facts, of }: Scaled): number {
  const { learn } = stagesOf(timing)
  const { batch } = designOf(rung, facts)
  const seconds = teacherShare * trainingSeconds(timing, minutes, facts, batch)
  const step = (learn.step * cost(rung, facts)) / of
  return (
    seconds / (learn.stepsPerEpoch * step + evaluation({ ...learn, step }, { found: facts.found, batch }))
  )
}

interface Scaled {
  readonly facts: SizeFacts
  /** The cost of what was timed. */
  readonly of: number
}

/** Texts are cut shorter where even the smallest teacher would not see them three times. */
export function inTime(timing: Timing, minutes: number, facts: SizeFacts): SizeFacts {
  const of = cost(1, facts)
  let fitting = facts
  while (facts.found.task.kind !== 'span' && epochsOf(0, timing, minutes, { facts: fitting, of }) < 3) {
    const shorter = fitting.lengths.shorter?.()
    if (shorter === undefined) break
    fitting = { ...fitting, lengths: shorter }
  }
  return fitting
}

/**
 * The largest teacher that sees the data often enough in its share of the time.
 * @param timing of rung 1 with texts of `timed`
 */
export function chooseRung(timing: Timing, minutes: number, facts: SizeFacts, timed: SizeFacts): number {
  const of = cost(1, timed)
  const { rows } = facts.found
  // Larger models only memorise a small set.
  const most = rows < 2_000 ? 1 : rows < 10_000 ? 2 : ladder.length - 1
  for (let rung = most; rung > 0; rung--)
    if (epochsOf(rung, timing, minutes, { facts, of }) >= 0.7 * enough(rows)) return rung
  return 0
}

/** Fewer steps teach nothing, however short the time is. */
const fewest = 200

/** The budgets that end in this time. */
export function budgets(design: Design, timing: Timing, minutes: number, facts: SizeFacts): Design {
  const { found } = facts
  const { learn, alone, distil } = stagesOf(timing)
  const seconds = trainingSeconds(timing, minutes, facts, design.batch)
  const scored = { found, batch: design.batch }
  const most = enough(found.rows)
  const teacher = budget(seconds * teacherShare, learn, evaluation(learn, scored), most)
  const used = timeOf(teacher, learn, scored)
  const left = seconds - used
  // The teacher's answers are computed once for each example, or in each step if that is cheaper.
  const records = (learn.step / 3) * learn.stepsPerEpoch
  const kept = budget((left - records) / 2, alone, evaluation(alone, scored), 3 * most)
  const pair = { ...alone, step: (alone.step + distil.step) / 2 }
  const computed = budget(left / 2, pair, evaluation(alone, scored), 3 * most)
  const student = kept.steps > computed.steps ? kept : computed
  const seen = Math.max(teacher.steps, student.steps) * design.batch
  const limit = Math.max(10_000, Math.ceil(seen / 1_000) * 1_000)
  const sample = limit < 0.8 * trainingExamples(found) ? { limit } : {}
  return { ...design, learn: teacher, student_budget: student, ...sample }
}

function timeOf(
  { steps, epochs }: Budget,
  time: StageTime,
  scored: Parameters<typeof evaluation>[1],
): number {
  return steps * time.step + (epochs ?? 1) * evaluation(time, scored)
}

function budget(seconds: number, { step, stepsPerEpoch }: StageTime, scoring: number, most: number): Budget {
  const epochs = Math.min(most, seconds / (stepsPerEpoch * step + scoring))
  if (epochs >= 2) return { epochs: Math.floor(epochs), steps: Math.floor(epochs) * stepsPerEpoch }
  return { steps: Math.max(fewest, Math.floor((seconds - scoring) / step)) }
}

/** Seconds that a training with these budgets takes. */
export function foreseen(design: Design, timing: Timing, facts: SizeFacts): number {
  const { learn, alone } = stagesOf(timing)
  const scored = { found: facts.found, batch: design.batch }
  const records = (learn.step / 3) * learn.stepsPerEpoch
  const students = 2 * timeOf(design.student_budget, alone, scored)
  return timing.fixed + timeOf(design.learn, learn, scored) + records + students
}
