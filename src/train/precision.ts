/** Whether a backend has the precisions that models ask for, before anything is read or computed. */

import { type AutomaticPrecision, lowPrecisionModels } from '../check/model-precision.ts'
import type { Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { E1006 } from '../diagnostics/messages/E1006.ts'
import { E1007 } from '../diagnostics/messages/E1007.ts'
import { Builder } from '../graph/build.ts'
import type { Graph } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { type LowPrecision, productsIn } from '../graph/precision.ts'
import { tensorType } from '../graph/type.ts'
import type { Runner } from '../run/runner.ts'

/**
 * Throws E1006 for a model in a precision that the runner lacks, and E1007 where its products in int8 are not exact on this processor. `having` tells which backends
 * have a precision.
 */
export function requirePrecisions(
  program: Program,
  stages: readonly Stage[],
  runner: Runner,
  having: (precision: LowPrecision) => readonly string[],
  automatic?: AutomaticPrecision,
): void {
  const models = new Map(
    stages.flatMap((stage) =>
      lowPrecisionModels(program, stage, automatic).map((one) => [one.instance.name, one] as const),
    ),
  )
  for (const { instance, precision } of models.values()) {
    const { name: model, span } = instance
    if (runner.capabilities?.has(productsIn(precision)) !== true) {
      const others = having(precision)
      const other = others.length === 0 ? '' : `--backend ${others.join(' or ')} has it; `
      const help = `${other}precision = auto takes what the backend has`
      throw new DiagnosticError(E1006({ span, model, precision, where: `backend ${runner.name}`, help }))
    }
    const off = precision === 'int8' ? int8Error(runner) : 0
    // rounding of scales apart
    if (!(off < 1e-5)) {
      const percent = `${(100 * off).toFixed(0)}%`
      throw new DiagnosticError(E1007({ span, model, backend: runner.name, off: percent }))
    }
  }
}

/** Side of the matrices that are multiplied to find out. */
const side = 64

/** How far a product in int8 of ones is from what it must be: where pairs of bytes are added in 16 bits, 255 * 127 + 255 * 127 does not fit. */
function int8Error(runner: Runner): number {
  const ones = new Float32Array(side * side).fill(1)
  const graph = productOfOnes()
  const outputs = runner.run(graph, {
    sizes: { B: side, L: 1 },
    inputs: new Map([['x', { dtype: 'f32', shape: [side, side], data: ones }]]),
    parameter: () => ({ shape: [side, side], data: ones, version: 0 }),
    random: { seed: 0, stage: 'int8', step: 0 },
  })
  runner.forget?.(graph)
  let worst = 0
  for (const value of outputs.get('product')?.data ?? [Number.NaN])
    worst = Math.max(worst, Math.abs(value / side - 1))
  return worst
}

function productOfOnes(): Graph {
  const builder = new Builder(ops)
  const x = builder.input(
    'x',
    tensorType('f32', [
      { axis: 'example', size: 'B' },
      { axis: 'unit', size: side },
    ]),
  )
  const weight = builder.parameter(
    'weight',
    tensorType('f32', [
      { axis: 'row', size: side },
      { axis: 'column', size: side },
    ]),
  )
  const product = builder.add('contract', [x, weight], {
    left: ['example', 'column'],
    right: ['row', 'column'],
    sum: ['column'],
    precision: 'int8',
  })
  return builder.finish('int8', new Map([['product', product]]))
}
