/**
 * What an example decides by itself, on random graphs: whatever is said to be so is the same for an example alone, in a batch, and in a batch that is padded
 * further; what is said to end with the example is zero behind it; what is said not to be
 * read there may be anything finite, where it is not said to be zero.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { leafName } from '../../src/graph/leaf.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { hasAxis } from '../../src/graph/type.ts'
import { verify } from '../../src/graph/verify.ts'
import { ExampleValues } from '../../src/optimize/example-values.ts'
import type { FrozenPart } from '../../src/optimize/pass.ts'
import { hoistFrozen } from '../../src/optimize/passes/hoist-frozen.ts'
import { positionsOf } from '../../src/run/positions.ts'
import type { HostTensor } from '../../src/run/runner.ts'
import { stream, type } from '../ops/typed.ts'
import { passContext } from '../passes/context.ts'

const kinds = [
  'pointwise',
  'pair',
  'linear',
  'norm',
  'mask',
  'attend',
  'attend to all',
  'pool',
  'pool all',
  'length',
  'size',
  'largest',
  'shift',
  'first',
  'rows',
  'heads',
  'examples',
  'pairs',
  'dropout',
  'trained',
] as const
const step = fc.record({ kind: fc.constantFrom(...kinds), a: fc.nat(), b: fc.nat(), c: fc.nat() })
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const whole = type('f32[B, L, unit 4]')
const unary = ['tanh', 'relu', 'negate', 'exp', 'square'] as const
const binary = ['add', 'subtract', 'multiply', 'maximum'] as const

/** Values [B, L, unit 4], each made from those before it; the loss is the sum of the last three, where attended or everywhere. */
function graphOf(steps: readonly Step[], padding: boolean): Graph {
  const b = new Builder(ops)
  const attended = b.input('attended', type('bool[B, L]'))
  const primed = b.add('rename', [attended], { from: 'token', to: "token'" })
  const positions = b.input('positions.attended', type('i32[R]'))
  const weight = (name: string) => [
    b.parameter(`${name}.weight`, type('f32[row 4, column 4]')),
    b.parameter(`${name}.bias`, type('f32[row 4]')),
  ]
  const linear = (x: Node, name: string) => b.add('linear', [x, ...weight(name)], { out: 'unit' })
  const table = (ids: Node, name: string) =>
    b.add('lookup', [ids, b.parameter(name, type('f32[row 9, column 4]'))], { padding: null })
  const values = [
    b.add('add', [
      table(b.input('tokens', type('i32[B, L]')), 'T.words'),
      table(b.input('places', type('i32[L]')), 'T.places'),
    ]),
  ]
  values.push(linear(values[0] ?? b.constant(0), 'T.first'))
  const at = (i: number): Node => values[i % values.length] ?? b.constant(0)
  const masked = (x: Node) => b.add('select', [attended, x, b.constant(0)])
  const sum = (x: Node, axis: string) => b.add('sum', [x], { axes: [axis] })
  const counted = sum(b.add('cast', [attended], { dtype: 'f32' }), 'token')
  const attend = (x: Node, y: Node, mask: readonly Node[]): Node => {
    const left = ['example', 'token', 'unit']
    const scores = b.add('contract', [x, y], { left, right: ['example', "token'", 'unit'], sum: ['unit'] })
    const probabilities = b.add('softmax', [scores, ...mask], { axis: "token'" })
    return b.add('contract', [probabilities, y], {
      left: ['example', 'token', "token'"],
      right: ['example', "token'", 'unit'],
      sum: ["token'"],
    })
  }
  const make = ({ kind, a, b: other, c }: Step): Node => {
    const [x, y] = [at(a), at(other)]
    switch (kind) {
      case 'pointwise':
        return b.add(unary[c % unary.length] ?? 'tanh', [x])
      case 'pair':
        return b.add(binary[c % binary.length] ?? 'add', [x, y])
      case 'linear':
        return linear(x, `T.linear[${c % 2}]`)
      case 'trained':
        return linear(x, 'S.linear')
      case 'norm':
        return b.add(
          'layer_norm',
          [x, b.parameter('T.scale', type('f32[row 4]')), b.parameter('T.shift', type('f32[row 4]'))],
          { epsilon: 1e-3 },
        )
      case 'mask':
        return masked(x)
      case 'attend':
        return attend(x, y, [primed])
      case 'attend to all':
        return attend(x, y, [])
      case 'pool':
        return b.add('add', [y, sum(masked(x), 'token')])
      case 'pool all':
        return b.add('add', [y, sum(x, 'token')])
      case 'length':
        return b.add('divide', [x, counted])
      case 'size':
        return b.add('divide', [
          x,
          sum(b.add('broadcast', [b.constant(1)], { dimensions: [{ axis: 'token', size: 'L' }] }), 'token'),
        ])
      case 'largest':
        return b.add('add', [y, b.add('max', [x], { axis: 'token' })])
      case 'shift':
        return b.add('shift', [x], { axis: 'token', by: c % 2 ? 1 : -1 })
      case 'first':
        return b.add('add', [y, b.add('pick', [x], { axis: 'token', index: 0 })])
      case 'rows': {
        const rows = b.add('gather_positions', [x, positions], { dead: 'copy' })
        return b.add('scatter_positions', [linear(rows, 'T.rows'), positions], { dead: 'ignore' })
      }
      case 'heads':
        return b.add('join', [b.add('tanh', [b.add('split', [x], { heads: 2 })])])
      case 'examples':
        return b.add('add', [y, sum(x, 'example')])
      case 'pairs': {
        const others = b.add('rename', [y], { from: 'example', to: "example'" })
        const axes = { left: ['example', 'token', 'unit'], right: ["example'", 'token', 'unit'] }
        const pairs = b.add('contract', [masked(x), others], { ...axes, sum: ['token', 'unit'] })
        return b.add('add', [x, sum(pairs, "example'")])
      }
      case 'dropout': {
        const dimensions = whole.dimensions.map(({ axis, size }) => ({ axis, size }))
        const site = `S.${values.length}`
        const mask = b.add('dropout_mask', [b.input('sample', type('i32[B]'))], {
          rate: 0.5,
          site,
          dimensions,
        })
        return b.add('multiply', [x, mask])
      }
    }
  }
  for (const one of steps) values.push(make(one))
  const all = values.slice(-3).map((x) => sum(sum(sum(padding ? x : masked(x), 'token'), 'example'), 'unit'))
  const total = all.reduce((x, y) => b.add('add', [x, y]))
  return b.finish('random', new Map([['total', total]]))
}

const runner = createReferenceRunner(ops)
const lengths: { readonly [id: number]: number } = { 0: 2, 1: 3, 2: 1 }

/** Values of the outputs of a graph on a batch of examples padded to L. */
function run(
  graph: Graph,
  ids: readonly number[],
  L: number,
  more: ReadonlyMap<string, HostTensor> = new Map(),
) {
  const B = ids.length
  const live = (i: number): boolean => i % L < (lengths[ids[Math.floor(i / L)] ?? 0] ?? 0)
  const token = (i: number) => (live(i) ? 1 + (((ids[Math.floor(i / L)] ?? 0) * 3 + (i % L) * 5) % 8) : 0)
  const inputs = new Map<string, HostTensor>([
    ['tokens', { dtype: 'i32', shape: [B, L], data: Int32Array.from({ length: B * L }, (_, i) => token(i)) }],
    ['places', { dtype: 'i32', shape: [L], data: Int32Array.from({ length: L }, (_, i) => i) }],
    [
      'attended',
      { dtype: 'bool', shape: [B, L], data: Uint8Array.from({ length: B * L }, (_, i) => (live(i) ? 1 : 0)) },
    ],
    ['sample', { dtype: 'i32', shape: [B], data: Int32Array.from(ids) }],
  ])
  const positions = positionsOf(inputs, { B, L })
  return runner.run(graph, {
    sizes: positions.sizes,
    inputs: new Map([...inputs, ...positions.inputs, ...more]),
    parameter: (name) => {
      const node = graph.nodes.find((one) => leafName(one) === name)
      const shape = (node?.type.dimensions ?? []).map(({ size }) => Number(size))
      const uniform = stream(name.length + name.charCodeAt(name.length - 1))
      return {
        shape,
        version: 1,
        data: Float32Array.from({ length: shape.reduce((a, c) => a * c, 1) }, () => uniform() - 0.5),
      }
    },
    random: { seed: 1, stage: 'test', step: ids.length },
  })
}

/** Calls with the place along each axis of every entry of a value, and the entry. */
function each(
  { type: { dimensions } }: Node,
  { shape, data }: HostTensor,
  visit: (at: { readonly [axis: string]: number }, x: number) => void,
): void {
  data.forEach((x, i) => {
    let rest = i
    const at: { [axis: string]: number } = {}
    for (const [k, { axis }] of [...dimensions.entries()].reverse()) {
      at[axis] = rest % (shape[k] ?? 1)
      rest = Math.floor(rest / (shape[k] ?? 1))
    }
    visit(at, x)
  })
}

const key = (at: { readonly [axis: string]: number }): string => JSON.stringify(Object.entries(at).sort())
const close = (x: number, y = Number.NaN): boolean =>
  Object.is(x, y) || Math.abs(x - y) <= 1e-9 * (1 + Math.abs(x))
const frozen = (name: string): boolean => name.startsWith('T.')
const steps = fc.array(step, { minLength: 1, maxLength: 9 })

describe('what an example decides by itself', () => {
  it('is the same in every batch and at every padding', () => {
    let seen = 0
    fc.assert(
      fc.property(steps, (made) => {
        const graph = graphOf(made, true)
        const own = new ExampleValues(graph, { frozen, fixedLength: false })
        const nodes = graph.nodes.filter((node) => own.has(node) && hasAxis(node.type, 'example'))
        const outputs: Graph = { ...graph, outputs: new Map(nodes.map((node, i) => [`${i}`, node])) }
        const [alone, padded, further] = [
          run(outputs, [1], 3),
          run(outputs, [0, 1], 4),
          run(outputs, [2, 1, 0], 6),
        ]
        for (const [i, node] of nodes.entries()) {
          const entries = (values: ReadonlyMap<string, HostTensor>, example: number): Map<string, number> => {
            const found = new Map<string, number>()
            const value = values.get(`${i}`)
            if (value === undefined) throw new Error('no value')
            each(node, value, (at, x) => {
              if (at.example === example) found.set(key({ ...at, example: 0 }), x)
              for (const axis of ['token', "token'"] as const)
                if (own.endsAlong(node, axis) && (at[axis] ?? 0) >= (example === at.example ? 3 : 9))
                  expect(x === 0, `${node.op} beyond`).toBe(true)
            })
            return found
          }
          const [a, b, c] = [entries(alone, 0), entries(padded, 1), entries(further, 1)]
          for (const [at, x] of a) expect(close(x, b.get(at)), `${node.op} ${at}`).toBe(true)
          for (const [at, x] of b) expect(close(x, c.get(at)), `${node.op} ${at}`).toBe(true)
          seen++
        }
      }),
      { numRuns: 100 },
    )
    expect(seen).toBeGreaterThan(150)
  })

  it('is, of a whole batch, the same at every padding', () => {
    let seen = 0
    fc.assert(
      fc.property(steps, (made) => {
        const graph = graphOf(made, true)
        const unpadded = new ExampleValues(graph, { frozen: () => true, fixedLength: false, ofBatch: true })
        const nodes = graph.nodes.filter((node) => unpadded.has(node) && node.type.dtype === 'f32')
        const outputs: Graph = { ...graph, outputs: new Map(nodes.map((node, i) => [`${i}`, node])) }
        const [short, long] = [run(outputs, [2, 1, 0], 6), run(outputs, [2, 1, 0], 9)]
        for (const [i, node] of nodes.entries()) {
          const [a, b] = [short, long].map((values) => {
            const found = new Map<string, number>()
            const value = values.get(`${i}`)
            if (value !== undefined) each(node, value, (at, x) => found.set(key(at), x))
            return found
          })
          for (const [at, x] of a ?? []) expect(close(x, b?.get(at)), `${node.op} ${at}`).toBe(true)
          if (node.type.dimensions.length === 0 && node.op !== 'constant') seen++
        }
      }),
      { numRuns: 100 },
    )
    expect(seen).toBeGreaterThan(5)
  })

  it('may be made apart from the rest; what is not read beyond an example may be anything there', () => {
    let acted = 0
    fc.assert(
      fc.property(steps, fc.boolean(), (made, padding) => {
        const graph = graphOf(made, padding)
        const parts: FrozenPart[] = []
        const hoist = (one: FrozenPart) => parts.push(one)
        // Large enough for work to count.
        const sizes = { B: 4000, L: 40 }
        const context = {
          ...passContext(),
          frozen,
          caching: { fixedLength: false, masked: false, hoist },
          sizes,
        }
        const after = hoistFrozen.run(graph, context)
        const [part] = parts
        expect(after === graph).toBe(part === undefined)
        if (part === undefined) return
        acted++
        verify(after, ops)
        verify(part.graph, ops)
        expect(hoistFrozen.run(after, context)).toBe(after)
        expect(parts.length).toBe(1)
        const { graph: cut, values } = part
        const own = new ExampleValues(cut, { frozen, fixedLength: false })
        const given = new Map(run(cut, [0, 1], 5))
        for (const { name, padded } of values) {
          const node = cut.outputs.get(name)
          const value = given.get(name)
          if (node === undefined || value === undefined || padded) continue
          const data = value.data.slice()
          let i = 0
          each(node, value, (at, x) => {
            const length = at.example === undefined ? 9 : (lengths[at.example] ?? 0)
            const beyond = (['token', "token'"] as const).filter((axis) => (at[axis] ?? 0) >= length)
            const isZero = beyond.some((axis) => own.endsAlong(node, axis))
            data[i++] = beyond.length === 0 ? x : isZero ? 0 : 17
          })
          given.set(name, { ...value, data })
        }
        const [before, now] = [run(graph, [0, 1], 5).get('total'), run(after, [0, 1], 5, given).get('total')]
        const [x = 0, y = 1] = [before?.data[0], now?.data[0]]
        expect(close(x, y), `${x} ${y}`).toBe(true)
      }),
      { numRuns: 120 },
    )
    expect(acted).toBeGreaterThan(15)
  })
})
