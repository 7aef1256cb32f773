/** What each model of a run is for: by it pictures choose marks and colours. */
import { type Lesson, lessonsOf, originalOf, sameArchitecture } from '../check/distillation.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import type { RunPlan } from '../train/run-plan.ts'
import type { Role } from './schema.ts'

export interface Cast {
  /** The models of the run without copies of others. */
  readonly models: readonly ModelInstance[]
  readonly lessons: readonly Lesson[]
  readonly roles: ReadonlyMap<string, Role>
}

export function castOf(program: Program, plan: RunPlan): Cast {
  const names = new Set(plan.instanceNames)
  const all = [...program.instances.values()]
  const run = all.filter(({ name }) => names.has(name))
  const models = all.filter((one) => run.some((other) => originalOf(program, other) === one))
  const lessons = plan.stages.flatMap((stage) => lessonsOf(program, stage))
  const students = new Set(lessons.map(({ student }) => student))
  const teachers = new Set(lessons.map(({ teacher }) => originalOf(program, teacher)))
  const roleOf = (one: ModelInstance): Role => {
    // a student that teaches another one is still what a loss trains with a teacher
    if (students.has(one)) return 'student'
    if (teachers.has(one)) return 'teacher'
    const alone =
      plan.trainedInstances.includes(one) && [...students].some((student) => sameArchitecture(student, one))
    return alone ? 'alone' : 'other'
  }
  return { models, lessons, roles: new Map(models.map((one) => [one.name, roleOf(one)])) }
}
