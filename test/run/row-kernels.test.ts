/** Rows of whole batches, put back and taken again: batches without padding, with much of it, and with hardly a text. */
import { expect, it } from 'vitest'
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import { Builder } from '../../src/graph/build.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { positionsOf } from '../../src/run/positions.ts'
import { random } from '../lower/spec-run.ts'
import { type } from '../ops/typed.ts'

const [B, L] = [3, 16]

it.each([
  ['without padding', [16, 16, 16]],
  ['padded', [16, 5, 9]],
  ['of one token', [1, 0, 0]],
])('a batch %s', async (_, lengths) => {
  const b = new Builder(ops)
  const places = b.input('positions.attended', type('i32[R]'))
  const x = b.input('x', type('f32[R, head 2, unit 8]'))
  const back = b.add('scatter_positions', [x, places], { dead: 'add' })
  const mask = b.add('dropout_mask', [b.input('sample', type('i32[B]')), places], {
    rate: 0.4,
    site: 's',
    dimensions: [...type('f32[R, unit 16]').dimensions].map(({ axis, size }) => ({ axis, size })),
  })
  const outputs = new Map([
    ['back', back],
    ['again', b.add('gather_positions', [back, places], { dead: 'zero' })],
    ['joined', b.add('scatter_positions', [b.add('join', [x]), places], { dead: 'ignore' })],
    ['mask', mask],
  ])
  const graph = b.finish('rows', outputs)
  const attended = Uint8Array.from({ length: B * L }, (_, i) =>
    i % L < (lengths[Math.floor(i / L)] ?? 0) ? 1 : 0,
  )
  const { sizes, inputs } = positionsOf(
    new Map([['attended', { dtype: 'bool', shape: [B, L], data: attended }]]),
    { B, L },
  )
  const R = sizes.R ?? 0
  const request = {
    sizes,
    inputs: new Map([
      ...inputs,
      ['sample', { dtype: 'i32', shape: [B], data: Int32Array.of(70, 3, 900) }] as const,
      [
        'x',
        {
          dtype: 'f32',
          shape: [R, 2, 8],
          data: Float32Array.from({ length: R * 16 }, (_, i) => random(i) - 0.5),
        },
      ] as const,
    ]),
    parameter: () => {
      throw new Error('no parameters')
    },
    random: { seed: 1, stage: 'rows', step: 2 },
  }
  const runner = await wasmRunner()
  const [wanted, given] = [createReferenceRunner(ops).run(graph, request), runner.run(graph, request)]
  runner.dispose()
  for (const [name, { data }] of wanted) {
    const other = given.get(name)?.data ?? []
    expect(other.length).toBe(data.length)
    // A dead row may be added to its live one in another precision, all else is moved or drawn.
    data.forEach((value, i) => {
      expect(Math.abs((other[i] ?? Number.NaN) - value), name).toBeLessThan(1e-6)
    })
  }
})
