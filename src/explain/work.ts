/**
 * A step's floating-point operations by who does them: the teacher, the student forward and backward, heads
 * and projections, the losses.
 */
import type { Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { type Place, placeNodes } from '../draw/places.ts'
import { nodeFlops } from '../graph/cost.ts'
import type { BatchSizes } from '../graph/type.ts'
import type { StageGraphs } from '../lower/stage.ts'

export interface WorkReport {
  /** Models that the stage does not train, their heads included; a gradient may have to pass through them. */
  readonly teacher_forward: number
  readonly teacher_backward: number
  readonly student_forward: number
  readonly student_backward: number
  /** Heads of students and projections, forward and backward. */
  readonly heads_and_projections: number
  /** The losses themselves, forward and backward. */
  readonly losses: number
}

export function reportWork(
  program: Program,
  stage: Stage,
  graphs: StageGraphs,
  sizes: BatchSizes,
): WorkReport {
  const { places, forward } = placeNodes(program, stage, graphs)
  const students = trainedOwners(stage)
  const sums = {
    teacher_forward: 0,
    teacher_backward: 0,
    student_forward: 0,
    student_backward: 0,
    heads_and_projections: 0,
    losses: 0,
  }
  const lineOf = (place: Place | undefined, isForward: boolean): keyof WorkReport => {
    if (place?.kind === 'projection') return 'heads_and_projections'
    if (place?.kind !== 'model') return 'losses'
    if (!students.has(place.owner)) return isForward ? 'teacher_forward' : 'teacher_backward'
    if (program.instances.get(place.owner)?.heads.has(place.part)) return 'heads_and_projections'
    return isForward ? 'student_forward' : 'student_backward'
  }
  for (const node of graphs.step.nodes)
    sums[lineOf(places.get(node), forward.has(node))] += nodeFlops(node, sizes)
  return sums
}
