/** What a rule is: a function of what could be evaluated, which reports. */
import type { Checker } from '../checker.ts'
import type { LayerMap, ModelInstance } from '../program.ts'
import type { StageParts } from '../stage-parts.ts'

/** The spec as far as it could be evaluated. */
export interface CheckedSpec {
  readonly checker: Checker
  /** Teachers and students, in order. */
  readonly instances: readonly ModelInstance[]
  readonly maps: readonly LayerMap[]
  /** In the order in which they run. */
  readonly stages: readonly StageParts[]
}

/** A rule reads the spec and not what others reported: it runs where what it reads could be made, and only there. */
export type Rule = (spec: CheckedSpec, reporter: Pick<Checker, 'report'>) => void
