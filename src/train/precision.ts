/** Checks that a backend has the precisions of models, before anything is read or computed. */

import { type AutomaticPrecision, lowPrecisionModels } from '../check/model-precision.ts'
import type { Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { inexactInt8, unsupportedPrecision } from '../diagnostics/messages/backends.ts'
import { type LowPrecision, productsIn } from '../graph/precision.ts'
import { int8Error, percent } from '../run/int8-error.ts'
import type { Runner } from '../run/runner.ts'

/**
 * Rejects with E1006 for a model in a precision that the runner lacks, and with E1007 if its products in int8
 * are not exact on this processor. `having` returns the backends that have a precision. If the runner's own
 * name is among them, it has the precision on other machines.
 */
export async function requirePrecisions(
  program: Program,
  stages: readonly Stage[],
  runner: Runner,
  having: (precision: LowPrecision) => Promise<readonly string[]>,
  automatic?: AutomaticPrecision,
): Promise<void> {
  const models = new Map(
    stages.flatMap((stage) =>
      lowPrecisionModels(program, stage, automatic).map((one) => [one.instance.name, one] as const),
    ),
  )
  for (const { instance, precision } of models.values()) {
    const { name: model, span } = instance
    if (runner.capabilities?.has(productsIn(precision)) !== true) {
      const backends = await having(precision)
      const others = backends.filter((name) => name !== runner.name)
      const command = runner.attainable?.get(productsIn(precision))
      const help = [
        ...(command === undefined ? [] : [`${runner.name} has it after: ${command}`]),
        ...(others.length === 0 ? [] : [`--backend ${others.join(' or ')} has it`]),
        'precision = auto takes what the backend has',
      ].join('; ')
      const here = backends.length === others.length ? '' : ' on this machine'
      const where = `backend ${runner.name}${here}`
      throw new DiagnosticError(unsupportedPrecision({ span, model, precision, where, help }))
    }
    const off = precision === 'int8' ? int8Error(runner) : 0
    if (off !== 0) {
      const has = (one: LowPrecision): boolean => runner.capabilities?.has(productsIn(one)) === true
      const instead = ['float32', ...(has('bf16') ? ['bf16'] : []), 'auto']
      throw new DiagnosticError(
        inexactInt8({ span, model, backend: runner.name, off: percent(off), instead }),
      )
    }
  }
}
