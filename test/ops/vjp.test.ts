/**
 * Each op's gradient against central differences in float64, along random directions, for every f32 input of every case. An op that is new must have cases,
 * and one without a gradient must say here why.
 */
import { describe, expect, test } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { OpDefinition, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { axesOf } from '../../src/graph/ops/support/inputs.ts'
import { concreteShape } from '../../src/graph/type.ts'
import { cases } from './cases/index.ts'
import { dot, output, slope, trial } from './trial.ts'
import { generate, real, sizes, stream } from './typed.ts'

const zeroEverywhere = 'its derivative is 0 wherever it has one'
const gives = 'it gives bool'
const firstOrder = 'it is itself part of a gradient, and no second derivative is wanted'
const fused = 'a pass puts it in after differentiation'
const integers = 'it has no real input'
const withoutGradient: { readonly [op: string]: string } = {
  floor: zeroEverywhere,
  sign: zeroEverywhere,
  stop_gradient: 'to stop the gradient is its purpose',
  not: gives,
  and: gives,
  less: gives,
  less_equal: gives,
  greater: gives,
  greater_equal: gives,
  equal: gives,
  not_equal: gives,
  one_hot: integers,
  dropout_mask: integers,
  dropout_keep: integers,
  gelu_gradient: firstOrder,
  gelu_tanh_gradient: firstOrder,
  standardize_gradient: firstOrder,
  softmax_gradient: firstOrder,
  scaled_softmax: fused,
  scaled_softmax_gradient: fused,
  scaled_kl: fused,
  kl_gradient: fused,
  dropout: fused,
  dropout_softmax_gradient: fused,
  again: fused,
  linear_activation: fused,
  contract_activation_gradient: fused,
  residual_layer_norm: fused,
  layer_norm_gradient: fused,
  layer_norm_scale_gradient: fused,
  log_softmax_gradient: firstOrder,
  lookup_gradient: firstOrder,
  cross_entropy_labels_gradient: firstOrder,
}

const definitions: readonly (readonly [string, OpDefinition])[] = Object.entries(ops)

describe('the table', () => {
  test.each(definitions)('%s: named by its key, with cases, differentiable or with a reason', (key, op) => {
    expect(op.name).toBe(key)
    expect(cases[key]?.length ?? 0).toBeGreaterThan(0)
    expect(op.vjp !== undefined).toBe(withoutGradient[key] === undefined)
  })

  test('has cases and reasons of ops only', () => {
    const known = new Set(Object.keys(ops))
    expect(
      [...Object.keys(cases), ...Object.keys(withoutGradient)].filter((name) => !known.has(name)),
    ).toEqual([])
  })
})

const differentiable = definitions
  .filter(([, op]) => op.vjp !== undefined)
  .flatMap(([name]) => (cases[name] ?? []).map((one) => [name, one.title, one] as const))
  .filter(([name, , one]) => trial(name, one).leaves.some((leaf) => leaf.type.dtype === 'f32'))

describe('gradients are those of central differences', () => {
  test.each(differentiable)('%s %s', (name, _title, one) => {
    const { builder, leaves, node, values } = trial(name, one)
    if (node.type.dtype !== 'f32') {
      expect(name).toBe('cast')
      return
    }
    const uniform = stream(11)
    const weights = builder.input('weights', node.type)
    const loss = builder.add('sum', [builder.add('multiply', [node, weights])], { axes: axesOf(node) })
    const given = new Map([...values, ['weights', generate(node.type, real, uniform)] as const])
    const graph = builder.finish('case', new Map([['loss', loss]]))
    const names = leaves.flatMap((leaf, k) => (leaf.type.dtype === 'f32' ? [String(k)] : []))
    const whole = differentiate(graph, 'loss', names, ops)
    const f = (at: ReadonlyMap<string, ReferenceValue>) => output(graph, at, 'loss').data[0] ?? Number.NaN
    let tried = 0
    for (const [k, leaf] of leaves.entries()) {
      if (leaf.type.dtype !== 'f32') continue
      tried++
      expect(whole.outputs.get(gradientName(String(k)))?.type).toEqual(leaf.type)
      const gradient = output(whole, given, gradientName(String(k)))
      expect(gradient.shape).toEqual(concreteShape(leaf.type, sizes))
      for (let direction = 0; direction < 3; direction++) {
        const along = generate(leaf.type, real, uniform).data
        const expected = slope(f, given, String(k), along)
        expect(Math.abs(dot(gradient.data, along) - expected)).toBeLessThan(2e-8 * (1 + Math.abs(expected)))
      }
    }
    expect(tried).toBeGreaterThan(0)
  })
})
