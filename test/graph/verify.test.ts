import { describe, expect, it } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { dimensionsAttribute, tensorType } from '../../src/graph/type.ts'
import { verify } from '../../src/graph/verify.ts'
import { fakeOps } from './fake-ops.ts'
import { layeredGraph } from './layered.ts'

const units = tensorType('f32', [{ axis: 'unit', size: 8 }])
const rows = tensorType('f32', [
  { axis: 'example', size: 'B' },
  { axis: 'unit', size: 8 },
])
const input: Node = {
  id: 0,
  op: 'input',
  inputs: [],
  attributes: { name: 'x', dtype: 'f32', dimensions: dimensionsAttribute(units.dimensions) },
  type: units,
}
const tanh: Node = { id: 1, op: 'tanh', inputs: [input], attributes: {}, type: units }

function graphOf(nodes: readonly Node[], ...outputs: readonly Node[]): Graph {
  return { name: 'g', nodes, outputs: new Map(outputs.map((node, i) => [`y${i}`, node])) }
}

describe('verify', () => {
  it('passes what a builder makes', () => {
    const layering = {
      teacherLayers: 4,
      studentLayers: 2,
      body: [0, 4, 3],
      map: [0, 2, 4],
      shared: false,
      dropout: true,
    }
    verify(layeredGraph(layering), fakeOps)
    verify(graphOf([input, tanh], tanh), fakeOps)
  })

  const site = (id: number, rate: number): Node => {
    return { id, op: 'dropout_mask', inputs: [input], attributes: { site: 'S.dropout', rate }, type: units }
  }
  const masks = [site(1, 0.1), site(2, 0.2)]
  const other: Node = {
    ...input,
    id: 2,
    attributes: { ...input.attributes, dimensions: dimensionsAttribute(rows.dimensions) },
    type: rows,
  }
  const unordered: Node = {
    ...other,
    type: {
      dtype: 'f32',
      dimensions: [
        { axis: 'unit', size: 8 },
        { axis: 'example', size: 'B' },
      ],
    },
  }
  const broken: readonly (readonly [string, Graph, RegExp])[] = [
    [
      'a type that the op does not give',
      graphOf([input, { ...tanh, type: rows }], { ...tanh, type: rows }),
      /is f32\[B, unit 8\], but its op gives f32\[unit 8\]/,
    ],
    [
      'an unknown op',
      graphOf([{ ...input, op: 'nonsense' }], { ...input, op: 'nonsense' }),
      /no such op: nonsense/,
    ],
    [
      'a leaf with inputs',
      graphOf([input, { ...input, id: 1, inputs: [input] }], { ...input, id: 1, inputs: [input] }),
      /a leaf has no inputs/,
    ],
    [
      'a user before its input',
      graphOf([tanh, input], tanh),
      /reads input x \(id 0\), which does not stand before it/,
    ],
    ['an input that is missing', graphOf([tanh], tanh), /does not stand before it/],
    [
      'ids that do not rise',
      graphOf(
        [
          { ...input, id: 5 },
          { ...tanh, inputs: [input] },
        ],
        tanh,
      ),
      /ids must rise/,
    ],
    ['a node that stands twice', graphOf([input, input, tanh], tanh), /input x \(id 0\) stands twice/],
    ['a node that no output needs', graphOf([input, tanh], input), /tanh \(id 1\) is read by no output/],
    [
      'an output that is not among the nodes',
      graphOf([input], input, tanh),
      /output y1 is tanh \(id 1\), which is not among the nodes/,
    ],
    [
      'two nodes of one meaning',
      graphOf([input, tanh, { ...tanh, id: 2 }], tanh),
      /tanh \(id 2\) means the same as tanh \(id 1\)/,
    ],
    [
      'a name with two types',
      graphOf([input, tanh, other], tanh, other),
      /input x has two types: f32\[unit 8\] and f32\[B, unit 8\]/,
    ],
    ['axes out of order', graphOf([unordered], unordered), /not in canonical order/],
    [
      'a dropout site used twice',
      graphOf([input, ...masks], ...masks),
      /dropout_mask \(id 2\) and dropout_mask \(id 1\) share the dropout site S\.dropout/,
    ],
  ]
  it.each(broken)('finds %s', (_, graph, message) => {
    expect(() => verify(graph, fakeOps)).toThrow(message)
  })

  it('lists all problems', () => {
    const text = (() => {
      try {
        verify(graphOf([tanh, { ...input, op: 'nonsense' }], tanh), fakeOps)
        return ''
      } catch (error) {
        return String(error)
      }
    })()
    expect(text.split('\n').length).toBeGreaterThan(3)
  })

  it('knows a builder that continues on a verified graph', () => {
    const builder = Builder.from(graphOf([input, tanh], tanh), fakeOps)
    const graph = builder.finish('h', new Map([['y', builder.add('negate', [tanh])]]))
    verify(graph, fakeOps)
    expect(graph.nodes).toHaveLength(3)
  })
})
