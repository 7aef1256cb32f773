/** Checks that a stage without partial batches has a complete one. */
import type { Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { noWholeBatch } from '../diagnostics/messages/data.ts'

/**
 * Throws E0862 if the training examples of data block `data` do not fill one batch of a stage with
 * `partial = drop`.
 */
export function requireWholeBatch(stage: Stage, data: string, examples: number): void {
  const { span, name, batch, partial } = stage
  if (partial === 'drop' && examples < batch)
    throw new DiagnosticError(noWholeBatch({ span, stage: name, data, examples, batch }))
}
