/** Each op's evaluation on numbers small enough to work out by hand. */
import { describe, expect, test } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { concreteShape } from '../../src/graph/type.ts'
import { distributionValues } from './known-distributions.ts'
import { type Known, plainValues } from './known-values.ts'
import { output } from './trial.ts'
import { sizes, type, value } from './typed.ts'

const known: readonly Known[] = [...plainValues, ...distributionValues]

describe('known values', () => {
  test.each(known.map((one) => [one.op, one.title ?? '', one] as const))('%s %s', (op, _title, one) => {
    const builder = new Builder(ops)
    const values = new Map<string, ReferenceValue>()
    const inputs = one.inputs.map(([text, elements], k) => {
      const of = type(text)
      const shape = concreteShape(of, sizes)
      values.set(String(k), value(shape, ...elements))
      return builder.input(String(k), of)
    })
    const node = builder.add(op, inputs, one.attributes ?? {})
    expect(node.type).toEqual(type(one.gives))
    const { data } = output(builder.finish('known', new Map([['result', node]])), values, 'result')
    expect(data).toHaveLength(one.elements.length)
    one.elements.forEach((x, i) => {
      expect(Math.abs((data[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * (1 + Math.abs(x)))
    })
  })

  test('cover every op but masks of dropout, which philox.test.ts covers', () => {
    const covered = new Set(known.map((one) => one.op))
    expect(Object.keys(ops).filter((op) => !covered.has(op))).toEqual(['dropout_mask', 'dropout_keep'])
  })

  test('lookup says which id has no row', () => {
    const builder = new Builder(ops)
    const node = builder.add(
      'lookup',
      [builder.input('ids', type('i32[L]')), builder.parameter('table', type('f32[row 2, column 1]'))],
      { padding: null },
    )
    const graph = builder.finish('lookup', new Map([['result', node]]))
    const values = new Map([
      ['ids', value([3], 0, 1, 2)],
      ['table', value([2, 1], 5, 6)],
    ])
    expect(() => output(graph, values, 'result')).toThrow('lookup: no row 2 in a table of 2')
  })
})
