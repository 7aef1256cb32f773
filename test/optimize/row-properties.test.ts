/** Random graphs with masks, attention and losses over some or all positions: rows may change no value and no gradient, and make nothing infinite that was not. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { gatherMaskedRows } from '../../src/optimize/passes/gather-masked-rows.ts'
import { removePadding } from '../../src/optimize/passes/remove-padding.ts'
import { type } from '../ops/typed.ts'
import { passContext } from '../passes/context.ts'
import { batches, valuesOf } from '../passes/row-batch.ts'

const step = fc.record({
  kind: fc.constantFrom(
    'linear',
    'linear',
    'unary',
    'binary',
    'dropout',
    'norm',
    'attention',
    'similarity',
    'cosine',
    'select',
    'mean',
    'first',
    'loss',
    'loss',
  ),
  op: fc.nat(),
  a: fc.nat(),
  b: fc.nat(),
  mask: fc.constantFrom('attended', 'attended', 'attended', 'attended', 'masked', 'first_piece', 'any'),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const hidden = type('f32[B, L, unit 8]')
const unary = ['tanh', 'gelu', 'square', 'relu', 'negate'] as const
const binary = ['add', 'subtract', 'multiply', 'maximum'] as const

/** Values of one type; what steps make of them ends in the loss where it has another one. */
function graphOf(steps: readonly Step[]): Graph {
  const b = new Builder(ops)
  const values: Node[] = [
    b.input('x', hidden),
    b.add('lookup', [
      b.input('tokens', type('i32[B, L]')),
      b.parameter('word', type('f32[row 12, column 8]')),
    ]),
    b.add('lookup', [b.input('places', type('i32[L]')), b.parameter('place', type('f32[row 16, column 8]'))]),
  ]
  const losses: Node[] = []
  const whole = (node: Node): Node => b.add('add', [node, b.input('x', hidden)])
  const at = (i: number): Node => whole(values[i % values.length] ?? b.constant(0))
  const mask = (name: Step['mask']): Node | undefined => {
    if (name === 'any') return undefined
    const attended = b.input('attended', type('bool[B, L]'))
    return name === 'attended' ? attended : b.add('and', [attended, b.input(name, type('bool[B, L]'))])
  }
  const primed = (node: Node): Node => b.add('rename', [node], { from: 'token', to: "token'" })
  const zeroed = (x: Node, live: Node | undefined): Node =>
    live ? b.add('select', [live, x, b.constant(0)]) : x
  const sum = (x: Node): Node => b.add('sum', [x], { axes: x.type.dimensions.map((d) => d.axis) })
  const pairs = { left: ['example', 'token', 'unit'], right: ['example', "token'", 'unit'], sum: ['unit'] }
  for (const [i, { kind, op, a, b: other, mask: name }] of steps.entries()) {
    const [x, y, live] = [at(a), at(other), mask(name)]
    switch (kind) {
      case 'linear': {
        const weights = [
          b.parameter(`w${i}`, type('f32[row 8, column 8]')),
          b.parameter(`b${i}`, type('f32[row 8]')),
        ]
        values.push(b.add('linear', [x, ...weights], { out: 'unit' }))
        break
      }
      case 'unary':
        values.push(b.add(unary[op % unary.length] ?? 'tanh', [x]))
        break
      case 'binary':
        values.push(b.add(binary[op % binary.length] ?? 'add', [x, y]))
        break
      case 'dropout': {
        const dimensions = hidden.dimensions.map(({ axis, size }) => ({ axis, size }))
        const drawn = b.add('dropout_mask', [b.input('sample', type('i32[B]'))], {
          rate: 0.3,
          site: `${i}`,
          dimensions,
        })
        values.push(b.add('multiply', [x, drawn]))
        break
      }
      case 'norm': {
        const length = b.add('sqrt', [
          b.add('maximum', [b.add('sum', [b.add('square', [x])], { axes: ['unit'] }), b.constant(1e-6)]),
        ])
        values.push(b.add('divide', [x, length]))
        break
      }
      case 'attention': {
        const scores = b.add('contract', [x, y], pairs)
        const keys = mask(name === 'any' ? 'any' : 'attended')
        const shares = b.add('softmax', keys ? [scores, primed(keys)] : [scores], { axis: "token'" })
        values.push(
          b.add('contract', [shares, at(op)], {
            left: ['example', 'token', "token'"],
            right: ['example', "token'", 'unit'],
            sum: ["token'"],
          }),
        )
        break
      }
      case 'similarity':
      case 'cosine': {
        const products = b.add('contract', [x, y], pairs)
        const size = (of: Node): Node =>
          b.add('sqrt', [b.add('sum', [b.add('square', [of])], { axes: ['unit'] })])
        const pair =
          kind === 'cosine'
            ? b.add('divide', [products, b.add('multiply', [size(x), primed(size(y))])])
            : products
        losses.push(sum(zeroed(b.add('square', [pair]), live && b.add('and', [live, primed(live)]))))
        break
      }
      case 'select':
        values.push(live ? b.add('select', [live, x, op % 2 === 0 ? b.constant(0) : y]) : x)
        break
      case 'mean':
        losses.push(sum(b.add('tanh', [b.add('sum', [zeroed(x, live)], { axes: ['token'] })])))
        break
      case 'first':
        losses.push(sum(b.add('square', [b.add('pick', [x], { axis: 'token', index: 0 })])))
        break
      case 'loss':
        losses.push(sum(zeroed(b.add('square', [b.add('subtract', [x, y])]), live)))
        break
    }
  }
  const outputs = new Map<string, Node>()
  for (const [i, loss] of losses.entries()) outputs.set(`term ${i}`, loss)
  outputs.set(
    'total',
    losses.reduce((sums, loss) => b.add('add', [sums, loss]), b.constant(0)),
  )
  return b.finish('random', outputs)
}

const graphs = fc
  .tuple(
    fc.array(step, { minLength: 3, maxLength: 16 }),
    fc.constantFrom('attended', 'masked', 'first_piece'),
  )
  .map(([steps, mask]) => graphOf([...steps, { kind: 'loss', op: 0, a: steps.length + 1, b: 1, mask }]))

it('rows keep losses and gradients of random graphs, and a second time changes nothing', () => {
  const changed = new Map(
    [...[gatherMaskedRows, removePadding].map(({ name }) => name), 'compared'].map((name) => [name, 0]),
  )
  fc.assert(
    fc.property(graphs, fc.constantFrom(...batches), (graph, batch) => {
      let after = graph
      for (const pass of [gatherMaskedRows, removePadding]) {
        const before = after
        after = pass.run(before, passContext())
        verify(after, ops)
        expect(pass.run(after, passContext())).toBe(after)
        if (after !== before) changed.set(pass.name, (changed.get(pass.name) ?? 0) + 1)
      }
      if (after === graph) return
      const [wanted, given] = [valuesOf(graph, graph, batch), valuesOf(after, graph, batch)]
      expect([...given.keys()]).toEqual([...wanted.keys()])
      const finite = [...wanted.values()].every(({ data }) => data.every(Number.isFinite))
      if (!finite) return
      changed.set('compared', (changed.get('compared') ?? 0) + 1)
      const size = 1 + Math.max(...[...wanted.values()].map(({ data }) => Math.hypot(...data)))
      for (const [output, { data }] of wanted)
        data.forEach((value, i) => {
          const apart = Math.abs(value - (given.get(output)?.data[i] ?? Number.NaN))
          expect(apart <= 1e-9 * size, `${output}[${i}] ${value}`).toBe(true)
        })
    }),
    { numRuns: 500, seed: 5 },
  )
  for (const [name, count] of changed) expect(count, name).toBeGreaterThan(25)
})
