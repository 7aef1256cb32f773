/** Large products with helper threads: the same bits as without, whoever computed which rows, and helpers do take part. */
import { expect, it } from 'vitest'
import { wasmDevice } from '../../src/backends/tfjs/load.ts'
import { HelperThreads } from '../../src/backends/wasm/helper-threads.ts'
import { wasmKernels } from '../../src/backends/wasm/index.ts'
import { vectorsOn } from '../../src/backends/wasm/vectors.ts'
import { Executor } from '../../src/run/executor.ts'
import type { OpCase } from '../ops/cases/case.ts'
import { trial } from '../ops/trial.ts'
import { sizes } from '../ops/typed.ts'
import { requestOf } from './compare.ts'

const large: readonly (readonly [op: string, one: OpCase])[] = [
  [
    'linear',
    {
      title: 'with a bias, and widths that are no multiple of a vector',
      inputs: ['f32[example 210, unit 150]', 'f32[row 141, column 150]', 'f32[row 141]'],
      attributes: { out: 'unit' },
    },
  ],
  [
    'contract',
    {
      title: 'of a matrix turned',
      inputs: ['f32[example 300, unit 123]', 'f32[example 300, unit 140]'],
      attributes: { left: ['example', 'row'], right: ['example', 'column'], sum: ['example'] },
    },
  ],
  [
    'linear_activation',
    {
      title: 'whose blocks are no multiple of a vector',
      inputs: ['f32[example 210, unit 150]', 'f32[row 141, column 150]', 'f32[row 141]'],
      attributes: { out: 'unit', activation: 'gelu' },
    },
  ],
  [
    'contract_activation_gradient',
    {
      title: 'with values before the activation',
      inputs: ['f32[example 210, unit 150]', 'f32[row 150, unit 141]', 'f32[example 210, unit 141]'],
      attributes: { left: ['example', 'row'], right: ['row', 'unit'], sum: ['row'], activation: 'gelu_tanh' },
    },
  ],
]

it.each(large.map(([op, one]) => ({ op, one, title: one.title })))(
  '$op $title is the same with threads',
  async ({ op, one }) => {
    const parts = await wasmDevice()
    const alone = new Executor(parts.device, wasmKernels(parts, { threads: false }))
    const together = new Executor(parts.device, wasmKernels(parts))
    const { builder, node, values } = trial(op, one)
    const graph = builder.finish('large', new Map([['result', node]]))
    const request = requestOf(graph, values, sizes)
    const wanted = alone.run(graph, request).get('result')
    for (let n = 0; n < 30; n++) {
      expect(together.run(graph, request).get('result')).toEqual(wanted)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    for (const executor of [alone, together]) executor.dispose()
  },
)

it('takes rows from the caller, and leaves none undone', async () => {
  const helpers = HelperThreads.start(2)
  const memory = new WebAssembly.Memory({ initial: 64 })
  const vectors = vectorsOn(memory)
  if (vectors === undefined) throw new Error('no vector instructions')
  const [rows, depth, columns] = [256, 64, 20]
  const floats = new Float32Array(memory.buffer)
  const [a, b, c] = [0, rows * depth, rows * depth + depth * columns]
  const packed = c + rows * columns + 16
  const edge = packed + 3 * depth * 8
  for (let i = 0; i < c; i++) floats[i] = Math.sin(i)
  for (let j = 0; j < columns; j += 8)
    vectors.pack(4 * (b + j), 4 * columns, 4, depth, Math.min(8, columns - j), 4 * (packed + j * depth))
  let own = 0
  const product = {
    a: 0,
    rowStride: 4 * depth,
    alongStride: 4,
    packed: 4 * packed,
    depth,
    rows,
    columns,
    c: 4 * c,
    bias: 0,
    epilogue: undefined,
    x: 0,
  }
  const block = (first: number, last: number): void => {
    own += last - first
    for (let j = 0; j < columns; j += 8) {
      const [from, to, live] = [
        4 * (a + first * depth),
        4 * (c + first * columns + j),
        Math.min(8, columns - j),
      ]
      vectors.strip(
        from,
        4 * depth,
        4,
        4 * (packed + j * depth),
        depth,
        last - first,
        live,
        to,
        4 * columns,
        0,
        4 * edge,
      )
    }
  }
  const expected = Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns]
    let sum = 0
    for (let k = 0; k < depth; k++)
      sum += Number(floats[a + i * depth + k]) * Number(floats[b + k * columns + j])
    return sum
  })
  const end = Date.now() + 30_000
  do {
    floats.fill(Number.NaN, c, c + rows * columns)
    own = 0
    const ran = helpers?.run(product, () => floats, block) ?? false
    expect(ran ? own <= rows : own === 0).toBe(true)
    if (ran) {
      const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - Number(floats[c + i]))), 0)
      expect(worst).toBeLessThan(1e-4)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  } while (helpers?.helped === 0 && Date.now() < end)
  expect(helpers?.helped).toBeGreaterThan(0)
  expect(own).toBeLessThanOrEqual(rows)
})

it('starts none on one core', () => {
  expect(HelperThreads.start(1)).toBeUndefined()
})
