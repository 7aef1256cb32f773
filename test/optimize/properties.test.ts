import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { divergenceOps } from '../../src/graph/ops/fused.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { isDropoutMask } from '../../src/graph/philox.ts'
import { equalDimensions } from '../../src/graph/type.ts'
import { verify } from '../../src/graph/verify.ts'
import { byteMasks } from '../../src/optimize/pass.ts'
import { fuseDivergence } from '../../src/optimize/passes/fuse-divergence.ts'
import { recompute } from '../../src/optimize/passes/recompute.ts'
import { rematerialize, rematerializing } from '../../src/optimize/passes/rematerialize.ts'
import { pipeline } from '../../src/optimize/pipeline.ts'
import { scheduleStep } from '../../src/plan/plan.ts'
import { evaluated } from '../ops/trial.ts'
import { generate, real, stream, type } from '../ops/typed.ts'
import { passContext } from '../passes/context.ts'

/** One step of a random graph: an op and which values it reads, as numbers that are taken modulo what there is. */
const step = fc.record({
  kind: fc.constantFrom(
    'unary',
    'binary',
    'constant',
    'select',
    'cast',
    'linear',
    'chain',
    'dropout',
    'divergence',
  ),
  op: fc.nat(),
  a: fc.nat(),
  b: fc.nat(),
  value: fc.constantFrom(0, 1, 2, -1, 0.5, 8),
})
const unary = ['negate', 'abs', 'tanh', 'sigmoid', 'relu'] as const
const binary = ['add', 'subtract', 'multiply', 'minimum', 'maximum'] as const
const whole = type('f32[B, L, unit 4]')

/** Values of one type and scalars, through everything that the passes look at; the loss is the sum of all. */
function graphOf(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Graph {
  const b = new Builder(ops)
  const values: Node[] = [b.input('x', whole), b.parameter('w', type('f32[unit 4]')), b.constant(1)]
  const at = (i: number): Node => values[i % values.length] ?? b.constant(0)
  const covered = (x: Node): Node => b.add('add', [x, b.input('x', whole)])
  const factors = [
    b.parameter('l', type('f32[row 4, rank 2]')),
    b.parameter('r', type('f32[rank 2, column 4]')),
  ]
  const matrix = b.add('contract', factors, {
    left: ['row', 'rank'],
    right: ['rank', 'column'],
    sum: ['rank'],
  })
  for (const { kind, op, a, b: other, value } of steps) {
    const [x, y] = [at(a), at(other)]
    const made = (): Node => {
      switch (kind) {
        case 'unary':
          return b.add(unary[op % unary.length] ?? 'abs', [x])
        case 'binary':
          return b.add(binary[op % binary.length] ?? 'add', [x, y])
        case 'constant':
          return op % 2 === 0 ? b.add('divide', [x, b.constant(value || 1)]) : b.constant(value)
        case 'select':
          return b.add('select', [b.add('less', [b.constant(value), op % 2 === 0 ? b.constant(1) : y]), x, y])
        case 'cast':
          return b.add('cast', [x], { dtype: 'f32' })
        case 'linear':
          return b.add('linear', [covered(x), matrix, b.parameter('bias', type('f32[row 4]'))], {
            out: 'unit',
          })
        case 'chain': {
          const wide = b.add('rename', [covered(x)], { from: 'unit', to: 'column' })
          const product = b.add('contract', [wide, matrix], {
            left: ['example', 'token', 'column'],
            right: ['row', 'column'],
            sum: ['column'],
          })
          return b.add('rename', [product], { from: 'row', to: 'unit' })
        }
        case 'divergence': {
          const low = [covered(x), covered(y)].map((one) => b.add('divide', [one, b.constant(2)]))
          return b.add('multiply', [covered(x), b.add('kl', low, { axis: 'unit' })])
        }
        case 'dropout': {
          const dimensions = whole.dimensions.map(({ axis, size }) => ({ axis, size }))
          const mask = b.add('dropout_mask', [b.input('sample', type('i32[B]'))], {
            rate: 0.5,
            site: `S.${values.length}`,
            dimensions,
          })
          return b.add('multiply', [x, mask])
        }
      }
    }
    values.push(made())
  }
  const outputs = new Map<string, Node>()
  const sums = values.map((value) => {
    const axes = value.type.dimensions.map((d) => d.axis)
    return axes.length > 0 ? b.add('sum', [value], { axes }) : value
  })
  outputs.set('last', values.at(-1) ?? b.constant(0))
  outputs.set(
    'total',
    sums.reduce((x, y) => b.add('add', [x, y])),
  )
  return b.finish('random', outputs)
}

function leaves(graph: Graph) {
  const uniform = stream(11)
  return new Map(
    ['x', 'w', 'l', 'r', 'bias', 'sample'].map((name) => {
      const node = graph.nodes.find((n) => n.attributes.name === name)
      const of = node?.type ?? type('f32[]')
      return [name, generate(of, of.dtype === 'i32' ? (_u, i) => i : real, uniform)]
    }),
  )
}

function requireEqual(before: Graph, after: Graph): void {
  const given = leaves(before)
  const [a, b] = [evaluated(before, given), evaluated(after, given)]
  expect([...b.keys()]).toEqual([...a.keys()])
  for (const [name, { data }] of a) {
    const others = b.get(name)?.data
    const size = Math.max(1, ...data.map(Math.abs))
    data.forEach((x, i) => {
      const y = others?.[i] ?? Number.NaN
      if (Number.isFinite(x)) expect(Math.abs(x - y) <= 1e-11 * size, `${name}[${i}]: ${x}, ${y}`).toBe(true)
    })
  }
}

/** These graphs have hardly a product, so that whatever lowers the peak is to be worth it. */
const eager = rematerializing({ rate: 0, least: 0 })
const passes = pipeline.map((pass) => {
  const tried = pass === rematerialize ? eager : pass
  return [`${pass.phase} ${pass.name}`, tried] as const
})
const graphs = fc.array(step, { minLength: 1, maxLength: 14 }).map(graphOf)
const sizes = { B: 2, L: 3 }
/** With no room for values, so that recompute goes as far as it can. */
const peakOf = (graph: Graph): number => scheduleStep(graph, sizes).peak
const context = { ...passContext([], new Set([byteMasks, ...divergenceOps])), sizes, peakOf, valuesLimit: 0 }

describe.each(passes)('%s, over random graphs', (_name, pass) => {
  it('keeps every value, and changes nothing the second time', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const before =
          pass.phase === 'forward' ? graph : differentiate(graph, 'total', ['w', 'l', 'r', 'bias'], ops)
        const after = pass.run(before, context)
        verify(after, ops)
        requireEqual(before, after)
        expect(pass.run(after, context)).toBe(after)
        const sites = (g: Graph) =>
          g.nodes
            .filter((n) => isDropoutMask(n) && n.inputs.every(({ op }) => op !== 'again'))
            .map((n) => n.attributes.site)
        expect(new Set(sites(after)).size).toBe(sites(after).length)
        for (const [name, node] of before.outputs) {
          const other = after.outputs.get(name)
          expect(other && equalDimensions(other.type.dimensions, node.type.dimensions)).toBe(true)
        }
      }),
      { numRuns: 150, seed: 3 },
    )
  })
})

it('the random graphs reach every pass of the forward graph but the one for dead nodes', () => {
  const changed = new Set<string>()
  for (const graph of fc.sample(graphs, { numRuns: 150, seed: 3 }))
    for (const [name, pass] of passes)
      if (pass.phase === 'forward' && pass.run(graph, context) !== graph) changed.add(name)
  expect([...changed].sort()).toEqual([
    'forward eliminate-common-subexpressions',
    'forward fold-constants',
    'forward reassociate-low-rank',
  ])
})

it('some random graphs have divergences at a temperature, and gradients of them', () => {
  const made = new Set<string>()
  for (const graph of fc.sample(graphs, { numRuns: 150, seed: 3 })) {
    const before = differentiate(graph, 'total', ['w', 'l', 'r', 'bias'], ops)
    for (const { op } of fuseDivergence.run(before, context).nodes) made.add(op)
  }
  for (const op of divergenceOps) expect(made).toContain(op)
})

it.each([recompute, eager])('some random graphs have values for $name, and their peak falls', (pass) => {
  let changed = 0
  for (const graph of fc.sample(graphs, { numRuns: 150, seed: 3 })) {
    const before = differentiate(graph, 'total', ['w', 'l', 'r', 'bias'], ops)
    const after = pass.run(before, context)
    if (after === before) continue
    changed++
    expect(peakOf(after)).toBeLessThan(peakOf(before))
  }
  expect(changed).toBeGreaterThan(10)
})
