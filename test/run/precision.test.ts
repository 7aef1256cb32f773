/** Products of low precision on the backends that have them, against the reference; and that no other backend computes them in silence. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type BackendName, capabilitiesOf, createRunner } from '../../src/backends/index.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { type LowPrecision, lowPrecisions, productsIn } from '../../src/graph/precision.ts'
import type { Runner } from '../../src/run/runner.ts'
import { generate, real, sizes, stream, type } from '../ops/typed.ts'
import { differences, relativeNorm, requestOf } from './compare.ts'

const has: readonly (readonly [BackendName, LowPrecision])[] = [['onnxruntime', 'int8']]
const lacks: readonly (readonly [BackendName, LowPrecision])[] = [
  ['cpu', 'bf16'],
  ['cpu', 'int8'],
  ['wasm', 'bf16'],
  ['wasm', 'int8'],
  ['onnxruntime', 'bf16'],
]

const shapes = {
  'over tokens, with a bias': {
    op: 'linear',
    inputs: ['f32[B, L, unit 40]', 'f32[row 24, column 40]', 'f32[row 24]'],
    attributes: { out: 'unit' },
  },
  'of one row': {
    op: 'linear',
    inputs: ['f32[unit 9]', 'f32[row 5, column 9]', 'f32[row 5]'],
    attributes: { out: 'class' },
  },
  'without a bias': {
    op: 'contract',
    inputs: ['f32[B, L, unit 40]', 'f32[row 24, column 40]'],
    attributes: { left: ['example', 'token', 'unit'], right: ['row', 'unit'], sum: ['unit'] },
  },
  'over heads and units': {
    op: 'contract',
    inputs: ['f32[B, head 3, L, unit 8]', 'f32[head 3, row 10, unit 8]'],
    attributes: {
      left: ['example', 'head', 'token', 'unit'],
      right: ['head', 'row', 'unit'],
      sum: ['head', 'unit'],
    },
  },
} as const

function productOf(name: keyof typeof shapes, precision: LowPrecision): Graph {
  const { op, inputs, attributes } = shapes[name]
  const builder = new Builder(ops)
  const leaves = inputs.map((text, i) =>
    i === 0 ? builder.input('0', type(text)) : builder.parameter(String(i), type(text)),
  )
  const node = builder.add(op, leaves, { ...attributes, precision })
  return builder.finish('product', new Map([['result', node]]))
}

/** Rows of very different sizes, so that one scale for all would show. */
function requestFor(graph: Graph, name: keyof typeof shapes) {
  const uniform = stream(5)
  const values = new Map(
    shapes[name].inputs.map((text, i) => {
      const { shape, data } = generate(type(text), real, uniform)
      const width = shape.at(-1) ?? 1
      return [
        String(i),
        { shape, data: i === 0 ? data.map((x, at) => x * 10 ** (Math.floor(at / width) % 4)) : data },
      ] as const
    }),
  )
  return requestOf(graph, values, sizes)
}

describe.each(has)('%s in %s', (backend, precision) => {
  let runner: Runner
  let reference: Runner
  beforeAll(async () => {
    runner = await createRunner(backend)
    reference = await createRunner('reference')
  })
  afterAll(() => {
    runner.dispose()
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it.each(Object.keys(shapes) as (keyof typeof shapes)[])('agrees with the reference: %s', (name) => {
    const graph = productOf(name, precision)
    // the same whole numbers and the same rounding: only sums of float32 differ
    const off = differences(runner, reference, graph, requestFor(graph, name), relativeNorm)
    expect(off.get('result')).toBeLessThan(1e-5)
  })

  it('says so before it is started', async () => {
    expect((await capabilitiesOf(backend)).has(productsIn(precision))).toBe(true)
    expect(runner.capabilities?.has(productsIn(precision))).toBe(true)
  })
})

describe.each(lacks)('%s in %s', (backend, precision) => {
  it('refuses', async () => {
    const runner = await createRunner(backend)
    try {
      const graph = productOf('without a bias', precision)
      expect(() => runner.run(graph, requestFor(graph, 'without a bias'))).toThrow(
        `${backend}: contract in ${precision}, which it does not have`,
      )
      expect((await capabilitiesOf(backend)).has(productsIn(precision))).toBe(false)
    } finally {
      runner.dispose()
    }
  })
})

test('the reference has both', async () => {
  const capabilities = await capabilitiesOf('reference')
  expect(lowPrecisions.filter((precision) => !capabilities.has(productsIn(precision)))).toEqual([])
})
