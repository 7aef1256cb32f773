/** Products of low precision: what their operands are rounded to, how far that goes, and their gradients. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Attributes, Node, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { output } from './trial.ts'
import { generate, real, stream, type, value } from './typed.ts'

const rows = 5
const k = 7
const columns = 3

interface Product {
  readonly builder: Builder
  readonly node: Node
}

/** x [example, unit] times weight [row, column], by linear with a bias or by contract. */
function product(op: 'linear' | 'contract', attributes: Attributes, sizes = { rows, k, columns }): Product {
  const builder = new Builder(ops)
  const x = builder.parameter('x', type(`f32[position ${sizes.rows}, unit ${sizes.k}]`))
  const weight = builder.parameter('weight', type(`f32[row ${sizes.columns}, column ${sizes.k}]`))
  const bias = builder.parameter('bias', type(`f32[row ${sizes.columns}]`))
  const node =
    op === 'linear'
      ? builder.add(op, [x, weight, bias], { out: 'unit', ...attributes })
      : builder.add(op, [x, weight], {
          left: ['position', 'unit'],
          right: ['row', 'unit'],
          sum: ['unit'],
          ...attributes,
        })
  return { builder, node }
}

function evaluate({ builder, node }: Product, values: ReadonlyMap<string, ReferenceValue>): Float64Array {
  return output(builder.finish('product', new Map([['result', node]])), values, 'result').data
}

/** The same numbers for both, drawn by a seed. */
function drawn(seed: number, scale = 1): ReadonlyMap<string, ReferenceValue> {
  const uniform = stream(seed)
  const tensor = (text: string, by = 1) => {
    const { shape, data } = generate(type(text), real, uniform)
    return { shape, data: data.map((x) => x * by) }
  }
  return new Map([
    ['x', tensor(`f32[position ${rows}, unit ${k}]`, scale)],
    ['weight', tensor(`f32[row ${columns}, column ${k}]`)],
    ['bias', tensor(`f32[row ${columns}]`)],
  ])
}

function entries(values: ReadonlyMap<string, ReferenceValue>, name: string): Float64Array {
  return values.get(name)?.data ?? new Float64Array(0)
}

describe('bf16', () => {
  test.each([
    [1, 1],
    [1 + 2 ** -8, 1], // a tie goes to the even one
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
    [-1.2345, -1.234375],
    [3e38, 226 * 2 ** 120],
    [0, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('%f is %f', (x, rounded) => {
    const one = { rows: 1, k: 1, columns: 1 }
    const values = new Map([
      ['x', value([1, 1], x)],
      ['weight', value([1, 1], 1)],
      ['bias', value([1], 0)],
    ])
    const [got = Number.NaN] = evaluate(product('linear', { precision: 'bf16' }, one), values)
    expect(got === rounded || Math.abs(got / rounded - 1) < 1e-7).toBe(true)
  })

  test.each(['linear', 'contract'] as const)('%s is off by two roundings of each product', (op) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const values = drawn(seed)
        const exact = evaluate(product(op, {}), values)
        const rounded = evaluate(product(op, { precision: 'bf16' }), values)
        const [x, weight] = [entries(values, 'x'), entries(values, 'weight')]
        exact.forEach((wanted, at) => {
          const [i, j] = [Math.floor(at / columns), at % columns]
          let bound = 1e-6
          for (let n = 0; n < k; n++)
            bound += Math.abs((x[i * k + n] ?? 0) * (weight[j * k + n] ?? 0)) * (2 * 2 ** -8 + 2 ** -16)
          expect(Math.abs((rounded[at] ?? Number.NaN) - wanted)).toBeLessThan(bound)
        })
      }),
      { numRuns: 30 },
    )
  })

  test('the gradient of a product is made of products in bf16', () => {
    const { builder, node } = product('linear', { precision: 'bf16' })
    const loss = builder.add('sum', [builder.add('square', [node])], { axes: ['position', 'unit'] })
    const graph = builder.finish('step', new Map([['loss', loss]]))
    const step = differentiate(graph, 'loss', ['x', 'weight', 'bias'], ops)
    const products = step.nodes.filter(({ op }) => op === 'contract')
    expect(products.map(({ attributes }) => attributes.precision)).toEqual(['bf16', 'bf16'])
    // against the formulas, on rounded operands
    const values = drawn(7)
    const y = output(step, values, 'loss')
    expect(Number.isFinite(y.data[0])).toBe(true)
    const exact = differentiate(
      (({ builder: b, node: n }) =>
        b.finish(
          'step',
          new Map([['loss', b.add('sum', [b.add('square', [n])], { axes: ['position', 'unit'] })]]),
        ))(product('linear', {})),
      'loss',
      ['x', 'weight', 'bias'],
      ops,
    )
    for (const name of ['x', 'weight', 'bias']) {
      const [got, wanted] = [step, exact].map((g) => output(g, values, gradientName(name)).data)
      const norm = Math.hypot(...(wanted ?? []))
      const off = Math.hypot(...(wanted ?? []).map((one, i) => one - (got?.[i] ?? Number.NaN)))
      expect(off / norm).toBeLessThan(0.02)
      expect(off).toBeGreaterThan(0)
    }
  })
})

describe('int8', () => {
  test('operands are whole numbers with a scale for each row', () => {
    const values = new Map([
      ['x', value([2, 2], 127, 0.5, -2, 1)], // scales 1 and 2/127: 0.5 is a tie, 1 is 63.5
      ['weight', value([1, 2], 1.27, 1)], // scale 0.01: 127 and 100
      ['bias', value([1], 10)],
    ])
    const sizes = { rows: 2, k: 2, columns: 1 }
    const got = evaluate(product('linear', { precision: 'int8' }, sizes), values)
    const wanted = [127 * 127 * 0.01 + 10, (2 / 127) * 0.01 * (-127 * 127 + 64 * 100) + 10]
    wanted.forEach((one, i) => {
      expect(Math.abs((got[i] ?? Number.NaN) / one - 1)).toBeLessThan(1e-6)
    })
  })

  test.each(['linear', 'contract'] as const)('%s is off by half a step of each operand', (op) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1e-3, 1, 1e4), (seed, scale) => {
        const values = drawn(seed, scale)
        const exact = evaluate(product(op, {}), values)
        const rounded = evaluate(product(op, { precision: 'int8' }), values)
        const [x, weight] = [entries(values, 'x'), entries(values, 'weight')]
        const largest = (data: Float64Array, row: number) =>
          Math.max(...data.subarray(row * k, row * k + k).map(Math.abs))
        exact.forEach((wanted, at) => {
          const [i, j] = [Math.floor(at / columns), at % columns]
          const [a, b] = [largest(x, i), largest(weight, j)]
          const bound = k * ((a * b) / 254 + (a * b) / 254 + (a * b) / 254 ** 2) * 1.0001
          expect(Math.abs((rounded[at] ?? Number.NaN) - wanted)).toBeLessThan(bound)
        })
      }),
      { numRuns: 30 },
    )
  })

  test('each row has its own scale: what one row is changes no other', () => {
    const values = drawn(3)
    const { shape, data } = values.get('x') ?? { shape: [], data: new Float64Array(0) }
    const louder = data.map((x, i) => (i < k ? 1000 * x : x))
    const before = evaluate(product('contract', { precision: 'int8' }), values)
    const after = evaluate(
      product('contract', { precision: 'int8' }),
      new Map([...values, ['x', { shape, data: louder }]]),
    )
    expect(after.subarray(columns)).toEqual(before.subarray(columns))
    expect(after.subarray(0, columns)).not.toEqual(before.subarray(0, columns))
  })

  test('rows of zeros are zeros', () => {
    const values = new Map([...drawn(1), ['x', value([rows, k], ...new Array<number>(rows * k).fill(0))]])
    expect([...evaluate(product('contract', { precision: 'int8' }), values)]).toEqual(
      new Array(rows * columns).fill(0),
    )
  })

  test.each(['linear', 'contract'] as const)('%s has no gradient', (op) => {
    const { builder, node } = product(op, { precision: 'int8' })
    const axes = op === 'linear' ? ['position', 'unit'] : ['position', 'row']
    const loss = builder.add('sum', [node], { axes })
    const graph = builder.finish('step', new Map([['loss', loss]]))
    expect(() => differentiate(graph, 'loss', ['weight'], ops)).toThrow(
      `${op}: a product in int8 has no gradient`,
    )
  })
})

test('another precision is refused', () => {
  expect(() => product('linear', { precision: 'fp8' })).toThrow('no products in fp8')
})

test('prints and parses', () => {
  for (const precision of ['bf16', 'int8']) {
    const { builder, node } = product('linear', { precision })
    const text = printGraph(builder.finish('product', new Map([['result', node]])))
    expect(text).toContain(`precision: ${precision}`)
    expect(printGraph(parseGraph(text, ops))).toBe(text)
  }
})
