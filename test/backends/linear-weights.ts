/** A graph of one linear layer, and weights for it: what tests ask of the ways in which backends keep weights. */
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { LowPrecision } from '../../src/graph/precision.ts'
import { tensorType } from '../../src/graph/type.ts'
import { Resident } from '../../src/run/resident.ts'
import type { RunRequest } from '../../src/run/runner.ts'
import { random } from '../lower/spec-run.ts'

export function data(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => random(seed * 7919 + i) - 0.5)
}

interface Sizes {
  readonly rows: number
  readonly units: number
  readonly out: number
}

export interface Weights {
  readonly W: Resident
  readonly b: Resident
}

export function weightsOf({ units, out }: Sizes): Weights {
  return { W: new Resident([out, units], data(out * units, 1)), b: new Resident([out], data(out, 2)) }
}

/** y = x W^T + b, in a precision where one is named, and `other` made of W as well. */
export function graphOf(
  { rows, units, out }: Sizes,
  other?: (builder: Builder, weight: Node) => readonly [name: string, node: Node],
  precision?: LowPrecision,
): Graph {
  const builder = new Builder(ops)
  const x = builder.input(
    'x',
    tensorType('f32', [
      { axis: 'position', size: rows },
      { axis: 'unit', size: units },
    ]),
  )
  const weight = builder.parameter(
    'W',
    tensorType('f32', [
      { axis: 'row', size: out },
      { axis: 'column', size: units },
    ]),
  )
  const bias = builder.parameter('b', tensorType('f32', [{ axis: 'row', size: out }]))
  const attributes = { out: 'unit', ...(precision === undefined ? {} : { precision }) }
  const outputs = new Map([['y', builder.add('linear', [x, weight, bias], attributes)]])
  if (other !== undefined) outputs.set(...other(builder, weight))
  return builder.finish('weights', outputs)
}

export function requestOf({ rows, units }: Sizes, { W, b }: Weights): RunRequest {
  return {
    sizes: { B: 1, L: 1 },
    inputs: new Map([['x', { dtype: 'f32', shape: [rows, units], data: data(rows * units, 3) }]]),
    parameter: (name) => (name === 'W' ? W : b),
    random: { seed: 0, stage: 'test', step: 0 },
  }
}
