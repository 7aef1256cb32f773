/** The models and projections whose parameters a stage trains. */
import type { Stage } from './program.ts'

/** Names of models and projections, in the order of their parameters. */
export function trainedOwners({ trained }: Stage): ReadonlySet<string> {
  return new Set(trained.map(ownerOf))
}

/** The model or projection of a parameter key: `S` of `S.embedding.word.weight`, `W` of `W[1].weight`. */
export function ownerOf(key: string): string {
  return key.replace(/[.[].*$/s, '')
}
