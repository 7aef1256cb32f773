/** The type of a rule: what to try next, from a run's own numbers. */
import type { Findings } from '../gather/findings.ts'

export interface Advice {
  /** What it may be worth, to put the most worth first: points of the metric, roughly. */
  readonly worth: number
  readonly title: string
  /** The evidence, from the numbers of this run. */
  readonly why: string
  /** What the spec becomes. It is shown only if the compiler accepts it. */
  readonly text?: string
  readonly command?: string
}

/** Undefined where it does not apply. */
export type Rule = (findings: Findings) => Advice | undefined
