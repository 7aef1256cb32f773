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
  { teacher: shape(2, 64, 4), student: shape(1, 32, 2), rates: [1.5e-3, 2e-3] },
  { teacher: shape(2, 128, 4), student: shape(1, 64, 2), rates: [1e-3, 2e-3] },
  { teacher: shape(2, 192, 4), student: shape(1, 64, 2), rates: [7e-4, 2e-3] },
  { teacher: shape(4, 256, 4), student: shape(1, 96, 2), rates: [4e-4, 1.5e-3] },
]

/** Share of the time for the teacher: its answers limit what the student can learn. */
const teacherShare = 0.5
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
  const inTeachersWidth = recipe === 'distilbert' || recipe === 'svd' || recipe === 'albert'
  const half = Math.max(1, Math.floor(own.layers / 2))
  return {
    teacher: own,
    student: folder
      ? studentOf(folder.shape, recipe)
      : recipe === 'distilbert'
        ? { ...own, layers: half }
        : student,
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

/** Multiplications of a teacher for a token, up to a factor: to scale a measured time to another rung. */
function cost(rung: number, { found, lengths }: SizeFacts): number {
  const { layers, hidden } = ladder[rung]?.teacher ?? shape(1, 1, 1)
  const words = found.task.kind === 'words' ? 0.15 * lengths.vocabulary * hidden : 0
  // A part of each step does not depend on the size.
  return layers * (12 * hidden ** 2 + 2 * hidden * lengths.mean) + words + 60_000
}

/** Epochs after which more of them do little for a teacher from scratch. */
function enough(rows: number): number {
  return rows <= 1_000 ? 40 : rows <= 5_000 ? 20 : rows <= 20_000 ? 10 : rows <= 100_000 ? 5 : 2
}

/**
 * The largest teacher that sees the data often enough in its share of the time.
 * @param timed the rung that was timed
 */
export function chooseRung(timed: number, timing: Timing, minutes: number, facts: SizeFacts): number {
  const learn = timing.stages.get('learn')
  if (learn === undefined) return timed
  const seconds = teacherShare * (60 * minutes * (1 - reserve) - timing.fixed)
  const wanted = 0.7 * enough(facts.found.rows)
  // Larger models only memorise a small set.
  const most = facts.found.rows < 2_000 ? 1 : facts.found.rows < 10_000 ? 2 : ladder.length - 1
  for (let rung = most; rung > 0; rung--) {
    const step = (learn.step * cost(rung, facts)) / cost(timed, facts)
    if (seconds / (learn.stepsPerEpoch * step + learn.evaluation) >= wanted) return rung
  }
  return 0
}

/** The budgets that end in this time. */
export function budgets(design: Design, timing: Timing, minutes: number, { found }: SizeFacts): Design {
  const learn = timing.stages.get('learn')
  const alone = timing.stages.get('student_alone')
  if (learn === undefined || alone === undefined) return design
  const distil = [...timing.stages].filter(([name]) => name !== 'learn' && name !== 'student_alone')
  const last = distil.reduce((most, [, { step }]) => Math.max(most, step), alone.step)
  const seconds = Math.max(1, 60 * minutes * (1 - reserve) - timing.fixed)
  const most = enough(found.rows)
  const teacher = budget(seconds * teacherShare, learn, most)
  const used = timeOf(teacher, learn)
  // A student's step that is slower than that of the student alone computes the teacher, too; its answers are
  // kept if that takes less time than to compute them in each step.
  const records = Math.max(0, last - alone.step) * alone.stepsPerEpoch
  const left = seconds - used
  const kept = budget((left - records) / 2, alone, 3 * most)
  const pair = { ...alone, step: (alone.step + last) / 2 }
  const computed = budget(left / 2, pair, 3 * most)
  const student = kept.steps > computed.steps ? kept : computed
  const seen = Math.max(teacher.steps, student.steps) * design.batch
  const limit = Math.max(10_000, Math.ceil(seen / 1_000) * 1_000)
  const sample = limit < 0.8 * found.rows ? { limit } : {}
  return { ...design, learn: teacher, student_budget: student, ...sample }
}

function timeOf({ steps, epochs }: Budget, { step, evaluation }: StageTime): number {
  return steps * step + (epochs ?? 1) * evaluation
}

function budget(seconds: number, { step, evaluation, stepsPerEpoch }: StageTime, most: number): Budget {
  const epochs = Math.min(most, seconds / (stepsPerEpoch * step + evaluation))
  if (epochs >= 2) return { epochs: Math.floor(epochs), steps: Math.floor(epochs) * stepsPerEpoch }
  return { steps: Math.max(1, Math.floor((seconds - evaluation) / step)) }
}

/** Seconds that a training with these budgets takes. */
export function foreseen(design: Design, timing: Timing): number {
  const [learn, alone] = [timing.stages.get('learn'), timing.stages.get('student_alone')]
  if (learn === undefined || alone === undefined) return timing.fixed
  return timing.fixed + timeOf(design.learn, learn) + 2 * timeOf(design.student_budget, alone)
}
