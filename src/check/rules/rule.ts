/** The type of a rule: a function of the evaluated parts of a spec, which reports errors. */
import type { Checker } from '../checker.ts'
import type { LayerMap, ModelInstance } from '../program.ts'
import type { StageParts } from '../stage-parts.ts'
import type { SweptValues } from '../sweep.ts'

/** The parts of a spec that could be evaluated. */
export interface CheckedSpec {
  readonly checker: Checker
  /** Teachers and students, in order. */
  readonly instances: readonly ModelInstance[]
  readonly maps: readonly LayerMap[]
  readonly sweep: readonly SweptValues[]
  /** In the order in which they run. */
  readonly stages: readonly StageParts[]
}

/**
 * A rule reads the spec and not the reports of others. It runs if and only if the parts that it reads could
 * be evaluated.
 */
export type Rule = (spec: CheckedSpec, reporter: Pick<Checker, 'report'>) => void
