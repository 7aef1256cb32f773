/** An op's decomposition has its type and value, and does not use the op itself, however deep one looks. */
import { describe, expect, test } from 'vitest'
import type { GraphBuilder, Node, OpDefinition } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { cases } from './cases/index.ts'
import { output, trial } from './trial.ts'

const definitions: { readonly [op: string]: OpDefinition } = ops

/** The node made of ops without a decomposition. */
function decomposed(builder: GraphBuilder, node: Node, done = new Map<Node, Node>()): Node {
  const known = done.get(node)
  if (known !== undefined) return known
  const inputs = node.inputs.map((input) => decomposed(builder, input, done))
  const rule = definitions[node.op]?.decompose
  const simpler =
    rule !== undefined
      ? decomposed(builder, rule(builder, inputs, node.attributes, node.type), done)
      : inputs.length === 0
        ? node
        : builder.add(node.op, inputs, node.attributes)
  done.set(node, simpler)
  return simpler
}

const decomposable = Object.entries(definitions)
  .filter(([, op]) => op.decompose !== undefined)
  .flatMap(([name]) => (cases[name] ?? []).map((one) => [name, one.title, one] as const))

describe('decompositions', () => {
  test.each(decomposable)('%s %s', (name, _title, one) => {
    const { builder, node, values } = trial(name, one)
    const simpler = decomposed(builder, node)
    const graph = builder.finish(
      'both',
      new Map([
        ['whole', node],
        ['parts', simpler],
      ]),
    )
    const parts = builder.finish('parts', new Map([['parts', simpler]]))
    expect(parts.nodes.map((n) => n.op).filter((op) => definitions[op]?.decompose !== undefined)).toEqual([])
    expect(simpler.type).toEqual(node.type)
    const expected = output(graph, values, 'whole')
    const actual = output(graph, values, 'parts')
    expect(actual.shape).toEqual(expected.shape)
    expected.data.forEach((x, i) => {
      expect(Math.abs((actual.data[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * (1 + Math.abs(x)))
    })
  })

  test('exist for what is composite', () => {
    const names = Object.keys(ops).filter((name) => definitions[name]?.decompose !== undefined)
    expect(names).toEqual(
      expect.arrayContaining([
        'layer_norm',
        'standardize',
        'softmax',
        'log_softmax',
        'gelu_tanh',
        'sigmoid',
        'cross_entropy',
        'cross_entropy_labels',
        'cross_entropy_labels_gradient',
        'kl',
        'linear',
        'lookup',
      ]),
    )
  })
})
