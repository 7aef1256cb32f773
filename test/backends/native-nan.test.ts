/** A loss that is not finite must be seen: no primitive of oneDNN that turns NaN into a number stands in its way. */
import { expect, it } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import type { Runner } from '../../src/run/runner.ts'
import { describeBackends } from '../run/backends.ts'

const [rows, units] = [8, 96]
const type = tensorType('f32', [
  { axis: 'position', size: rows },
  { axis: 'unit', size: units },
])
const square = tensorType('f32', [
  { axis: 'row', size: units },
  { axis: 'column', size: units },
])
const line = tensorType('f32', [{ axis: 'row', size: units }])

type Made = (builder: Builder, x: Node) => Node

const linear =
  (activation: string): Made =>
  (builder, x) =>
    builder.add('linear_activation', [x, builder.parameter('W', square), builder.parameter('b', line)], {
      out: 'unit',
      activation,
    })
const unary =
  (op: string): Made =>
  (builder, x) =>
    builder.add(op, [x])

const cases: readonly (readonly [string, Made])[] = [
  ...['gelu', 'gelu_tanh', 'relu'].map((name) => [`a product and ${name}`, linear(name)] as const),
  ...['gelu', 'gelu_tanh', 'relu', 'exp', 'tanh', 'sigmoid', 'sqrt'].map((op) => [op, unary(op)] as const),
  ['softmax', (builder, x) => builder.add('softmax', [x], { axis: 'unit' })],
  ['log_softmax', (builder, x) => builder.add('log_softmax', [x], { axis: 'unit' })],
]

const nan = (open: () => Promise<Runner>): void => {
  it.each(cases)('is kept by %s', async (_, made) => {
    const builder = new Builder(ops)
    const graph = builder.finish('nan', new Map([['y', made(builder, builder.input('x', type))]]))
    const data = new Float32Array(rows * units).fill(0.5)
    data[3] = Number.NaN
    const runner = await open()
    const result = runner.run(graph, {
      sizes: { B: 1, L: 1 },
      inputs: new Map([['x', { dtype: 'f32', shape: [rows, units], data }]]),
      parameter: (parameter) =>
        parameter === 'W'
          ? { shape: [units, units], data: new Float32Array(units * units).fill(0.1), version: 0 }
          : { shape: [units], data: new Float32Array(units), version: 0 },
      random: { seed: 0, stage: 'test', step: 0 },
    })
    runner.dispose()
    const values = result.get('y')?.data ?? []
    expect(values[3]).toBeNaN()
    expect(values[3 + units]).not.toBeNaN()
  })
}

describeBackends('NaN on %s', nan, [], 'native')
