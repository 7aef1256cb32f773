/** Whose parameters a stage trains. */
import type { Stage } from './program.ts'

/** Names of models and projections, in the order of their parameters. */
export function trainedOwners({ trained }: Stage): ReadonlySet<string> {
  return new Set(trained.map((key) => key.replace(/[.[].*$/s, '')))
}
