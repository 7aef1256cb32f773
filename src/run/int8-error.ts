/**
 * Whether products in int8 are exact on this processor: older ones add pairs of products in 16 bits, and cut
 * off what is larger.
 */
import { Builder } from '../graph/build.ts'
import type { Graph } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { tensorType } from '../graph/type.ts'
import type { Runner } from './runner.ts'

/** Side of the matrices that are multiplied to find out. */
const side = 64
/** Rounding of scales. */
const tolerance = 1e-5

/**
 * How far a product in int8 of ones is from what it must be, relatively; 0 where it is exact. Where pairs of
 * bytes are added in 16 bits, 255 * 127 + 255 * 127 does not fit.
 */
export function int8Error(runner: Runner): number {
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
  return worst < tolerance ? 0 : worst
}

/** `51%` */
export function percent(error: number): string {
  return Number.isNaN(error) ? 'more than can be said' : `${(100 * error).toFixed(0)}%`
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
