/** contract on random labels: its value against nested loops over all labels, its gradients against those of the loops. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import { type Axis, axisOrder, type Dimension, type ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { axesOf } from '../../src/graph/ops/support/inputs.ts'
import { tensorType } from '../../src/graph/type.ts'
import { output } from './trial.ts'
import { generate, real, stream } from './typed.ts'

interface Product {
  /** Labels of a and b, in the order of their dimensions, whose axes are others. */
  readonly left: readonly Axis[]
  readonly right: readonly Axis[]
  readonly sum: readonly Axis[]
  readonly leftAxes: readonly Axis[]
  readonly rightAxes: readonly Axis[]
}

const labelLists = fc.shuffledSubarray([...axisOrder], { maxLength: 4 })
const axisLists = fc.subarray([...axisOrder], { minLength: 4, maxLength: 4 })
const products = fc
  .tuple(labelLists, labelLists, axisLists, axisLists)
  .chain(([left, right, leftAxes, rightAxes]) =>
    fc.subarray(left.filter((label) => right.includes(label))).map(
      (sum): Product => ({
        left,
        right,
        sum,
        leftAxes: leftAxes.slice(0, left.length),
        rightAxes: rightAxes.slice(0, right.length),
      }),
    ),
  )

/** Each label has a size of its own, so that two mixed up do not go unnoticed. */
function sizeOf(label: Axis, all: readonly Axis[]): number {
  return 1 + (all.indexOf(label) % 3)
}

/** Calls `visit` with an index for each label, for all combinations. */
function eachIndex(
  labels: readonly Axis[],
  sizes: readonly number[],
  visit: (index: ReadonlyMap<Axis, number>) => void,
) {
  const count = sizes.reduce((a, b) => a * b, 1)
  for (let n = 0; n < count; n++) {
    let rest = n
    const index = new Map<Axis, number>()
    labels.forEach((label, k) => {
      const size = sizes[k] ?? 1
      index.set(label, rest % size)
      rest = Math.floor(rest / size)
    })
    visit(index)
  }
}

function offset(labels: readonly Axis[], shape: readonly number[], index: ReadonlyMap<Axis, number>): number {
  return labels.reduce((sum, label, k) => sum * (shape[k] ?? 1) + (index.get(label) ?? 0), 0)
}

describe('contract', () => {
  test('and its gradients are those of nested loops', () => {
    fc.assert(
      fc.property(products, fc.integer(), ({ left, right, sum, leftAxes, rightAxes }, seed) => {
        const all = [...new Set([...left, ...right])]
        const builder = new Builder(ops)
        const uniform = stream(seed)
        const values = new Map<string, ReferenceValue>()
        const leaf = (name: string, labels: readonly Axis[], axes: readonly Axis[]) => {
          const dimensions = labels.map(
            (label, k): Dimension => ({ axis: axes[k] ?? label, size: sizeOf(label, all) }),
          )
          const of = tensorType('f32', dimensions)
          values.set(name, generate(of, real, uniform))
          return builder.parameter(name, of)
        }
        const a = leaf('a', left, leftAxes)
        const b = leaf('b', right, rightAxes)
        const node = builder.add('contract', [a, b], { left, right, sum })
        const weights = builder.input('weights', node.type)
        values.set('weights', generate(node.type, real, uniform))
        const loss = builder.add('sum', [builder.add('multiply', [node, weights])], { axes: axesOf(node) })
        const graph = builder.finish(
          'contract',
          new Map([
            ['loss', loss],
            ['result', node],
          ]),
        )
        const whole = differentiate(graph, 'loss', ['a', 'b'], ops)

        const of = (name: string) => values.get(name) ?? { shape: [], data: new Float64Array(0) }
        const kept = axesOf(node)
        expect(kept).toEqual(axisOrder.filter((axis) => all.includes(axis) && !sum.includes(axis)))
        const expected = {
          result: new Float64Array(of('weights').data.length),
          a: new Float64Array(of('a').data.length),
          b: new Float64Array(of('b').data.length),
        }
        eachIndex(
          all,
          all.map((label) => sizeOf(label, all)),
          (index) => {
            const i = offset(left, of('a').shape, index)
            const j = offset(right, of('b').shape, index)
            const k = offset(kept, of('weights').shape, index)
            const [x = 0, y = 0, g = 0] = [of('a').data[i], of('b').data[j], of('weights').data[k]]
            expected.result[k] = (expected.result[k] ?? 0) + x * y
            expected.a[i] = (expected.a[i] ?? 0) + g * y
            expected.b[j] = (expected.b[j] ?? 0) + g * x
          },
        )
        const near = (name: string, numbers: Float64Array) => {
          const { data } = output(whole, values, name)
          expect(data).toHaveLength(numbers.length)
          numbers.forEach((x, i) => {
            expect(Math.abs((data[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * (1 + Math.abs(x)))
          })
        }
        near('result', expected.result)
        near(gradientName('a'), expected.a)
        near(gradientName('b'), expected.b)
      }),
      { numRuns: 150, seed: 1 },
    )
  })
})
