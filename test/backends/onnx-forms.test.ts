/** Where the ONNX model of a graph computes in another form than its ops say: that it does, and that the values are the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { translate } from '../../src/backends/onnxruntime/translate.ts'
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Axis, BatchSizes, Graph, Node, Size } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { productsIn } from '../../src/graph/precision.ts'
import { tensorType } from '../../src/graph/type.ts'
import { Resident } from '../../src/run/resident.ts'
import type { HostTensor, Runner, RunRequest } from '../../src/run/runner.ts'
import { data } from './linear-weights.ts'

type Shape = readonly (readonly [axis: Axis, size: Size])[]

function typed(dtype: 'f32' | 'i32', shape: Shape) {
  return tensorType(
    dtype,
    shape.map(([axis, size]) => ({ axis, size })),
  )
}

function requestOf(
  sizes: BatchSizes,
  inputs: ReadonlyMap<string, HostTensor>,
  parameters: ReadonlyMap<string, Resident> = new Map(),
): RunRequest {
  return {
    sizes,
    inputs,
    parameter: (name) => parameters.get(name) ?? new Resident([0], new Float32Array(0)),
    random: { seed: 0, stage: 'test', step: 0 },
  }
}

function floats(shape: readonly number[], seed: number): HostTensor {
  const count = shape.reduce((product, n) => product * n, 1)
  return { dtype: 'f32', shape, data: data(count, seed) }
}

function expectClose(actual: HostTensor | undefined, expected: HostTensor | undefined, most: number): void {
  expect(actual?.shape).toEqual(expected?.shape)
  let difference = 0
  for (const [i, value] of Array.from(actual?.data ?? []).entries())
    difference = Math.max(difference, Math.abs(value - (expected?.data[i] ?? Number.NaN)))
  expect(difference).toBeLessThan(most)
}

/** Operators of the graph's model, with how often they occur. */
function operators(graph: Graph, sizes: BatchSizes, parameters: ReadonlyMap<string, Resident> = new Map()) {
  const { model } = translate(graph, { sizes, held: (name) => parameters.get(name)?.data })
  const counts: { [op: string]: number } = {}
  for (const { op } of model.nodes) counts[op] = (counts[op] ?? 0) + 1
  return counts
}

describe('onnxruntime: forms of a model', () => {
  let runner: Runner
  beforeAll(async () => {
    runner = await createRunner('onnxruntime')
  })
  afterAll(() => runner.dispose())

  const againstReference = (graph: Graph, request: RunRequest, most: number): void => {
    const expected = createReferenceRunner(ops).run(graph, request)
    const actual = runner.run(graph, request)
    for (const name of graph.outputs.keys()) expectClose(actual.get(name), expected.get(name), most)
  }

  it('gradients of weights move the narrower operand, and their sum the result once', () => {
    const builder = new Builder(ops)
    const product = (left: string, right: string, height: number, width: number): Node =>
      builder.add(
        'contract',
        [
          builder.input(
            left,
            typed('f32', [
              ['position', 24],
              ['row', height],
            ]),
          ),
          builder.input(
            right,
            typed('f32', [
              ['position', 24],
              ['column', width],
            ]),
          ),
        ],
        { left: ['position', 'row'], right: ['position', 'column'], sum: ['position'] },
      )
    const wide = product('a', 'b', 220, 300)
    const high = builder.add('add', [product('c', 'd', 300, 220), product('e', 'f', 300, 220)])
    const graph = builder.finish(
      'sums',
      new Map([
        ['wide', wide],
        ['high', high],
      ]),
    )
    const sizes = { B: 1, L: 1 }
    // of a, d and f, and of the sum
    expect(operators(graph, sizes)).toEqual({ Transpose: 4, Gemm: 3, Add: 1, Identity: 2 })
    const inputs = new Map(
      Object.entries({ a: 220, b: 300, c: 300, d: 220, e: 300, f: 220 }).map(([name, width], i) => [
        name,
        floats([24, width], i),
      ]),
    )
    againstReference(graph, requestOf(sizes, inputs), 1e-5)
  })

  describe('losses by labels that few of the attended tokens have', () => {
    const classes = 7
    const builder = new Builder(ops)
    const scores = builder.input(
      'scores',
      typed('f32', [
        ['position', 'R'],
        ['class', classes],
      ]),
    )
    const dense = builder.input(
      'dense',
      typed('f32', [
        ['position', 'R'],
        ['class', classes],
      ]),
    )
    const labels = builder.input('labels', typed('i32', [['position', 'R']]))
    const g = builder.input('g', typed('f32', [['position', 'R']]))
    const attributes = { axis: 'class' }
    const loss = builder.add('cross_entropy_labels', [scores, labels], attributes)
    const shares = builder.add('softmax', [scores], attributes)
    const gradient = builder.add('cross_entropy_labels_gradient', [shares, labels, g], attributes)
    const sum = builder.add('add', [gradient, dense])
    const graph = builder.finish(
      'labels',
      new Map([
        ['loss', loss],
        ['sum', sum],
      ]),
    )
    const alone = builder.finish('alone', new Map([['gradient', gradient]]))
    const sizes = { B: 2, L: 8, R: 16 }

    it('are of these rows alone, and their gradient is added to them', () => {
      const counts = operators(graph, sizes)
      // of the loss and of the gradient; zeros for the loss only
      expect(counts).toMatchObject({ LogSoftmax: 1, Softmax: 1, ScatterND: 2, Expand: 1 })
      expect(counts.Add).toBeUndefined()
    })

    it.each([
      ['some labels', (i: number) => (i % 5 === 2 ? i % classes : -100)],
      ['none', () => -100],
      ['all', (i: number) => i % classes],
      ['labels past the last class', (i: number) => classes - 1 + (i % 2)],
    ])('%s', (_, labelOf) => {
      const inputs = new Map<string, HostTensor>([
        ['scores', floats([16, classes], 1)],
        ['dense', floats([16, classes], 2)],
        [
          'labels',
          { dtype: 'i32', shape: [16], data: Int32Array.from({ length: 16 }, (_, i) => labelOf(i)) },
        ],
        ['g', floats([16], 3)],
      ])
      againstReference(graph, requestOf(sizes, inputs), 1e-6)
      againstReference(alone, requestOf(sizes, inputs), 1e-6)
    })
  })

  it('powers of 2 that divide large values go into what these are made of', () => {
    const builder = new Builder(ops)
    const x = builder.input(
      'x',
      typed('f32', [
        ['position', 6],
        ['unit', 5],
      ]),
    )
    const weight = builder.parameter(
      'weight',
      typed('f32', [
        ['row', 7],
        ['column', 5],
      ]),
    )
    const bias = builder.parameter('bias', typed('f32', [['row', 7]]))
    const logits = builder.add('linear', [x, weight, bias], { out: 'class' })
    const g = builder.input('g', typed('f32', [['position', 6]]))
    const scores = builder.input(
      'scores',
      typed('f32', [
        ['position', 6],
        ['class', 7],
      ]),
    )
    const less = (value: Node, by: number): Node => builder.add('divide', [value, builder.constant(by)])
    const graph = builder.finish(
      'quotients',
      new Map([
        ['logits', less(logits, 2)],
        ['product', less(builder.add('multiply', [g, scores]), 0.25)],
      ]),
    )
    const parameters = new Map([
      ['weight', new Resident([7, 5], data(35, 1))],
      ['bias', new Resident([7], data(7, 2))],
    ])
    const sizes = { B: 1, L: 6 }
    // of the bias and of the small factor
    expect(operators(graph, sizes, parameters)).toMatchObject({ Gemm: 1, Div: 2, Mul: 1, Unsqueeze: 1 })
    const inputs = new Map([
      ['x', floats([6, 5], 3)],
      ['g', floats([6], 4)],
      ['scores', floats([6, 7], 5)],
    ])
    againstReference(graph, requestOf(sizes, inputs, parameters), 1e-5)
  })

  it('values above a threshold are kept without a choice, and nothing that is no number is hidden', () => {
    const builder = new Builder(ops)
    const x = builder.input('x', typed('f32', [['position', 9]]))
    const y = builder.input('y', typed('f32', [['position', 9]]))
    const c = builder.constant(-100)
    const zero = builder.constant(0)
    const masked = builder.add('less_equal', [x, c])
    const kept = builder.add('select', [masked, zero, x])
    const difference = builder.add('subtract', [kept, y])
    const gradient = builder.add('select', [
      masked,
      zero,
      builder.add('multiply', [builder.constant(3), difference]),
    ])
    const graph = builder.finish(
      'threshold',
      new Map([
        ['kept', kept],
        ['gradient', gradient],
      ]),
    )
    const sizes = { B: 1, L: 9 }
    const counts = operators(graph, sizes)
    expect(counts).toMatchObject({ HardSigmoid: 1, Max: 1 })
    expect(counts.Where).toBeUndefined()
    // the numbers beside the threshold, and those that are none
    const step = 2 ** -17
    const values = [-100 - step, -100, -100 + step, -10000, Number.NEGATIVE_INFINITY, 0, 5, 1e30, -99]
    const run = (numbers: readonly number[]) => {
      const xs = { dtype: 'f32', shape: [9], data: Float32Array.from(numbers) } as const
      const request = requestOf(
        sizes,
        new Map<string, HostTensor>([
          ['x', xs],
          ['y', floats([9], 1)],
        ]),
      )
      return { actual: runner.run(graph, request), expected: createReferenceRunner(ops).run(graph, request) }
    }
    const { actual, expected } = run(values)
    const numbersOf = (name: string, from: typeof actual): number[] => Array.from(from.get(name)?.data ?? [])
    // -0 is 0
    expect(numbersOf('kept', actual).map((value) => value + 0)).toEqual(
      numbersOf('kept', expected).map((value) => Math.fround(value) + 0),
    )
    for (const [i, wanted] of numbersOf('gradient', expected).entries()) {
      const got = numbersOf('gradient', actual)[i] ?? Number.NaN
      expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-6 * Math.abs(wanted))
    }
    const broken = run(values.with(5, Number.NaN)).actual.get('kept')?.data
    expect(broken?.[5]).toBeNaN()
  })

  describe('feed-forward parts of many rows without training run some rows at a time', () => {
    const [units, inner, out] = [16, 1050, 1000]
    const build = (more: boolean, precision = {}): Graph => {
      const builder = new Builder(ops)
      const x = builder.input(
        'x',
        typed('f32', [
          ['position', 'R'],
          ['unit', units],
        ]),
      )
      const layer = (name: string, from: number, to: number): readonly [Node, Node] => [
        builder.parameter(
          `${name}.weight`,
          typed('f32', [
            ['row', to],
            ['column', from],
          ]),
        ),
        builder.parameter(`${name}.bias`, typed('f32', [['row', to]])),
      ]
      const active = builder.add('linear_activation', [x, ...layer('up', units, inner)], {
        out: 'unit',
        activation: 'gelu',
        ...precision,
      })
      const y = builder.add('linear', [active, ...layer('down', inner, out)], { out: 'unit', ...precision })
      // what is read elsewhere stays whole
      return builder.finish('ffn', new Map([['y', y], ...(more ? [['active', active] as const] : [])]))
    }
    const parameters = new Map([
      ['up.weight', new Resident([inner, units], data(inner * units, 1))],
      ['up.bias', new Resident([inner], data(inner, 2))],
      ['down.weight', new Resident([out, inner], data(out * inner, 3))],
      ['down.bias', new Resident([out], data(out, 4))],
    ])
    const sizesOf = (R: number): BatchSizes => ({ B: 1, L: R, R })
    // a model that was made for many rows serves batches of few too
    const expectSame = (pieces: Graph, whole: Graph): void => {
      for (const R of [2080, 16]) {
        const request = requestOf(sizesOf(R), new Map([['x', floats([R, units], R)]]), parameters)
        expectClose(runner.run(pieces, request).get('y'), runner.run(whole, request).get('y'), 1e-5)
      }
    }

    it('in float32', () => {
      const [pieces, whole] = [build(false), build(true)]
      // 2,080 rows are three pieces of 694 rows, the last one two fewer
      expect(operators(pieces, sizesOf(2080), parameters)).toMatchObject({ Gemm: 6, BiasGelu: 3, Concat: 1 })
      expect(operators(pieces, sizesOf(1024), parameters)).toMatchObject({ Gemm: 2, BiasGelu: 1 })
      expect(operators(whole, sizesOf(2080), parameters)).toMatchObject({ Gemm: 2, BiasGelu: 1 })
      expectSame(pieces, whole)
    })

    it('in int8', () => {
      const precision = { precision: 'int8' }
      const [pieces, whole] = [build(false, precision), build(true, precision)]
      const counts = operators(pieces, sizesOf(2080), parameters)
      // both weights, x once, and the inner values of five pieces
      expect(counts).toMatchObject({ MatMulIntegerToFloat: 10, BiasGelu: 5, QuantizeLinear: 8, Concat: 1 })
      expect(operators(pieces, sizesOf(512), parameters)).toMatchObject({ MatMulIntegerToFloat: 2 })
      expect(operators(whole, sizesOf(2080), parameters)).toMatchObject({ MatMulIntegerToFloat: 2 })
      if (runner.capabilities?.has(productsIn('int8'))) expectSame(pieces, whole)
    })
  })

  it('the sum of the rows of a matrix is a product with ones', () => {
    const builder = new Builder(ops)
    const x = builder.input(
      'x',
      typed('f32', [
        ['position', 'R'],
        ['unit', 24],
      ]),
    )
    const sum = (axis: Axis): Node => builder.add('sum', [x], { axes: [axis] })
    const graph = builder.finish(
      'sums',
      new Map([
        ['columns', sum('position')],
        ['rows', sum('unit')],
      ]),
    )
    const sizes: BatchSizes = { B: 1, L: 9, R: 9 }
    expect(operators(graph, sizes)).toMatchObject({ MatMul: 1, ReduceSum: 1 })
    const request = requestOf(sizes, new Map([['x', floats([9, 24], 1)]]))
    const [actual, expected] = [runner.run(graph, request), createReferenceRunner(ops).run(graph, request)]
    for (const name of ['columns', 'rows']) expectClose(actual.get(name), expected.get(name), 1e-6)
  })

  it('rows of what is quantized already are rows of its bytes', () => {
    const [units, out] = [16, 24]
    const builder = new Builder(ops)
    const x = builder.input(
      'x',
      typed('f32', [
        ['example', 'B'],
        ['token', 'L'],
        ['unit', units],
      ]),
    )
    const places = builder.input('positions attended', typed('i32', [['position', 'R']]))
    const rows = builder.add('gather_positions', [x, places], { dead: 'copy' })
    const product = (name: string, of: Node): Node => {
      const weight = typed('f32', [
        ['row', out],
        ['column', units],
      ])
      const layer = [
        builder.parameter(`${name}.weight`, weight),
        builder.parameter(`${name}.bias`, typed('f32', [['row', out]])),
      ]
      return builder.add('linear', [of, ...layer], { out: 'unit', precision: 'int8' })
    }
    const both = new Map([
      ['all', product('all', x)],
      ['some', product('some', rows)],
    ])
    const parameters = new Map(
      ['all', 'some'].flatMap((name, seed) => [
        [`${name}.weight`, new Resident([out, units], data(out * units, 1 + seed))] as const,
        [`${name}.bias`, new Resident([out], data(out, 3 + seed))] as const,
      ]),
    )
    const graph = builder.finish('rows', both)
    const alone = builder.finish('rows alone', new Map([['some', both.get('some') as Node]]))
    const sizes: BatchSizes = { B: 2, L: 4, R: 3 }
    // x and two weights, and no second time x
    expect(operators(graph, sizes, parameters)).toMatchObject({ QuantizeLinear: 3, Gather: 2 })
    expect(operators(alone, sizes, parameters)).toMatchObject({ QuantizeLinear: 2, Gather: 1 })
    if (!runner.capabilities?.has(productsIn('int8'))) return
    const list = { dtype: 'i32', shape: [3], data: Int32Array.of(1, 6, -2) } as const
    const inputs = new Map<string, HostTensor>([
      ['x', floats([2, 4, units], 5)],
      ['positions attended', list],
    ])
    const request = requestOf(sizes, inputs, parameters)
    expectClose(runner.run(graph, request).get('some'), runner.run(alone, request).get('some'), 1e-6)
  })
})
