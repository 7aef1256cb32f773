/** Numbers of files in fewer bits: each is the nearest that there is. */
import { describe, expect, it } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import { GraphError } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import { modelFiles } from '../../src/onnx/external.ts'
import { halves } from '../../src/onnx/half.ts'
import { inferenceModel } from '../../src/onnx/inference-model.ts'
import { bytesOf, OnnxGraph } from '../../src/onnx/onnx-graph.ts'
import { quantizeRows } from '../../src/onnx/operators/int8.ts'
import { standardFormat } from '../../src/onnx/standard.ts'
import { normalValues } from '../../src/train/normal.ts'
import { readModel } from './read-model.ts'

/** By the definition of IEEE 754. */
function numberOf(half: number): number {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 0x3ff]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? 2 ** -14 * (fraction / 1024) : 2 ** (exponent - 15) * (1 + fraction / 1024))
}

describe('float16', () => {
  it('has every one of its numbers', () => {
    const finite = Array.from({ length: 2 ** 16 }, (_, half) => half).filter(
      (half) => ((half >> 10) & 31) < 31,
    )
    expect([...halves(Float32Array.from(finite, numberOf))]).toEqual(finite)
  })
  it('has the nearest of others, and the even one of two', () => {
    const positive = Array.from({ length: 0x7c00 }, (_, half) => numberOf(half))
    const values = Float32Array.from(
      normalValues(4000, 1, { seed: 3, name: 'half' }),
      (x, i) => x * 10 ** ((i % 12) - 8),
    )
    const got = halves(values)
    values.forEach((x, i) => {
      const at = (got[i] ?? 0) & 0x7fff
      const distance = (half: number): number =>
        Math.abs((positive[half] ?? Number.POSITIVE_INFINITY) - Math.abs(x))
      for (const other of [at - 1, at + 1]) {
        expect(distance(at)).toBeLessThanOrEqual(distance(other))
        if (distance(at) === distance(other)) expect(at % 2).toBe(0)
      }
      expect(Math.sign(numberOf(got[i] ?? 0)) * Math.sign(x)).toBeGreaterThanOrEqual(0)
    })
  })
  it.each([
    // halfway between two numbers, the even one below and above
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [65504, 65504],
    // what has no float16
    [-3e38, -(2 ** 15)],
    [1e30, 2 ** 15],
  ])('of %d is %d', (value, expected) => {
    expect(numberOf(halves(Float32Array.of(value))[0] ?? 0)).toBe(expected)
  })
  it('of what is no number is none', () => {
    expect(numberOf(halves(Float32Array.of(Number.NaN))[0] ?? 0)).toBeNaN()
  })
})

describe('rows of bytes', () => {
  it('are the nearest steps of max |x| / 127, and the even one of two', () => {
    const { values, scales } = quantizeRows(
      Float32Array.of(127, -127, 0.5, 1.5, 0, 0, 0, 0, -2, 1, 0.01, -0.01),
      3,
    )
    expect([...values]).toEqual([255, 1, 128, 130, 128, 128, 128, 128, 1, 192, 129, 127])
    expect(scales[0]).toBe(1)
    expect(scales[1]).toBeGreaterThan(0)
    expect(scales[2]).toBe(Math.fround(2 / 127))
  })
  it('are off by half a step at most', () => {
    const matrix = normalValues(64 * 33, 0.3, { seed: 1, name: 'rows' })
    const { values, scales } = quantizeRows(matrix, 64)
    matrix.forEach((x, i) => {
      const scale = scales[Math.floor(i / 33)] ?? Number.NaN
      expect(Math.abs(((values[i] ?? 0) - 128) * scale - x)).toBeLessThan(scale * 0.5001)
    })
  })
})

describe('files', () => {
  it('of an operator that is none of the standard are refused', () => {
    const onnx = new OnnxGraph()
    onnx.output('y', onnx.node('BiasGelu', [onnx.input('x', 'f32', [1])], {}, 'com.microsoft'), 'f32', [1])
    expect(() => standardFormat(onnx.model('other'))).toThrow(
      new GraphError('com.microsoft.BiasGelu is no operator of the standard'),
    )
    const unknown = new OnnxGraph()
    unknown.output('y', unknown.node('Einsum', [unknown.input('x', 'f32', [1])]), 'f32', [1])
    expect(() => standardFormat(unknown.model('other'))).toThrow('Einsum is no operator of the standard')
  })
  it('of a graph with an op that is random are refused', () => {
    const builder = new Builder(ops)
    const sample = builder.input('sample', tensorType('i32', [{ axis: 'example', size: 'B' }]))
    const dimensions = [{ axis: 'example', size: 'B' }]
    const mask = builder.add('dropout_mask', [sample], { rate: 0.5, site: 's', dimensions })
    const graph = builder.finish('random', new Map([['y', mask]]))
    const outputs = [{ output: 'y', name: 'logits' }]
    expect(() => inferenceModel(graph, () => new Float32Array(0), { outputs })).toThrow(
      /onnx: no operator for dropout_mask/,
    )
  })
  it('take the lowest set of operators that has theirs', () => {
    const versionOf = (op: string): number | undefined => {
      const onnx = new OnnxGraph()
      onnx.output('y', onnx.node(op, [onnx.input('x', 'f32', [1])]), 'f32', [1])
      return standardFormat(onnx.model(op)).opsets[0]?.version
    }
    expect(['Tanh', 'LayerNormalization', 'ReduceMax', 'Gelu'].map(versionOf)).toEqual([13, 17, 18, 20])
  })
  it('put large tensors beside them at places that can be mapped', () => {
    const onnx = new OnnxGraph()
    const weights = [300, 20_000, 4].map((count, k) =>
      onnx.initializer(
        `w${k}`,
        'f32',
        [count],
        bytesOf(Float32Array.from({ length: count }, (_, i) => i + k)),
      ),
    )
    onnx.output('y', onnx.node('Concat', weights, { axis: 0 }), 'f32', [20_304])
    const model = onnx.model('large')
    const format = standardFormat(model)
    expect(modelFiles(model, format, 'm.onnx').external).toBeUndefined()
    const { model: bytes, external } = modelFiles(model, format, 'm.onnx', 1000)
    expect(external?.file).toBe('m.onnx_data')
    const beside = Buffer.concat([...(external?.parts() ?? [])])
    const tensors = readModel(bytes).tensors
    expect(tensors.map(({ external: place }) => place.get('offset'))).toEqual(['0', '65536', undefined])
    for (const [k, { bytes: own, external: place }] of tensors.entries()) {
      const [offset, length] = [Number(place.get('offset')), Number(place.get('length'))]
      const held = place.size === 0 ? own : beside.subarray(offset, offset + length)
      expect(Buffer.compare(held, model.initializers[k]?.bytes ?? new Uint8Array(0))).toBe(0)
    }
    expect(beside.length).toBe(65_536 + 80_000)
  })
})
