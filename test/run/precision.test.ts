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
import { computesIn } from './processor.ts'

const has: readonly (readonly [BackendName, LowPrecision, boolean])[] = [
  ['onnxruntime', 'int8', await computesIn('onnxruntime', 'int8')],
  ['native', 'int8', await computesIn('native', 'int8')],
  ['native', 'bf16', await computesIn('native', 'bf16')],
]
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
  'with a weight large enough to be packed': {
    op: 'linear',
    inputs: ['f32[B, L, unit 96]', 'f32[row 80, column 96]', 'f32[row 80]'],
    attributes: { out: 'unit' },
  },
  'and an activation': {
    op: 'linear_activation',
    inputs: ['f32[B, L, unit 96]', 'f32[row 80, column 96]', 'f32[row 80]'],
    attributes: { out: 'unit', activation: 'gelu' },
  },
  'and another activation': {
    op: 'linear_activation',
    inputs: ['f32[B, L, unit 12]', 'f32[row 8, column 12]', 'f32[row 8]'],
    attributes: { out: 'unit', activation: 'relu' },
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

/** The products of a gradient: to the input, and to the weight, of which both operands are values. */
const backward = {
  'to the input': {
    inputs: ['f32[B, L, unit 80]', 'f32[row 80, column 96]'],
    attributes: { left: ['example', 'token', 'row'], right: ['row', 'unit'], sum: ['row'] },
  },
  'to the weight': {
    inputs: ['f32[B, L, unit 80]', 'f32[B, L, unit 96]'],
    attributes: {
      left: ['example', 'token', 'row'],
      right: ['example', 'token', 'column'],
      sum: ['example', 'token'],
    },
  },
} as const

describe.skipIf(!(await computesIn('native', 'bf16')))('native in bf16', () => {
  it.each(Object.keys(backward) as (keyof typeof backward)[])('on the way back %s', async (name) => {
    const { inputs, attributes } = backward[name]
    const runner = await createRunner('native')
    const builder = new Builder(ops)
    const uniform = stream(9)
    const leaves = inputs.map((text, i) =>
      text.includes('row') ? builder.parameter(String(i), type(text)) : builder.input(String(i), type(text)),
    )
    const values = new Map(inputs.map((text, i) => [String(i), generate(type(text), real, uniform)]))
    const node = builder.add('contract', leaves, { ...attributes, precision: 'bf16' })
    const graph = builder.finish('product', new Map([['result', node]]))
    const reference = await createRunner('reference')
    const request = requestOf(graph, values, sizes)
    // twice, so that what was converted for one run is not taken for that of the next
    for (const factor of [1, -2]) {
      const inputsNow = new Map(
        [...request.inputs].map(([key, tensor]) => [
          key,
          { ...tensor, data: Float32Array.from(tensor.data, (x) => factor * x) },
        ]),
      )
      const off = differences(runner, reference, graph, { ...request, inputs: inputsNow }, relativeNorm)
      expect(off.get('result')).toBeLessThan(1e-5)
    }
    runner.dispose()
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  })
})

describe.each(has)('%s in %s, which this processor has: %s', (backend, precision, here) => {
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

  const each = it.skipIf(!here).each(Object.keys(shapes) as (keyof typeof shapes)[])
  each('agrees with the reference: %s', (name) => {
    const graph = productOf(name, precision)
    // the same whole numbers and the same rounding: only sums of float32 differ
    const off = differences(runner, reference, graph, requestFor(graph, name), relativeNorm)
    expect(off.get('result')).toBeLessThan(1e-5)
  })

  it('says so before it is started', async () => {
    expect((await capabilitiesOf(backend)).has(productsIn(precision))).toBe(true)
    if (here) expect(runner.capabilities?.has(productsIn(precision))).toBe(true)
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
